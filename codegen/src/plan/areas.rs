//! Areas of the protocol, by the beginning of their methods: where readers look for a type.
//!
//! A type is in the areas of the methods that it is part of, by these rules:
//!
//! 1. what a method carries is in the area of that method;
//! 2. the content of a union's branch is where the union is;
//! 3. of the areas whose messages hold another type, those whose name its own name begins with have
//!    it: `ThreadItem` is in `thread`;
//! 4. where there is none, it is in those areas, if they are at most [`MOST`];
//! 5. what more areas hold, or none, is in `shared`.

use super::{docs, parts};
use crate::{
    model::{Area, Notification, Request, ServerRequest, Type},
    names::{self, Kind, Names},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
};

/// The area of what many have in common.
const SHARED: (&str, &str) = ("shared", "What several areas have in common.");

/// A type that more areas hold is shared.
const MOST: usize = 2;

/// Areas with the beginnings of their methods, and what they are about. A beginning that is not
/// here is an area of its own.
const AREAS: &[(&str, &[&str], &str)] = &[
    ("account", &["account", "accountSession"], "Accounts: logins, sessions, limits and usage."),
    ("app", &["app"], "Apps that the account can connect: which there are, and what they offer."),
    ("command", &["command"], "Commands that the program runs itself, outside of any thread."),
    (
        "config",
        &[
            "config",
            "configRequirements",
            "configWarning",
            "experimentalFeature",
            "externalAgentConfig",
            "permissionProfile",
        ],
        "The configuration: what is set, who requires it, how it is changed or taken over.",
    ),
    ("environment", &["environment"], "Machines where the agent may work, besides the server's."),
    ("feedback", &["feedback", "rollout"], "Reports to those who make codex."),
    ("fs", &["fs"], "Files of the server's machine: read, written, copied and watched."),
    ("hook", &["hook", "hooks"], "Programs that the server runs before and after what it does."),
    (
        "item",
        &[
            "item",
            "applyPatchApproval",
            "autoApprovalReview",
            "execCommandApproval",
            "rawResponse",
            "rawResponseItem",
        ],
        "What happens in a turn, item by item, and what the server asks the program meanwhile.",
    ),
    ("mcp_server", &["mcpServer", "mcpServerStatus"], "MCP servers, and what they offer and ask."),
    ("memory", &["memory"], "What the agent remembers between threads."),
    (
        "model",
        &["collaborationMode", "model", "modelProvider"],
        "Models, their providers, and the modes in which they work.",
    ),
    ("plugin", &["marketplace", "plugin"], "Plugins, and the marketplaces that have them."),
    ("process", &["process"], "Processes that the program starts on the server's machine."),
    ("project", &["project"], "Projects: folders that belong together."),
    ("remote_control", &["remoteControl"], "Other devices that may use this server."),
    ("review", &["review"], "Reviews of changes."),
    ("search", &["fuzzyFileSearch"], "Files by a part of their name."),
    (
        "server",
        &[
            "attestation",
            "currentTime",
            "deprecationNotice",
            "error",
            "guardianWarning",
            "initialize",
            "mock",
            "server",
            "serverRequest",
            "warning",
        ],
        "The connection and the server itself: the handshake, warnings and errors.",
    ),
    ("skills", &["skills"], "Skills: which the agent has, and where they come from."),
    ("thread", &["thread", "threadSection"], "Conversations: started, resumed, read and changed."),
    ("turn", &["turn"], "Turns: what the agent does for one input."),
    ("user_verification", &["userVerification"], "Whether it is the user who asks."),
    ("windows", &["windows", "windowsSandbox"], "What only Windows has: its sandbox."),
];

/// A method and what it carries.
struct Method<'a> {
    name: &'a str,
    link: String,
    types: Vec<&'a str>,
}

