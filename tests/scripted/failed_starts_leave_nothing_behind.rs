//! Starts of turns that fail, are cancelled or have to wait leave nothing behind.

use codex_app_server::{
    Error,
    generated::v2_all::{ModelListParams, TurnStatus},
};
use codex_app_server_testkit::{
    Action, Script, turn, turn_accepted, turn_ended, turn_events, turn_started,
};
use serde_json::json;

use support::{begin, fake, sent_params, soon, streamed_text, thread_of};

/// As many requests are under way at once.
const IN_FLIGHT: usize = 64;

#[tokio::test]
async fn starts_that_fail_give_back_their_places() {
    let refused = || Action::error(-32600, "no", None);
    let mut script = Script::new();
    for _ in 0..2 * IN_FLIGHT {
        script = script.on("turn/start", [refused()]);
    }
    let (_server, codex) = fake(script.on("turn/start", turn("at last", 1))).await;
    let thread = thread_of(&codex).await;
    for _ in 0..2 * IN_FLIGHT {
        let error = soon(thread.turn("Go")).await.unwrap_err();
        assert!(error.to_string().contains("`turn/start` failed: no"), "{error}");
    }
    let result = soon(thread.run("Go")).await.unwrap();
    assert_eq!(result.final_response.as_deref(), Some("at last"));
}

#[tokio::test]
async fn a_turn_that_fails_before_the_response_is_a_failed_turn() {
    let actions = [turn_started(), turn_ended("failed"), vec![turn_accepted()]].concat();
    let (_server, codex) = fake(Script::new().on("turn/start", actions)).await;
    let error = soon(thread_of(&codex).await.run("Go")).await.unwrap_err();
    let Error::TurnFailed(result) = &error else {
        panic!("{error:?}");
    };
    assert_eq!((result.id.as_str(), &result.status), ("turn-1", &TurnStatus::Failed));
    assert!(error.to_string().contains("The script lets this turn fail."), "{error}");
}

#[tokio::test]
async fn a_start_that_is_cancelled_while_it_waits_is_never_sent() {
    let script = Script::new()
        .on("model/list", [Action::wait("enough"), Action::respond(json!({"data": []}))]);
    let (server, codex) = fake(script).await;
    let thread = thread_of(&codex).await;
    let ahead: Vec<_> = (0..IN_FLIGHT)
        .map(|_| {
            let client = codex.client().clone();
            tokio::spawn(async move { client.model_list(ModelListParams::new()).await })
        })
        .collect();
    for _ in 0..IN_FLIGHT {
        soon(server.next_received("model/list")).await;
    }
    let mut cancelled = Box::pin(thread.turn("Never mind"));
    begin(&mut cancelled).await;
    let mut kept = Box::pin(thread.turn("Go"));
    begin(&mut kept).await;
    drop(cancelled);
    server.gate("enough").open();

    // It had been in front of this one.
    let mut turn = soon(kept).await.unwrap();
    assert_eq!(streamed_text(&mut turn).await, "Done.");
    for call in ahead {
        soon(call).await.unwrap().unwrap();
    }
    let starts = sent_params(&server, "turn/start");
    assert_eq!(starts.len(), 1);
    assert_eq!(starts[0]["input"][0]["text"], "Go");
}

#[tokio::test]
async fn a_start_that_is_cancelled_on_its_way_is_forgotten() {
    let script = Script::new()
        .on(
            "turn/start",
            [
                vec![Action::wait("cancelled"), turn_accepted()],
                turn_events("unheard", 1),
                vec![Action::open("over")],
            ]
            .concat(),
        )
        .on("turn/start", [vec![Action::wait("over")], turn("heard", 1)].concat());
    let (server, codex) = fake(script).await;
    let thread = thread_of(&codex).await;
    let mut cancelled = Box::pin(thread.turn("Never mind"));
    begin(&mut cancelled).await;
    soon(server.next_received("turn/start")).await;
    drop(cancelled);
    let mut kept = Box::pin(thread.turn("Go"));
    begin(&mut kept).await;
    soon(server.next_received("turn/start")).await;
    server.gate("cancelled").open();

    // It heard the other turn, too, while it did not know which one was its own.
    let mut turn = soon(kept).await.unwrap();
    assert_eq!(turn.id(), "turn-2");
    assert_eq!(streamed_text(&mut turn).await, "heard");
    assert_eq!(soon(turn.run()).await.unwrap().items.len(), 2);
}
