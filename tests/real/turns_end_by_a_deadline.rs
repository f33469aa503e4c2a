//! Turns that are interrupted when their time is over, whoever listens then.

use std::time::Duration;

use codex_app_server::{
    Error, ThreadConfig, TurnHandle, TurnOverrides, blocking,
    generated::v2_all::{ServerNotification, TurnStatus},
};
use codex_app_server_testkit::{Answer, Gate};

use support::{Real, offline, soon, streamed_text, until};

const SHORT: Duration = Duration::from_millis(300);

fn short() -> TurnOverrides {
    TurnOverrides::new().deadline(SHORT)
}

/// An answer that says one word and goes on when nobody waits any more.
fn endless() -> Answer {
    Answer::from_deltas(["Never ", "ending"]).gate_after(1, &Gate::new())
}

#[tokio::test]
async fn a_run_gives_what_was_done_until_then() {
    let begun = Answer::text("I begin.").phase("commentary").and(Answer::shell("echo done"));
    let real = Real::start([begun, endless(), Answer::text("Next.")]).await;
    let thread = real.thread().await;
    let overrides = TurnOverrides::new().deadline(Duration::from_secs(3));
    let result = soon(thread.run_with("Go on", overrides)).await.unwrap();
    assert!(result.deadline_passed && !result.joined);
    assert_eq!(result.status, TurnStatus::Interrupted);
    assert!(!result.items.is_empty());

    // The thread can be used again, and the next turn has a time of its own.
    let next = soon(thread.run("And now?")).await.unwrap();
    assert_eq!((next.status, next.deadline_passed), (TurnStatus::Completed, false));
}

#[tokio::test]
async fn a_turn_that_ends_in_time_or_is_interrupted_by_somebody_does_not_say_so() {
    let real = Real::start([Answer::text("Quick."), Answer::silent()]).await;
    let thread = real.thread().await;
    let long = || TurnOverrides::new().deadline(Duration::from_secs(3600));
    let result = soon(thread.run_with("Quick", long())).await.unwrap();
    assert_eq!((result.status, result.deadline_passed), (TurnStatus::Completed, false));

    let mut turn = soon(thread.turn_with("Long", long())).await.unwrap();
    soon(turn.interrupt()).await.unwrap();
    let result = soon(turn.run()).await.unwrap();
    assert_eq!((result.status, result.deadline_passed), (TurnStatus::Interrupted, false));
}

#[tokio::test]
async fn handles_see_it_whether_or_not_they_are_read() {
    let real = Real::start([endless(), endless(), endless()]).await;
    let thread = real.thread().await;

    let mut read = soon(thread.turn_with("Go on", short())).await.unwrap();
    // A slow machine may have heard nothing of it by then.
    assert!("Never ".starts_with(&streamed_text(&mut read).await));
    assert!(soon(read.run()).await.unwrap().deadline_passed);

    // Nobody polls this one before the turn is over.
    let mut events = thread.events();
    let mut unread = soon(thread.turn_with("Go on", short())).await.unwrap();
    assert_eq!(end_of(&mut events).await, TurnStatus::Interrupted);
    assert!(soon(unread.run()).await.unwrap().deadline_passed);
    assert!(soon(unread.run()).await.unwrap().deadline_passed);

    let dropped = soon(thread.turn_with("Go on", short())).await.unwrap();
    drop(dropped);
    assert_eq!(end_of(&mut events).await, TurnStatus::Interrupted);
}

async fn end_of(events: &mut codex_app_server::NotificationStream) -> TurnStatus {
    loop {
        if let ServerNotification::TurnCompleted(end) = soon(events.next()).await.unwrap().unwrap()
        {
            return end.turn.status;
        }
    }
}

#[tokio::test]
async fn a_turn_that_was_joined_is_interrupted_for_all() {
    // The input that joins has the model answer anew.
    let real = Real::start([endless(), endless()]).await;
    let thread = real.thread().await;
    let mut first: TurnHandle = soon(thread.turn("Go on")).await.unwrap();
    until(&mut first, "item/agentMessage/delta").await;
    let joined = soon(thread.run_with("And this", short())).await.unwrap();
    assert!(joined.joined && joined.deadline_passed);
    let first = soon(first.run()).await.unwrap();
    assert_eq!(first.status, TurnStatus::Interrupted);
    assert!(!first.joined && !first.deadline_passed);
}

#[tokio::test]
async fn a_time_of_nothing_is_over_at_once() {
    let real = Real::start([Answer::silent()]).await;
    let overrides = TurnOverrides::new().deadline(Duration::ZERO);
    let result = soon(real.thread().await.run_with("Go on", overrides)).await.unwrap();
    assert!(result.deadline_passed);
}

#[tokio::test]
async fn blocking_programs_have_deadlines_too() {
    let real = Real::start([endless()]).await;
    let config = offline(&real.home).cwd(real.cwd.path());
    let run = move || {
        let codex = blocking::Codex::builder().app_server(config).connect_stdio()?;
        let thread = codex.thread_start(ThreadConfig::new())?;
        let result = thread.run_with("Go on", short())?;
        codex.close()?;
        Ok::<_, Error>(result)
    };
    let result = soon(tokio::task::spawn_blocking(run)).await.unwrap().unwrap();
    assert!(result.deadline_passed);
}
