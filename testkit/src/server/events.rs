//! Ready-made parts of a session, with the members that codex sends.

use serde_json::{Value, json};

use super::script::{Action, Rule};

/// A moment in November 2026: a script has no clock, so that its output is always the same.
const SECONDS: u64 = 1_795_000_000;
pub(super) const MILLIS: u64 = SECONDS * 1000;

/// The item that [`Action::deltas`] streams.
pub(super) const MESSAGE_ID: &str = "msg-{{turnId}}";

/// The answer to `turn/start` and a whole turn: [`turn_accepted`] and [`turn_events`].
///
/// ```
/// use codex_app_server_testkit::{Script, turn};
///
/// let flood = Script::new().on("turn/start", turn("word ", 200_000));
/// ```
#[must_use]
pub fn turn(text: &str, deltas: usize) -> Vec<Action> {
    [vec![turn_accepted()], turn_events(text, deltas)].concat()
}

/// The notifications of a turn from `turn/started` to `turn/completed`, whose one message is
/// [`message`]`(text, deltas)`.
#[must_use]
pub fn turn_events(text: &str, deltas: usize) -> Vec<Action> {
    let items = vec![agent_message(&whole(text, deltas), Some(MILLIS))];
    [turn_started(), message(text, deltas), ended("completed", items)].concat()
}

/// The answer to `turn/start`.
#[must_use]
pub fn turn_accepted() -> Action {
    Action::respond(json!({ "turn": turn_object("inProgress", "notLoaded", vec![]) }))
}

/// The start of a turn, with the item that repeats the user's input.
///
/// With the other parts it makes turns of one's own:
///
/// ```
/// use codex_app_server_testkit::{
///     Action, Script, message, turn_accepted, turn_ended, turn_started,
/// };
///
/// // Half of the turn beats the answer to `turn/start`; the rest waits for the test.
/// let script = Script::new().on("turn/start", [
///     turn_started(),
///     vec![turn_accepted()],
///     message("Hello", 1),
///     vec![Action::wait("go on")],
///     turn_ended("interrupted"),
/// ].concat());
/// ```
#[must_use]
pub fn turn_started() -> Vec<Action> {
    let mut turn = turn_object("inProgress", "notLoaded", vec![]);
    turn["startedAt"] = json!(SECONDS);
    let user_message = |completed: Option<u64>| {
        json!({
            "type": "userMessage", "id": "user-{{turnId}}", "clientId": null,
            "content": "{{params.input}}", "startedAtMs": MILLIS, "completedAtMs": completed,
        })
    };
    vec![
        status(json!({ "type": "active", "activeFlags": [] })),
        Action::notify("turn/started", json!({ "threadId": "{{threadId}}", "turn": turn })),
        item_started(user_message(None)),
        item_completed(user_message(Some(MILLIS))),
    ]
}

/// An agent message of a turn: the text this many times, each time as one delta. With 0 deltas the
/// text comes once, in `item/completed` only. All messages of one turn have the same id.
#[must_use]
pub fn message(text: &str, deltas: usize) -> Vec<Action> {
    vec![
        item_started(agent_message("", None)),
        Action::deltas(deltas, text),
        item_completed(agent_message(&whole(text, deltas), Some(MILLIS))),
    ]
}

/// The end of a turn, without items: `completed`, `interrupted` or `failed`.
#[must_use]
pub fn turn_ended(status: &str) -> Vec<Action> {
    ended(status, vec![])
}

/// What the server does about methods for which a script has no rule.
pub(super) fn defaults() -> Vec<Rule> {
    let rule = |method: &str, actions| Rule { on: method.to_owned(), actions };
    let interrupted = [vec![Action::respond(json!({}))], turn_ended("interrupted")].concat();
    let thread_started = json!({ "thread": thread_object() });
    vec![
        rule(
            "initialize",
            vec![Action::respond(json!({
                "userAgent": "fake/1.0.0 (test)", "codexHome": "/fake",
                "platformFamily": "unix", "platformOs": "linux",
            }))],
        ),
        rule(
            "thread/start",
            vec![
                Action::respond(thread_response()),
                Action::notify("thread/started", thread_started),
            ],
        ),
        rule("thread/resume", vec![Action::respond(thread_response())]),
        rule("thread/fork", vec![Action::respond(thread_response())]),
        rule("thread/read", vec![Action::respond(json!({ "thread": thread_object() }))]),
        rule("turn/start", turn("Done.", 1)),
        rule("turn/interrupt", interrupted),
    ]
}

