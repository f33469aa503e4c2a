//! A connection that ends tells everybody who waits for something.

use codex_app_server::generated::v2_all::ModelListParams;
use codex_app_server_testkit::{Action, Script, message, turn_accepted, turn_started};
use serde_json::json;

use support::{fake, soon, thread_of, turn_object};

#[tokio::test]
async fn everybody_learns_that_the_connection_is_gone() {
    let script =
        Script::new().on("turn/start", [turn_accepted()]).on("model/list", [Action::exit(0)]);
    let (_server, codex) = fake(script).await;
    let thread = thread_of(&codex).await;
    let mut turn = soon(thread.turn("Go")).await.unwrap();
    let mut of_thread = thread.events();
    let mut all = codex.client().events();

    let request = async { codex.client().model_list(ModelListParams::new()).await };
    assert!(soon(request).await.unwrap_err().is_closed());
    assert!(soon(of_thread.next()).await.unwrap().unwrap_err().is_closed());
    assert!(soon(all.next()).await.unwrap().unwrap_err().is_closed());
    assert!(soon(turn.next()).await.unwrap().unwrap_err().is_closed());
    assert!(turn.next().await.is_none());
    assert!(soon(turn.run()).await.unwrap_err().is_closed());
    let again = async { codex.client().model_list(ModelListParams::new()).await };
    assert!(soon(again).await.unwrap_err().is_closed());
}

#[tokio::test]
async fn both_observe_that_the_connection_fails() {
    let script = Script::new()
        .on("turn/start", [turn_accepted(), Action::wait("both"), Action::exit(1)])
        .on("thread/turns/list", [Action::respond(json!({"data": [turn_object("turn-1")]}))]);
    let (server, codex) = fake(script).await;
    let thread = thread_of(&codex).await;
    let mut first = soon(thread.turn("Go")).await.unwrap();
    let mut second = soon(thread.attach(first.id())).await.unwrap();
    server.gate("both").open();
    let (first, second) = soon(async { tokio::join!(first.run(), second.next()) }).await;
    assert!(first.unwrap_err().is_closed());
    assert!(second.unwrap().unwrap_err().is_closed());
}

#[tokio::test]
async fn a_connection_that_fails_before_the_response_fails_the_start() {
    let actions = [turn_started(), message("early ", 2), vec![Action::exit(1)]].concat();
    let (_server, codex) = fake(Script::new().on("turn/start", actions)).await;
    let error = soon(thread_of(&codex).await.turn("Go")).await.unwrap_err();
    assert!(error.is_closed(), "{error:?}");
}
