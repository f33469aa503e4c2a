//! When a thread is busy, and when it is not any more, where ends and responses are missed.

use std::time::Duration;

use codex_app_server::{Error, RetryPolicy, TurnOverrides, WhenBusy};
use codex_app_server_testkit::{Action, Script, turn, turn_accepted};
use serde_json::{Value, json};

use support::{begin, fake, sent_params, soon, thread_of, turn_object};

fn refuse() -> TurnOverrides {
    TurnOverrides::new().when_busy(WhenBusy::Refuse)
}

/// A notification of a turn.
fn notify(method: &str, turn: &str, more: Value) -> Action {
    let mut params = json!({"threadId": "{{threadId}}", "turnId": turn});
    params.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    Action::notify(method, params)
}

fn started(turn: &str) -> Action {
    notify("turn/started", turn, json!({"turn": turn_object(turn)}))
}

fn ended(turn: &str, status: &str) -> Action {
    let mut object = turn_object(turn);
    object["status"] = status.into();
    if status == "failed" {
        object["error"] = json!({"message": "Busy.", "codexErrorInfo": "serverOverloaded"});
    }
    notify("turn/completed", turn, json!({"turn": object}))
}

fn accepted(turn: &str) -> Action {
    Action::respond(json!({"turn": turn_object(turn)}))
}

/// The response to `thread/read`, as far as it says whether a turn runs.
fn status(kind: &str) -> Action {
    Action::respond(json!({"thread": {"id": "{{threadId}}", "status": {"type": kind}}}))
}

#[tokio::test]
async fn the_end_of_the_turn_before_is_not_that_of_the_next() {
    let next = [
        accepted("turn-2"),
        ended("turn-1", "completed"),
        started("turn-2"),
        ended("turn-2", "completed"),
    ];
    let script = Script::new()
        .on("turn/start", [accepted("turn-1"), started("turn-1")])
        .on("turn/start", next);
    let (_server, codex) = fake(script).await;
    let thread = thread_of(&codex).await;
    let mut first = soon(thread.turn("First")).await.unwrap();
    let mut second = soon(thread.turn("Second")).await.unwrap();
    assert!(!soon(first.run()).await.unwrap().joined);
    assert!(!soon(second.run()).await.unwrap().joined);
}

#[tokio::test(start_paused = true)]
async fn a_turn_whose_end_was_never_heard_refuses_nothing_for_ever() {
    let script = Script::new()
        .on("turn/start", [turn_accepted()])
        .on("turn/start", turn("Go", 1))
        .on("thread/read", [status("idle")]);
    let (_server, codex) = fake(script).await;
    let thread = thread_of(&codex).await;
    let lost = thread.turn("Lost").await.unwrap();
    let result = thread.run_with("Go", refuse()).await.unwrap();
    assert_eq!(result.final_response.as_deref(), Some("Go"));
    drop(lost);
}

#[tokio::test(start_paused = true)]
async fn a_turn_that_the_server_does_not_know_yet_is_in_the_way() {
    let script = Script::new()
        .on("turn/start", [turn_accepted()])
        .on("thread/read", [status("idle")])
        .on("thread/read", [status("active")]);
    let (server, codex) = fake(script).await;
    let thread = thread_of(&codex).await;
    let turn = thread.turn("Go").await.unwrap();
    let error = thread.run_with("No", refuse()).await.unwrap_err();
    let Error::Busy { turn_id, .. } = error else { panic!("{error}") };
    assert_eq!(turn_id.as_deref(), Some(turn.id()));
    assert_eq!(sent_params(&server, "turn/start").len(), 1);
}

#[tokio::test]
async fn a_thread_that_was_closed_has_no_turn() {
    let closed = Action::notify("thread/closed", json!({"threadId": "{{threadId}}"}));
    let script = Script::new()
        .on("turn/start", [turn_accepted()])
        .on("turn/start", turn("Go", 1))
        .on("thread/name/set", [closed, Action::respond(json!({}))])
        .on("thread/read", [status("idle")]);
    let (server, codex) = fake(script).await;
    let thread = thread_of(&codex).await;
    let lost = soon(thread.turn("Lost")).await.unwrap();
    soon(thread.set_name("x")).await.unwrap();
    soon(thread.run_with("Go", refuse())).await.unwrap();
    // Nothing is known against it.
    assert_eq!(sent_params(&server, "thread/read").len(), 1);
    drop(lost);
}

#[tokio::test]
async fn a_start_that_nobody_waits_for_any_more_is_in_the_way() {
    let script = Script::new()
        .on("turn/start", [Action::wait("go on"), accepted("turn-1"), started("turn-1")])
        .on("turn/start", turn("Go", 1))
        .on("thread/read", [status("idle")]);
    let (server, codex) = fake(script).await;
    let thread = thread_of(&codex).await;
    let mut starting = Box::pin(thread.run("First"));
    begin(&mut starting).await;
    soon(server.next_received("turn/start")).await;
    drop(starting);
    let error = soon(thread.run_with("No", refuse())).await.unwrap_err();
    assert!(error.is_busy(), "{error}");
    server.gate("go on").open();
    assert_eq!(sent_params(&server, "turn/start").len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_turn_that_has_begun_an_action_is_not_run_again() {
    for (kind, repeated) in [("commandExecution", false), ("reasoning", true)] {
        let item = json!({"type": kind, "id": "item"});
        let failing = [
            accepted("turn-1"),
            started("turn-1"),
            // Its end is not told: the turn fails before.
            notify("item/started", "turn-1", json!({"item": item, "startedAtMs": 1})),
            ended("turn-1", "failed"),
        ];
        let script = Script::new()
            .on("turn/start", failing)
            .on("turn/start", turn("Now.", 1))
            .on("thread/turns/list", [Action::respond(json!({"data": [{"id": "turn-1"}]}))])
            .on("thread/revert", [Action::respond(json!({}))]);
        let (server, codex) = fake(script).await;
        let result = thread_of(&codex).await.run_retrying("Go", RetryPolicy::new()).await;
        assert_eq!(result.is_ok(), repeated, "{result:?}");
        assert_eq!(sent_params(&server, "thread/revert").len(), usize::from(repeated));
        if let Err(error) = result {
            assert!(error.to_string().contains(kind), "{error}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_start_is_waited_for_however_slow_its_response_is() {
    let slow = [vec![Action::wait("go on")], turn("First", 1)].concat();
    let script = Script::new()
        .on("turn/start", slow)
        .on("turn/start", turn("Second", 1))
        .on("thread/read", [status("idle")]);
    let (server, codex) = fake(script).await;
    let thread = thread_of(&codex).await;
    let wait = TurnOverrides::new().when_busy(WhenBusy::Wait);
    let (mut first, mut second) =
        (Box::pin(thread.run("First")), Box::pin(thread.run_with("Second", wait)));
    begin(&mut first).await;
    let too_early = tokio::time::timeout(Duration::from_secs(20), &mut second).await;
    assert!(too_early.is_err(), "{too_early:?}");
    assert_eq!(sent_params(&server, "turn/start").len(), 1);
    server.gate("go on").open();
    let (first, second) = tokio::join!(first, second);
    assert_eq!(first.unwrap().final_response.as_deref(), Some("First"));
    assert!(!second.unwrap().joined);
}