fn ended(status_name: &str, items: Vec<Value>) -> Vec<Action> {
    let usage = json!({
        "totalTokens": 110, "inputTokens": 100, "cachedInputTokens": 0,
        "cacheWriteInputTokens": 0, "outputTokens": 10, "reasoningOutputTokens": 0,
    });
    let mut turn = turn_object(status_name, "summary", items);
    turn["startedAt"] = json!(SECONDS);
    turn["completedAt"] = json!(SECONDS);
    turn["durationMs"] = json!(1);
    if status_name == "failed" {
        turn["error"] = json!({
            "message": "The script lets this turn fail.",
            "codexErrorInfo": "other", "additionalDetails": null,
        });
    }
    vec![
        Action::notify(
            "thread/tokenUsage/updated",
            json!({
                "threadId": "{{threadId}}", "turnId": "{{turnId}}",
                "tokenUsage": { "total": usage, "last": usage, "modelContextWindow": 258_400 },
            }),
        ),
        status(json!({ "type": "idle" })),
        Action::notify("turn/completed", json!({ "threadId": "{{threadId}}", "turn": turn })),
    ]
}

fn whole(text: &str, deltas: usize) -> String {
    text.repeat(deltas.max(1))
}

fn status(status: Value) -> Action {
    let params = json!({ "threadId": "{{threadId}}", "status": status });
    Action::notify("thread/status/changed", params)
}

fn item_started(item: Value) -> Action {
    let params = json!({
        "threadId": "{{threadId}}", "turnId": "{{turnId}}", "item": item, "startedAtMs": MILLIS,
    });
    Action::notify("item/started", params)
}

fn item_completed(item: Value) -> Action {
    let params = json!({
        "threadId": "{{threadId}}", "turnId": "{{turnId}}", "item": item,
        "contentTokenCount": null, "completedAtMs": MILLIS,
    });
    Action::notify("item/completed", params)
}

fn agent_message(text: &str, completed: Option<u64>) -> Value {
    json!({
        "type": "agentMessage", "id": MESSAGE_ID, "text": text, "phase": null,
        "moderation": null, "memoryCitation": null, "delivery": null, "questions": null,
        "startedAtMs": MILLIS, "completedAtMs": completed,
    })
}

fn turn_object(status: &str, items_view: &str, items: Vec<Value>) -> Value {
    json!({
        "id": "{{turnId}}", "rootTurnId": "{{turnId}}", "items": items, "itemsView": items_view,
        "status": status, "error": null, "startedAt": null, "completedAt": null, "durationMs": null,
    })
}

fn thread_response() -> Value {
    json!({
        "thread": thread_object(),
        "model": "fake-model", "modelProvider": "fake", "serviceTier": null,
        "disabledPluginIds": [], "cwd": "/fake/project",
        "runtimeWorkspaceRoots": ["/fake/project"], "instructionSources": [],
        "approvalPolicy": "on-request", "approvalsReviewer": "user",
        "sandbox": { "type": "readOnly", "networkAccess": false },
        "activePermissionProfile": { "id": ":read-only", "extends": null },
        "reasoningEffort": null, "multiAgentMode": "explicitRequestOnly",
    })
}

fn thread_object() -> Value {
    json!({
        "id": "{{threadId}}", "sessionId": "{{threadId}}", "extra": null,
        "environments": [{
            "environmentId": "local", "cwd": "/fake/project",
            "runtimeWorkspaceRoots": ["/fake/project"],
        }],
        "forkedFromId": null, "attachedToThreadId": null, "parentThreadId": null,
        "preview": "", "ephemeral": false, "section": null, "sectionEnteredAt": null,
        "projectId": null, "historyMode": "paginated", "modelProvider": "fake",
        "model": "fake-model", "reasoningEffort": null, "createdAt": SECONDS,
        "updatedAt": SECONDS, "recencyAt": SECONDS, "status": { "type": "idle" },
        "path": "/fake/sessions/{{threadId}}.jsonl", "cwd": "/fake/project",
        "cliVersion": "1.0.0", "originator": "fake", "source": "vscode",
        "canAcceptDirectInput": true, "threadSource": null, "agentNickname": null,
        "agentRole": null, "gitInfo": null, "name": null, "daybreakEnabled": null, "turns": [],
    })
}
