//! Requests end: by their response, in any order, at their deadline, or because nobody waits.

use std::time::Duration;

use codex_app_server::{
    Error,
    generated::v2_all::{ModelListParams, ThreadReadParams},
};
use codex_app_server_testkit::{Action, FakeServer, Script};
use serde_json::{Value, json};

use support::{fake, soon};

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
    let calls: Vec<_> = (0..100)
        .map(|_| {
            let client = codex.client().clone();
            tokio::spawn(async move { client.model_list(ModelListParams::new()).await })
        })
        .collect();
    for _ in 0..64 {
        soon(server.next_received("model/list")).await;
    }
    // The fake responds in any order, so that one that is let through before its turn would be seen
    // here.
    soon(server.send(json!({"method": "warning", "params": {"message": "x"}}))).await.unwrap();
    let received = |server: &FakeServer| {
        let is_list = |message: &&Value| message["method"] == "model/list";
        server.received().iter().filter(is_list).count()
    };
    assert_eq!(received(&server), 64);
    server.gate("enough").open();
    for call in calls {
        soon(call).await.unwrap().unwrap();
    }
    assert_eq!(received(&server), 100);
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

#[tokio::test]
async fn a_dropped_request_frees_its_place() {
    let script = Script::new()
        .on("model/list", [Action::silence()])
        .on("thread/read", [Action::error(-32600, "reached", None)]);
    let (_server, codex) = fake(script).await;
    let client = codex.client();
    for _ in 0..200 {
        let call = client.model_list(ModelListParams::new());
        assert!(call.timeout(Duration::ZERO).await.is_err());
    }
    let error = soon(async { client.thread_read(ThreadReadParams::new("t")).await }).await;
    assert!(error.unwrap_err().to_string().contains("reached"));
}
