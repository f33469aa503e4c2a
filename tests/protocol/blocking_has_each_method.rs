//! The API without async has what the other one has.

use std::collections::BTreeSet;

use codex_app_server::{Codex, TurnHandle, blocking};

/// The public methods of each type in a part of the list of the public API.
fn methods(list: &str, part: impl Fn(&str) -> bool) -> BTreeSet<String> {
    let (mut methods, mut here, mut owner) = (BTreeSet::new(), false, String::new());
    for line in list.lines() {
        if let Some(module) = line.strip_prefix("// ") {
            here = part(module);
        } else if let Some(implementation) = line.strip_prefix("impl") {
            owner = implementation.trim_end_matches(" {").trim().to_owned();
        } else if let Some(name) = line.strip_prefix("    pub ")
            && let Some(name) = name.trim_start_matches("async ").strip_prefix("fn ")
            && here
        {
            let end = name.find(|c: char| c != '_' && !c.is_alphanumeric());
            methods.insert(format!("{owner}::{}", &name[..end.unwrap_or(name.len())]));
        }
    }
    methods
}

#[test]
fn each_async_method_has_a_blocking_twin() {
    let list = include_str!("public_api.txt");
    let blocking = methods(list, |module| module.contains("::blocking::"));
    let entries =
        ["chat", "client", "codex", "connect", "goal", "server", "thread", "turn", "typed"];
    let all =
        methods(list, |module| module.split("::").nth(1).is_some_and(|top| entries.contains(&top)));
    // Iterators have `next`.
    let others = ["NotificationStream::next", "Chat::next", "GoalHandle::next", "TurnHandle::next"];
    // Values never wait.
    let values = ["OutputSchema", "ChatOptions", "CompletionSource", "StepData", "StepType"];
    let is_value = |method: &str| values.iter().any(|value| method.contains(value));
    let is_other = |method: &str| {
        others.contains(&method) || is_value(method) || method == "ConversationStep::item"
    };
    let missing: Vec<_> = all.difference(&blocking).filter(|method| !is_other(method)).collect();
    assert!(missing.is_empty(), "{missing:?}");
    assert!(all.len() > 50, "the list was not understood: {all:?}");
}

/// Compiles only if values can be shared and sent between threads.
#[test]
fn values_are_send_and_sync() {
    fn check<T: Send + Sync>() {}
    check::<blocking::Codex>();
    check::<blocking::Client>();
    check::<blocking::Thread>();
    check::<blocking::TurnHandle>();
    check::<Codex>();
    check::<TurnHandle>();
}
