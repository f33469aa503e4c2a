//! How each input and each option is sent.

mod support;

use codex_app_server::{
    ApprovalMode, AudioInput, ExternalMessage, ImageInput, Input, InputItem, LocalAudioInput,
    LocalImageInput, Maybe, MentionInput, Sandbox, SkillInput, TextInput, ThreadConfig,
    TurnOverrides,
    generated::v2_all::{
        ApprovalsReviewer, AskForApproval, CollaborationMode, ModeKind, Personality,
        ReasoningSummary, Settings, SortDirection, ThreadListCwdFilter, ThreadListParams,
        ThreadSortKey, ThreadSourceKind, ThreadStartSource,
    },
};
use codex_app_server_testkit::{Action, FakeServer, Script};
use serde_json::{Map, Value, json};

use support::{fake, soon, thread_of};

/// The params of the next message of `method`.
async fn next_sent(server: &FakeServer, method: &str) -> Value {
    soon(server.next_received(method)).await["params"].take()
}

/// What `turn/start` is sent for `input`, without the thread's id.
async fn started(input: impl Into<Input>, overrides: TurnOverrides) -> Value {
    let (server, codex) = fake(Script::new()).await;
    soon(thread_of(&codex).await.run_with(input, overrides)).await.unwrap();
    let mut params = next_sent(&server, "turn/start").await;
    assert_eq!(params["threadId"], "thread-1");
    params.as_object_mut().unwrap().remove("threadId");
    params
}

#[tokio::test]
async fn each_kind_of_input_has_its_shape() {
    let text = |text: &str| json!({"type": "text", "text": text, "text_elements": []});
    let folder = tempfile::tempdir().unwrap();
    let png = folder.path().join("a.png");
    std::fs::write(&png, b"\x89PNG\r\n\x1a\n").unwrap();
    let data_url = "data:image/png;base64,iVBORw0KGgo=";
    let cases: Vec<(Input, Value)> = vec![
        ("plain".into(), text("plain")),
        (String::from("owned").into(), text("owned")),
        ((&String::from("lent")).into(), text("lent")),
        (TextInput::new("typed").into(), text("typed")),
        (ImageInput::from_url(data_url).into(), json!({"type": "image", "url": data_url})),
        (
            ImageInput::from_bytes(b"\x89PNG\r\n\x1a\n").unwrap().into(),
            json!({"type": "image", "url": data_url}),
        ),
        (ImageInput::from_file(&png).unwrap().into(), json!({"type": "image", "url": data_url})),
        (
            LocalImageInput::from_path(&png).unwrap().into(),
            json!({"type": "localImage", "path": png}),
        ),
        (
            AudioInput::new().url("data:audio/wav;base64,AA==".to_owned()).into(),
            json!({"type": "audio", "url": "data:audio/wav;base64,AA=="}),
        ),
        (
            LocalAudioInput::from_path("/tmp/a.wav").unwrap().into(),
            json!({"type": "localAudio", "path": "/tmp/a.wav"}),
        ),
        (
            SkillInput::new("greet", "/skills/greet/SKILL.md").into(),
            json!({"type": "skill", "name": "greet", "path": "/skills/greet/SKILL.md"}),
        ),
        (
            MentionInput::new("docs", "app://docs").into(),
            json!({"type": "mention", "name": "docs", "path": "app://docs"}),
        ),
    ];
    for (input, expected) in cases {
        let sent = started(input, TurnOverrides::new()).await;
        assert_eq!(sent, json!({"input": [expected]}));
    }
}

#[tokio::test]
async fn a_list_of_items_keeps_their_order() {
    let items = [InputItem::from("one"), LocalImageInput::new("/a.png").into(), "two".into()];
    let sent = started(items, TurnOverrides::new()).await;
    let kinds: Vec<_> =
        sent["input"].as_array().unwrap().iter().map(|item| &item["type"]).collect();
    assert_eq!(kinds, ["text", "localImage", "text"]);
}

#[tokio::test]
async fn an_external_message_is_a_tool_output_beside_an_empty_input() {
    let message = ExternalMessage::new("build", "3 tests failed");
    assert_eq!(
        started(message.clone(), TurnOverrides::new()).await,
        json!({"input": [], "toolOutput": {"name": "build", "output": "3 tests failed"}})
    );
    assert_eq!(
        started(message.namespace("ci"), TurnOverrides::new()).await,
        json!({"input": [], "toolOutput": {"name": "build", "namespace": "ci", "output": "3 tests failed"}})
    );
}

#[tokio::test]
async fn steering_names_the_turn_and_has_items() {
    let steered = Action::respond(json!({"turnId": "turn-1"}));
    let (server, codex) = fake(Script::new().on("turn/steer", [steered])).await;
    let turn = soon(thread_of(&codex).await.turn("Go")).await.unwrap();
    soon(turn.steer(SkillInput::new("greet", "/s"))).await.unwrap();
    assert_eq!(
        next_sent(&server, "turn/steer").await,
        json!({"threadId": "thread-1", "expectedTurnId": "turn-1",
               "input": [{"type": "skill", "name": "greet", "path": "/s"}]})
    );
    soon(turn.interrupt()).await.unwrap();
    assert_eq!(
        next_sent(&server, "turn/interrupt").await,
        json!({"threadId": "thread-1", "turnId": "turn-1"})
    );
}

