//! The server takes each option of threads and turns.

use std::collections::BTreeMap;

use codex_app_server::{
    ApprovalMode, Sandbox, ThreadConfig, TurnOverrides,
    generated::v2_all::{
        AdditionalContextEntry, AdditionalContextKind, ApprovalsReviewer, AskForApproval,
        CollaborationMode, CyberAccessProgram, ModeKind, Personality, ProjectCreateParams,
        ProjectRoot, ReasoningSummary, SandboxMode, Settings, ThreadHistoryMode, ThreadStartSource,
        TurnEnvironmentParams,
    },
};
use codex_app_server_testkit::Answer;
use serde_json::json;

use support::{Real, soon};

/// A real codex whose model always answers.
async fn answering() -> Real {
    let real = Real::start([]).await;
    real.model.respond_with(|_| Answer::text("ok"));
    real
}

/// What every request that opens a thread takes.
fn common(real: &Real) -> Vec<(&'static str, ThreadConfig)> {
    let new = ThreadConfig::new;
    vec![
        ("approval_policy", new().approval_policy(AskForApproval::Never)),
        ("approvals_reviewer", new().approvals_reviewer(ApprovalsReviewer::User)),
        ("approval_mode", new().approval_mode(ApprovalMode::DenyAll)),
        ("base_instructions", new().base_instructions("Be kind.")),
        ("config", new().config(json!({"model_reasoning_effort": "high"}))),
        ("config_value", new().config_value("model_reasoning_effort", "low")),
        ("cwd", new().cwd(real.cwd.path())),
        ("developer_instructions", new().developer_instructions("Be brief.")),
        ("model", new().model("mock-model")),
        ("model: null", new().model(None)),
        ("model_provider", new().model_provider("mock")),
        ("permissions", new().permissions(":read-only")),
        ("personality", new().personality(Personality::Friendly)),
        ("runtime_workspace_roots", new().runtime_workspace_roots([real.cwd.path()])),
        ("sandbox", new().sandbox(Sandbox::ReadOnly)),
        ("sandbox: mode", new().sandbox(SandboxMode::WorkspaceWrite)),
        ("sandbox: null", new().sandbox(None)),
        ("service_tier", new().service_tier("flex")),
    ]
}

#[tokio::test]
async fn those_of_starting_a_thread() {
    let real = answering().await;
    let new = ThreadConfig::new;
    let project = ProjectCreateParams::new()
        .name("Project")
        .idempotency_key("create")
        .roots([ProjectRoot::new(real.cwd.path())]);
    let project = soon(real.codex.client().request(project)).await.unwrap().project.id;
    let mut all = common(&real);
    all.extend([
        ("allow_provider_model_fallback", new().allow_provider_model_fallback(true)),
        ("daybreak_enabled", new().daybreak_enabled(true)),
        (
            "environments",
            new().environments([TurnEnvironmentParams::new()
                .environment_id("local")
                .cwd(real.cwd.path())]),
        ),
        ("environments: none", new().environments([] as [TurnEnvironmentParams; 0])),
        ("environments: null", new().environments(None)),
        ("ephemeral", new().ephemeral(true)),
        ("experimental_raw_events", new().experimental_raw_events(true)),
        ("history_mode", new().history_mode(ThreadHistoryMode::Legacy)),
        ("project_id", new().project_id(project)),
        ("selected_capability_roots", new().selected_capability_roots(None)),
        ("service_name", new().service_name("service")),
        ("session_start_source", new().session_start_source(ThreadStartSource::Clear)),
        ("thread_source", new().thread_source("user")),
    ]);
    let mut refused = BTreeMap::new();
    for (name, config) in all {
        if let Err(error) = soon(real.codex.thread_start(config)).await {
            refused.insert(name, error.to_string());
        }
    }
    assert!(refused.is_empty(), "{refused:#?}");
}

