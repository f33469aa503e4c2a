//! Goals that begin badly, whose turn is another by now, or that nobody watches any more: what is
//! sent then.

use codex_app_server::Error;
use codex_app_server_testkit::{Action, FakeServer};
use serde_json::{Value, json};

use crate::goal_script::{first_turn, goal_response, goal_script};
use support::{fake, sent_params, soon, thread_of};

fn refuse(message: &str) -> Action {
    Action::error(-32600, message, None)
}

fn accept() -> Action {
    Action::respond(json!({}))
}

/// What was sent from the first goal that was set on, as words.
fn story(server: &FakeServer) -> Vec<String> {
    let received = server.received();
    let from = received
        .iter()
        .position(|message| message["method"] == "thread/goal/set")
        .unwrap_or(received.len());
    let words = |message: &Value| {
        let params = &message["params"];
        let what = ["status", "turnId", "expectedTurnId"]
            .into_iter()
            .find_map(|name| params[name].as_str());
        format!("{} {}", message["method"].as_str().unwrap(), what.unwrap_or_default())
    };
    received[from..].iter().map(words).collect()
}

#[tokio::test]
async fn a_goal_is_steered_in_the_turn_that_the_server_names() {
    let script = goal_script(first_turn(), [])
        .on("turn/steer", [refuse("expected active turn id `turn-1` but found `turn-9`")])
        .on("turn/steer", [Action::respond(json!({"turnId": "turn-9"}))]);
    let (server, codex) = fake(script).await;
    let goal = soon(thread_of(&codex).await.start_goal("o")).await.unwrap();
    assert_eq!(soon(goal.steer("Faster")).await.unwrap(), "turn-1");
    assert_eq!(
        story(&server),
        ["thread/goal/set active", "turn/steer turn-1", "turn/steer turn-9"]
    );
}

#[tokio::test]
async fn an_interrupt_pauses_the_goal_and_then_stops_the_turn_that_the_server_names() {
    // Without the backticks that a steer has: so the server writes it here.
    let interrupts = [refuse("expected active turn id turn-1 but found turn-9"), accept()];
    let (server, codex) = fake(goal_script(first_turn(), interrupts)).await;
    let goal = soon(thread_of(&codex).await.start_goal("o")).await.unwrap();
    soon(goal.interrupt()).await.unwrap();
    assert_eq!(
        story(&server),
        [
            "thread/goal/set active",
            "thread/goal/set paused",
            "turn/interrupt turn-1",
            "turn/interrupt turn-9",
        ]
    );
}

#[tokio::test]
async fn a_goal_that_the_server_refuses_leaves_the_thread_free() {
    let (server, codex) = fake(goal_script(vec![refuse("goals are off")], [])).await;
    let thread = thread_of(&codex).await;
    let error = soon(thread.start_goal("o")).await.unwrap_err();
    assert!(error.to_string().contains("goals are off"), "{error}");
    assert!(soon(thread.run("Go")).await.is_ok());
    // There is nothing to pause.
    assert_eq!(story(&server), ["thread/goal/set active", "turn/start "]);
}

#[tokio::test(start_paused = true)]
async fn a_goal_whose_first_turn_does_not_begin_is_stopped() {
    let script =
        goal_script(vec![goal_response("active")], [refuse("no active turn to interrupt")]);
    let (server, codex) = fake(script).await;
    let thread = thread_of(&codex).await;
    let error = thread.start_goal("o").await.unwrap_err();
    assert!(error.is_timeout(), "{error:?}");
    assert_eq!(
        story(&server),
        ["thread/goal/set active", "thread/goal/set paused", "turn/interrupt any"]
    );
    assert!(thread.run("Go").await.is_ok());
}

#[tokio::test]
async fn a_goal_that_is_cancelled_while_it_begins_is_stopped_before_the_next() {
    let set = vec![Action::wait("cancelled"), goal_response("active")];
    let found = refuse("expected active turn id any but found turn-5");
    let script = goal_script(set, [found, accept()]).on("thread/goal/set", first_turn());
    let (server, codex) = fake(script).await;
    let thread = thread_of(&codex).await;
    let mut starting = Box::pin(thread.start_goal("o"));
    tokio::select! {
        result = &mut starting => panic!("{result:?}"),
        _ = server.next_received("thread/goal/set") => {}
    }
    drop(starting);
    // The thread is kept until the goal is stopped.
    let busy = soon(thread.start_goal("o")).await.unwrap_err();
    assert!(busy.to_string().contains("another goal is being pursued"), "{busy}");
    server.gate("cancelled").open();
    for _ in 0..2 {
        soon(server.next_received("turn/interrupt")).await;
    }
    assert_eq!(
        story(&server),
        [
            "thread/goal/set active",
            "thread/goal/set paused",
            "turn/interrupt any",
            "turn/interrupt turn-5",
        ]
    );
}

#[tokio::test]
async fn a_goal_that_is_cancelled_before_it_is_set_sends_nothing() {
    let script = goal_script(first_turn(), []).on("thread/read", [Action::silence()]);
    let (server, codex) = fake(script).await;
    let thread = thread_of(&codex).await;
    let mut starting = Box::pin(thread.start_goal("o"));
    tokio::select! {
        result = &mut starting => panic!("{result:?}"),
        _ = server.next_received("thread/read") => {}
    }
    drop(starting);
    soon(thread.run("Go")).await.unwrap();
    assert!(sent_params(&server, "thread/goal/set").is_empty());
    assert!(sent_params(&server, "turn/interrupt").is_empty());
}

#[tokio::test]
async fn a_second_goal_is_refused_while_one_is_pursued() {
    let (server, codex) = fake(goal_script(first_turn(), [])).await;
    let thread = thread_of(&codex).await;
    let goal = soon(thread.start_goal("o")).await.unwrap();
    let error = soon(thread.start_goal("p")).await.unwrap_err();
    assert!(matches!(&error, Error::InvalidInput { argument: "thread", .. }), "{error:?}");
    assert_eq!(sent_params(&server, "thread/goal/set").len(), 1);
    drop(goal);
    // Nothing was told to the server: the goal is active still.
    assert_eq!(story(&server), ["thread/goal/set active"]);
}
