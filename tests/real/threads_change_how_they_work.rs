//! How a thread works is changed without a turn, and a copy works as the thread does.

use codex_app_server::{
    Codex, Maybe, Sandbox, Thread, ThreadConfig, TurnOverrides, WhenBusy,
    generated::v2_all::{AskForApproval, ReasoningEffort, SandboxPolicy},
};
use codex_app_server_testkit::{Answer, Gate};

use support::{Real, Way, refused_argument, soon, until};

const WAYS: [Way; 2] = [Way::Stdio, Way::Websocket];

async fn resumed(codex: &Codex, thread: &Thread) -> Thread {
    soon(codex.thread_resume(thread.id(), ThreadConfig::new())).await.unwrap()
}

#[tokio::test]
async fn defaults_that_are_updated_hold_for_all_turns_from_then_on() {
    for way in WAYS {
        let answers = (0..3).map(|_| Answer::text("ok"));
        let real = Real::start_by(way, answers, Codex::builder()).await;
        let thread = real.thread().await;
        let clone = thread.clone();
        soon(thread.run("Before")).await.unwrap();
        let folder = tempfile::TempDir::new().unwrap();
        let overrides = TurnOverrides::new()
            .approval_policy(AskForApproval::Never)
            .cwd(folder.path())
            .effort("low")
            .model("another-model")
            .sandbox(Sandbox::ReadOnly);
        soon(thread.update_defaults(overrides)).await.unwrap();
        for _ in 0..2 {
            soon(thread.run("After")).await.unwrap();
        }
        let bodies: Vec<_> = real.model.requests().into_iter().map(|it| it.body).collect();
        assert_ne!(bodies[0]["model"], "another-model");
        for body in &bodies[1..] {
            assert_eq!(
                (&body["model"], &body["reasoning"]["effort"]),
                (&"another-model".into(), &"low".into())
            );
        }

        // The handle and its clones say so, as does the server.
        for thread in [&thread, &clone, &resumed(&real.codex, &thread).await] {
            let defaults = thread.defaults();
            assert_eq!(defaults.model.as_deref(), Some("another-model"));
            assert_eq!(defaults.reasoning_effort, Some(ReasoningEffort::LOW.into()));
            assert_eq!(defaults.approval_policy, Some(AskForApproval::Never));
            assert!(matches!(defaults.sandbox, Some(SandboxPolicy::ReadOnly(_))));
            assert_eq!(defaults.cwd.as_deref(), folder.path().to_str());
        }
    }
}

#[tokio::test]
async fn what_is_unset_or_null_in_an_update_leaves_or_clears() {
    let real = Real::start([Answer::text("ok")]).await;
    let thread = real.thread().await;
    soon(thread.run("Begin")).await.unwrap();
    let update = async |overrides| soon(thread.update_defaults(overrides)).await.unwrap();
    update(TurnOverrides::new().model("another-model").service_tier("priority")).await;
    update(TurnOverrides::new()).await;
    assert_eq!(
        resumed(&real.codex, &thread).await.defaults().model.as_deref(),
        Some("another-model")
    );
    update(TurnOverrides::new().service_tier(None)).await;
    let now = resumed(&real.codex, &thread).await.defaults();
    assert_eq!(now.model.as_deref(), Some("another-model"));
    assert_ne!(now.service_tier.as_deref(), Some("priority"));
}

#[tokio::test]
async fn options_of_one_turn_are_no_defaults() {
    let real = Real::start([]).await;
    let thread = real.thread().await;
    for overrides in [
        TurnOverrides::new().output_schema(serde_json::json!({})),
        TurnOverrides::new().turn_trigger("timer"),
        TurnOverrides::new().when_busy(WhenBusy::Wait),
        TurnOverrides::new().interrupt_on_drop(true),
    ] {
        assert_eq!(refused_argument(soon(thread.update_defaults(overrides)).await), "overrides");
    }
    let named = real.codex.thread("01a1f858-10f4-77a1-9b9e-09ecfb478000");
    let error = soon(named.update_defaults(TurnOverrides::new().model("m"))).await.unwrap_err();
    assert!(error.is_not_found(), "{error}");
}

