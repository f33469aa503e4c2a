//! The API without async.
#![cfg(feature = "blocking")]

mod support;

use std::collections::BTreeSet;

use codex_app_server::{
    AppServerConfig, Error, ThreadConfig,
    blocking::Codex,
    generated::v2_all::{ModelListParams, ServerNotification, ThreadReadParams, TurnStatus},
};
use codex_app_server_testkit::{Action, Answer, Gate, MockModel, Script, turn, turn_accepted};
use serde_json::json;

use support::{Real, fake_process, is_alive, soon};

/// The mock model has its own runtime, as a service elsewhere would.
fn with_model(answers: Vec<Answer>, test: impl FnOnce(AppServerConfig)) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let (model, home) = runtime.block_on(async {
        let model = MockModel::start().await.unwrap();
        model.script(answers);
        let home = model.codex_home().unwrap();
        (model, home)
    });
    test(AppServerConfig::new().env("CODEX_HOME", home.path()));
    drop((model, runtime));
}

#[test]
fn a_turn_is_run_and_streamed() {
    with_model(vec![Answer::text("one"), Answer::text("two three").deltas(3)], |config| {
        let codex = Codex::builder().app_server(config).connect_stdio().unwrap();
        let thread = codex.thread_start(ThreadConfig::new()).unwrap();
        let result = thread.run("First").unwrap();
        assert_eq!(result.final_response.as_deref(), Some("one"));

        let mut turn = thread.turn("Second").unwrap();
        let mut text = String::new();
        for event in &mut turn {
            if let ServerNotification::ItemAgentMessageDelta(delta) = event.unwrap() {
                text.push_str(&delta.delta);
            }
        }
        assert_eq!(text, "two three");
        assert_eq!(turn.run().unwrap().final_response, Some(text));
        assert_eq!(thread.read(true).unwrap().turns.len(), 2);
        assert!(!codex.client().model_list(ModelListParams::new()).unwrap().data.is_empty());
    });
}

#[test]
fn a_turn_is_interrupted_from_another_thread() {
    with_model(vec![Answer::silent()], |config| {
        let codex = Codex::builder().app_server(config).connect_stdio().unwrap();
        let thread = codex.thread_start(ThreadConfig::new()).unwrap();
        let mut running = thread.turn("Begin").unwrap();
        let control = running.control();
        let interrupting = std::thread::spawn(move || control.interrupt());
        // The loop holds the handle; its control does not need it.
        for event in &mut running {
            event.unwrap();
        }
        assert_eq!(running.run().unwrap().status, TurnStatus::Interrupted);
        interrupting.join().unwrap().unwrap();
    });
}

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
    assert!(thread.read(false).unwrap_err().is_closed());
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
    assert!(refused(read.unwrap_err()));
    assert!(refused(codex.close().unwrap_err()));
    let pid = codex.server_pid().unwrap();
    drop(codex);
    assert!(!is_alive(pid));
}

/// Compiles only if values can be shared and sent between threads.
#[test]
fn values_are_send_and_sync() {
    fn check<T: Send + Sync>() {}
    check::<Codex>();
    check::<codex_app_server::blocking::Client>();
    check::<codex_app_server::blocking::Thread>();
    check::<codex_app_server::blocking::TurnHandle>();
    check::<codex_app_server::Codex>();
    check::<codex_app_server::TurnHandle>();
}

/// The public methods of each type in a part of the list of the public API.
fn methods(list: &str, part: impl Fn(&str) -> bool) -> BTreeSet<String> {
    let (mut methods, mut here, mut owner) = (BTreeSet::new(), false, String::new());
    for line in list.lines() {
        if let Some(module) = line.strip_prefix("// ") {
            here = part(module);
        } else if let Some(implementation) = line.strip_prefix("impl") {
            owner = implementation.trim_end_matches(" {").trim().to_owned();
        } else if let Some(name) = line.strip_prefix("    pub ")
            && let Some(name) = name.trim_start_matches("async ").strip_prefix("fn ")
            && here
        {
            let end = name.find(|c: char| c != '_' && !c.is_alphanumeric());
            methods.insert(format!("{owner}::{}", &name[..end.unwrap_or(name.len())]));
        }
    }
    methods
}

#[test]
fn each_async_method_has_a_blocking_twin() {
    let list = include_str!("public_api.txt");
    let blocking = methods(list, |module| module.contains("::blocking::"));
    let entries = ["client", "codex", "goal", "thread", "turn"];
    let all = methods(list, |module| {
        entries.iter().any(|entry| module == format!("codex_app_server::{entry}"))
    });
    // Iterators have `next`; the options of a call are `request_timeout`'s.
    let others = ["Events::next", "GoalHandle::next", "TurnHandle::next"];
    let is_other = |method: &str| others.contains(&method) || method.starts_with("<R> Call<");
    let missing: Vec<_> = all.difference(&blocking).filter(|method| !is_other(method)).collect();
    assert!(missing.is_empty(), "{missing:?}");
    assert!(all.len() > 50, "the list was not understood: {all:?}");
}

#[test]
fn text_is_streamed_and_a_running_turn_is_joined() {
    let gate = Gate::new();
    let answer = Answer::from_deltas(["one", " two"]).gate_after(1, &gate);
    with_model(vec![answer], |config| {
        let codex = Codex::builder().app_server(config).connect_stdio().unwrap();
        let thread = codex.thread_start(ThreadConfig::new()).unwrap();
        let mut turn = thread.turn("Count").unwrap();
        assert_eq!(turn.next_text().unwrap().unwrap(), "one");
        let mut late = thread.attach(turn.id()).unwrap();
        gate.open();
        for handle in [&mut turn, &mut late] {
            assert_eq!(handle.next_text().unwrap().unwrap(), " two");
            assert!(handle.next_text().is_none());
            assert!(handle.run().is_ok());
        }
        assert!(thread.attach(turn.id()).is_err());
    });
}

#[test]
fn both_ways_give_the_same_turn() {
    let answers = || vec![Answer::text("The same.").deltas(3).usage(50, 5)];
    let story = |events: Vec<ServerNotification>| {
        let methods = events.into_iter().map(|event| event.method().to_owned());
        // When the server says how it is doing does not depend on us.
        methods
            .filter(|method| method.starts_with("item/") || method.starts_with("turn/"))
            .collect::<Vec<_>>()
    };
    let mut blocking = None;
    with_model(answers(), |config| {
        let codex = Codex::builder().app_server(config).connect_stdio().unwrap();
        let mut turn = codex.thread_start(ThreadConfig::new()).unwrap().turn("Go").unwrap();
        let events = (&mut turn).map(Result::unwrap).collect();
        blocking = Some((story(events), turn.run().unwrap()));
    });
    let (events, result) = blocking.unwrap();

    let runtime = tokio::runtime::Runtime::new().unwrap();
    let (other_events, other) = runtime.block_on(async {
        let real = Real::start(answers()).await;
        let mut turn = soon(real.thread().await.turn("Go")).await.unwrap();
        let mut events = Vec::new();
        while let Some(event) = soon(turn.next()).await {
            events.push(event.unwrap());
        }
        (story(events), soon(turn.run()).await.unwrap())
    });
    assert_eq!(events, other_events);
    assert_eq!(result.final_response, other.final_response);
    assert_eq!((result.status, result.usage), (other.status, other.usage));
    assert_eq!(result.items.len(), other.items.len());
}
