//! A connection that ends tells everybody who waits for something.

use std::time::Duration;

use codex_app_server::{
    AppServerConfig, CloseReason, Codex, generated::v2_all::ModelListParams, transport::Transport,
};
use codex_app_server_testkit::{Action, Script, message, turn_accepted, turn_started};
use serde_json::json;

use support::{begin, fake, fake_process, soon, thread_of, turn_object};

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

/// Between the end of the output and the exit of the server nothing can be sent, and why is not
/// known yet.
#[cfg(unix)]
#[tokio::test]
async fn requests_wait_for_the_last_words() {
    let folder = tempfile::tempdir().unwrap();
    let initialized = json!({"id": 1, "result": {
        "userAgent": "sh/1.0.0", "codexHome": "/", "platformFamily": "unix", "platformOs": "linux",
    }});
    let script = format!(
        "cd {}; read line; echo '{initialized}'; read line
        exec >&-; cat; touch heard
        while ! [ -e asked ]; do sleep 0.01; done; echo 'it is over' >&2; exit 7",
        folder.path().display()
    );
    let config = AppServerConfig::new().launch_args_override(["/bin/sh", "-c", &script]);
    let codex = soon(Codex::builder().app_server(config).connect_stdio()).await.unwrap();
    soon(async {
        // There is no event to wait for: the server tells nobody that its input is at its end.
        while !folder.path().join("heard").exists() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    })
    .await;
    let mut request = codex.client().model_list(ModelListParams::new()).into_future();
    begin(&mut request).await;
    std::fs::write(folder.path().join("asked"), "").unwrap();

    let error = soon(request).await.unwrap_err().to_string();
    assert!(error.contains("exit status: 7") && error.contains("it is over"), "{error}");
}

#[tokio::test]
async fn an_idle_connection_says_why_it_has_ended() {
    let script = Script::new().on("model/list", [Action::exit(3)]);
    let (_folder, config) = fake_process(&script);
    let codex = soon(Codex::builder().app_server(config).connect_stdio()).await.unwrap();
    assert!(!codex.is_closed());
    let mut closed = Box::pin(codex.closed());
    begin(&mut closed).await;
    // Nobody waits for its response.
    let mut request = codex.client().model_list(ModelListParams::new()).into_future();
    begin(&mut request).await;
    drop(request);
    let closed = soon(closed).await;
    assert_eq!(closed.reason, CloseReason::ServerClosed);
    assert_eq!(closed.exit_status.and_then(|status| status.code()), Some(3));
    assert!(codex.is_closed());
    assert_eq!(soon(codex.closed()).await.reason, CloseReason::ServerClosed, "and again");
}

#[tokio::test]
async fn whoever_waits_for_the_end_does_not_keep_a_connection_open() {
    let (server, codex) = fake(Script::new()).await;
    let closed = codex.closed();
    let copy = codex.clone();
    drop(codex);
    assert!(!copy.is_closed());
    drop(copy);
    assert_eq!(soon(closed).await.reason, CloseReason::Requested);
    drop(server);
}

#[tokio::test]
async fn the_reason_of_a_failure_is_that_of_the_transport() {
    let (transport, mut server) = Transport::pair();
    let serving = tokio::spawn(async move {
        server.read().await?;
        server.write(r#"{"id": 1, "result": {"userAgent": "mine/1.0.0"}}"#).await?;
        server.read().await?;
        server.write("no message").await
    });
    let codex = soon(Codex::builder().connect_with(transport)).await.unwrap();
    let closed = soon(codex.closed()).await;
    assert_eq!(closed.reason, CloseReason::BadMessage("no message".into()));
    serving.await.unwrap().unwrap();
}
