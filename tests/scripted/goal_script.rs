//! What a scripted server says about goals.

use codex_app_server_testkit::{Action, Script};
use serde_json::{Value, json};

/// A scripted goal: what the server says once it is set, and then for each of our interrupts.
pub(crate) fn goal_script(
    set: Vec<Action>,
    interrupts: impl IntoIterator<Item = Action>,
) -> Script {
    let mut script = Script::new()
        .on("thread/goal/clear", [Action::respond(json!({"cleared": false}))])
        .on("thread/goal/set", set)
        .on("thread/goal/set", [goal_response("paused")]);
    for interrupt in interrupts {
        script = script.on("turn/interrupt", [interrupt]);
    }
    script
}

pub(crate) fn goal_object(status: &str) -> Value {
    json!({"threadId": "{{threadId}}", "objective": "o", "status": status, "createdAt": 1,
           "updatedAt": 1, "timeUsedSeconds": 0, "tokensUsed": 0, "tokenBudget": null})
}

pub(crate) fn goal_response(status: &str) -> Action {
    Action::respond(json!({"goal": goal_object(status)}))
}

/// The goal is set, and its first turn, `turn-1`, begins.
pub(crate) fn first_turn() -> Vec<Action> {
    let turn = json!({"id": "turn-1", "rootTurnId": "turn-1", "items": [], "itemsView": "notLoaded",
                      "status": "inProgress"});
    vec![
        goal_response("active"),
        Action::notify("turn/started", json!({"threadId": "{{threadId}}", "turn": turn})),
    ]
}