#[tokio::test]
async fn those_of_resuming_and_forking_a_thread() {
    let real = answering().await;
    let thread = real.thread().await;
    let first = soon(thread.run("One")).await.unwrap();
    let second = soon(thread.run("Two")).await.unwrap();
    let new = ThreadConfig::new;
    let mut refused = BTreeMap::new();
    for (name, config) in common(&real) {
        if let Err(error) = soon(real.codex.thread_resume(thread.id(), config)).await {
            refused.insert(format!("resuming: {name}"), error.to_string());
        }
    }
    let mut all = common(&real);
    all.extend([
        ("before_turn_id", new().before_turn_id(&second.id)),
        ("defer_goal_continuation", new().defer_goal_continuation(true)),
        ("ephemeral", new().ephemeral(true)),
        ("last_turn_id", new().last_turn_id(&first.id)),
        ("experimental_prediction_mode", new().ephemeral(true).experimental_prediction_mode(true)),
        (
            "experimental_disable_prediction_mcp",
            new()
                .ephemeral(true)
                .experimental_prediction_mode(true)
                .experimental_disable_prediction_mcp(true),
        ),
        ("thread_source", new().thread_source("user")),
    ]);
    for (name, config) in all {
        if let Err(error) = soon(thread.fork(config)).await {
            refused.insert(format!("forking: {name}"), error.to_string());
        }
    }
    let paginated = new().history_mode(ThreadHistoryMode::Paginated);
    let paginated = soon(real.codex.thread_start(paginated)).await.unwrap();
    soon(paginated.run("One")).await.unwrap();
    if let Err(error) = soon(paginated.fork(new().attach_to_source(true))).await {
        refused.insert("forking: attach_to_source".into(), error.to_string());
    }
    assert!(refused.is_empty(), "{refused:#?}");
}

#[tokio::test]
async fn those_of_a_turn() {
    let real = answering().await;
    let new = TurnOverrides::new;
    let mode =
        CollaborationMode::new().mode(ModeKind::Default).settings(Settings::new("mock-model"));
    let noted =
        AdditionalContextEntry::new().kind(AdditionalContextKind::Application).value("It rains.");
    let metadata = || BTreeMap::from([("key".to_owned(), "value".to_owned())]);
    let thread = real.thread().await;
    let before = soon(thread.run("Begin")).await.unwrap();
    let mut refused = BTreeMap::new();
    for (name, overrides) in [
        ("additional_context", new().additional_context(BTreeMap::from([("a".to_owned(), noted)]))),
        ("approval_policy", new().approval_policy(AskForApproval::Never)),
        ("approvals_reviewer", new().approvals_reviewer(ApprovalsReviewer::User)),
        ("client_user_message_id", new().client_user_message_id("mine")),
        ("collaboration_mode", new().collaboration_mode(mode)),
        ("cwd", new().cwd(real.cwd.path())),
        ("cyber_access_program", new().cyber_access_program(CyberAccessProgram::Standard)),
        ("disabled_plugin_ids", new().disabled_plugin_ids(["a@b"])),
        ("effort", new().effort("high")),
        ("effort: null", new().effort(None)),
        ("environments", new().environments([TurnEnvironmentParams::new().environment_id("local").cwd(real.cwd.path())])),
        ("model", new().model("mock-model")),
        ("model: null", new().model(None)),
        ("output_schema", new().output_schema(json!({"type": "object", "properties": {}, "required": [], "additionalProperties": false}))),
        ("parent_turn_id", new().parent_turn_id(&before.id)),
        ("permissions", new().permissions(":read-only")),
        ("personality", new().personality(Personality::Pragmatic)),
        ("responsesapi_client_metadata", new().responsesapi_client_metadata(metadata())),
        ("responsesapi_client_metadata_patch", new().responsesapi_client_metadata_patch(metadata())),
        ("root_turn_id", new().parent_turn_id(&before.id).root_turn_id(&before.id)),
        ("runtime_workspace_roots", new().runtime_workspace_roots([real.cwd.path()])),
        ("sandbox", new().sandbox(Sandbox::ReadOnly)),
        ("sandbox: mode", new().sandbox(SandboxMode::WorkspaceWrite)),
        ("sandbox: null", new().sandbox(None)),
        ("service_tier", new().service_tier("flex")),
        ("service_tier_for_turn", new().service_tier_for_turn("default")),
        ("summary", new().summary(ReasoningSummary::Concise)),
        ("turn_trigger", new().turn_trigger("timer")),
    ] {
        let thread = real.thread().await;
        if let Err(error) = soon(thread.run_with("Go", overrides)).await {
            refused.insert(name, error.to_string());
        }
    }
    assert!(refused.is_empty(), "{refused:#?}");
}
