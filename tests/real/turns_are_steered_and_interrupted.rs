//! Steering and interrupting a turn that runs.

use codex_app_server::generated::v2_all::{ServerNotification, TurnStatus};
use codex_app_server_testkit::{Answer, Gate};
use serde_json::json;

use support::{Real, soon, until};

#[tokio::test]
async fn steering_adds_input_to_the_running_turn() {
    let gate = Gate::new();
    let real = Real::start([
        Answer::from_deltas(["Working", " on it"]).gate_after(1, &gate),
        Answer::text("Steered."),
    ])
    .await;
    let mut turn = soon(real.thread().await.turn("Begin")).await.unwrap();
    until(&mut turn, "item/agentMessage/delta").await;

    let steered = soon(turn.steer("Only touch src/")).await.unwrap();
    assert_eq!(steered, turn.id());
    gate.open();
    let result = soon(turn.run()).await.unwrap();
    assert_eq!(result.final_response.as_deref(), Some("Steered."));
    real.model.next_request().await;
    let second = real.model.next_request().await;
    assert!(second.body.to_string().contains("Only touch src/"));

    let error = soon(turn.steer("Too late")).await.unwrap_err();
    assert!(error.to_string().contains("no active turn to steer"), "{error}");
}

#[tokio::test]
async fn a_turn_is_interrupted_in_the_middle_and_twice() {
    let gate = Gate::new();
    let real = Real::start([
        Answer::from_deltas(["Never ", "ending"]).gate_after(1, &gate),
        Answer::text("Next."),
    ])
    .await;
    let thread = real.thread().await;
    let mut turn = soon(thread.turn("Begin")).await.unwrap();
    until(&mut turn, "item/agentMessage/delta").await;

    // At the same time, and once more after that: the server responds only to the first.
    let (first, second) = soon(async { tokio::join!(turn.interrupt(), turn.interrupt()) }).await;
    first.unwrap();
    second.unwrap();
    let result = soon(turn.run()).await.unwrap();
    assert_eq!(result.status, TurnStatus::Interrupted);
    assert_eq!(result.final_response, None);
    // It has ended: that is what was wanted.
    soon(turn.interrupt()).await.unwrap();

    // The thread can be used again.
    let next = soon(thread.run("And now?")).await.unwrap();
    assert_eq!(next.final_response.as_deref(), Some("Next."));
}

#[tokio::test]
async fn a_turn_is_interrupted_right_after_its_start() {
    let real = Real::start([Answer::silent(), Answer::silent(), Answer::silent()]).await;
    let thread = real.thread().await;
    for _ in 0..3 {
        let mut turn = soon(thread.turn("Begin")).await.unwrap();
        soon(turn.interrupt()).await.unwrap();
        let result = soon(turn.run()).await.unwrap();
        assert_eq!(result.status, TurnStatus::Interrupted);
    }
}

#[tokio::test]
async fn an_interrupt_is_carried_out_though_nobody_waits_for_it() {
    let real = Real::start([Answer::silent()]).await;
    let thread = real.thread().await;
    let mut watching = thread.events();
    let turn = soon(thread.turn("Begin")).await.unwrap();
    {
        let interrupt = turn.interrupt();
        tokio::pin!(interrupt);
        // Polled once, then dropped with its handle.
        let polled = std::future::poll_fn(|cx| std::task::Poll::Ready(interrupt.as_mut().poll(cx)));
        assert!(polled.await.is_pending());
    }
    drop(turn);
    loop {
        let event = soon(watching.next()).await.unwrap().unwrap();
        if let ServerNotification::TurnCompleted(completed) = event {
            assert_eq!(completed.turn.status, TurnStatus::Interrupted);
            break;
        }
    }
}

#[tokio::test]
async fn the_real_server_names_the_turn_that_an_interrupt_should_have_named() {
    let real = Real::start([Answer::silent()]).await;
    let thread = real.thread().await;
    let mut turn = soon(thread.turn("Begin")).await.unwrap();
    until(&mut turn, "turn/started").await;
    let wrong = json!({"threadId": thread.id(), "turnId": "any"});
    let interrupt = real.codex.client().request_raw("turn/interrupt", wrong);
    let error = soon(interrupt).await.unwrap_err().to_string();
    assert!(error.contains(&format!("but found {}", turn.id())), "{error}");
}
