//! Turns that end with the handle, or the future, that was to see their end.

use std::time::Duration;

use codex_app_server::{
    NotificationStream, Thread, TurnOverrides,
    generated::v2_all::{ServerNotification, TurnStatus},
};
use codex_app_server_testkit::{Answer, Gate};

use support::{Real, begin, soon, until};

fn interrupted() -> TurnOverrides {
    TurnOverrides::new().interrupt_on_drop(true)
}

/// A codex whose first turn goes on for ever, and whose next one ends.
async fn start() -> (Real, Thread, NotificationStream) {
    let real = Real::start([]).await;
    // A turn may be interrupted before the model is asked.
    real.model.respond_with(|request| match request.user_text().as_str() {
        "And now?" => Answer::text("Next."),
        _ => Answer::from_deltas(["Never ", "ending"]).gate_after(1, &Gate::new()),
    });
    let thread = real.thread().await;
    let events = thread.events();
    (real, thread, events)
}

/// Waits until the first turn is interrupted; the next is a turn of its own then.
async fn see_it_interrupted(thread: &Thread, events: &mut NotificationStream) {
    loop {
        if let ServerNotification::TurnCompleted(end) = soon(events.next()).await.unwrap().unwrap()
        {
            assert_eq!(end.turn.status, TurnStatus::Interrupted);
            break;
        }
    }
    let next = soon(thread.run("And now?")).await.unwrap();
    assert_eq!(next.final_response.as_deref(), Some("Next."));
    assert!(!next.joined);
}

#[tokio::test]
async fn with_the_timeout_around_a_run() {
    let (_real, thread, mut events) = start().await;
    let run = thread.run_with("Go on", interrupted());
    assert!(tokio::time::timeout(Duration::from_secs(1), run).await.is_err());
    see_it_interrupted(&thread, &mut events).await;
}

#[tokio::test]
async fn with_the_task_that_runs_it() {
    let (real, thread, mut events) = start().await;
    let task = tokio::spawn({
        let thread = thread.clone();
        async move { thread.run_with("Go on", interrupted()).await }
    });
    soon(real.model.next_request()).await;
    task.abort();
    see_it_interrupted(&thread, &mut events).await;
}

#[tokio::test]
async fn with_its_handle() {
    let (_real, thread, mut events) = start().await;
    let mut turn = soon(thread.turn("Go on")).await.unwrap().interrupt_on_drop(true);
    until(&mut turn, "item/agentMessage/delta").await;
    drop(turn);
    see_it_interrupted(&thread, &mut events).await;
}

#[tokio::test]
async fn with_the_future_that_starts_it() {
    let (_real, thread, mut events) = start().await;
    {
        let mut starting = Box::pin(thread.turn_with("Go on", interrupted()));
        // Written, and not responded to yet.
        begin(&mut starting).await;
    }
    see_it_interrupted(&thread, &mut events).await;
}

#[tokio::test]
async fn but_not_when_it_was_joined_or_is_told_to_go_on() {
    let gate = Gate::new();
    // Each input that joins has the model answer anew.
    let held = || Answer::from_deltas(["one", " two"]).gate_after(1, &gate);
    let real = Real::start([held(), held(), held(), held()]).await;
    let thread = real.thread().await;
    let mut turn = soon(thread.turn_with("Go on", interrupted())).await.unwrap();
    until(&mut turn, "item/agentMessage/delta").await;

    let joined = soon(thread.turn_with("And this", interrupted())).await.unwrap();
    assert!(joined.joined() && !turn.joined());
    drop(joined);
    let attached = soon(thread.attach(turn.id())).await.unwrap();
    assert!(attached.joined());
    drop(attached.interrupt_on_drop(true));
    drop(turn.interrupt_on_drop(false));

    let mut last = soon(thread.turn("Is it there?")).await.unwrap();
    assert!(last.joined());
    gate.open();
    assert_eq!(soon(last.run()).await.unwrap().status, TurnStatus::Completed);
}
