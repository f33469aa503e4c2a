//! The API without async.

use codex_app_server::{
    AppServerConfig, ThreadConfig,
    blocking::Codex,
    generated::v2_all::{ModelListParams, ServerNotification, TurnStatus},
};
use codex_app_server_testkit::{Answer, Gate, MockModel};

use support::{Real, offline, soon};

/// The mock model has its own runtime, as a service elsewhere would.
pub(crate) fn with_model(answers: Vec<Answer>, test: impl FnOnce(AppServerConfig)) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let (model, home) = runtime.block_on(async {
        let model = MockModel::start().await.unwrap();
        model.script(answers);
        let home = model.codex_home().unwrap();
        (model, home)
    });
    test(offline(&home));
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
        assert_eq!(thread.read_with_turns().unwrap().turns.len(), 2);
        assert!(!codex.client().model_list(ModelListParams::new()).send().unwrap().data.is_empty());
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
