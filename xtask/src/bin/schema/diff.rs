//! `cargo xtask diff OLD NEW`: what changed between two versions of codex, and what of it breaks
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
    fmt::{self, Write as _},
    path::Path,
};

use codex_app_server_codegen::load::Facts;
use xtask::{error::Result, runtime, workspace::Workspace};

use crate::{
    protocol::{Method, Part, Presence, Protocol, Type},
    schema,
};

/// Prints what changed; each side is a version, or a schema folder.
pub(crate) fn diff(workspace: &Workspace, old: &str, new: &str) -> Result<()> {
    let (mut before, mut after) = (open(workspace, old)?, open(workspace, new)?);
    if !(before.tells_experimental && after.tells_experimental) {
        before.forget_experimental();
        after.forget_experimental();
    }
    print!("{}", report(old, new, &compare(&before, &after)));
    Ok(())
}

fn open(workspace: &Workspace, name: &str) -> Result<Protocol> {
    // The pinned table: another version may lack a pairing, and then its response is not known.
    let facts =
        Facts::read(&workspace.schema().join("methods.json")).map_err(|error| error.to_string())?;
    let dir = Path::new(name);
    if dir.is_dir() {
        return Protocol::read(dir, &facts);
    }
    if !name.starts_with(|first: char| first.is_ascii_digit()) {
        return Err(format!(
            "there is no folder `{name}`; give a schema folder or an exact version of codex, like 0.169.0"
        ));
    }
    let binary = runtime::ensure(workspace, name)?;
    let staged = schema::stage(&schema::files(&binary, name)?)?;
    Protocol::read(staged.path(), &facts)
}

/// Changes under one heading.
#[derive(Debug, PartialEq)]
struct Group {
    heading: String,
    changes: Vec<Change>,
}

#[derive(Debug, PartialEq)]
struct Change {
    kind: Kind,
    text: String,
    breaking: bool,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    Added,
    Removed,
    Changed,
}

fn compare(before: &Protocol, after: &Protocol) -> Vec<Group> {
    let group = |heading: &str, changes| Group { heading: heading.to_owned(), changes };
    let mut groups = vec![
        group("Requests", methods(&before.requests, &after.requests)),
        group("Server requests", methods(&before.server_requests, &after.server_requests)),
        group("Notifications", methods(&before.notifications, &after.notifications)),
        group("Types", whole_types(&before.types, &after.types)),
    ];
    let uses = uses(after);
    for (name, old, new) in both(&before.types, &after.types) {
        if let (Some(old), Some(new)) = (old, new) {
            let uses = uses.get(name).map(|uses| format!(": {}", uses.join(", ")));
            let heading = format!("{name}{}", uses.unwrap_or_default());
            groups.push(group(&heading, inside(old, new, before.sent.contains(name))));
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
        (None, Some(new)) => Some(Change::added(format!("{name} {new}"), false)),
        (Some(old), None) => Some(Change::removed(format!("{name} {old}"))),
        (Some(old), Some(new)) => {
            // One that is not known on either side is no change.
            let responses = (&old.response, &new.response);
            let other = old.params != new.params
                || matches!(responses, (Some(old), Some(new)) if old != new);
            let breaking = other || (new.experimental && !old.experimental);
            let changed = other || new.experimental != old.experimental;
            changed.then(|| Change::changed(format!("{name} {new} (was {old})"), breaking))
        }
        (None, None) => None,
    });
    changes.collect()
}

fn whole_types(old: &BTreeMap<String, Type>, new: &BTreeMap<String, Type>) -> Vec<Change> {
    // `X or null` is no type of the SDK's.
    let is_own = |ty: &Type| !old.contains_key(&ty.kind) && !new.contains_key(&ty.kind);
    let changes = both(old, new).filter_map(|(name, old, new)| match (old, new) {
        (None, Some(new)) if is_own(new) => Some(Change::added(format!("{name}: {new}"), false)),
        (Some(old), None) if is_own(old) => Some(Change::removed(format!("{name}: {old}"))),
        _ => None,
    });
    changes.collect()
}

/// What changed inside of a type; `sent` is whether clients send it.
fn inside(old: &Type, new: &Type, sent: bool) -> Vec<Change> {
    let mut changes = Vec::new();
    if old.kind != new.kind || old.experimental != new.experimental {
        let breaking = old.kind != new.kind || new.experimental;
        changes.push(Change::changed(format!("{new} (was {old})"), breaking));
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
                Some(Change::added(format!("{name}{new}"), breaking))
            }
            (Some(old), None) => Some(Change::removed(format!("{name}{old}"))),
            (Some(old), Some(new)) if old != new => {
                let text = format!("{name}{new} (was{old})");
                Some(Change::changed(text, breaks(old, new, sent)))
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

impl Change {
    fn added(text: String, breaking: bool) -> Self {
        Self { kind: Kind::Added, text, breaking }
    }

    /// What is gone breaks whoever used it.
    fn removed(text: String) -> Self {
        Self { kind: Kind::Removed, text, breaking: true }
    }

    fn changed(text: String, breaking: bool) -> Self {
        Self { kind: Kind::Changed, text, breaking }
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
        write!(f, "{breaking} {kind} {}", self.text)
    }
}

fn report(old: &str, new: &str, groups: &[Group]) -> String {
    let mut report = format!(
        "codex {old} to {new}. + added, - removed, ~ changed; ! breaks users of this SDK; * experimental\n"
    );
    for group in groups {
        let _ = writeln!(report, "\n{}", group.heading);
        for change in &group.changes {
            let _ = writeln!(report, "{change}");
        }
    }
    let all = || groups.iter().flat_map(|group| &group.changes);
    let count = |kind| all().filter(|change| change.kind == kind).count();
    let _ = writeln!(
        report,
        "\n{} added, {} removed, {} changed; {} of them breaking",
        count(Kind::Added),
        count(Kind::Removed),
        count(Kind::Changed),
        all().filter(|change| change.breaking).count(),
    );
    report
}
