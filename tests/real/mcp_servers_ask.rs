//! An MCP server over stdio, which is none of ours, asks the user; the program replies for them.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use codex_app_server::{
    Codex, CodexBuilder, Elicitation, IntoReply, Reply, ThreadConfig,
    generated::v2_all::{McpServerElicitationRequestParams, McpToolCallStatus, ThreadItem},
};
use codex_app_server_testkit::Answer;
use serde_json::{Map, Value, json};

use support::{Real, refused_argument, soon};

/// Runs a turn in which the model calls `greet` of the server, and gives what that was told.
async fn told(builder: CodexBuilder) -> Value {
    let answers = [Answer::tool_call("greet", Some("mcp__asks"), json!({})), Answer::text("Done.")];
    let real = Real::start_with(answers, builder).await;
    let server = ("mcp_servers.asks.command".to_owned(), env!("CARGO_BIN_EXE_mcp-asks").into());
    let config = ThreadConfig::new().config(Map::from_iter([server]));
    let thread = soon(real.codex.thread_start(config)).await.unwrap();
    let result = soon(thread.run("Greet somebody")).await.unwrap();
    assert_eq!(result.final_response.as_deref(), Some("Done."));
    let call = result.items.iter().find_map(|item| match item {
        ThreadItem::McpToolCall(call) => Some(call),
        _ => None,
    });
    let call = call.unwrap_or_else(|| panic!("{:?}", result.items));
    assert_eq!(call.status, McpToolCallStatus::Completed, "{call:?}");
    let content = serde_json::to_value(&call.result).unwrap()["content"][0]["text"].take();
    serde_json::from_str(content.as_str().unwrap()).unwrap()
}

/// The same with a handler, which has to be asked once.
async fn told_by<R: IntoReply + Send + 'static>(
    reply: impl Fn(&Elicitation) -> R + Send + Sync + 'static,
) -> Value {
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    let builder = Codex::builder().on_elicitation(move |request| {
        count.fetch_add(1, Ordering::Relaxed);
        let reply = reply(&request);
        async move { reply }
    });
    let told = told(builder).await;
    assert_eq!(asked.load(Ordering::Relaxed), 1);
    told
}

#[tokio::test]
async fn a_form_is_filled_in() {
    let told = told_by(|request| {
        let McpServerElicitationRequestParams::Form(form) = &**request else {
            panic!("{request:?}")
        };
        assert_eq!(
            (form.server_name.as_str(), form.message.as_str()),
            ("asks", "Whom shall I greet?")
        );
        assert!(request.thread_id().is_some() && request.turn_id().is_some());
        for misfit in [json!({}), json!({"name": 7}), json!({"name": "Ada", "formal": "yes"})] {
            assert_eq!(refused_argument(request.accept(misfit)), "content");
        }
        request.accept(json!({"name": "Ada", "formal": true}))
    });
    let content = json!({"name": "Ada", "formal": true});
    assert_eq!(told.await, json!({"action": "accept", "content": content}));
}

#[tokio::test]
async fn a_form_is_declined() {
    assert_eq!(told_by(|request| request.decline()).await["action"], "decline");
}

#[tokio::test]
async fn a_form_is_closed() {
    assert_eq!(told_by(|request| request.cancel()).await["action"], "cancel");
}

#[tokio::test]
async fn without_a_handler_that_replies_it_is_declined() {
    assert_eq!(told(Codex::builder()).await["action"], "decline");
    let fails = |_: &Elicitation| Err::<Reply, _>("on purpose");
    assert_eq!(told_by(fails).await["action"], "decline");
    let panics = |_: &Elicitation| -> Reply { panic!("on purpose") };
    assert_eq!(told_by(panics).await["action"], "decline");
}
