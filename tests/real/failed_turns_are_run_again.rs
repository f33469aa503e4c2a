//! Turns that fail for a reason that may pass: the model sees their prompt once on each attempt.

use std::time::Duration;

use codex_app_server::{
    Error, RetryPolicy, Sandbox, ThreadConfig, TurnOverrides, WhenBusy, blocking,
    generated::v2_all::TurnStatus, retry_on_overload,
};
use codex_app_server_testkit::{Answer, Gate, MockModel};

use support::{Real, offline, soon, until};

fn quickly() -> RetryPolicy {
    RetryPolicy::new().max_attempts(4).delays(Duration::from_millis(1), Duration::from_millis(2))
}

/// How often the model saw a text in each of its requests.
fn seen(model: &MockModel, text: &str) -> Vec<usize> {
    let count = |body: String| body.matches(text).count();
    model.requests().iter().map(|request| count(request.body["input"].to_string())).collect()
}

#[tokio::test]
async fn the_model_sees_the_prompt_once_on_each_attempt() {
    let overloaded = r#"{"error": {"code": "server_is_overloaded"}}"#;
    let real = Real::start([
        Answer::text("Hello."),
        Answer::status(503).body(overloaded),
        Answer::status(429),
        Answer::text("never whole").deltas(5).cut_after(2),
        Answer::text("It works now."),
        Answer::text("And on."),
    ])
    .await;
    let thread = real.thread().await;
    soon(thread.run("The beginning")).await.unwrap();
    let result = soon(thread.run_retrying("PROMPT", quickly())).await.unwrap();
    assert_eq!(result.final_response.as_deref(), Some("It works now."));
    soon(thread.run("The end")).await.unwrap();
    assert_eq!(seen(&real.model, "PROMPT"), [0, 1, 1, 1, 1, 1]);
    assert_eq!(seen(&real.model, "The beginning"), [1; 6]);
    assert_eq!(seen(&real.model, "never"), [0; 6]);
}

#[tokio::test]
async fn the_first_turn_of_a_thread_is_run_again_too() {
    let real = Real::start([Answer::status(500), Answer::text("Now.")]).await;
    let overrides = TurnOverrides::new().model("mock-model-2");
    let thread = real.thread().await;
    let result = soon(thread.run_retrying_with("PROMPT", overrides, quickly())).await.unwrap();
    assert_eq!(result.final_response.as_deref(), Some("Now."));
    assert_eq!(seen(&real.model, "PROMPT"), [1, 1]);
    let models: Vec<_> = real.model.requests().iter().map(|it| it.body["model"].clone()).collect();
    assert_eq!(models, ["mock-model-2"; 2]);
}

#[tokio::test]
async fn what_does_not_pass_or_passes_too_late_is_the_error() {
    let real = Real::start([Answer::status(401), Answer::status(500), Answer::status(500)]).await;
    let thread = real.thread().await;
    let error = soon(thread.run_retrying("PROMPT", quickly())).await.unwrap_err();
    assert!(error.is_unauthorized(), "{error}");
    assert_eq!(real.model.requests().len(), 1);
    let error = soon(thread.run_retrying("AGAIN", quickly().max_attempts(2))).await.unwrap_err();
    assert!(matches!(error, Error::TurnFailed(_)) && error.is_retryable(), "{error}");
    assert_eq!(seen(&real.model, "AGAIN"), [0, 1, 1]);

    // A policy may say what passes.
    real.model.script([Answer::status(401), Answer::text("Logged in.")]);
    let policy = quickly().when(Error::is_unauthorized);
    soon(thread.run_retrying("THIRD", policy)).await.unwrap();
    assert_eq!(seen(&real.model, "THIRD"), [0, 0, 0, 1, 1]);
}

