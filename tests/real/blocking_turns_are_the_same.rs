//! The API without async.

use codex_app_server::{
    AppServerConfig, ThreadConfig, TurnOverrides,
    blocking::Codex,
    generated::v2_all::{
        CommandExecParams, CommandExecTerminalSize, ConfigBatchWriteParams, ConfigEdit,
        ConfigReadParams, MergeStrategy, ModelListParams, ReviewTarget, SandboxPolicy,
        ServerNotification, ThreadListParams, TurnStatus,
    },
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

#[test]
fn threads_are_changed_reviewed_compacted_and_listed() {
    let answers = ["ok", "All good.", "The summary.", "last"].map(Answer::text).into();
    with_model(answers, |config| {
        let codex = Codex::builder().app_server(config).connect_stdio().unwrap();
        let thread = codex.thread_start(ThreadConfig::new()).unwrap();
        let first = thread.run("Begin").unwrap();
        thread.update_defaults(TurnOverrides::new().model("another-model")).unwrap();
        assert_eq!(thread.defaults().model.as_deref(), Some("another-model"));

        let mut review = thread.start_review(ReviewTarget::UncommittedChanges).unwrap();
        assert_eq!(review.run().unwrap().status, TurnStatus::Completed);
        let mut compaction = thread.start_compaction().unwrap();
        assert_eq!(compaction.run().unwrap().status, TurnStatus::Completed);
        let turn = thread.turn("Last").unwrap();
        codex.interrupt_turn(turn.id()).unwrap();

        let listed: Vec<_> = codex.threads(ThreadListParams::new().limit(1)).collect();
        assert_eq!(listed.len(), 1);
        assert_eq!(listed[0].as_ref().unwrap().id, thread.id());
        let models = codex.all_models(ModelListParams::new().limit(1));
        let models: Vec<_> = models.map(|model| model.unwrap().id).collect();
        let all = codex.models(ModelListParams::new()).unwrap().data;
        assert!(all.iter().map(|model| &model.id).eq(&models));
        thread.revert(&first.id).unwrap();
        thread.delete().unwrap();
        assert!(thread.read().is_err());
    });
}

#[test]
fn the_configuration_is_read_and_written() {
    with_model(Vec::new(), |config| {
        let codex = Codex::builder().app_server(config).connect_stdio().unwrap();
        codex.config_write("model_reasoning_effort", "high").unwrap();
        let edits = [ConfigEdit::new()
            .key_path("tui.animations")
            .merge_strategy(MergeStrategy::Upsert)
            .value(false)];
        codex.config_batch_write(ConfigBatchWriteParams::new(edits)).unwrap();
        let read = codex.config_read(ConfigReadParams::new().include_layers(true)).unwrap();
        assert_eq!(read.provenance("model_reasoning_effort").next().unwrap().1, "high");
        assert_eq!(read.provenance("tui.animations").next().unwrap().1, false);
        assert_eq!(codex.config_requirements().unwrap().requirements, None);
    });
}

#[cfg(unix)]
#[test]
fn commands_are_written_to_while_they_are_read() {
    with_model(Vec::new(), |config| {
        let codex = Codex::builder().app_server(config).connect_stdio().unwrap();
        let params = CommandExecParams::new(["sh", "-c", "echo here; cat; exit 3"])
            .sandbox_policy(SandboxPolicy::DangerFullAccess)
            .stream_stdin(true);
        let mut command = codex.exec_command(params).unwrap();
        let control = command.control();
        let mut text = Vec::new();
        for output in &mut command {
            text.extend(output.unwrap().data);
            if text == b"here\n" {
                control.write("more").unwrap();
                control.close_stdin().unwrap();
            }
        }
        assert_eq!(text, b"here\nmore");
        assert_eq!(command.wait().unwrap(), 3);

        let size = CommandExecTerminalSize::new().cols(100).rows(30);
        let params = CommandExecParams::new(["sleep", "600"])
            .sandbox_policy(SandboxPolicy::DangerFullAccess)
            .tty(true)
            .size(size);
        let mut command = codex.exec_command(params.process_id("mine")).unwrap();
        assert_eq!(command.process_id(), "mine");
        command.control().resize(50, 20).unwrap();
        command.control().terminate().unwrap();
        assert_ne!(command.wait().unwrap(), 0);
    });
}
