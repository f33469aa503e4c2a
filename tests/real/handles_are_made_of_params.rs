//! Handles from ids and params, what the server says of a thread, and a server that is told to
//! leave out all that the SDK does without.

use codex_app_server::{
    Codex, Sandbox, ThreadConfig,
    generated::v2_all::{
        AskForApproval, NOTIFICATIONS, SandboxPolicy, ThreadForkParams, ThreadResumeParams,
        ThreadStartParams, TurnStartParams, TurnStatus,
    },
};
use codex_app_server_testkit::Answer;
use serde_json::json;

use support::{Real, soon};

#[tokio::test]
async fn a_thread_says_how_it_works() {
    let real = Real::start([]).await;
    let config = ThreadConfig::new()
        .approval_policy(AskForApproval::Never)
        .config_value("model_reasoning_effort", "high")
        .sandbox(Sandbox::WorkspaceWrite);
    let defaults = soon(real.codex.thread_start(config)).await.unwrap().defaults();
    assert_eq!(defaults.model.as_deref(), Some("mock-model"));
    assert_eq!(defaults.model_provider.as_deref(), Some("mock"));
    assert_eq!(defaults.approval_policy, Some(AskForApproval::Never));
    assert_eq!(defaults.reasoning_effort.as_deref(), Some("high"));
    assert!(matches!(defaults.sandbox, Some(SandboxPolicy::WorkspaceWrite(_))), "{defaults:?}");
    let cwd = real.cwd.path().canonicalize().unwrap();
    assert_eq!(defaults.cwd.unwrap().as_path().canonicalize().unwrap(), cwd);
}

#[tokio::test]
async fn turns_run_on_threads_from_ids_and_params() {
    let real = Real::start([]).await;
    real.model.respond_with(|_| Answer::text("ok"));
    let codex = &real.codex;
    let started = soon(codex.thread_start_with(ThreadStartParams::new())).await.unwrap();
    let named = codex.thread(started.id());
    assert_eq!(soon(named.run("One")).await.unwrap().status, TurnStatus::Completed);
    let params = TurnStartParams::new().thread_id(named.id()).input(["Two"]);
    let result = soon(soon(named.turn_start_with(params)).await.unwrap().run()).await.unwrap();
    assert_eq!(result.final_response.as_deref(), Some("ok"));

    let resume = ThreadResumeParams::new(named.id());
    let resumed = soon(codex.thread_resume_with(resume)).await.unwrap();
    assert_eq!(resumed.defaults().model.as_deref(), Some("mock-model"));
    let fork = soon(codex.thread_fork_with(ThreadForkParams::new(named.id()))).await.unwrap();
    assert_ne!(fork.id(), named.id());

    soon(named.archive()).await.unwrap();
    soon(named.unarchive()).await.unwrap();
    let resumed = soon(codex.thread_resume(named.id(), ThreadConfig::new())).await.unwrap();
    soon(resumed.run("Three")).await.unwrap();
}

#[tokio::test]
async fn results_need_no_more_than_what_cannot_be_left_out() {
    let needed = [
        "account/login/completed",
        "item/completed",
        "item/started",
        "thread/goal/cleared",
        "thread/goal/updated",
        "turn/completed",
        "turn/started",
    ];
    let others = NOTIFICATIONS.iter().map(|known| known.name);
    let builder = Codex::builder().opt_out(others.filter(|method| !needed.contains(method)));
    let real = Real::start_with([Answer::text("Done.")], builder).await;
    let result = soon(real.thread().await.run("Go")).await.unwrap();
    assert_eq!(result.final_response.as_deref(), Some("Done."));
    assert_eq!(result.status, TurnStatus::Completed);
    assert_eq!(result.usage, None);
    // It heard nothing else, and a notification that it does not know ends nothing.
    soon(real.codex.client().notify("no/such", json!({}))).await.unwrap();
    soon(real.thread().await.read()).await.unwrap();
}
