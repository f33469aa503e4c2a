//! What ends a turn when its time is over, or its handle is dropped, and the server is difficult.

use std::time::Duration;

use codex_app_server::{Codex, Thread, TurnOverrides, generated::v2_all::TurnStatus};
use codex_app_server_testkit::{
    Action, FakeServer, Script, turn_accepted, turn_ended, turn_started,
};

use support::{begin, fake, fake_with, next_params, sent_params, soon, thread_of};

const SHORT: Duration = Duration::from_millis(50);

fn interrupted() -> TurnOverrides {
    TurnOverrides::new().interrupt_on_drop(true)
}

/// The response to `turn/start`, and a turn that goes on from there.
fn begun() -> Vec<Action> {
    [vec![turn_accepted()], turn_started()].concat()
}

/// Starts a turn, and drops that before the server responds, which then goes on.
async fn drop_start(server: &FakeServer, thread: &Thread, overrides: TurnOverrides) {
    let mut starting = Box::pin(thread.turn_with("Go", overrides));
    begin(&mut starting).await;
    soon(server.next_received("turn/start")).await;
    drop(starting);
    server.gate("dropped").open();
}

#[tokio::test(start_paused = true)]
async fn a_server_that_does_not_end_the_turn_is_given_up() {
    for response in [Action::respond(serde_json::json!({})), Action::silence()] {
        let script = Script::new().on("turn/start", begun()).on("turn/interrupt", [response]);
        let (server, codex) = fake(script).await;
        let thread = thread_of(&codex).await;
        let mut turn = thread.turn_with("Go", TurnOverrides::new().deadline(SHORT)).await.unwrap();
        let result = turn.run().await.unwrap();
        assert_eq!(result.status, TurnStatus::InProgress);
        assert!(result.deadline_passed && !result.joined);
        assert_eq!(result.items.len(), 1, "{:?}", result.items);
        assert_eq!(turn.run().await.unwrap(), result);
        assert!(turn.next().await.is_none());
        assert_eq!(sent_params(&server, "turn/interrupt").len(), 1);

        // Others may go on reading it.
        let mut other = thread.events();
        begin(&mut Box::pin(other.next())).await;
    }
}

#[tokio::test]
async fn a_turn_that_fails_when_its_time_is_over_says_so() {
    let failed = [vec![Action::respond(serde_json::json!({}))], turn_ended("failed")].concat();
    let script = Script::new().on("turn/start", begun()).on("turn/interrupt", failed);
    let (_server, codex) = fake(script).await;
    let overrides = TurnOverrides::new().deadline(SHORT);
    let error = soon(thread_of(&codex).await.run_with("Go", overrides)).await.unwrap_err();
    let codex_app_server::Error::TurnFailed(result) = error else { panic!("{error:?}") };
    assert!(result.deadline_passed);
}

#[tokio::test]
async fn a_dropped_turn_is_interrupted_once() {
    let (server, codex) = fake(Script::new().on("turn/start", begun())).await;
    let thread = thread_of(&codex).await;
    let turn = soon(thread.turn_with("Go", interrupted())).await.unwrap();
    let (control, turn) = (turn.control(), turn.interrupt_on_drop(true));
    let id = turn.id().to_owned();
    drop(turn);
    soon(control.interrupt()).await.unwrap();
    let sent = sent_params(&server, "turn/interrupt");
    assert_eq!(sent.len(), 1);
    assert_eq!(sent[0]["turnId"], id.as_str());
}

#[tokio::test]
async fn a_turn_that_has_ended_is_not() {
    let (server, codex) = fake(Script::new()).await;
    let thread = thread_of(&codex).await;
    soon(thread.run_with("Go", interrupted())).await.unwrap();
    let mut events = thread.events();
    let unread = soon(thread.turn_with("Go", interrupted())).await.unwrap();
    while soon(events.next()).await.unwrap().unwrap().method() != "turn/completed" {}
    drop(unread);
    // Whatever was sent before this has come.
    soon(thread.read()).await.ok();
    assert!(sent_params(&server, "turn/interrupt").is_empty());
}

#[tokio::test]
async fn a_start_whose_response_comes_too_late_is_interrupted() {
    let late = [vec![Action::wait("dropped")], begun()].concat();
    let (server, codex) = fake(Script::new().on("turn/start", late)).await;
    let thread = thread_of(&codex).await;
    drop_start(&server, &thread, interrupted()).await;
    assert_eq!(next_params(&server, "turn/interrupt").await["turnId"], "turn-1");
}

#[tokio::test]
async fn a_deadline_holds_for_a_start_that_was_dropped() {
    let late = [vec![Action::wait("dropped")], begun()].concat();
    let (server, codex) = fake(Script::new().on("turn/start", late)).await;
    let thread = thread_of(&codex).await;
    drop_start(&server, &thread, TurnOverrides::new().deadline(SHORT)).await;
    assert_eq!(next_params(&server, "turn/interrupt").await["turnId"], "turn-1");
}

#[tokio::test]
async fn so_is_one_that_has_timed_out() {
    let late = [vec![Action::wait("late")], begun()].concat();
    let builder = Codex::builder().request_timeout(SHORT);
    let (server, codex) = fake_with(Script::new().on("turn/start", late), builder).await;
    let thread = thread_of(&codex).await;
    let error = soon(thread.turn_with("Go", interrupted())).await.unwrap_err();
    assert!(error.is_timeout(), "{error}");
    server.gate("late").open();
    assert_eq!(next_params(&server, "turn/interrupt").await["turnId"], "turn-1");
}

#[tokio::test]
async fn a_late_start_that_has_joined_is_left_alone() {
    let joins = vec![
        Action::wait("dropped"),
        Action::respond(serde_json::json!({"turn": support::turn_object("turn-1")})),
    ];
    let script = Script::new().on("turn/start", begun()).on("turn/start", joins);
    let (server, codex) = fake(script).await;
    let thread = thread_of(&codex).await;
    let turn = soon(thread.turn("Go")).await.unwrap();
    soon(server.next_received("turn/start")).await;
    drop_start(&server, &thread, interrupted()).await;
    // The response is read before those to what is sent later.
    for _ in 0..3 {
        soon(thread.read()).await.ok();
    }
    assert!(sent_params(&server, "turn/interrupt").is_empty());
    drop(turn);
}
