//! Params of the protocol become handles in the way in which options do; and what the server says
//! of a thread is kept.

use codex_app_server::{
    Error, InputItem, ThreadConfig,
    generated::v2_all::{
        ApprovalsReviewer, AskForApproval, SandboxPolicy, ThreadForkParams, ThreadResumeParams,
        ThreadStartParams, TurnStartParams, TurnToolOutput,
    },
};
use codex_app_server_testkit::{Action, Script};
use serde_json::{Value, json};

use support::{fake, next_params, refused_argument, sent_params, soon, thread_of};

#[tokio::test]
async fn params_are_sent_as_they_are_and_give_handles() {
    let (server, codex) = fake(Script::new()).await;
    let params = ThreadStartParams::new().model("m").unknown_field("new", 1);
    let thread = soon(codex.thread_start_with(params)).await.unwrap();
    assert_eq!(next_params(&server, "thread/start").await, json!({"model": "m", "new": 1}));

    let params =
        TurnStartParams::new().thread_id(thread.id()).input(["Go"]).unknown_field("new", 2);
    let mut turn = soon(thread.turn_start_with(params)).await.unwrap();
    let result = soon(turn.run()).await.unwrap();
    assert_eq!(result.thread_id, thread.id());
    assert_eq!(next_params(&server, "turn/start").await["new"], 2);

    for (asked, sent) in [(None, true), (Some(false), false)] {
        let mut params = ThreadResumeParams::new("old");
        params.exclude_turns = asked;
        assert_eq!(soon(codex.thread_resume_with(params)).await.unwrap().id(), "old");
        assert_eq!(
            next_params(&server, "thread/resume").await,
            json!({"threadId": "old", "excludeTurns": sent})
        );
        let mut params = ThreadForkParams::new("old");
        params.exclude_turns = asked;
        soon(codex.thread_fork_with(params)).await.unwrap();
        assert_eq!(
            next_params(&server, "thread/fork").await,
            json!({"threadId": "old", "excludeTurns": sent})
        );
    }
}

#[tokio::test]
async fn params_are_checked_as_options_are() {
    let (server, codex) = fake(Script::new()).await;
    let thread = thread_of(&codex).await;
    let turn = |input: &'static str| TurnStartParams::new().thread_id(thread.id()).input([input]);
    let other = TurnStartParams::new().thread_id("other").input(["Go"]);
    assert_eq!(refused_argument(thread.turn_start_with(other).await), "thread_id");
    assert_eq!(refused_argument(thread.turn_start_with(turn(" \n")).await), "input");

    let user = ApprovalsReviewer::User;
    let asking =
        turn("Go").approval_policy(AskForApproval::OnRequest).approvals_reviewer(user.clone());
    assert_eq!(refused_argument(thread.turn_start_with(asking).await), "approval_mode");
    let asking = ThreadStartParams::new()
        .approval_policy(AskForApproval::OnRequest)
        .approvals_reviewer(user.clone());
    assert_eq!(refused_argument(codex.thread_start_with(asking).await), "approval_mode");
    let asking = ThreadResumeParams::new("old")
        .approval_policy(AskForApproval::OnRequest)
        .approvals_reviewer(user.clone());
    assert_eq!(refused_argument(codex.thread_resume_with(asking).await), "approval_mode");
    let asking = ThreadForkParams::new("old")
        .approval_policy(AskForApproval::OnRequest)
        .approvals_reviewer(user);
    assert_eq!(refused_argument(codex.thread_fork_with(asking).await), "approval_mode");
    assert_eq!(sent_params(&server, "thread/start").len(), 1);
    assert!(sent_params(&server, "turn/start").is_empty());

    // The output of a tool is an input of its own.
    let output = TurnToolOutput::new().name("build").output("failed");
    let params = TurnStartParams::new()
        .thread_id(thread.id())
        .input(Vec::<InputItem>::new())
        .tool_output(output);
    soon(thread.turn_start_with(params)).await.unwrap();
}

/// A server that archives.
fn archiving() -> Script {
    Script::new()
        .on("thread/archive", [Action::respond(json!({}))])
        .on("thread/unarchive", [Action::respond(json!({"thread": {"id": "known"}}))])
}

#[tokio::test]
async fn a_thread_that_is_named_by_its_id_asks_for_nothing() {
    let (server, codex) = fake(archiving()).await;
    let thread = codex.thread("known");
    assert_eq!(thread.id(), "known");
    assert_eq!(thread.defaults(), Default::default());
    soon(thread.archive()).await.unwrap();
    assert_eq!(next_params(&server, "thread/archive").await, json!({"threadId": "known"}));
    soon(thread.unarchive()).await.unwrap();
    assert_eq!(next_params(&server, "thread/unarchive").await, json!({"threadId": "known"}));
    assert_eq!(server.received().len(), 4);
}

