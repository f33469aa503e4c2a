//! How long a turn is silent: its own events count, and no others.

use std::time::Duration;

use codex_app_server::{
    ChatOptions, Codex, Error, RunResult, ThreadConfig, TurnOverrides, protocol::ServerNotification,
};
use codex_app_server_testkit::{
    Action, FakeServer, Script, turn_accepted, turn_ended, turn_started,
};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use crate::goal_script::{first_turn, goal_object, goal_script};
use support::{fake, fake_with, soon, thread_of};

const LIMIT: Duration = Duration::from_secs(80);

/// What is told later than it is, where nobody reads the deltas.
const PART: Duration = Duration::from_secs(10);

fn limited() -> TurnOverrides {
    TurnOverrides::new().inactivity_timeout(LIMIT)
}

/// Turns that begin, and go on when the gate `go on` is open.
fn waiting() -> Script {
    let end = [vec![Action::wait("go on")], turn_ended("completed")].concat();
    Script::new().on("turn/start", [vec![turn_accepted()], turn_started(), end].concat())
}

async fn say(server: &FakeServer, method: &str, turn: &str) {
    let params = json!({"threadId": "thread-1", "turnId": turn, "itemId": "i", "delta": "x"});
    server.send(json!({"method": method, "params": params})).await.unwrap();
}

fn idle_of<T: std::fmt::Debug>(result: Result<T, Error>) -> Duration {
    match result {
        Err(Error::TurnInactive { idle, .. }) => idle,
        other => panic!("{other:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn it_is_told_when_the_limit_has_passed_and_again() {
    let (server, codex) = fake(waiting()).await;
    let thread = thread_of(&codex).await;
    let mut turn = thread.turn_with("Go", limited()).await.unwrap();
    support::until(&mut turn, "item/completed").await;
    let began = Instant::now();
    for times in 1..=3 {
        let idle = idle_of(turn.next().await.unwrap());
        let passed = began.elapsed();
        assert!(passed >= times * LIMIT && passed < times * LIMIT + PART, "{passed:?}");
        // All the time in which nothing was heard.
        assert!(idle >= times * LIMIT, "{idle:?}");
    }
    server.gate("go on").open();
    let mut last = None;
    while let Some(event) = turn.next().await {
        last = Some(event.unwrap());
    }
    assert!(matches!(last, Some(ServerNotification::TurnCompleted(_))));
    assert_eq!(turn.run().await.unwrap().items.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_turn_that_says_something_is_not_silent() {
    // Whoever streams reads the deltas; a run does not.
    for streams in [true, false] {
        let (server, codex) = fake(waiting()).await;
        let thread = thread_of(&codex).await;
        let began = Instant::now();
        let reading = tokio::spawn(async move {
            if !streams {
                return thread.run_with("Go", limited()).await;
            }
            let mut turn = thread.turn_with("Go", limited()).await?;
            while let Some(event) = turn.next().await {
                event?;
            }
            turn.run().await
        });
        soon(server.next_received("turn/start")).await;
        for _ in 0..5 {
            sleep(LIMIT * 3 / 4).await;
            assert!(!reading.is_finished());
            say(&server, "item/agentMessage/delta", "turn-1").await;
        }
        let said = began.elapsed();
        let result: Result<RunResult, _> = reading.await.unwrap();
        assert!(idle_of(result) >= LIMIT);
        let silent = began.elapsed() - said;
        assert!(silent >= LIMIT && silent <= LIMIT + 2 * PART, "{silent:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_other_turns_do_is_not_counted() {
    let (server, codex) = fake(waiting()).await;
    let thread = thread_of(&codex).await;
    let began = Instant::now();
    let reading = tokio::spawn(async move { thread.run_with("Go", limited()).await });
    soon(server.next_received("turn/start")).await;
    while !reading.is_finished() && began.elapsed() < 3 * LIMIT {
        say(&server, "item/agentMessage/delta", "another turn").await;
        say(&server, "item/completed", "another turn").await;
        sleep(PART).await;
    }
    assert!(idle_of(reading.await.unwrap()) < LIMIT + 2 * PART);
}

#[tokio::test(start_paused = true)]
async fn the_connection_has_a_limit_for_all_that_have_none() {
    let builder = Codex::builder().inactivity_timeout(LIMIT);
    let (_server, codex) = fake_with(waiting(), builder).await;
    let thread = thread_of(&codex).await;
    let began = Instant::now();
    idle_of(thread.run("Go").await);
    idle_of(thread.chat_once("Go").await);
    let shorter = TurnOverrides::new().inactivity_timeout(LIMIT / 4);
    idle_of(thread.run_with("Go", shorter).await);
    assert!(began.elapsed() < 3 * LIMIT);
    // Null is for ever.
    let mut for_ever =
        Box::pin(thread.run_with("Go", TurnOverrides::new().inactivity_timeout(None)));
    assert!(tokio::time::timeout(10 * LIMIT, &mut for_ever).await.is_err());
    let options = ChatOptions::new().inactivity_timeout(None);
    let chat = thread.chat_once_with("Go", options);
    assert!(tokio::time::timeout(10 * LIMIT, chat).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn a_goal_that_is_silent_goes_on_too() {
    let goal_is = |status: &str| {
        let params =
            json!({"threadId": "{{threadId}}", "turnId": null, "goal": goal_object(status)});
        Action::notify("thread/goal/updated", params)
    };
    let end = json!({"threadId": "{{threadId}}", "turn": {"id": "turn-1", "rootTurnId": "turn-1",
                     "items": [], "itemsView": "notLoaded", "status": "completed"}});
    let set = [
        first_turn(),
        vec![goal_is("active"), Action::wait("go on"), goal_is("complete")],
        vec![Action::notify("turn/completed", end)],
    ];
    let builder = || Codex::builder().inactivity_timeout(LIMIT);
    let (server, codex) = fake_with(goal_script(set.concat(), []), builder()).await;
    let thread = thread_of(&codex).await;
    let mut goal = thread.start_goal("o").await.unwrap();
    for _ in 0..2 {
        idle_of(goal.run().await);
    }
    server.gate("go on").open();
    goal.run().await.unwrap();

    // One that is run has no handle: it goes on all the same.
    let (server, codex) = fake_with(goal_script(set.concat(), []), builder()).await;
    let error = thread_of(&codex).await.run_goal("o").await.unwrap_err();
    let Error::TurnInactive { continuation, .. } = error else { panic!("{error:?}") };
    assert_eq!(continuation.turn_id(), "turn-1");
    codex.client().notify("ping", json!({})).await.unwrap();
    soon(server.next_received("ping")).await;
    let paused = |message: &Value| {
        message["method"] == "turn/interrupt" || message["params"]["status"] == "paused"
    };
    assert!(!server.received().iter().any(paused));
}

/// A limit that no clock reaches is none.
#[tokio::test(start_paused = true)]
async fn limits_of_any_length_are_taken() {
    let (server, codex) = fake(waiting()).await;
    let thread = soon(codex.thread_start(ThreadConfig::new())).await.unwrap();
    let none = TurnOverrides::new().inactivity_timeout(Duration::ZERO);
    let mut turn = thread.turn_with("Go", none).await.unwrap();
    assert_eq!(idle_of(soon(turn.run()).await), Duration::ZERO);
    let mut turn = turn.inactivity_timeout(Duration::MAX);
    server.gate("go on").open();
    soon(turn.run()).await.unwrap();
}
