//! Turns at the same time, on one thread or two, and beside other requests.

use codex_app_server::generated::v2_all::ModelListParams;
use codex_app_server_testkit::{Answer, Gate};

use support::{Real, soon, streamed_text, until};

#[tokio::test]
async fn two_threads_run_turns_at_once_and_see_only_their_own() {
    let gate = Gate::new();
    let real = Real::start([]).await;
    let held = gate.clone();
    real.model.respond_with(move |request| {
        let prompt = request.user_text();
        let pieces: Vec<_> = (0..100).map(|n| format!("{prompt}{n} ")).collect();
        Answer::from_deltas(pieces).gate_after(50, &held)
    });
    let (a, b) = (real.thread().await, real.thread().await);
    let mut turn_a = soon(a.turn("a")).await.unwrap();
    let mut turn_b = soon(b.turn("b")).await.unwrap();
    // Both are in the middle before either may end.
    until(&mut turn_a, "item/agentMessage/delta").await;
    until(&mut turn_b, "item/agentMessage/delta").await;
    gate.open();

    let (text_a, text_b) = tokio::join!(streamed_text(&mut turn_a), streamed_text(&mut turn_b));
    let expected = |name| (1..100).map(|n| format!("{name}{n} ")).collect::<String>();
    assert_eq!(text_a, expected("a"));
    assert_eq!(text_b, expected("b"));
    assert!(soon(turn_a.run()).await.unwrap().final_response.unwrap().starts_with("a0 a1"));
}

#[tokio::test]
async fn a_turn_on_a_busy_thread_joins_the_running_one() {
    let gate = Gate::new();
    let real = Real::start([
        Answer::from_deltas(["one", " two"]).gate_after(1, &gate),
        Answer::text("Both heard."),
    ])
    .await;
    let thread = real.thread().await;
    let mut first = soon(thread.turn("First")).await.unwrap();
    until(&mut first, "item/agentMessage/delta").await;
    let mut second = soon(thread.turn("Second")).await.unwrap();
    assert_eq!(first.id(), second.id());
    gate.open();

    let (first, second) = soon(async { tokio::join!(first.run(), second.run()) }).await;
    assert_eq!(first.unwrap().final_response.as_deref(), Some("Both heard."));
    assert_eq!(second.unwrap().final_response.as_deref(), Some("Both heard."));
}

#[tokio::test]
async fn a_text_stream_is_not_disturbed_while_other_requests_run() {
    let pieces: Vec<_> = (0..500).map(|n| format!("{n} ")).collect();
    let gate = Gate::new();
    let real = Real::start([Answer::from_deltas(&pieces).gate_after(250, &gate)]).await;
    let thread = real.thread().await;
    let mut turn = soon(thread.turn("Count")).await.unwrap();
    let first = soon(turn.next_text()).await.unwrap().unwrap();
    assert_eq!(first, "0 ");
    let others = async {
        for _ in 0..10 {
            assert!(
                !real
                    .codex
                    .models(ModelListParams::new().include_hidden(true))
                    .await
                    .unwrap()
                    .data
                    .is_empty()
            );
            assert_eq!(thread.read().await.unwrap().id, thread.id());
        }
        // Half of the text is still to come.
        gate.open();
        for _ in 0..10 {
            real.codex.models(ModelListParams::new().include_hidden(true)).await.unwrap();
        }
    };
    let (text, ()) = soon(async { tokio::join!(streamed_text(&mut turn), others) }).await;
    assert_eq!(first + &text, pieces.concat());
}