/// All areas, in the order of their names.
pub(super) fn areas(
    requests: &[Request],
    server_requests: &[ServerRequest],
    notifications: &[Notification],
    types: &[Type],
) -> Vec<Area> {
    let links = Links::of(
        requests.iter().map(|own| own.method.as_str()),
        server_requests.iter().map(|own| own.method.as_str()),
        notifications.iter().map(|own| own.method.as_str()),
    );
    let requests = requests.iter().map(|own| Method {
        name: &own.method,
        link: links.request(&own.method),
        types: vec![&own.params, &own.response],
    });
    let asked = server_requests.iter().map(|own| Method {
        name: &own.method,
        link: links.server_request(&own.method),
        types: vec![&own.params, &own.response],
    });
    let told = notifications.iter().map(|own| Method {
        name: &own.method,
        link: links.notification(&own.method),
        types: vec![&own.params],
    });
    let kinds: [(&str, Vec<Method<'_>>); 3] = [
        ("Requests", requests.collect()),
        ("Requests of the server", asked.collect()),
        ("Notifications", told.collect()),
    ];

    let mut carried: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for method in kinds.iter().flat_map(|(_, methods)| methods) {
        carried.entry(area_of(method.name).0).or_default().extend(&method.types);
    }
    let members = members(&carried, types);
    let named = names::distinct(Kind::Module, members.keys().copied());
    let area = |(key, types): (&&str, &BTreeSet<&str>)| Area {
        name: named.get(*key).cloned().unwrap_or_default(),
        docs: described(key, &kinds),
        types: types.iter().map(ToString::to_string).collect(),
    };
    let mut areas: Vec<Area> = members.iter().map(area).collect();
    areas.sort_by(|left, right| left.name.cmp(&right.name));
    areas
}

/// The area of a method, and what it is about.
fn area_of(method: &str) -> (&str, Option<&'static str>) {
    let beginning = method.split('/').next().unwrap_or_default();
    let known = AREAS.iter().find(|(_, beginnings, _)| beginnings.contains(&beginning));
    known.map_or((beginning, None), |(name, _, about)| (name, Some(about)))
}

/// Which types are in each area.
fn members<'a>(
    carried: &BTreeMap<&'a str, BTreeSet<&'a str>>,
    types: &'a [Type],
) -> BTreeMap<&'a str, BTreeSet<&'a str>> {
    let known: BTreeMap<&str, &Type> = types.iter().map(|ty| (ty.name.as_str(), ty)).collect();
    let mut holders: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let mut members: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (area, roots) in carried {
        for name in held(roots, &known) {
            holders.entry(name).or_default().push(area);
        }
        let own = members.entry(area).or_default();
        own.extend(roots.iter().filter(|name| known.contains_key(**name)));
    }
    for ty in types {
        let is_carried = |name: &str| carried.values().any(|types| types.contains(name));
        if is_carried(&ty.name) {
            continue;
        }
        let mut place = ty;
        while let Some((union, _)) = &place.branch_of
            && let Some(union) = known.get(union.as_str())
        {
            place = union;
        }
        let holders = holders.get(place.name.as_str()).map(Vec::as_slice).unwrap_or_default();
        let is_own = |area: &&str| {
            carried[*area].contains(place.name.as_str()) || is_called(&place.name, area)
        };
        let own: Vec<&str> = holders.iter().copied().filter(is_own).collect();
        let found = match (own.as_slice(), holders) {
            ([], []) => &[SHARED.0][..],
            ([], few) if few.len() <= MOST => few,
            ([], _) => &[SHARED.0][..],
            (own, _) => own,
        };
        for area in found {
            members.entry(area).or_default().insert(&ty.name);
        }
    }
    members
}

/// Some types and all that they are made of.
fn held<'a>(roots: &BTreeSet<&'a str>, known: &BTreeMap<&'a str, &'a Type>) -> BTreeSet<&'a str> {
    let mut open: Vec<&str> = roots.iter().copied().collect();
    let mut held = BTreeSet::new();
    while let Some(name) = open.pop() {
        if let Some(ty) = known.get(name)
            && held.insert(ty.name.as_str())
        {
            open.extend(parts::of(ty).into_iter().flat_map(|(_, ty)| ty.all_named()));
        }
    }
    held
}

/// Whether the name of a type begins with that of an area, or with a beginning of its methods.
fn is_called(name: &str, area: &str) -> bool {
    let known = AREAS.iter().find(|(known, ..)| *known == area);
    let beginnings = known.map(|(_, beginnings, _)| *beginnings).unwrap_or_default();
    let mut words = beginnings.iter().copied().chain([area]).map(|text| Kind::Variant.name(text));
    words.any(|word| {
        let rest = name.strip_prefix(&word);
        rest.is_some_and(|rest| !rest.starts_with(|next: char| next.is_ascii_lowercase()))
    })
}

/// What an area is about, and its methods with what they carry.
fn described(area: &str, kinds: &[(&str, Vec<Method<'_>>)]) -> String {
    let of_area = |method: &&Method<'_>| area_of(method.name).0 == area;
    let methods = kinds.iter().flat_map(|(_, methods)| methods);
    let mut about = methods.filter(of_area).map(|method| area_of(method.name).1);
    let mut text = match about.next() {
        Some(Some(about)) => about.to_owned(),
        Some(None) => format!("What begins with {}.", docs::code(area)),
        None => SHARED.1.to_owned(),
    };
    for (kind, methods) in kinds {
        let methods: Vec<_> = methods.iter().filter(of_area).collect();
        if methods.is_empty() {
            continue;
        }
        let _ = write!(text, "\n\n# {kind}\n");
        for Method { link, types, .. } in methods {
            let types: Vec<String> = types.iter().map(|name| format!("[`{name}`]")).collect();
            let _ = write!(text, "\n- {link}: {}", types.join(" → "));
        }
    }
    text
}

/// Methods as links to what they are called in Rust.
pub(super) struct Links {
    requests: Names,
    server_requests: Names,
    notifications: Names,
}

impl Links {
    pub(super) fn of<'a>(
        requests: impl Iterator<Item = &'a str>,
        server_requests: impl Iterator<Item = &'a str>,
        notifications: impl Iterator<Item = &'a str>,
    ) -> Self {
        Self {
            requests: names::distinct(Kind::Method, requests),
            server_requests: names::variants(server_requests),
            notifications: names::variants(notifications),
        }
    }

    pub(super) fn request(&self, method: &str) -> String {
        link(&self.requests, method, "crate::Client")
    }

    pub(super) fn server_request(&self, method: &str) -> String {
        link(&self.server_requests, method, "crate::protocol::ServerRequest")
    }

    pub(super) fn notification(&self, method: &str) -> String {
        link(&self.notifications, method, "crate::protocol::ServerNotification")
    }
}

fn link(names: &Names, method: &str, owner: &str) -> String {
    let name = names.get(method).map(String::as_str).unwrap_or_default();
    format!("[{}]({owner}::{name})", docs::code(method))
}
