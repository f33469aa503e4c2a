//! What this version of the crate does not know is data, and no error.

use codex_app_server::{
    Error,
    generated::v2_all::{ServerNotification, ThreadItem, ThreadStatus, TurnStatus},
};
use codex_app_server_testkit::{Action, Script, turn_accepted, turn_ended, turn_events};
use serde_json::{Value, json};

use support::{fake, soon, streamed_text, thread_of, until};

#[tokio::test]
async fn what_a_newer_server_sends_is_kept_whole() {
    let params = json!({"threadId": "thread-1", "turnId": "turn-1", "depth": {"a": [1, null]}});
    let misfit = json!({"threadId": "thread-1", "turnId": "turn-1", "itemId": 7, "delta": "x"});
    let script = Script::new().on(
        "turn/start",
        [
            vec![
                turn_accepted(),
                Action::notify("turn/dreamt", params.clone()),
                Action::notify("item/agentMessage/delta", misfit.clone()),
            ],
            turn_events("on we go", 1),
        ]
        .concat(),
    );
    let (_server, codex) = fake(script).await;
    let mut turn = soon(thread_of(&codex).await.turn("Go")).await.unwrap();

    let unknown = until(&mut turn, "turn/dreamt").await;
    assert_eq!(unknown.turn_id(), Some("turn-1"));
    assert_eq!(serde_json::to_value(&unknown).unwrap()["params"], params);
    let ServerNotification::Unknown(unknown) = unknown else {
        panic!("{unknown:?}");
    };
    assert_eq!(unknown.reason, None);

    match until(&mut turn, "item/agentMessage/delta").await {
        ServerNotification::Unknown(unknown) => {
            assert!(unknown.reason.unwrap().contains("invalid type"));
            assert_eq!(unknown.params.get(), misfit.to_string());
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(streamed_text(&mut turn).await, "on we go");
}

#[tokio::test]
async fn raw_requests_reach_methods_that_have_no_type() {
    let script = Script::new().on("future/method", [Action::respond(json!({"x": [1]}))]);
    let (server, codex) = fake(script).await;
    let client = codex.client();
    let response = soon(client.request_raw("future/method", json!({"y": 2}))).await;
    assert_eq!(response.unwrap(), json!({"x": [1]}));
    let sent = soon(server.next_received("future/method")).await;
    assert_eq!(sent["params"], json!({"y": 2}));
    let error = soon(client.request_raw("future/method", Value::Null)).await;
    assert!(matches!(error, Err(Error::InvalidInput { argument: "params", .. })));
}

#[tokio::test]
async fn values_and_kinds_that_are_new_are_kept() {
    let item = json!({"type": "hologram", "id": "h", "depth": {"z": [1, null]}});
    let params = json!({"threadId": "{{threadId}}", "turnId": "{{turnId}}", "item": item,
                        "completedAtMs": 1});
    let status = json!({"type": "dreaming", "since": 7});
    let changed = json!({"threadId": "{{threadId}}", "status": status});
    let script = Script::new().on(
        "turn/start",
        [
            vec![
                turn_accepted(),
                Action::notify("thread/status/changed", changed),
                Action::notify("item/completed", params),
            ],
            turn_ended("postponed"),
        ]
        .concat(),
    );
    let (_server, codex) = fake(script).await;
    let thread = thread_of(&codex).await;
    let mut events = thread.events();
    let result = soon(thread.run("Go")).await.unwrap();
    assert_eq!(result.status, TurnStatus::Unknown("postponed".into()));
    assert_eq!(result.status.as_str(), "postponed");
    let [ThreadItem::Unknown(_)] = &result.items[..] else {
        panic!("{:?}", result.items);
    };
    assert_eq!(serde_json::to_value(&result.items[0]).unwrap(), item);

    let changed = loop {
        let event = soon(events.next()).await.unwrap().unwrap();
        if let ServerNotification::ThreadStatusChanged(changed) = event {
            break changed;
        }
    };
    assert!(matches!(changed.status, ThreadStatus::Unknown(_)), "{changed:?}");
    assert_eq!(serde_json::to_value(&changed.status).unwrap(), status);
}
