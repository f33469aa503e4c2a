//! `cargo xtask diff [OLD] NEW`: what changed between two versions of codex, and what of it breaks
//! users of this SDK.
//!
//! What counts is whether a program that compiled against the old types compiles against the new
//! ones. Enums and structs are `#[non_exhaustive]`, so new values, new branches and most new fields
//! break nobody. What breaks:
//!
//! - a method, type, field or value that is gone;
//! - a field or branch of another type, a method with other params or another response;
//! - a field that becomes an `Option` or ceases to be one;
//! - for what clients send, also a field that is newly required, or no longer: it is an argument of
//!   `new`;
//! - something stable that becomes experimental, for those who have turned `experimental_api` off.

#[cfg(test)]
mod tests;

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use codex_app_server_codegen::load::Facts;
use xtask::{error::Result, methods::METHODS, workspace::Workspace};

use crate::{
    origin::Origin,
    protocol::{Method, Part, Presence, Protocol, Type},
    schema::{EXPERIMENTAL, STABLE},
};

/// What changed from one codex to another.
pub(crate) struct Diff {
    pub(crate) old: String,
    pub(crate) new: String,
    pub(crate) groups: Vec<Group>,
}

impl Diff {
    /// Compares what both sides tell.
    pub(crate) fn of(workspace: &Workspace, mut old: Origin, mut new: Origin) -> Result<Self> {
        if !(old.has(EXPERIMENTAL) && new.has(EXPERIMENTAL)) {
            for (side, other) in [(&old, &new), (&new, &old)] {
                if !side.has(STABLE) {
                    return Err(format!(
                        "{} does not say what is stable, and {} says nothing else: there is nothing to compare",
                        side.name, other.name
                    ));
                }
            }
            old.forget(EXPERIMENTAL);
            new.forget(EXPERIMENTAL);
        }
        // The pinned table: another version may lack a pairing, and then its response is not known.
        let facts = Facts::read(&workspace.schema().join(METHODS));
        let facts = facts.map_err(|error| error.to_string())?;
        let mut before = Protocol::of(&old.files, &facts)?;
        let mut after = Protocol::of(&new.files, &facts)?;
        if !(before.tells_experimental && after.tells_experimental) {
            before.forget_experimental();
            after.forget_experimental();
        }
        Ok(Self { old: old.name, new: new.name, groups: compare(&before, &after) })
    }

    /// How many changes there are of each kind, in words.
    pub(crate) fn counts(&self) -> String {
        let all = || self.groups.iter().flat_map(|group| &group.changes);
        let count = |kind| all().filter(|change| change.kind == kind).count();
        format!(
            "{} added, {} removed, {} changed; {} of them breaking",
            count(Kind::Added),
            count(Kind::Removed),
            count(Kind::Changed),
            all().filter(|change| change.breaking).count(),
        )
    }
}

/// Changes under one heading.
#[derive(Debug, PartialEq)]
pub(crate) struct Group {
    /// [`REQUESTS`] and the like, or the type inside of which something changed.
    pub(crate) name: String,
    /// What that type is to methods.
    pub(crate) uses: Vec<String>,
    pub(crate) changes: Vec<Change>,
}

pub(crate) const REQUESTS: &str = "Requests";
pub(crate) const SERVER_REQUESTS: &str = "Server requests";
pub(crate) const NOTIFICATIONS: &str = "Notifications";
pub(crate) const TYPES: &str = "Types";

#[derive(Debug, PartialEq)]
pub(crate) struct Change {
    pub(crate) kind: Kind,
    /// The method, type, field or value.
    pub(crate) name: String,
    /// What it is now or was, to be written behind the name.
    pub(crate) text: String,
    pub(crate) breaking: bool,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Kind {
    Added,
    Removed,
    Changed,
}

fn compare(before: &Protocol, after: &Protocol) -> Vec<Group> {
    let group = |name: &str, changes| Group { changes, ..Group::named(name) };
    let mut groups = vec![
        group(REQUESTS, methods(&before.requests, &after.requests)),
        group(SERVER_REQUESTS, methods(&before.server_requests, &after.server_requests)),
        group(NOTIFICATIONS, methods(&before.notifications, &after.notifications)),
        group(TYPES, whole_types(&before.types, &after.types)),
    ];
    let uses = uses(after);
    for (name, old, new) in both(&before.types, &after.types) {
        if let (Some(old), Some(new)) = (old, new) {
            let changes = inside(old, new, before.sent.contains(name));
            let uses = uses.get(name).cloned().unwrap_or_default();
            groups.push(Group { uses, ..group(name, changes) });
        }
    }
    groups.retain(|group| !group.changes.is_empty());
    groups
}

/// Each name with what it is on either side.
fn both<'a, T>(
    old: &'a BTreeMap<String, T>,
    new: &'a BTreeMap<String, T>,
) -> impl Iterator<Item = (&'a str, Option<&'a T>, Option<&'a T>)> {
    let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    names.into_iter().map(|name| (name.as_str(), old.get(name), new.get(name)))
}

/// What a method or a definition is to its users.
fn uses(protocol: &Protocol) -> BTreeMap<&str, Vec<String>> {
    let mut uses: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    let all = [&protocol.requests, &protocol.server_requests, &protocol.notifications];
    for (name, method) in all.into_iter().flatten() {
        for (what, ty) in [("params of", &method.params), ("response to", &method.response)] {
            if let Some(ty) = ty {
                uses.entry(ty).or_default().push(format!("{what} {name}"));
            }
        }
    }
    uses
}

