//! The server's own requests: who replies, and what happens if nobody does.

use std::sync::{Arc, Mutex};

use codex_app_server::{
    Client, Codex, Reply, ThreadConfig,
    generated::v2_all::{
        CommandExecutionApprovalDecision, CommandExecutionRequestApprovalResponse,
        FileChangeApprovalDecision, FileChangeRequestApprovalResponse, ModelListParams,
        ServerRequest,
    },
};
use codex_app_server_testkit::{Action, Script, turn};
use serde_json::{Value, json};
use tokio::sync::{Notify, Semaphore};

use support::{fake_with, soon, until};

const APPROVAL: &str = "item/commandExecution/requestApproval";

fn approval_params() -> Value {
    json!({"threadId": "{{threadId}}", "turnId": "{{turnId}}", "itemId": "call", "startedAtMs": 1,
           "kind": "command", "environmentId": "local", "command": "rm -rf /", "cwd": "/"})
}

/// A turn that asks for `method`, waits for the reply, and then goes on.
fn asking(method: &str, params: Value) -> Script {
    let mut actions = turn("done", 1);
    actions.insert(1, Action::ask(method, params));
    Script::new().on("turn/start", actions)
}

fn accept(request: &ServerRequest) -> Reply {
    match request {
        ServerRequest::ItemCommandExecutionRequestApproval(params) => Reply::to(
            params,
            CommandExecutionRequestApprovalResponse::new(CommandExecutionApprovalDecision::Accept),
        ),
        other => Reply::decline(other),
    }
}

async fn reply_to(script: Script, builder: codex_app_server::CodexBuilder) -> Value {
    let (server, codex) = fake_with(script, builder).await;
    let thread = soon(codex.thread_start(ThreadConfig::new())).await.unwrap();
    soon(thread.run("Go")).await.unwrap();
    soon(server.next_answer()).await
}

#[tokio::test]
async fn without_a_handler_everything_is_declined() {
    for (method, params, expected) in [
        (APPROVAL, approval_params(), json!({"decision": "decline"})),
        (
            "item/fileChange/requestApproval",
            json!({"threadId": "t", "turnId": "u", "itemId": "i", "startedAtMs": 1}),
            json!({"decision": "decline"}),
        ),
        (
            "mcpServer/elicitation/request",
            json!({"threadId": "t", "serverName": "s", "mode": "form", "message": "?",
                   "requestedSchema": {"type": "object", "properties": {}}}),
            json!({"action": "decline", "content": null, "_meta": null}),
        ),
    ] {
        let reply = reply_to(asking(method, params), Codex::builder()).await;
        assert_eq!(reply["result"], expected, "{method}");
    }
    for (method, code) in [("item/tool/requestUserInput", -32000), ("item/dream", -32601)] {
        let reply = reply_to(asking(method, json!({})), Codex::builder()).await;
        assert_eq!(reply["error"]["code"], code, "{reply}");
    }
}

#[tokio::test]
async fn a_handler_replies_and_may_call_the_client() {
    let script = asking(APPROVAL, approval_params())
        .on("model/list", [Action::respond(json!({"data": []}))]);
    let builder = Codex::builder().on_server_request(|request, client: Client| async move {
        assert_eq!(request.method(), APPROVAL);
        client.model_list(ModelListParams::new()).await.unwrap();
        accept(&request)
    });
    let reply = reply_to(script, builder).await;
    assert_eq!(reply["result"], json!({"decision": "accept"}));
}

#[tokio::test]
async fn a_handler_that_panics_declines() {
    let builder = Codex::builder().on_server_request(|_, _| async { panic!("on purpose") });
    let reply = reply_to(asking(APPROVAL, approval_params()), builder).await;
    assert_eq!(reply["result"], json!({"decision": "decline"}));
}

#[tokio::test]
async fn a_reply_to_another_kind_of_request_declines() {
    let builder = Codex::builder().on_server_request(|_, _| async {
        let other = json!({"threadId": "t", "turnId": "u", "itemId": "i", "startedAtMs": 1});
        let other = serde_json::from_value(other).unwrap();
        let accept = FileChangeRequestApprovalResponse::new(FileChangeApprovalDecision::Accept);
        Reply::to::<codex_app_server::generated::v2_all::FileChangeRequestApprovalParams>(
            &other, accept,
        )
    });
    let reply = reply_to(asking(APPROVAL, approval_params()), builder).await;
    assert_eq!(reply["result"], json!({"decision": "decline"}));
}

#[tokio::test]
async fn a_slow_handler_delays_no_notification_and_no_response() {
    let mut actions = turn("while you think", 2);
    actions.insert(1, Action::request(APPROVAL, approval_params()));
    actions.insert(actions.len() - 1, Action::wait("the reply"));
    let script = Script::new().on("turn/start", actions);
    let thinking = Arc::new(Notify::new());
    let done = Arc::clone(&thinking);
    let builder = Codex::builder().on_server_request(move |request, _| {
        let thinking = Arc::clone(&thinking);
        async move {
            thinking.notified().await;
            accept(&request)
        }
    });
    let (server, codex) = fake_with(script, builder).await;
    let thread = soon(codex.thread_start(ThreadConfig::new())).await.unwrap();
    let mut turn = soon(thread.turn("Go")).await.unwrap();
    until(&mut turn, "item/completed").await;
    done.notify_one();
    let reply = soon(server.next_answer()).await;
    assert_eq!(reply["result"]["decision"], "accept");
    server.gate("the reply").open();
    assert!(soon(turn.run()).await.unwrap().final_response.is_some());
}