#[tokio::test]
async fn each_option_of_a_turn_has_its_shape() {
    let mode = CollaborationMode::new(ModeKind::Plan, Settings::new("m"));
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
        started("Go", overrides).await,
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
        next_sent(&server, "thread/start").await,
        common(json!({"ephemeral": true, "personality": "pragmatic", "serviceName": "service",
                      "sessionStartSource": "clear", "threadSource": "user"}))
    );
    soon(codex.thread_resume("t", whole_config())).await.unwrap();
    assert_eq!(
        next_sent(&server, "thread/resume").await,
        common(json!({"threadId": "t", "excludeTurns": true, "personality": "pragmatic"}))
    );
    let fork =
        json!({"threadId": "t", "excludeTurns": true, "ephemeral": true, "threadSource": "user"});
    soon(codex.thread_fork("t", whole_config())).await.unwrap();
    assert_eq!(next_sent(&server, "thread/fork").await, common(fork.clone()));
    soon(thread.fork(whole_config())).await.unwrap();
    let mut own = common(fork);
    own["threadId"] = thread.id().into();
    assert_eq!(next_sent(&server, "thread/fork").await, own);
}

#[tokio::test]
async fn options_that_are_not_set_are_not_sent() {
    let (server, codex) = fake(Script::new()).await;
    soon(codex.thread_start(ThreadConfig::new())).await.unwrap();
    assert_eq!(next_sent(&server, "thread/start").await, json!({}));
    soon(codex.thread_resume("t", ThreadConfig::new())).await.unwrap();
    assert_eq!(
        next_sent(&server, "thread/resume").await,
        json!({"threadId": "t", "excludeTurns": true})
    );
    assert_eq!(
        started("Go", TurnOverrides::new().model(Maybe::Null).effort(None::<&str>)).await,
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
        assert_eq!(next_sent(&server, "thread/start").await, json!({"sandbox": word}));
        let sent = started("Go", TurnOverrides::new().sandbox(sandbox)).await;
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
        assert_eq!(next_sent(&server, "thread/start").await, expected);
        let mut sent = started("Go", TurnOverrides::new().approval_mode(mode)).await;
        sent.as_object_mut().unwrap().remove("input");
        assert_eq!(sent, expected);
    }
}

/// Calls of the client and of threads; whatever the answer is.
#[tokio::test]
async fn each_other_call_has_its_shape() {
    let (server, codex) = fake(Script::new()).await;
    let thread = thread_of(&codex).await;
    let whole_list = ThreadListParams::new()
        .archived(true)
        .cursor("c")
        .cwd(ThreadListCwdFilter::Text("/srv/project".into()))
        .limit(20)
        .model_providers(["p"])
        .search_term("term")
        .section_id("s")
        .sort_direction(SortDirection::Asc)
        .sort_key(ThreadSortKey::UpdatedAt)
        .source_kinds([ThreadSourceKind::Cli])
        .use_state_db_only(true);
    let list = json!({
        "archived": true, "cursor": "c", "cwd": "/srv/project", "limit": 20, "modelProviders": ["p"],
        "searchTerm": "term", "sectionId": "s", "sortDirection": "asc", "sortKey": "updated_at",
        "sourceKinds": ["cli"], "useStateDbOnly": true,
    });
    let t = thread.id();
    macro_rules! shapes {
        ($($call:expr => $method:literal $params:expr;)*) => {
            $(
                let _ = soon($call).await;
                assert_eq!(next_sent(&server, $method).await, $params, $method);
            )*
        };
    }
    shapes! {
        codex.thread_list(whole_list) => "thread/list" list;
        codex.thread_archive("t") => "thread/archive" json!({"threadId": "t"});
        codex.thread_unarchive("t") => "thread/unarchive" json!({"threadId": "t"});
        codex.models(true) => "model/list" json!({"includeHidden": true});
        codex.models(false) => "model/list" json!({"includeHidden": false});
        codex.account(true) => "account/read" json!({"refreshToken": true});
        codex.account(false) => "account/read" json!({"refreshToken": false});
        codex.login_api_key("sk-x") => "account/login/start" json!({"type": "apiKey", "apiKey": "sk-x"});
        codex.login_chatgpt() => "account/login/start" json!({"type": "chatgpt"});
        codex.login_chatgpt_device_code() => "account/login/start" json!({"type": "chatgptDeviceCode"});
        codex.logout() => "account/logout" json!({});
        thread.read(true) => "thread/read" json!({"threadId": t, "includeTurns": true});
        thread.read(false) => "thread/read" json!({"threadId": t, "includeTurns": false});
        thread.set_name("A name") => "thread/name/set" json!({"threadId": t, "name": "A name"});
        thread.compact() => "thread/compact/start" json!({"threadId": t});
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
