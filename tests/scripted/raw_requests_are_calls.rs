//! Requests and notifications that are given as JSON.

use std::time::Duration;

use codex_app_server::{
    Codex, Error, RetryPolicy, blocking, generated::v2_all::TurnInterruptParams,
};
use codex_app_server_testkit::{Action, Script};
use serde_json::{Value, json};

use support::{fake, fake_process, fake_with, fill, refused_argument, sent_params, soon};

#[tokio::test(start_paused = true)]
async fn they_have_a_deadline_of_their_own() {
    let script = Script::new().on("future/method", []).on("command/exec", []);
    let builder = Codex::builder().request_timeout(Duration::from_secs(7));
    let (_server, codex) = fake_with(script, builder).await;
    let client = codex.client();
    let after = async |call| match call {
        Err(Error::RequestTimeout { after, .. }) => after.as_secs(),
        other => panic!("{other:?}"),
    };
    let call = client.request_raw("future/method", json!({}));
    assert_eq!(after(call.await).await, 7);
    let call = client.request_raw("future/method", json!({})).timeout(Duration::from_secs(3));
    assert_eq!(after(call.await).await, 3);

    // Neither one that is told to wait nor one that takes as long as its work has one.
    let told = client.request_raw("future/method", json!({})).no_timeout();
    let known = client.request_raw("command/exec", json!({"command": ["sleep"]}));
    let (mut told, mut known) = (told.into_future(), known.into_future());
    let both = async {
        tokio::select! { end = &mut told => end, end = &mut known => end }
    };
    tokio::time::timeout(Duration::from_secs(1000), both).await.unwrap_err();
}

#[tokio::test]
async fn one_that_ends_the_work_of_others_waits_for_none() {
    let script =
        Script::new().on("model/list", []).on("turn/interrupt", [Action::respond(json!({}))]);
    let (server, codex) = fake(script).await;
    let calls = fill(&server, &codex, 64).await;
    let params =
        serde_json::to_value(TurnInterruptParams::new().thread_id("t").turn_id("u")).unwrap();
    soon(codex.client().request_raw("turn/interrupt", params)).await.unwrap();
    calls.iter().for_each(tokio::task::JoinHandle::abort);
}

#[tokio::test(start_paused = true)]
async fn they_are_tried_again_as_they_are_told() {
    let busy = || Action::error(-32001, "Server overloaded; retry later.", None);
    let script = Script::new().on("future/method", [busy()]).on("model/list", [busy()]);
    let policy = || RetryPolicy::new().max_attempts(3);
    let (server, codex) = fake_with(script, Codex::builder().retry(policy())).await;
    let client = codex.client();
    client.request_raw("future/method", json!({})).await.unwrap_err();
    assert_eq!(sent_params(&server, "future/method").len(), 1);
    client.request_raw("future/method", json!({})).retry(policy()).await.unwrap_err();
    assert_eq!(sent_params(&server, "future/method").len(), 4);
    // This one is known to only read.
    client.request_raw("model/list", json!({})).await.unwrap_err();
    assert_eq!(sent_params(&server, "model/list").len(), 3);
}

#[tokio::test]
async fn notifications_of_the_program_are_sent() {
    let (server, codex) = fake(Script::new()).await;
    soon(codex.client().notify("future/seen", json!({"a": 1}))).await.unwrap();
    let message = soon(server.next_received("future/seen")).await;
    assert_eq!(message, json!({"method": "future/seen", "params": {"a": 1}}));
    assert_eq!(refused_argument(codex.client().notify("x", Value::Null).await), "params");
    soon(codex.close()).await;
    let error = soon(codex.client().notify("future/seen", json!({}))).await.unwrap_err();
    assert!(error.is_closed(), "{error}");
}

#[tokio::test]
async fn what_is_shown_of_one_hides_secrets() {
    let (_server, codex) = fake(Script::new()).await;
    let params = json!({"type": "apiKey", "apiKey": "sk-planted"});
    let shown = format!("{:?}", codex.client().request_raw("account/login/start", params));
    assert!(shown.contains("account/login/start") && !shown.contains("planted"), "{shown}");
}

#[test]
fn blocking_ones_are_the_same() {
    let script = Script::new()
        .on("future/method", [Action::respond(json!({"b": 2}))])
        .on("silent/method", []);
    let (_folder, config) = fake_process(&script);
    let codex = blocking::Codex::builder().app_server(config).connect_stdio().unwrap();
    let client = codex.client();
    assert_eq!(client.request_raw("future/method", json!({})).send().unwrap(), json!({"b": 2}));
    let silent = client.request_raw("silent/method", json!({})).timeout(Duration::from_millis(1));
    assert!(matches!(silent.send(), Err(Error::RequestTimeout { .. })));
    client.notify("future/seen", json!({})).unwrap();
}
