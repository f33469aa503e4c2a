//! To interrupt what has ended already is no error: it is over, as was wanted.

use codex_app_server::Error;
use codex_app_server_testkit::{Action, Script, turn, turn_accepted, turn_ended, turn_started};

use support::{fake, soon, thread_of};

#[tokio::test]
async fn a_turn_that_has_ended_is_interrupted_all_the_same() {
    for refusal in ["no active turn to interrupt", "expected active turn id a but found b"] {
        let script = Script::new()
            .on("turn/start", turn("Done.", 1))
            .on("turn/interrupt", [Action::error(-32600, refusal, None)]);
        let (_server, codex) = fake(script).await;
        let mut turn = soon(thread_of(&codex).await.turn("Go")).await.unwrap();
        let control = turn.control();
        soon(turn.run()).await.unwrap();
        soon(turn.interrupt()).await.unwrap();
        // Without the handle only the server knows.
        drop(turn);
        soon(control.interrupt()).await.unwrap();
    }
}

/// Servers of older versions do not respond then.
#[tokio::test]
async fn nobody_waits_for_a_response_to_the_interrupt_of_a_turn_that_has_ended() {
    let ends_instead = Script::new()
        .on("turn/start", [vec![turn_accepted()], turn_started()].concat())
        .on("turn/interrupt", turn_ended("completed"));
    let (_server, codex) = fake(ends_instead).await;
    let running = soon(thread_of(&codex).await.turn("Go")).await.unwrap();
    soon(running.interrupt()).await.unwrap();

    let has_ended =
        Script::new().on("turn/start", turn("Done.", 1)).on("turn/interrupt", Vec::new());
    let (_server, codex) = fake(has_ended).await;
    let mut turn = soon(thread_of(&codex).await.turn("Go")).await.unwrap();
    soon(turn.run()).await.unwrap();
    soon(turn.interrupt()).await.unwrap();
}

#[tokio::test]
async fn other_refusals_and_a_closed_connection_are_errors() {
    let script = Script::new()
        .on("turn/start", [vec![turn_accepted()], turn_started()].concat())
        .on("turn/interrupt", [Action::error(-32600, "not today", None)]);
    let (_server, codex) = fake(script).await;
    let turn = soon(thread_of(&codex).await.turn("Go")).await.unwrap();
    let error = soon(turn.interrupt()).await.unwrap_err();
    assert!(matches!(error, Error::Rpc(_)), "{error:?}");
    soon(codex.close()).await;
    let error = soon(turn.interrupt()).await.unwrap_err();
    assert!(matches!(error, Error::Closed(_)), "{error:?}");
}
