//! Goals that begin badly, whose turn is another by now, or that nobody watches any more: what is
//! sent then, on a scripted server.

mod support;

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use codex_app_server::{Error, generated::v2_all::TurnStatus};
use codex_app_server_testkit::{Action, FakeServer, Script};
use serde_json::{Value, json};

use support::{fake, sent, soon, thread_of};

/// A scripted goal: what the server says once it is set, and then for each of our interrupts.
fn goal_script(set: Vec<Action>, interrupts: impl IntoIterator<Item = Action>) -> Script {
    let mut script = Script::new()
        .on("thread/goal/clear", [Action::respond(json!({"cleared": false}))])
        .on("thread/goal/set", set)
        .on("thread/goal/set", [goal_answer("paused")]);
    for interrupt in interrupts {
        script = script.on("turn/interrupt", [interrupt]);
    }
    script
}

fn goal_object(status: &str) -> Value {
    json!({"threadId": "{{threadId}}", "objective": "o", "status": status, "createdAt": 1,
           "updatedAt": 1, "timeUsedSeconds": 0, "tokensUsed": 0, "tokenBudget": null})
}

fn goal_answer(status: &str) -> Action {
    Action::respond(json!({"goal": goal_object(status)}))
}

/// The goal is set, and its first turn, `turn-1`, begins.
fn first_turn() -> Vec<Action> {
    let turn = json!({"id": "turn-1", "rootTurnId": "turn-1", "items": [], "itemsView": "notLoaded",
                      "status": "inProgress"});
    vec![
        goal_answer("active"),
        Action::notify("turn/started", json!({"threadId": "{{threadId}}", "turn": turn})),
    ]
}

fn refused(message: &str) -> Action {
    Action::error(-32600, message, None)
}

fn accepted() -> Action {
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
        .on("turn/steer", [refused("expected active turn id `turn-1` but found `turn-9`")])
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
    let interrupts = [refused("expected active turn id turn-1 but found turn-9"), accepted()];
    let (server, codex) = fake(goal_script(first_turn(), interrupts)).await;
    let mut goal = soon(thread_of(&codex).await.start_goal("o")).await.unwrap();
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
    let (server, codex) = fake(goal_script(vec![refused("goals are off")], [])).await;
    let thread = thread_of(&codex).await;
    let error = soon(thread.start_goal("o")).await.unwrap_err();
    assert!(error.to_string().contains("goals are off"), "{error}");
    assert!(soon(thread.run("Go")).await.is_ok());
    // There is nothing to pause.
    assert_eq!(story(&server), ["thread/goal/set active", "turn/start "]);
}

#[tokio::test(start_paused = true)]
async fn a_goal_whose_first_turn_does_not_begin_is_stopped() {
    let script = goal_script(vec![goal_answer("active")], [refused("no active turn to interrupt")]);
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
    let set = vec![Action::wait("cancelled"), goal_answer("active")];
    let found = refused("expected active turn id any but found turn-5");
    let script = goal_script(set, [found, accepted()]).on("thread/goal/set", first_turn());
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
    assert!(sent(&server, "thread/goal/set").is_empty());
    assert!(sent(&server, "turn/interrupt").is_empty());
}

#[tokio::test]
async fn a_second_goal_is_refused_while_one_is_pursued() {
    let (server, codex) = fake(goal_script(first_turn(), [])).await;
    let thread = thread_of(&codex).await;
    let goal = soon(thread.start_goal("o")).await.unwrap();
    let error = soon(thread.start_goal("p")).await.unwrap_err();
    assert!(matches!(&error, Error::InvalidInput { argument: "thread", .. }), "{error:?}");
    assert_eq!(sent(&server, "thread/goal/set").len(), 1);
    drop(goal);
    // Nothing was told to the server: the goal is active still.
    assert_eq!(story(&server), ["thread/goal/set active"]);
}

