//! Several who hear the same turn, each from its own place on and to its own end.

use codex_app_server::{
    Error, Thread, TurnHandle,
    generated::v2_all::{ServerNotification, TurnStatus},
};
use codex_app_server_testkit::{Answer, Gate};

use support::{Real, soon, streamed_text, until};

/// The real codex in the middle of a turn: `one ` was said, ` two` waits for the gate.
async fn in_the_middle(end: Answer) -> (Real, Gate, Thread, TurnHandle) {
    let gate = Gate::new();
    let real = Real::start([end.gate_after(1, &gate)]).await;
    let thread = real.thread().await;
    let mut turn = soon(thread.turn("Count")).await.unwrap();
    until(&mut turn, "item/agentMessage/delta").await;
    (real, gate, thread, turn)
}

fn one_two() -> Answer {
    Answer::from_deltas(["one", " two"])
}

#[tokio::test]
async fn who_joins_late_gets_only_future_events() {
    let (_real, gate, thread, mut turn) = in_the_middle(one_two()).await;
    let mut late = soon(thread.attach(turn.id())).await.unwrap();
    assert_eq!((late.id(), late.thread_id()), (turn.id(), thread.id()));
    gate.open();
    assert_eq!(streamed_text(&mut late).await, " two");
    let result = soon(late.run()).await.unwrap();
    assert_eq!(result.status, TurnStatus::Completed);
    // What is completed from now on is whole.
    assert_eq!(result.final_response.as_deref(), Some("one two"));
    assert_eq!(soon(turn.run()).await.unwrap().items.len(), 2);
    assert_eq!(result.items.len(), 1);
}

#[tokio::test]
async fn a_turn_that_has_ended_or_never_was_cannot_be_joined() {
    let (_real, gate, thread, mut turn) = in_the_middle(one_two()).await;
    gate.open();
    soon(turn.run()).await.unwrap();
    for id in [turn.id(), "no such turn"] {
        let error = soon(thread.attach(id)).await.unwrap_err();
        assert!(matches!(&error, Error::InvalidInput { argument: "turn_id", .. }), "{error:?}");
        assert!(error.to_string().contains(id), "{error}");
    }
}

#[tokio::test]
async fn closing_one_stream_leaves_the_others() {
    for first_is_closed in [true, false] {
        let (_real, gate, thread, first) = in_the_middle(one_two()).await;
        let second = soon(thread.attach(first.id())).await.unwrap();
        let (closed, mut other) = if first_is_closed { (first, second) } else { (second, first) };
        drop(closed);
        gate.open();
        assert_eq!(streamed_text(&mut other).await, " two");
        assert!(soon(other.run()).await.is_ok());
    }
}

#[tokio::test]
async fn a_dropped_handle_leaves_its_turn_running() {
    let (_real, gate, thread, turn) = in_the_middle(one_two()).await;
    let mut events = thread.events();
    drop(turn);
    gate.open();
    let mut text = String::new();
    loop {
        match soon(events.next()).await.unwrap().unwrap() {
            ServerNotification::ItemAgentMessageDelta(delta) => text += &delta.delta,
            ServerNotification::TurnCompleted(end) => {
                assert_eq!(end.turn.status, TurnStatus::Completed);
                break;
            }
            _ => {}
        }
    }
    assert_eq!(text, " two");
}

#[tokio::test]
async fn both_observe_that_a_turn_fails() {
    let (_real, gate, thread, mut first) = in_the_middle(one_two().cut_after(1)).await;
    let mut second = soon(thread.attach(first.id())).await.unwrap();
    gate.open();
    let (first, second) = soon(async { tokio::join!(first.run(), second.run()) }).await;
    let (Err(Error::TurnFailed(first)), Err(Error::TurnFailed(second))) = (first, second) else {
        panic!("both have to fail");
    };
    assert_eq!(first.error, second.error);
    assert!(first.error.as_ref().unwrap().message.contains("stream disconnected"));
}