fn opened(more: Value) -> Value {
    let mut response = json!({"thread": {"id": "t", "turns": "no list"}, "other": [1]});
    response.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    response
}

#[tokio::test]
async fn what_is_said_of_a_thread_is_kept() {
    let said = json!({
        "approvalPolicy": "never", "approvalsReviewer": "user", "cwd": "/srv", "model": "m",
        "modelProvider": "p", "reasoningEffort": "high", "serviceTier": null,
        "sandbox": {"type": "readOnly"}, "instructionSources": ["/srv/AGENTS.md"],
    });
    let script = ["thread/start", "thread/resume", "thread/fork"]
        .into_iter()
        .fold(Script::new(), |script, method| {
            script.on(method, [Action::respond(opened(said.clone()))])
        });
    let (_server, codex) = fake(script).await;
    let started = soon(codex.thread_start(ThreadConfig::new())).await.unwrap();
    let resumed = soon(codex.thread_resume("t", ThreadConfig::new())).await.unwrap();
    let forked = soon(started.fork(ThreadConfig::new())).await.unwrap();
    for thread in [started, resumed, forked] {
        let defaults = thread.clone().defaults();
        assert_eq!(defaults.approval_policy, Some(AskForApproval::Never));
        assert_eq!(defaults.approvals_reviewer, Some(ApprovalsReviewer::User));
        assert_eq!(defaults.cwd.as_deref(), Some("/srv"));
        assert_eq!(defaults.model.as_deref(), Some("m"));
        assert_eq!(defaults.model_provider.as_deref(), Some("p"));
        assert_eq!(defaults.reasoning_effort.as_deref(), Some("high"));
        assert_eq!(defaults.service_tier, None);
        assert!(matches!(defaults.sandbox, Some(SandboxPolicy::ReadOnly(_))));
        assert_eq!(defaults.instruction_sources, ["/srv/AGENTS.md"]);
    }
}

#[tokio::test]
async fn what_does_not_fit_is_passed_over() {
    let odd = json!({"model": 7, "cwd": "/srv", "sandbox": "none", "instructionSources": {}});
    let script = Script::new().on("thread/start", [Action::respond(opened(odd))]);
    let (_server, codex) = fake(script).await;
    let defaults = soon(codex.thread_start(ThreadConfig::new())).await.unwrap().defaults();
    assert_eq!((defaults.model, defaults.cwd.as_deref()), (None, Some("/srv")));
    assert!(defaults.instruction_sources.is_empty());

    let nobody = Script::new().on("thread/start", [Action::respond(json!({"model": "m"}))]);
    let (_server, codex) = fake(nobody).await;
    let error = soon(codex.thread_start(ThreadConfig::new())).await.unwrap_err();
    assert!(matches!(error, Error::Decode { .. }), "{error:?}");
}

#[tokio::test]
async fn settings_are_given_as_json_or_one_by_one() {
    let (server, codex) = fake(Script::new()).await;
    let config = ThreadConfig::new()
        .config(json!({"a": 1, "b": 2}))
        .config_value("b", "two")
        .config_value("c.d", true);
    assert!(!format!("{config:?}").contains("two"), "{config:?}");
    soon(codex.thread_start(config)).await.unwrap();
    assert_eq!(
        next_params(&server, "thread/start").await,
        json!({"config": {"a": 1, "b": "two", "c.d": true}})
    );
    let config = ThreadConfig::new().config(None).config_value("a", 1);
    soon(codex.thread_start(config)).await.unwrap();
    assert_eq!(next_params(&server, "thread/start").await, json!({"config": {"a": 1}}));
    soon(codex.thread_start(ThreadConfig::new().config(None))).await.unwrap();
    assert_eq!(next_params(&server, "thread/start").await, json!({"config": null}));
    for odd in [json!("model=m"), json!(["a"]), json!(1)] {
        let config = ThreadConfig::new().config(odd).config_value("a", 1);
        assert_eq!(refused_argument(codex.thread_start(config).await), "config");
    }
}

#[tokio::test]
async fn blocking_threads_are_opened_from_params_too() {
    use codex_app_server::blocking;
    let (_folder, config) = support::fake_process(&archiving());
    tokio::task::spawn_blocking(move || {
        let codex = blocking::Codex::builder().app_server(config).connect_stdio().unwrap();
        let thread = codex.thread_start_with(ThreadStartParams::new()).unwrap();
        assert_eq!(codex.thread(thread.id()).defaults(), Default::default());
        let params = TurnStartParams::new().thread_id(thread.id()).input(["Go"]);
        thread.turn_start_with(params).unwrap().run().unwrap();
        codex.thread_resume_with(ThreadResumeParams::new(thread.id())).unwrap();
        codex.thread_fork_with(ThreadForkParams::new(thread.id())).unwrap();
        thread.archive().unwrap();
        thread.unarchive().unwrap();
        let _ = thread.defaults();
    })
    .await
    .unwrap();
}
