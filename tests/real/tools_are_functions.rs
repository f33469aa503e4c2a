//! Functions of the program that the agent of the pinned codex calls.

use std::{
    future::pending,
    io,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use codex_app_server::{
    AppServerConfig, Codex, ImageInput, Json, RunResult, Thread, ThreadConfig, Tool, ToolContext,
    ToolOutput, Tools,
    generated::v2_all::{DynamicToolCallStatus, ThreadItem, TurnStatus},
};
use codex_app_server_testkit::{Answer, ModelRequest};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::mpsc;

use support::{Real, offline, refused_argument, soon};

#[derive(Deserialize, JsonSchema)]
struct Add {
    a: i64,
    b: i64,
}

/// A thread with a tool `add`.
fn adding() -> ThreadConfig {
    ThreadConfig::new()
        .tool("add", "Adds two numbers.", |args: Add| async move { Json(args.a + args.b) })
}

fn call(tool: &str, arguments: Value) -> Answer {
    Answer::tool_call(tool, None, arguments)
}

/// Runs a turn in which the model makes these calls, and gives the thread, and what the model got.
async fn outputs(real: &Real, config: ThreadConfig, calls: Vec<Answer>) -> (Thread, Vec<Value>) {
    let count = calls.len();
    real.model.script(calls.into_iter().chain([Answer::text("Done.")]));
    let thread = soon(real.codex.thread_start(config)).await.unwrap();
    let result = soon(thread.run("Do it")).await.unwrap();
    assert_eq!(result.final_response.as_deref(), Some("Done."));
    assert_eq!(calls_of(&result).len(), count);
    let outputs = outputs_of(real.model.requests().last().unwrap());
    (thread, outputs)
}

/// What the tools have given to the model.
fn outputs_of(request: &ModelRequest) -> Vec<Value> {
    let is_output = |item: &&Value| item["type"] == "function_call_output";
    request.input().iter().filter(is_output).map(|item| item["output"].clone()).collect()
}

fn calls_of(result: &RunResult) -> Vec<DynamicToolCallStatus> {
    let status = |item: &ThreadItem| match item {
        ThreadItem::DynamicToolCall(call) => Some(call.status.clone()),
        _ => None,
    };
    result.items.iter().filter_map(status).collect()
}

async fn real() -> Real {
    Real::start([]).await
}

#[tokio::test]
async fn a_tool_is_offered_and_called_twice_in_a_row() {
    let real = real().await;
    let calls = vec![call("add", json!({"a": 1, "b": 2})), call("add", json!({"a": 3, "b": 4}))];
    let (_, outputs) = outputs(&real, adding(), calls).await;
    assert_eq!(outputs, ["3", "7"]);
    let request = real.model.next_request().await;
    let tools = request.body["tools"].as_array().unwrap();
    let add = tools.iter().find(|tool| tool["name"] == "add").unwrap();
    assert_eq!(add["description"], "Adds two numbers.");
    assert_eq!(add["parameters"]["required"], json!(["a", "b"]));
}

#[tokio::test]
async fn the_model_is_told_what_went_wrong_and_the_turn_goes_on() {
    let real = real().await;
    let fails = Tool::new("fails", "", |(): ()| async {
        Err::<String, _>(io::Error::other("the disk is full"))
    });
    let panics = Tool::new("panics", "", |(): ()| async {
        if true {
            panic!("on purpose")
        }
        "never"
    });
    let panics_at_once = Tool::new("panics_at_once", "", |(): ()| {
        if true {
            panic!("on purpose")
        }
        async { "never" }
    });
    let hangs = Tool::new("hangs", "", |(): ()| pending::<String>());
    let tools = [fails, panics, panics_at_once, hangs.timeout(Duration::from_millis(1))];
    let tools: Tools = tools.into_iter().collect();
    let add = Tool::new("add", "", |args: Add| async move { Json(args.a + args.b) });
    let config = ThreadConfig::new().tools(tools.tool(add));
    let names = ["fails", "panics", "panics_at_once", "hangs"];
    let calls = names.map(|name| call(name, json!({}))).into_iter();
    let wrong = [json!({"a": 1, "b": "two"}), json!({"a": 1}), json!([]), json!("{{")];
    let wrong = wrong.map(|arguments| call("add", arguments));
    let right = call("add", json!({"a": 1, "b": 2}));
    let (_, outputs) = outputs(&real, config, calls.chain(wrong).chain([right]).collect()).await;
    let expected: [&[&str]; 9] = [
        &["the disk is full"],
        &["`panics` failed"],
        &["`panics_at_once` failed"],
        &["longer than 1ms"],
        &[r#"{"a":1,"b":"two"}"#, "\"two\", expected i64", "integer"],
        &["missing field `b`"],
        &["`add` was called with []"],
        &["does not fit"],
        &["3"],
    ];
    for (output, parts) in outputs.iter().zip(expected) {
        for part in parts {
            assert!(output.as_str().unwrap().contains(part), "{part}: {output}");
        }
    }
    assert_eq!(outputs.len(), expected.len());
}

#[tokio::test]
async fn text_and_images_reach_the_model() {
    // The smallest that is one: codex leaves out what it cannot read.
    const PIXEL: &[u8] = &[
        0x89, b'P', b'N', b'G', 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 0x0d, b'I', b'H', b'D', b'R', 0,
        0, 0, 1, 0, 0, 0, 1, 8, 6, 0, 0, 0, 0x1f, 0x15, 0xc4, 0x89, 0, 0, 0, 0x0d, b'I', b'D',
        b'A', b'T', 0x78, 0x9c, 0x63, 0xf8, 0xcf, 0xc0, 0xf0, 0x1f, 0, 5, 0, 1, 0xff, 0x89, 0x99,
        0x3d, 0x1d, 0, 0, 0, 0, b'I', b'E', b'N', b'D', 0xae, 0x42, 0x60, 0x82,
    ];
    let real = real().await;
    let config = ThreadConfig::new().tool("draw", "Draws.", |(): ()| async {
        ImageInput::from_bytes(PIXEL).map(|image| ToolOutput::text("A pixel:").image(image))
    });
    let (_, outputs) = outputs(&real, config, vec![call("draw", json!({}))]).await;
    let [parts] = outputs.as_slice() else { panic!("{outputs:?}") };
    assert_eq!(parts[0]["text"], "A pixel:");
    let url = parts[1]["image_url"].as_str().unwrap_or_else(|| panic!("{parts}"));
    assert!(url.starts_with("data:image/png;base64,"), "{url}");
}

#[tokio::test]
async fn a_tool_knows_its_call_and_may_ask_the_server() {
    let real = real().await;
    let seen = Arc::new(Mutex::new(None));
    let keep = Arc::clone(&seen);
    let who = move |(): (), call: ToolContext| {
        *keep.lock().unwrap() = Some(call.clone());
        async move {
            let params = codex_app_server::protocol::ThreadReadParams::new(call.thread_id());
            call.client().request(params).await.map(|response| response.thread.id)
        }
    };
    let tools = Tools::new().namespace("about", "", [Tool::with_context("who", "", who)]);
    let calls = vec![Answer::tool_call("who", Some("about"), json!({}))];
    let (thread, outputs) = outputs(&real, ThreadConfig::new().tools(tools), calls).await;
    assert_eq!(outputs, [thread.id()]);
    let call = seen.lock().unwrap().take().unwrap();
    assert_eq!(call.thread_id(), thread.id());
    assert!(!call.turn_id().is_empty() && !call.call_id().is_empty());
    assert!(call.is_cancelled(), "nobody waits for it any more");
    soon(call.cancelled()).await;
}

#[tokio::test]
async fn threads_have_their_own_tools_of_equal_names() {
    let real = real().await;
    real.model.respond_with(|request| match request.last_tool_output() {
        None => call("name", json!({})),
        Some(output) => Answer::text(output),
    });
    // Both are at work at once.
    let barrier = Arc::new(tokio::sync::Barrier::new(2));
    let named = |name: &'static str| {
        let barrier = Arc::clone(&barrier);
        ThreadConfig::new().tool("name", "", move |(): ()| {
            let barrier = Arc::clone(&barrier);
            async move {
                barrier.wait().await;
                name
            }
        })
    };
    let one = soon(real.codex.thread_start(named("one"))).await.unwrap();
    let two = soon(real.codex.thread_start(named("two"))).await.unwrap();
    let (one, two) = soon(async { tokio::join!(one.run("Who?"), two.run("Who?")) }).await;
    assert_eq!(one.unwrap().final_response.as_deref(), Some("one"));
    assert_eq!(two.unwrap().final_response.as_deref(), Some("two"));
}

#[tokio::test]
async fn an_interrupt_cancels_the_tool() {
    let real = Real::start([call("hangs", json!({}))]).await;
    let (started, mut contexts) = mpsc::unbounded_channel();
    let hangs = Tool::with_context("hangs", "", move |(): (), call| {
        started.send(call).unwrap();
        pending::<String>()
    });
    let config = ThreadConfig::new().tools(Tools::new().tool(hangs));
    let thread = soon(real.codex.thread_start(config)).await.unwrap();
    let mut turn = soon(thread.turn("Wait")).await.unwrap();
    let call: ToolContext = soon(contexts.recv()).await.unwrap();
    assert!(!call.is_cancelled());
    soon(turn.interrupt()).await.unwrap();
    soon(call.cancelled()).await;
    assert_eq!(soon(turn.run()).await.unwrap().status, TurnStatus::Interrupted);
}

#[tokio::test]
async fn a_tool_outlives_the_handles_of_its_thread() {
    let real = real().await;
    real.model.script([call("add", json!({"a": 1, "b": 2})), Answer::tool_output()]);
    let thread = soon(real.codex.thread_start(adding())).await.unwrap();
    let mut turn = soon(thread.turn("Add")).await.unwrap();
    drop(thread);
    assert_eq!(soon(turn.run()).await.unwrap().final_response.as_deref(), Some("3"));
}

#[tokio::test]
async fn a_tool_that_has_no_function_goes_to_the_handler_of_calls() {
    let handled = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&handled);
    let builder = Codex::builder().on_tool_call(move |request| {
        count.fetch_add(1, Ordering::Relaxed);
        async move { request.text(format!("{} by the handler", request.tool)) }
    });
    let real = Real::start_with([], builder).await;
    let (thread, outputs) =
        outputs(&real, adding(), vec![call("add", json!({"a": 1, "b": 2}))]).await;
    assert_eq!((outputs[0].as_str(), handled.load(Ordering::Relaxed)), (Some("3"), 0));

    let again = || [call("add", json!({"a": 2, "b": 2})), Answer::tool_output()];
    // A thread whose functions this connection does not have.
    let without = soon(real.second()).await;
    real.model.script(again());
    let resumed = soon(without.thread_resume(thread.id(), ThreadConfig::new())).await.unwrap();
    let result = soon(resumed.run("Again")).await.unwrap();
    let said = result.final_response.unwrap();
    assert!(said.contains("offers no such tool"), "{said}");

    // Another one, in which the handler takes what has no function.
    without.close().await;
    let count = Arc::clone(&handled);
    let builder = Codex::builder().on_tool_call(move |request| {
        count.fetch_add(1, Ordering::Relaxed);
        async move { request.text(format!("{} by the handler", request.tool)) }
    });
    let with = real.second_with(builder).await;
    real.model.script(again());
    let resumed = soon(with.thread_resume(thread.id(), ThreadConfig::new())).await.unwrap();
    let said = soon(resumed.run("Again")).await.unwrap().final_response.unwrap();
    assert_eq!(said, "add by the handler");
    assert_eq!(handled.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn threads_keep_their_tools_when_they_are_resumed_and_forked() {
    let real = real().await;
    let add = || call("add", json!({"a": 2, "b": 2}));
    let (thread, _) = outputs(&real, adding(), vec![add()]).await;
    let said = async |thread: &Thread| {
        real.model.script([add(), Answer::tool_output()]);
        soon(thread.run("Again")).await.unwrap().final_response.unwrap()
    };
    let none = ThreadConfig::new;
    let resumed = soon(real.codex.thread_resume(thread.id(), none())).await.unwrap();
    assert_eq!(said(&resumed).await, "4");
    let fork = soon(thread.fork(none())).await.unwrap();
    assert_eq!(said(&fork).await, "4");

    // Other functions for the same tools, and none for other ones.
    let negative = || none().tool("add", "", |args: Add| async move { Json(-args.a - args.b) });
    let fork = soon(thread.fork(negative())).await.unwrap();
    assert_eq!(said(&fork).await, "-4");
    assert_eq!(said(&thread).await, "4");
    let other = || none().tool("other", "", |(): ()| async { "other" });
    assert_eq!(refused_argument(soon(thread.fork(other())).await), "tools");
    let resuming = real.codex.thread_resume(thread.id(), other());
    assert_eq!(refused_argument(soon(resuming).await), "tools");

    // A resume that fails changes nothing.
    assert!(soon(real.codex.thread_resume("none such", negative())).await.is_err());

    // Another process has the tools, and takes functions for them.
    let second = soon(real.second()).await;
    let resumed = soon(second.thread_resume(thread.id(), negative())).await.unwrap();
    assert_eq!(said(&resumed).await, "-4");
    let fork = soon(resumed.fork(none())).await.unwrap();
    assert_eq!(said(&fork).await, "-4");
}

#[tokio::test]
async fn tools_need_the_experimental_api_and_the_error_says_so() {
    let real = real().await;
    let config: AppServerConfig = offline(&real.home).experimental_api(false);
    let codex = soon(Codex::builder().app_server(config).connect_stdio()).await.unwrap();
    let error = soon(codex.thread_start(adding())).await.unwrap_err();
    assert!(error.to_string().contains("dynamicTools requires experimentalApi"), "{error}");
}

#[tokio::test]
async fn tools_that_codex_would_refuse_are_refused_before() {
    let real = real().await;
    let config = ThreadConfig::new().tool("a.b", "", |(): ()| async { "" });
    assert_eq!(refused_argument(soon(real.codex.thread_start(config)).await), "tools");
}

#[test]
fn blocking_programs_have_tools() {
    use codex_app_server::blocking;

    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let real = runtime.block_on(async {
        let real = real().await;
        let calls = [call("add", json!({"a": 1, "b": 2})), call("models", json!({}))];
        real.model.script(calls.into_iter().chain([Answer::text("Done.")]));
        real
    });
    let config = offline(&real.home).cwd(real.cwd.path());
    let codex = blocking::Codex::builder().app_server(config).connect_stdio().unwrap();
    let models = Tool::blocking("models", "", |(): (), call| {
        let params = codex_app_server::protocol::ModelListParams::new();
        call.blocking_client().model_list(params).send().map(|models| Json(models.data.len()))
    });
    let config = ThreadConfig::new().tools(Tools::new().tool(models));
    let config = config.blocking_tool("add", "", |args: Add| Json(args.a + args.b));
    let thread = codex.thread_start(config).unwrap();
    let result = thread.run("Do it").unwrap();
    assert_eq!(result.final_response.as_deref(), Some("Done."));
    let outputs = outputs_of(real.model.requests().last().unwrap());
    assert_eq!(outputs[0], "3");
    assert_ne!(outputs[1], "0");
    runtime.block_on(async { drop(real) });
}
