//! The API without async: what ends its calls, and where they are refused.

use std::time::Duration;

use codex_app_server::{
    AppServerConfig, Error, RetryPolicy, ThreadConfig, blocking::Codex,
    generated::v2_all::ThreadReadParams,
};
use codex_app_server_testkit::{Action, Script, turn, turn_accepted};
use serde_json::json;

use support::{fake_process, is_alive, refused_argument};

#[test]
fn dropping_the_last_value_waits_for_the_server_to_leave() {
    let (_folder, config) = fake_process(&Script::new());
    let codex = Codex::builder().app_server(config).connect_stdio().unwrap();
    let pid = codex.server_pid().unwrap();
    let thread = codex.thread_start(ThreadConfig::new()).unwrap();
    drop(codex);
    assert!(is_alive(pid));
    drop(thread);
    assert!(!is_alive(pid));
}

#[test]
fn a_server_that_does_not_start_is_an_error() {
    let config = AppServerConfig::new().codex_bin("/nowhere/codex");
    let error = Codex::builder().app_server(config).connect_stdio().unwrap_err();
    assert!(matches!(error, Error::RuntimeNotFound { .. }), "{error:?}");
}

#[test]
fn a_dead_server_wakes_everybody() {
    let script =
        Script::new().on("turn/start", [turn_accepted()]).on("thread/read", [Action::exit(4)]);
    let (_folder, config) = fake_process(&script);
    let codex = Codex::builder().app_server(config).connect_stdio().unwrap();
    let thread = codex.thread_start(ThreadConfig::new()).unwrap();
    let mut turn = thread.turn("Go").unwrap();
    let waiting = std::thread::spawn(move || turn.run());
    assert!(thread.read().unwrap_err().is_closed());
    let error = waiting.join().unwrap().unwrap_err();
    assert!(error.to_string().contains("exit status: 4"), "{error}");
}

#[test]
fn a_handler_blocks_without_holding_up_anything() {
    let mut actions = turn("done", 1);
    let params = json!({"threadId": "{{threadId}}", "turnId": "{{turnId}}", "itemId": "i", "startedAtMs": 1});
    actions.insert(1, Action::ask("item/fileChange/requestApproval", params));
    let (_folder, config) = fake_process(&Script::new().on("turn/start", actions));
    let (asked, asking) = std::sync::mpsc::channel();
    let codex = Codex::builder()
        .app_server(config)
        .on_server_request(move |request| {
            asked.send(request.method().to_owned()).unwrap();
            codex_app_server::Reply::decline(&request)
        })
        .connect_stdio()
        .unwrap();
    let thread = codex.thread_start(ThreadConfig::new()).unwrap();
    thread.run("Go").unwrap();
    assert_eq!(asking.recv().unwrap(), "item/fileChange/requestApproval");
}

#[tokio::test]
async fn inside_a_runtime_every_call_is_refused() {
    let refused = |error: Error| matches!(error, Error::InvalidInput { argument: "blocking", .. });
    assert!(refused(Codex::connect().unwrap_err()));

    let (_folder, config) = fake_process(&Script::new());
    let connecting = std::thread::spawn(|| Codex::builder().app_server(config).connect_stdio());
    let codex = connecting.join().unwrap().unwrap();
    assert!(refused(codex.thread_start(ThreadConfig::new()).unwrap_err()));
    let read = codex.client().thread_read(ThreadReadParams::new("t"));
    assert!(refused(read.send().unwrap_err()));
    assert!(refused(codex.close().unwrap_err()));
    let pid = codex.server_pid().unwrap();
    drop(codex);
    assert!(!is_alive(pid));
}

#[tokio::test]
async fn blocking_inside_a_runtime_is_refused() {
    assert_eq!(refused_argument(codex_app_server::blocking::Codex::connect()), "blocking");
    let retry = codex_app_server::blocking::retry_on_overload(
        RetryPolicy::new().delays(Duration::ZERO, Duration::ZERO).max_attempts(0),
        || Ok(()),
    );
    assert!(retry.is_err());
}
