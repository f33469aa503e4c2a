//! Requests end: by their response, in any order, at their deadline, or because nobody waits.

use std::{future::IntoFuture, time::Duration};

use codex_app_server::{
    Client, Error,
    generated::v2_all::{
        CommandExecParams, CommandExecTerminateParams, ModelListParams, ThreadReadParams,
        TurnInterruptParams,
    },
};
use codex_app_server_testkit::{Action, FakeServer, Script};
use serde_json::json;

use support::{begin, fake, fill, soon};

#[tokio::test]
async fn responses_may_come_in_any_order() {
    let script = Script::new()
        .on(
            "model/list",
            [Action::wait("second has its response"), Action::respond(json!({"data": []}))],
        )
        .on("thread/read", [Action::error(-32600, "no such thread", Some(json!({"a": 1})))]);
    let (server, codex) = fake(script).await;
    let client = codex.client();
    let first = async { client.model_list(ModelListParams::new()).await };
    let second = async {
        let error = client.thread_read(ThreadReadParams::new("t")).await.unwrap_err();
        server.gate("second has its response").open();
        error
    };
    let (first, second) = soon(async { tokio::join!(first, second) }).await;
    assert!(first.unwrap().data.is_empty());
    let Error::Rpc(error) = second else {
        panic!("{second:?}");
    };
    assert_eq!((error.code, error.message.as_str()), (-32600, "no such thread"));
    assert_eq!(error.data, Some(json!({"a": 1})));
    assert_eq!(error.method, "thread/read");
}

#[tokio::test]
async fn no_more_than_64_requests_are_under_way() {
    let script = Script::new()
        .on("model/list", [Action::wait("enough"), Action::respond(json!({"data": []}))]);
    let (server, codex) = fake(script).await;
    let calls = fill(&server, &codex, 100).await;
    // The fake responds in any order, so that one that is let through before its turn would be seen
    // here.
    soon(server.send(json!({"method": "warning", "params": {"message": "x"}}))).await.unwrap();
    assert_eq!(received(&server, "model/list"), 64);
    server.gate("enough").open();
    for call in calls {
        soon(call).await.unwrap().unwrap();
    }
    assert_eq!(received(&server, "model/list"), 100);
}

#[tokio::test(start_paused = true)]
async fn a_request_without_a_response_ends_at_its_deadline() {
    let script = Script::new().on("model/list", [Action::silence()]);
    let (_server, codex) = fake(script).await;
    let client = codex.client();
    let error = client.model_list(ModelListParams::new()).await.unwrap_err();
    assert!(error.is_timeout());
    assert!(error.to_string().contains("`model/list` within 30s"), "{error}");

    let call = client.model_list(ModelListParams::new());
    let error = call.timeout(Duration::from_millis(5)).await.unwrap_err();
    assert!(error.to_string().contains("5ms"), "{error}");
}

fn received(server: &FakeServer, method: &str) -> usize {
    server.received().iter().filter(|message| message["method"] == method).count()
}

/// 500 lists that are given up as soon as they are sent, or as they would have to wait.
async fn give_up_500(client: &Client) -> Vec<Error> {
    let mut errors = Vec::new();
    for _ in 0..500 {
        let call = client.model_list(ModelListParams::new()).timeout(Duration::ZERO);
        errors.push(call.await.unwrap_err());
    }
    errors
}

#[tokio::test]
async fn a_request_that_was_given_up_keeps_its_place_until_its_response() {
    let script = Script::new()
        .on("model/list", [Action::wait("at last"), Action::respond(json!({"data": []}))])
        .on("thread/read", [Action::error(-32600, "reached", None)]);
    let (server, codex) = fake(script).await;
    let errors = give_up_500(codex.client()).await;
    let (sent, unsent) = errors.split_at(64);
    assert!(sent.iter().all(|error| error.to_string().contains("no response")));
    for error in unsent {
        assert!(error.is_timeout() && error.to_string().contains("was not sent"), "{error}");
        assert!(error.to_string().contains("64 others"), "{error}");
    }
    let mut next = codex.client().thread_read(ThreadReadParams::new("t")).into_future();
    begin(&mut next).await;
    for _ in 0..64 {
        soon(server.next_received("model/list")).await;
    }
    assert_eq!(received(&server, "thread/read"), 0);
    server.gate("at last").open();
    assert!(soon(next).await.unwrap_err().to_string().contains("reached"));
    assert_eq!(received(&server, "model/list"), 64);
}

#[tokio::test(start_paused = true)]
async fn the_places_of_requests_without_a_response_are_free_after_a_minute() {
    let script = Script::new()
        .on("model/list", [Action::silence()])
        .on("thread/read", [Action::error(-32600, "reached", None)]);
    let (_server, codex) = fake(script).await;
    give_up_500(codex.client()).await;
    let read = || codex.client().thread_read(ThreadReadParams::new("t"));
    let error = read().await.unwrap_err();
    assert!(error.to_string().contains("was not sent within 30s"), "{error}");
    let error = read().timeout(Duration::from_secs(31)).await.unwrap_err();
    assert!(error.to_string().contains("reached"), "{error}");
}

#[tokio::test]
async fn long_requests_hold_up_no_others_and_control_requests_always_pass() {
    let script = Script::new()
        .on("command/exec", [Action::silence()])
        .on("model/list", [Action::silence()])
        .on("thread/read", [Action::error(-32600, "reached", None)])
        .on("turn/interrupt", [Action::respond(json!({}))])
        .on("command/exec/terminate", [Action::respond(json!({}))]);
    let (server, codex) = fake(script).await;
    let client = codex.client();
    let mut long: Vec<_> = (0..100)
        .map(|_| client.command_exec(CommandExecParams::new(["sleep".to_owned()])).into_future())
        .collect();
    for call in &mut long {
        begin(call).await;
    }
    let error = soon(client.thread_read(ThreadReadParams::new("t")).into_future()).await;
    assert!(error.unwrap_err().to_string().contains("reached"));
    let mut short: Vec<_> =
        (0..100).map(|_| client.model_list(ModelListParams::new()).into_future()).collect();
    for call in &mut short {
        begin(call).await;
    }
    let interrupt = client.turn_interrupt(TurnInterruptParams::new().thread_id("t").turn_id("u"));
    soon(interrupt.into_future()).await.unwrap();
    let terminate = client.command_exec_terminate(CommandExecTerminateParams::new("p"));
    soon(terminate.into_future()).await.unwrap();
    assert_eq!((received(&server, "command/exec"), received(&server, "model/list")), (32, 64));
}
