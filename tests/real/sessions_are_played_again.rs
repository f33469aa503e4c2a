//! What was recorded of a session with the real codex is played again, without it.

use std::path::Path;

use codex_app_server::{
    Codex, CodexBuilder, Error, Result, RunResult, Sandbox, ThreadConfig, blocking,
    generated::v2_all::{AskForApproval, ModelListParams},
    transport::{Replay, Transport},
};
use codex_app_server_testkit::Answer;
use serde_json::{Value, json};

use crate::blocking_turns_are_the_same::with_model;
use support::{Real, TEXT, soon};

/// What a program sees: all events of a turn, in which a command has to be allowed, and its result.
async fn program(codex: &Codex) -> Result<(Vec<String>, RunResult)> {
    let config = ThreadConfig::new()
        .approval_policy(AskForApproval::Untrusted)
        .sandbox(Sandbox::DangerFullAccess);
    let thread = codex.thread_start(config).await?;
    let mut turn = thread.turn("Write a file").await?;
    let mut events = Vec::new();
    while let Some(event) = turn.next().await {
        events.push(format!("{:?}", event?));
    }
    Ok((events, turn.run().await?))
}

fn builder() -> CodexBuilder {
    Codex::builder().on_command_approval(|request| async move { request.accept() })
}

fn replay(file: &Path) -> Replay {
    Replay::new(&std::fs::read_to_string(file).unwrap()).unwrap()
}

#[tokio::test]
async fn a_recorded_turn_is_played_to_the_same_events_and_result() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("session.jsonl");
    let answers =
        [Answer::shell("echo hello > greeting"), Answer::text(TEXT).deltas(7).reasoning("Hm.")];
    let real = Real::start_with(answers, builder().record(&file)).await;
    let (events, result) = soon(program(&real.codex)).await.unwrap();
    soon(real.codex.close()).await;
    assert_eq!(result.final_response.as_deref(), Some(TEXT));
    assert!(std::fs::read_to_string(&file).unwrap().contains("requestApproval"), "it was asked");
    drop(real);

    let codex = soon(builder().connect_with(replay(&file).transport())).await.unwrap();
    let (again, same) = soon(program(&codex)).await.unwrap();
    assert_eq!(again, events);
    let json = |result: &RunResult| serde_json::to_value(result).unwrap();
    assert_eq!(json(&same), json(&result));

    // What was not asked then has no answer.
    let request = async { codex.client().model_list(ModelListParams::new()).await };
    let error = soon(request).await.unwrap_err();
    assert!(error.is_closed() && error.to_string().contains("`model/list`"), "{error}");

    // Without the handler the program replies something else; that does not matter to a recording.
    let codex = soon(Codex::builder().connect_with(replay(&file).transport())).await.unwrap();
    assert_eq!(json(&soon(program(&codex)).await.unwrap().1), json(&result));
}

#[tokio::test]
async fn a_key_is_not_in_a_recording() {
    const KEY: &str = "sk-abcdefghijklmnopqrstuvwxyz";
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("session.jsonl");
    let real = Real::start_with([], Codex::builder().record(&file)).await;
    soon(real.codex.login_api_key(KEY)).await.unwrap();
    let config = ThreadConfig::new().config(json!({"model_providers": {"x": {"name": KEY}}}));
    // Whether codex takes that is another matter.
    let _ = soon(real.codex.thread_start(config)).await;
    soon(real.codex.close()).await;
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(text.contains("account/login/start") && text.contains("[redacted]"), "{text}");
    assert!(!text.contains(KEY), "{text}");
    let last: Value = serde_json::from_str(text.lines().last().unwrap()).unwrap();
    assert!(last["t"].as_f64().is_some_and(|seconds| seconds > 0.0));
}

#[test]
fn blocking_programs_record_and_play() {
    with_model(vec![Answer::text("one")], |config| {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("session.jsonl");
        let run = |codex: blocking::Codex| {
            let result = codex.thread_start(ThreadConfig::new()).unwrap().run("Go").unwrap();
            result.final_response
        };
        let builder = blocking::Codex::builder().app_server(config).record(&file);
        assert_eq!(run(builder.connect_stdio().unwrap()).as_deref(), Some("one"));
        let codex = blocking::Codex::builder().connect_with(replay(&file).transport()).unwrap();
        assert_eq!(run(codex).as_deref(), Some("one"));
    });
}

#[tokio::test]
async fn a_file_that_cannot_be_made_is_an_error() {
    let builder = Codex::builder().record("/nowhere/at/all.jsonl");
    let (transport, _server) = Transport::pair();
    let error = soon(builder.connect_with(transport)).await.unwrap_err();
    assert!(matches!(error, Error::InvalidInput { argument: "record", .. }), "{error}");
    assert!(error.to_string().contains("/nowhere/at/all.jsonl"), "{error}");
}