#[tokio::test]
async fn a_turn_without_a_goal_is_an_error_that_says_so() {
    let mut set = first_turn();
    set.extend([
        Action::wait("watched"),
        Action::notify(
            "turn/completed",
            json!({"threadId": "{{threadId}}", "turn": {"id": "turn-1", "rootTurnId": "turn-1",
                   "items": [], "itemsView": "notLoaded", "status": "completed"}}),
        ),
    ]);
    let (server, codex) = fake(goal_script(set, [])).await;
    let mut goal = soon(thread_of(&codex).await.start_goal("o")).await.unwrap();
    server.gate("watched").open();
    let error = soon(goal.run()).await.unwrap_err();
    assert!(error.to_string().contains("did not pursue the goal"), "{error}");
}

/// An inner turn, with its times in seconds.
fn inner(id: &str, status: &str, span: Option<(u64, u64)>) -> Action {
    let error = (status == "failed").then(|| json!({"message": format!("{id} broke")}));
    let turn = json!({"id": id, "rootTurnId": id, "items": [], "itemsView": "notLoaded",
                      "status": status, "error": error, "startedAt": span.map(|span| span.0),
                      "completedAt": span.map(|span| span.1), "durationMs": 1});
    let method = if span.is_some() { "turn/completed" } else { "turn/started" };
    Action::notify(method, json!({"threadId": "{{threadId}}", "turn": turn}))
}

fn goal_is(status: &str) -> Action {
    let params = json!({"threadId": "{{threadId}}", "turnId": null, "goal": goal_object(status)});
    Action::notify("thread/goal/updated", params)
}

/// What a goal comes to whose server says this once it is set.
async fn outcome(
    events: impl IntoIterator<Item = Action>,
) -> codex_app_server::Result<codex_app_server::RunResult> {
    let set = [goal_answer("active"), goal_is("active")].into_iter().chain(events);
    let (_server, codex) = fake(goal_script(set.collect(), [])).await;
    soon(thread_of(&codex).await.run_goal("o")).await
}

#[tokio::test]
async fn each_status_but_active_ends_a_goal_when_no_turn_runs() {
    for status in ["paused", "blocked", "usageLimited", "budgetLimited", "complete", "retired"] {
        let result = outcome([
            inner("turn-1", "inProgress", None),
            goal_is("active"),
            inner("turn-1", "completed", Some((100, 110))),
            inner("turn-2", "inProgress", None),
            goal_is(status),
            inner("turn-2", "completed", Some((150, 175))),
        ]);
        let result = result.await.unwrap();
        assert_eq!(
            (result.id.as_str(), &result.status),
            ("turn-1", &TurnStatus::Completed),
            "{status}"
        );
        // From the start of the first to the end of the last.
        assert_eq!(result.duration, Some(Duration::from_secs(75)));
        let seconds =
            |time: Option<SystemTime>| time.unwrap().duration_since(UNIX_EPOCH).unwrap().as_secs();
        assert_eq!((seconds(result.started_at), seconds(result.completed_at)), (100, 175));
    }
}

#[tokio::test]
async fn a_goal_that_is_cleared_ends() {
    let cleared = Action::notify("thread/goal/cleared", json!({"threadId": "{{threadId}}"}));
    let result = outcome([
        inner("turn-1", "inProgress", None),
        inner("turn-1", "completed", Some((1, 2))),
        cleared,
    ]);
    assert_eq!(result.await.unwrap().status, TurnStatus::Completed);
}

#[tokio::test]
async fn the_first_inner_turn_that_fails_is_what_the_goal_fails_with() {
    let result = outcome([
        inner("turn-1", "inProgress", None),
        inner("turn-1", "failed", Some((1, 2))),
        inner("turn-2", "inProgress", None),
        inner("turn-2", "failed", Some((3, 4))),
        goal_is("blocked"),
    ]);
    let Err(Error::TurnFailed(failed)) = result.await else {
        panic!("it has to fail");
    };
    assert_eq!(failed.id, "turn-1");
    assert_eq!(failed.error.unwrap().message, "turn-1 broke");
}

#[tokio::test]
async fn an_inner_turn_that_is_interrupted_ends_the_goal_at_once() {
    let result = outcome([
        inner("turn-1", "inProgress", None),
        inner("turn-1", "interrupted", Some((1, 2))),
    ]);
    assert_eq!(result.await.unwrap().status, TurnStatus::Interrupted);
}