#[tokio::test]
async fn a_turn_that_has_run_commands_is_only_run_again_if_told() {
    let touch = || Answer::shell("echo x >> touched");
    let answers =
        [touch(), Answer::status(500), touch(), Answer::status(500), Answer::text("Now.")];
    let real = Real::start(answers).await;
    let config = ThreadConfig::new().sandbox(Sandbox::DangerFullAccess).cwd(real.cwd.path());
    let thread = soon(real.codex.thread_start(config)).await.unwrap();
    let error = soon(thread.run_retrying("PROMPT", quickly())).await.unwrap_err();
    let Error::NotRetried { reason, .. } = &error else { panic!("{error:?}") };
    assert!(reason.contains("commandExecution"), "{reason}");
    assert_eq!(error.turn_result().unwrap().status, TurnStatus::Failed);
    assert!(error.codex_error_info().is_some() && !error.is_retryable());

    let policy = quickly().after_actions(true);
    let result = soon(thread.run_retrying("AGAIN", policy)).await.unwrap();
    assert_eq!(result.final_response.as_deref(), Some("Now."));
    assert_eq!(seen(&real.model, "AGAIN"), [0, 0, 1, 1, 1]);
    // What they did stays done.
    let touched = std::fs::read_to_string(real.cwd.path().join("touched")).unwrap();
    assert_eq!(touched.lines().count(), 2);
}

/// codex runs a command as soon as it is whole in the answer.
#[tokio::test]
async fn so_is_one_whose_answer_was_cut_while_its_command_ran() {
    let real = Real::start([Answer::shell("sleep 0.2").cut_after(1)]).await;
    let config = ThreadConfig::new().sandbox(Sandbox::DangerFullAccess).cwd(real.cwd.path());
    let thread = soon(real.codex.thread_start(config)).await.unwrap();
    let error = soon(thread.run_retrying("PROMPT", quickly())).await.unwrap_err();
    assert!(error.to_string().contains("commandExecution"), "{error}");
    assert_eq!(seen(&real.model, "PROMPT"), [1]);
}

#[tokio::test]
async fn a_thread_that_cannot_be_reverted_says_so_and_keeps_the_result() {
    let real = Real::start([Answer::status(500)]).await;
    let config = ThreadConfig::new().ephemeral(true);
    let thread = soon(real.codex.thread_start(config)).await.unwrap();
    let error = soon(thread.run_retrying("PROMPT", quickly())).await.unwrap_err();
    assert!(error.to_string().contains("ephemeral"), "{error}");
    let failed = error.turn_result().unwrap();
    assert_eq!((failed.status.clone(), failed.items.len()), (TurnStatus::Failed, 1));
    assert_eq!(real.model.requests().len(), 1);
}

#[tokio::test]
async fn a_turn_that_was_joined_is_not_taken_out() {
    let gate = Gate::new();
    // Each input that joins has the model answer anew.
    let failing = || Answer::from_deltas(["one", " two"]).gate_after(1, &gate).cut_after(1);
    let real = Real::start([failing(), failing(), failing()]).await;
    let thread = real.thread().await;
    let mut first = soon(thread.turn("First")).await.unwrap();
    until(&mut first, "item/agentMessage/delta").await;
    let mut joining = Box::pin(thread.run_retrying("Second", quickly()));
    support::begin(&mut joining).await;
    // Its start has been responded to before this one is.
    assert!(soon(thread.turn("Third")).await.unwrap().joined());
    gate.open();
    let error = soon(joining).await.unwrap_err();
    assert!(error.to_string().contains("joined"), "{error}");
    assert!(error.turn_result().unwrap().joined);
}

#[tokio::test]
async fn a_turn_is_not_repeated_on_top_of_its_failure() {
    let real = Real::start([Answer::status(503), Answer::text("Never.")]).await;
    let thread = real.thread().await;
    let error = soon(retry_on_overload(quickly(), || thread.run("PROMPT"))).await.unwrap_err();
    assert!(error.is_overloaded() && error.is_retryable(), "{error}");
    assert_eq!(seen(&real.model, "PROMPT"), [1]);
}

#[tokio::test]
async fn it_waits_for_a_busy_thread_and_blocks_where_that_is_wanted() {
    let real = Real::start([Answer::status(500), Answer::text("Now.")]).await;
    let config = offline(&real.home).cwd(real.cwd.path());
    let run = move || {
        let codex = blocking::Codex::builder().app_server(config).connect_stdio()?;
        let thread = codex.thread_start(ThreadConfig::new())?;
        let overrides = TurnOverrides::new().when_busy(WhenBusy::Wait);
        let result = thread.run_retrying_with("PROMPT", overrides, quickly())?;
        codex.close()?;
        Ok::<_, Error>(result)
    };
    let result = soon(tokio::task::spawn_blocking(run)).await.unwrap().unwrap();
    assert_eq!(result.final_response.as_deref(), Some("Now."));
    assert_eq!(seen(&real.model, "PROMPT"), [1, 1]);
}
