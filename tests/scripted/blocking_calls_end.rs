//! The API without async: what ends its calls, and where they are refused.

use std::{
    sync::{Mutex, mpsc},
    time::Duration,
};

use codex_app_server::{
    AppServerConfig, Error, Reply, RetryPolicy, ThreadConfig,
    blocking::{Codex, TurnHandle},
    generated::v2_all::{ModelListParams, ThreadReadParams},
};
use codex_app_server_testkit::{Action, Script, turn, turn_accepted};
use serde_json::json;

use support::{PATIENCE, fake_process, is_alive, refused_argument, soon};

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
    let ended = std::thread::spawn({
        let codex = codex.clone();
        move || codex.closed()
    });
    assert!(!codex.is_closed());
    assert!(thread.read().unwrap_err().is_closed());
    let error = waiting.join().unwrap().unwrap_err();
    assert!(error.to_string().contains("exit status: 4"), "{error}");
    let closed = ended.join().unwrap().unwrap();
    assert_eq!(closed.exit_status.and_then(|status| status.code()), Some(4));
    assert!(codex.is_closed());
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

/// A turn that asks whether a file may be changed before it goes on.
fn asking() -> Script {
    let mut actions = turn("done", 1);
    let params = json!({"threadId": "{{threadId}}", "turnId": "{{turnId}}", "itemId": "i", "startedAtMs": 1});
    actions.insert(1, Action::ask("item/fileChange/requestApproval", params));
    Script::new().on("turn/start", actions)
}

#[test]
fn dropping_the_last_value_does_not_wait_for_a_handler() {
    let (_folder, config) = fake_process(&asking());
    let (asked, asking) = mpsc::channel();
    let (person, waiting) = mpsc::channel::<()>();
    let waiting = Mutex::new(waiting);
    let codex = Codex::builder()
        .app_server(config)
        .on_server_request(move |request| {
            asked.send(()).unwrap();
            // The person never says a word.
            let _ = waiting.lock().unwrap().recv();
            Reply::decline(&request)
        })
        .connect_stdio()
        .unwrap();
    let pid = codex.server_pid().unwrap();
    let turn = codex.thread_start(ThreadConfig::new()).unwrap().turn("Go").unwrap();
    asking.recv_timeout(PATIENCE).unwrap();
    let (dropped, dropping) = mpsc::channel();
    std::thread::spawn(move || {
        drop((turn, codex));
        dropped.send(()).unwrap();
    });
    dropping.recv_timeout(PATIENCE).expect("it waits for the handler");
    assert!(!is_alive(pid));
    drop(person);
}

#[test]
fn a_handler_calls_the_server_and_drops_the_last_value() {
    let script = asking().on("model/list", [Action::respond(json!({"data": []}))]);
    let (_folder, config) = fake_process(&script);
    let (given, taken) = mpsc::channel::<(Codex, TurnHandle)>();
    let (over, handled) = mpsc::channel();
    let taken = Mutex::new(taken);
    let codex = Codex::builder()
        .app_server(config)
        .on_server_request(move |request| {
            let (codex, turn) = taken.lock().unwrap().recv().unwrap();
            let models = codex.models(ModelListParams::new());
            drop((codex, turn));
            over.send(models.is_ok()).unwrap();
            Reply::decline(&request)
        })
        .connect_stdio()
        .unwrap();
    let pid = codex.server_pid().unwrap();
    let turn = codex.thread_start(ThreadConfig::new()).unwrap().turn("Go").unwrap();
    given.send((codex, turn)).unwrap();
    assert!(handled.recv_timeout(PATIENCE).expect("the handler hangs"));
    assert!(!is_alive(pid));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_may_block_in_a_runtime_may_call() {
    let call = || {
        let (_folder, config) = fake_process(&Script::new());
        let codex = Codex::builder().app_server(config).connect_stdio()?;
        codex.thread_start(ThreadConfig::new())?.run("Go")
    };
    soon(tokio::task::spawn_blocking(call)).await.unwrap().unwrap();
    assert_eq!(refused_argument(call()), "blocking");
    let task = async move {
        assert_eq!(refused_argument(call()), "blocking");
        tokio::task::block_in_place(call)
    };
    soon(tokio::spawn(task)).await.unwrap().unwrap();
    // A runtime that does not drive this thread.
    let handle = tokio::runtime::Handle::current();
    let entered = std::thread::spawn(move || {
        let _entered = handle.enter();
        call()
    });
    entered.join().unwrap().unwrap();
}

#[test]
fn an_iterator_in_async_code_ends_with_its_error() {
    let (_folder, config) = fake_process(&Script::new().on("turn/start", [turn_accepted()]));
    let codex = Codex::builder().app_server(config).connect_stdio().unwrap();
    let mut events = codex.client().events();
    let mut turn = codex.thread_start(ThreadConfig::new()).unwrap().turn("Go").unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let refused: Vec<_> = events.by_ref().filter(Result::is_err).take(3).collect();
        assert_eq!(refused.len(), 1);
        assert!(turn.next_text().unwrap().is_err());
        assert!(turn.next_text().is_none());
    });
    // Elsewhere it goes on.
    codex.close().unwrap();
    assert!(turn.next_text().unwrap().unwrap_err().is_closed());
}
