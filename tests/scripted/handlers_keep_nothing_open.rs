//! The client that a handler is given does not keep the connection open.

use std::future::pending;

use codex_app_server::{Client, Codex, ThreadConfig, generated::v2_all::ModelListParams};
use codex_app_server_testkit::{Action, Script, turn_accepted};
use serde_json::json;
use tokio::sync::mpsc;

use support::{fake_process, soon, wait_for_exit};

#[tokio::test]
async fn a_handler_at_work_does_not_keep_the_server_alive() {
    let params = json!({"threadId": "{{threadId}}", "turnId": "{{turnId}}", "itemId": "i", "startedAtMs": 1});
    let ask = Action::ask("item/fileChange/requestApproval", params);
    let script = Script::new()
        .on("turn/start", [turn_accepted(), ask])
        .on("model/list", [Action::respond(json!({"data": []}))]);
    let (_folder, config) = fake_process(&script);
    let (given, mut taken) = mpsc::unbounded_channel::<Client>();
    let codex = Codex::builder()
        .app_server(config)
        .on_server_request(move |_, client| {
            given.send(client).unwrap();
            pending()
        })
        .connect_stdio();
    let codex = soon(codex).await.unwrap();
    let thread = soon(codex.thread_start(ThreadConfig::new())).await.unwrap();
    let turn = soon(thread.turn("Go")).await.unwrap();
    let client = soon(taken.recv()).await.unwrap();
    let models = async || client.model_list(ModelListParams::new()).await;
    soon(models()).await.unwrap();
    let mut events = client.events();

    let pid = codex.server_pid().unwrap();
    drop((codex, thread, turn));
    wait_for_exit(pid).await;
    assert!(soon(models()).await.unwrap_err().is_closed());
    assert!(soon(events.next()).await.unwrap().unwrap_err().is_closed());
}
