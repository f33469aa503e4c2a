//! When a goal ends, and what it comes to.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use codex_app_server::{Error, generated::v2_all::TurnStatus};
use codex_app_server_testkit::Action;
use serde_json::json;

use crate::goal_script::{first_turn, goal_object, goal_response, goal_script};
use support::{fake, soon, thread_of};

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
    let set = [goal_response("active"), goal_is("active")].into_iter().chain(events);
    let (_server, codex) = fake(goal_script(set.collect(), [])).await;
    soon(thread_of(&codex).await.run_goal("o")).await
}

#[tokio::test]
async fn each_status_but_active_ends_a_goal_when_no_turn_runs() {
    for status in ["paused", "blocked", "usageLimited", "budgetLimited", "complete"] {
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

#[tokio::test(start_paused = true)]
async fn a_status_that_is_not_known_ends_a_goal_only_if_no_turn_follows() {
    let odd = json!({"threadId": "{{threadId}}", "goal": {"status": 7}});
    for unknown in [goal_is("retired"), Action::notify("thread/goal/updated", odd)] {
        let mut events = vec![
            inner("turn-1", "inProgress", None),
            unknown.clone(),
            inner("turn-1", "completed", Some((1, 2))),
            inner("turn-2", "inProgress", None),
            inner("turn-2", "completed", Some((3, 5))),
        ];
        let result = outcome(events.clone()).await.unwrap();
        assert_eq!(result.duration, Some(Duration::from_secs(4)));
        // The end that the server tells is not waited for.
        events.push(goal_is("complete"));
        let result = outcome(events).await.unwrap();
        assert_eq!(result.duration, Some(Duration::from_secs(4)));
    }
}

#[tokio::test]
async fn odd_members_end_no_goal() {
    let odd_end = |turn: serde_json::Value| {
        Action::notify("turn/completed", json!({"threadId": "{{threadId}}", "turn": turn}))
    };
    for odd in [
        json!({"id": "turn-2", "status": "completed", "items": [7], "durationMs": -1}),
        json!({"id": "turn-2", "status": "completed", "items": 7, "error": 7}),
        json!({"id": 7, "status": "completed"}),
        json!({"status": "completed", "startedAt": "now"}),
    ] {
        let result = outcome([
            inner("turn-1", "inProgress", None),
            odd_end(json!({"id": "turn-1", "items": 7, "completedAt": "now"})),
            inner("turn-2", "inProgress", None),
            goal_is("complete"),
            odd_end(odd.clone()),
        ]);
        let result = result.await.unwrap_or_else(|error| panic!("{odd}: {error}"));
        assert_eq!((result.id.as_str(), &result.status), ("turn-1", &TurnStatus::Completed));
    }
    let result = outcome([
        inner("turn-1", "inProgress", None),
        goal_is("complete"),
        Action::notify("turn/completed", json!({"threadId": "{{threadId}}"})),
    ]);
    assert_eq!(result.await.unwrap().status.as_str(), "");
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
    assert_eq!(failed.error.as_ref().unwrap().message, "turn-1 broke");
}

#[tokio::test]
async fn an_inner_turn_that_is_interrupted_ends_the_goal_at_once() {
    let result = outcome([
        inner("turn-1", "inProgress", None),
        inner("turn-1", "interrupted", Some((1, 2))),
    ]);
    assert_eq!(result.await.unwrap().status, TurnStatus::Interrupted);
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
    for _ in 0..2 {
        let error = soon(goal.run()).await.unwrap_err();
        assert!(error.to_string().contains("did not pursue the goal"), "{error}");
    }
}