#[tokio::test]
async fn a_loaded_thread_passes_over_the_options_of_resuming_it() {
    let real = Real::start([Answer::text("ok")]).await;
    let thread = real.thread().await;
    soon(thread.run("Begin")).await.unwrap();
    let config = ThreadConfig::new().model("another-model");
    let again = soon(real.codex.thread_resume(thread.id(), config)).await.unwrap();
    assert_eq!(again.defaults().model, thread.defaults().model);
    // A server that has to load it takes them.
    soon(real.codex.close()).await;
    let config = ThreadConfig::new().model("another-model");
    let again = soon(real.second().await.thread_resume(thread.id(), config)).await.unwrap();
    assert_eq!(again.defaults().model.as_deref(), Some("another-model"));
}

#[tokio::test]
async fn a_turn_that_runs_is_not_changed_by_an_update() {
    let gate = Gate::new();
    let real = Real::start([
        Answer::from_deltas(["one ", "two"]).gate_after(1, &gate),
        Answer::text("ok"),
    ])
    .await;
    let thread = real.thread().await;
    let mut turn = soon(thread.turn("Begin")).await.unwrap();
    until(&mut turn, "item/agentMessage/delta").await;
    soon(thread.update_defaults(TurnOverrides::new().model("another-model"))).await.unwrap();
    gate.open();
    assert_eq!(soon(turn.run()).await.unwrap().final_response.as_deref(), Some("one two"));
    soon(thread.run("Again")).await.unwrap();
    let models: Vec<_> =
        real.model.requests().into_iter().map(|it| it.body["model"].clone()).collect();
    assert_eq!(models[1], "another-model");
    assert_ne!(models[0], models[1]);
}

#[tokio::test]
async fn a_fork_works_as_its_thread_but_for_what_is_set() {
    for way in WAYS {
        let answers = (0..4).map(|_| Answer::text("ok"));
        let real = Real::start_by(way, answers, Codex::builder()).await;
        let config = ThreadConfig::new()
            .approval_policy(AskForApproval::Never)
            .cwd(real.cwd.path())
            .developer_instructions("Be brief as a telegram.")
            .model("first-model");
        let thread = soon(real.codex.thread_start(config)).await.unwrap();
        soon(thread.run("Begin")).await.unwrap();
        let update = TurnOverrides::new().model("another-model").effort("low");
        soon(thread.update_defaults(update)).await.unwrap();

        let same = soon(thread.fork(ThreadConfig::new())).await.unwrap();
        let defaults = same.defaults();
        assert_eq!(defaults.model.as_deref(), Some("another-model"));
        assert_eq!(defaults.approval_policy, Some(AskForApproval::Never));
        soon(same.run("Go on")).await.unwrap();
        let other =
            ThreadConfig::new().model("third-model").config_value("model_reasoning_effort", "high");
        let other = soon(thread.fork(other)).await.unwrap();
        soon(other.run("Go on")).await.unwrap();
        // As the server does it.
        let plain = soon(real.codex.thread_fork(thread.id(), ThreadConfig::new())).await.unwrap();
        assert_ne!(plain.defaults().model.as_deref(), Some("another-model"));

        let requests = real.model.requests();
        let sent = |n: usize| {
            let body = &requests[n].body;
            assert!(body.to_string().contains("Be brief as a telegram."));
            (body["model"].clone(), body["reasoning"]["effort"].clone())
        };
        assert_eq!(sent(1), ("another-model".into(), "low".into()));
        assert_eq!(sent(2), ("third-model".into(), "high".into()));
    }
}

#[test]
fn each_option_is_unset_null_or_a_value_and_the_later_one_wins() {
    let base = TurnOverrides::new().model("a").effort("low").summary(None);
    let over = TurnOverrides::new().model("b").effort(None);
    let merged = base.merge(over);
    assert_eq!(merged.model, Maybe::Value("b".into()));
    assert_eq!(merged.effort, Maybe::Null);
    assert_eq!(merged.summary, Maybe::Null);
    assert_eq!(merged.cwd, Maybe::Unset);
}