fn methods(old: &BTreeMap<String, Method>, new: &BTreeMap<String, Method>) -> Vec<Change> {
    let changes = both(old, new).filter_map(|(name, old, new)| match (old, new) {
        (None, Some(new)) => Some(Change::added(name, format!(" {new}"), false)),
        (Some(old), None) => Some(Change::removed(name, format!(" {old}"))),
        (Some(old), Some(new)) => {
            // One that is not known on either side is no change.
            let responses = (&old.response, &new.response);
            let other = old.params != new.params
                || matches!(responses, (Some(old), Some(new)) if old != new);
            let breaking = other || (new.experimental && !old.experimental);
            let changed = other || new.experimental != old.experimental;
            changed.then(|| Change::changed(name, format!(" {new} (was {old})"), breaking))
        }
        (None, None) => None,
    });
    changes.collect()
}

fn whole_types(old: &BTreeMap<String, Type>, new: &BTreeMap<String, Type>) -> Vec<Change> {
    // `X or null` is no type of the SDK's.
    let is_own = |ty: &Type| !old.contains_key(&ty.kind) && !new.contains_key(&ty.kind);
    let changes = both(old, new).filter_map(|(name, old, new)| match (old, new) {
        (None, Some(new)) if is_own(new) => Some(Change::added(name, format!(": {new}"), false)),
        (Some(old), None) if is_own(old) => Some(Change::removed(name, format!(": {old}"))),
        _ => None,
    });
    changes.collect()
}

/// What changed inside of a type; `sent` is whether clients send it.
fn inside(old: &Type, new: &Type, sent: bool) -> Vec<Change> {
    let mut changes = Vec::new();
    if old.kind != new.kind || old.experimental != new.experimental {
        let breaking = old.kind != new.kind || new.experimental;
        changes.push(Change::changed("", format!("{new} (was {old})"), breaking));
    }
    let is_in_new_branch = |name: &str| {
        let branch = name.rsplit_once('.').map(|(branch, _)| branch);
        branch
            .is_some_and(|branch| new.parts.contains_key(branch) && !old.parts.contains_key(branch))
    };
    for (name, old, new) in both(&old.parts, &new.parts) {
        changes.extend(match (old, new) {
            (None, Some(new)) => {
                let required = new.presence.as_ref().is_some_and(|field| field.required);
                let breaking = sent && required && !is_in_new_branch(name);
                Some(Change::added(name, new.to_string(), breaking))
            }
            (Some(old), None) => Some(Change::removed(name, old.to_string())),
            (Some(old), Some(new)) if old != new => {
                let text = format!("{new} (was{old})");
                Some(Change::changed(name, text, breaks(old, new, sent)))
            }
            _ => None,
        });
    }
    changes
}

fn breaks(old: &Part, new: &Part, sent: bool) -> bool {
    let argument = |part: &Part| {
        let presence = part.presence.as_ref()?;
        Some((presence.required, presence.nullable))
    };
    old.ty != new.ty
        || is_option(old) != is_option(new)
        || (sent && argument(old) != argument(new))
        || (new.experimental && !old.experimental)
}

/// Whether there may be nothing, and nothing that stands in: a default, or an empty collection.
fn is_option(part: &Part) -> bool {
    let stands_in = |presence: &Presence| {
        let is_collection = part.ty.starts_with(['[', '{']);
        presence.default.is_some() || (is_collection && !presence.nullable)
    };
    part.presence.as_ref().is_some_and(|presence| {
        if presence.required { presence.nullable } else { !stands_in(presence) }
    })
}

impl Group {
    pub(crate) fn named(name: &str) -> Self {
        Self { name: name.to_owned(), uses: Vec::new(), changes: Vec::new() }
    }
}

impl Change {
    fn new(kind: Kind, name: &str, text: String, breaking: bool) -> Self {
        Self { kind, name: name.to_owned(), text, breaking }
    }

    fn added(name: &str, text: String, breaking: bool) -> Self {
        Self::new(Kind::Added, name, text, breaking)
    }

    /// What is gone breaks whoever used it.
    fn removed(name: &str, text: String) -> Self {
        Self::new(Kind::Removed, name, text, true)
    }

    fn changed(name: &str, text: String, breaking: bool) -> Self {
        Self::new(Kind::Changed, name, text, breaking)
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let breaking = if self.breaking { '!' } else { ' ' };
        let kind = match self.kind {
            Kind::Added => '+',
            Kind::Removed => '-',
            Kind::Changed => '~',
        };
        write!(f, "{breaking} {kind} {}{}", self.name, self.text)
    }
}

impl fmt::Display for Diff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "codex {} to {}. + added, - removed, ~ changed; ! breaks users of this SDK; * experimental",
            self.old, self.new
        )?;
        for Group { name, uses, changes } in &self.groups {
            let uses =
                if uses.is_empty() { String::new() } else { format!(": {}", uses.join(", ")) };
            writeln!(f, "\n{name}{uses}")?;
            changes.iter().try_for_each(|change| writeln!(f, "{change}"))?;
        }
        writeln!(f, "\n{}", self.counts())
    }
}
