//! How each option of a thread and of a turn is sent.

use codex_app_server::{
    ApprovalMode, Maybe, Sandbox, ThreadConfig, TurnOverrides,
    generated::v2_all::{
        ApprovalsReviewer, AskForApproval, CollaborationMode, ModeKind, Personality,
        ReasoningSummary, Settings, ThreadStartSource,
    },
};
use codex_app_server_testkit::Script;
use serde_json::{Map, Value, json};

use super::turn_start_params;
use support::{fake, next_params, soon};

#[tokio::test]
async fn each_option_of_a_turn_has_its_shape() {
    let mode = CollaborationMode::new().mode(ModeKind::Plan).settings(Settings::new("m"));
    let overrides = TurnOverrides::new()
        .approval_policy(AskForApproval::Never)
        .approvals_reviewer(ApprovalsReviewer::User)
        .collaboration_mode(mode)
        .cwd("/srv/project")
        .effort("high")
        .model("m")
        .output_schema(json!({"type": "object"}))
        .personality(Personality::Friendly)
        .sandbox(Sandbox::ReadOnly)
        .service_tier("priority")
        .service_tier_for_turn("flex")
        .summary(ReasoningSummary::Concise)
        .turn_trigger("timer");
    assert_eq!(
        turn_start_params("Go", overrides).await,
        json!({
            "input": [{"type": "text", "text": "Go", "text_elements": []}],
            "approvalPolicy": "never",
            "approvalsReviewer": "user",
            "collaborationMode": {"mode": "plan", "settings": {"model": "m"}},
            "cwd": "/srv/project",
            "effort": "high",
            "model": "m",
            "outputSchema": {"type": "object"},
            "personality": "friendly",
            "sandboxPolicy": {"type": "readOnly", "networkAccess": false},
            "serviceTier": "priority",
            "serviceTierForTurn": "flex",
            "summary": "concise",
            "turnTrigger": "timer",
        })
    );
}

fn whole_config() -> ThreadConfig {
    ThreadConfig::new()
        .approval_policy(AskForApproval::OnRequest)
        .approvals_reviewer(ApprovalsReviewer::AutoReview)
        .base_instructions("base")
        .config(Map::from_iter([("features.x".to_owned(), json!(true))]))
        .cwd("/srv/project")
        .developer_instructions("developer")
        .ephemeral(true)
        .model("m")
        .model_provider("p")
        .personality(Personality::Pragmatic)
        .sandbox(Sandbox::WorkspaceWrite)
        .service_name("service")
        .service_tier("priority")
        .session_start_source(ThreadStartSource::Clear)
        .thread_source("user")
}

/// What is sent of that wherever there are options of a thread.
fn common(more: Value) -> Value {
    let mut all = json!({
        "approvalPolicy": "on-request",
        "approvalsReviewer": "auto_review",
        "baseInstructions": "base",
        "config": {"features.x": true},
        "cwd": "/srv/project",
        "developerInstructions": "developer",
        "model": "m",
        "modelProvider": "p",
        "sandbox": "workspace-write",
        "serviceTier": "priority",
    });
    all.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    all
}

#[tokio::test]
async fn each_option_of_a_thread_has_its_shape_where_it_counts() {
    let (server, codex) = fake(Script::new()).await;
    let thread = soon(codex.thread_start(whole_config())).await.unwrap();
    assert_eq!(
        next_params(&server, "thread/start").await,
        common(json!({"ephemeral": true, "personality": "pragmatic", "serviceName": "service",
                      "sessionStartSource": "clear", "threadSource": "user"}))
    );
    soon(codex.thread_resume("t", whole_config())).await.unwrap();
    assert_eq!(
        next_params(&server, "thread/resume").await,
        common(json!({"threadId": "t", "excludeTurns": true, "personality": "pragmatic"}))
    );
    let fork =
        json!({"threadId": "t", "excludeTurns": true, "ephemeral": true, "threadSource": "user"});
    soon(codex.thread_fork("t", whole_config())).await.unwrap();
    assert_eq!(next_params(&server, "thread/fork").await, common(fork.clone()));
    soon(thread.fork(whole_config())).await.unwrap();
    let mut own = common(fork);
    own["threadId"] = thread.id().into();
    assert_eq!(next_params(&server, "thread/fork").await, own);
}

#[tokio::test]
async fn options_that_are_not_set_are_not_sent() {
    let (server, codex) = fake(Script::new()).await;
    soon(codex.thread_start(ThreadConfig::new())).await.unwrap();
    assert_eq!(next_params(&server, "thread/start").await, json!({}));
    soon(codex.thread_resume("t", ThreadConfig::new())).await.unwrap();
    assert_eq!(
        next_params(&server, "thread/resume").await,
        json!({"threadId": "t", "excludeTurns": true})
    );
    assert_eq!(
        turn_start_params("Go", TurnOverrides::new().model(None).effort(None)).await,
        json!({"input": [{"type": "text", "text": "Go", "text_elements": []}], "model": null, "effort": null})
    );
}

#[tokio::test]
async fn presets_are_words_for_threads_and_policies_for_turns() {
    for (sandbox, word, policy) in [
        (Sandbox::ReadOnly, "read-only", json!({"type": "readOnly", "networkAccess": false})),
        (
            Sandbox::WorkspaceWrite,
            "workspace-write",
            json!({"type": "workspaceWrite", "writableRoots": [], "networkAccess": false,
                   "excludeSlashTmp": false, "excludeTmpdirEnvVar": false}),
        ),
        (Sandbox::DangerFullAccess, "danger-full-access", json!({"type": "dangerFullAccess"})),
    ] {
        let (server, codex) = fake(Script::new()).await;
        soon(codex.thread_start(ThreadConfig::new().sandbox(sandbox))).await.unwrap();
        assert_eq!(next_params(&server, "thread/start").await, json!({"sandbox": word}));
        let sent = turn_start_params("Go", TurnOverrides::new().sandbox(sandbox)).await;
        assert_eq!(sent["sandboxPolicy"], policy);
    }
    for (mode, expected) in [
        (ApprovalMode::DenyAll, json!({"approvalPolicy": "never"})),
        (
            ApprovalMode::AutoReview,
            json!({"approvalPolicy": "on-request", "approvalsReviewer": "auto_review"}),
        ),
    ] {
        let (server, codex) = fake(Script::new()).await;
        let config = ThreadConfig::new().approval_mode(mode);
        soon(codex.thread_start(config)).await.unwrap();
        assert_eq!(next_params(&server, "thread/start").await, expected);
        let mut sent = turn_start_params("Go", TurnOverrides::new().approval_mode(mode)).await;
        sent.as_object_mut().unwrap().remove("input");
        assert_eq!(sent, expected);
    }
}

#[tokio::test]
async fn left_out_null_and_value_are_three_things_on_the_wire() {
    let (server, codex) = fake(Script::new()).await;
    let config = ThreadConfig::new()
        .model("m")
        .personality(Maybe::Null)
        .merge(ThreadConfig::new().model("n"));
    soon(codex.thread_start(config)).await.unwrap();
    let sent = soon(server.next_received("thread/start")).await;
    assert_eq!(sent["params"], json!({"model": "n", "personality": null}));
}