#[tokio::test]
async fn what_somebody_else_has_replied_to_is_cancelled_and_gets_no_second_reply() {
    let params = json!({"threadId": "{{threadId}}", "requestId": 0});
    is_cancelled_by([Action::notify("serverRequest/resolved", params)]).await;
}

#[tokio::test]
async fn what_was_asked_for_a_turn_that_has_ended_is_cancelled_and_gets_no_reply() {
    is_cancelled_by([]).await;
}

/// A handler that is at work while this happens, and then the turn ends, replies nothing.
async fn is_cancelled_by(happens: impl IntoIterator<Item = Action>) {
    struct Cancelled(Arc<Notify>);
    impl Drop for Cancelled {
        fn drop(&mut self) {
            self.0.notify_one();
        }
    }
    let mut actions = turn("over", 1);
    actions.insert(1, Action::request(APPROVAL, approval_params()));
    actions.insert(2, Action::wait("the handler runs"));
    actions.splice(3..3, happens);
    let (running, cancelled) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (runs, ends) = (Arc::clone(&running), Arc::clone(&cancelled));
    let builder = Codex::builder().on_server_request(move |request, _| {
        let guard = Cancelled(Arc::clone(&ends));
        runs.notify_one();
        async move {
            let _guard = guard;
            std::future::pending::<()>().await;
            accept(&request)
        }
    });
    let (server, codex) = fake_with(Script::new().on("turn/start", actions), builder).await;
    let thread = soon(codex.thread_start(ThreadConfig::new())).await.unwrap();
    let mut turn = soon(thread.turn("Go")).await.unwrap();
    soon(running.notified()).await;
    server.gate("the handler runs").open();
    soon(turn.run()).await.unwrap();
    soon(cancelled.notified()).await;
    let replies = |message: &&Value| message.get("result").is_some();
    assert_eq!(server.received().iter().filter(replies).count(), 0);
}

#[tokio::test]
async fn two_requests_at_once_get_a_reply_each() {
    let mut actions = turn("both", 1);
    actions.insert(1, Action::request(APPROVAL, approval_params()));
    actions.insert(2, Action::ask("item/dream", json!({})));
    let builder = Codex::builder().on_server_request(|request, _| async move { accept(&request) });
    let (server, codex) = fake_with(Script::new().on("turn/start", actions), builder).await;
    let thread = soon(codex.thread_start(ThreadConfig::new())).await.unwrap();
    soon(thread.run("Go")).await.unwrap();
    let mut replies = [soon(server.next_answer()).await, soon(server.next_answer()).await];
    replies.sort_by_key(|reply| reply["id"].as_u64());
    assert_eq!(replies[0]["result"]["decision"], "accept");
    assert_eq!(replies[1]["error"]["code"], -32601);
}

#[tokio::test]
async fn few_are_at_work_at_once_more_wait_in_order_and_the_rest_are_declined() {
    const ALL: usize = 5000;
    let places = Arc::new(Semaphore::new(0));
    let begun = Arc::new(Mutex::new(Vec::new()));
    let builder = Codex::builder().on_server_request({
        let (places, begun) = (Arc::clone(&places), Arc::clone(&begun));
        move |request, _| {
            let ServerRequest::ItemCommandExecutionRequestApproval(params) = &request else {
                panic!("{request:?}");
            };
            begun.lock().unwrap().push(params.item_id.parse::<usize>().unwrap());
            let places = Arc::clone(&places);
            async move {
                places.acquire().await.unwrap().forget();
                accept(&request)
            }
        }
    });
    let (server, _codex) = fake_with(Script::new(), builder).await;
    for n in 0..ALL {
        let mut params = approval_params();
        params["itemId"] = n.to_string().into();
        let request = json!({"id": n, "method": APPROVAL, "params": params});
        soon(server.send(request)).await.unwrap();
    }
    // Somebody else replies to one that waits.
    let resolved = json!({"threadId": "t", "requestId": 100});
    let resolved = json!({"method": "serverRequest/resolved", "params": resolved});
    soon(server.send(resolved)).await.unwrap();
    for n in 64 + 1024..ALL {
        let reply = soon(server.next_answer()).await;
        assert_eq!((&reply["id"], &reply["result"]["decision"]), (&n.into(), &"decline".into()));
    }
    assert_eq!(begun.lock().unwrap().len(), 64);

    places.add_permits(ALL);
    for _ in 0..64 + 1024 - 1 {
        let reply = soon(server.next_answer()).await;
        assert_eq!(reply["result"]["decision"], "accept");
    }
    let expected: Vec<_> = (0..64 + 1024).filter(|n| *n != 100).collect();
    assert_eq!(*begun.lock().unwrap(), expected);
}
