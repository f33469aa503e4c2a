//! What cannot be meant is refused before anything is sent, by an error that names the argument.
//! What the types refuse already is in their docs.

mod support;

use std::time::Duration;

use codex_app_server::{
    AppServerConfig, Codex, Error, ExternalMessage, ImageInput, InputItem, LocalAudioInput,
    LocalImageInput, RetryPolicy, ThreadConfig, TurnOverrides, VersionPolicy,
    generated::v2_all::ModelListParams, retry_on_overload,
};
use codex_app_server_testkit::{Action, FakeServer, Script, turn_accepted};
use serde_json::{Value, json};

use support::{fake, fake_with, sent, soon, thread_of};

/// The argument that an error names; its text has to name it, too.
#[track_caller]
fn named<T>(result: codex_app_server::Result<T>) -> &'static str {
    match result.err() {
        Some(error @ Error::InvalidInput { argument, .. }) => {
            let text = error.to_string();
            assert!(text.contains(&format!("`{argument}`")), "{text}");
            argument
        }
        Some(error) => panic!("it is refused for another reason: {error}"),
        None => panic!("it is not refused"),
    }
}

#[tokio::test]
async fn input_that_is_none_is_refused_wherever_it_is_taken() {
    let (server, codex) = fake(Script::new().on("turn/start", [turn_accepted()])).await;
    let thread = thread_of(&codex).await;
    let turn = soon(thread.turn("Go")).await.unwrap();
    let nothing = Vec::<InputItem>::new;
    assert_eq!(named(thread.run(nothing()).await), "input");
    assert_eq!(named(thread.turn(nothing()).await), "input");
    assert_eq!(named(turn.steer(nothing()).await), "input");
    assert_eq!(named(turn.control().steer(nothing()).await), "input");

    let message = || ExternalMessage::new("build", "3 tests failed");
    assert_eq!(named(turn.steer(message()).await), "input");
    assert_eq!(named(turn.control().steer(message()).await), "input");
    for blank in ["", " ", "\t\n"] {
        let message = ExternalMessage::new(blank, "3 tests failed");
        assert_eq!(named(thread.run(message.clone()).await), "tool_name");
        assert_eq!(named(thread.turn(message).await), "tool_name");
    }
    assert_eq!(sent(&server, "turn/start").len(), 1);
    assert!(sent(&server, "turn/steer").is_empty());
}

#[test]
fn pictures_that_are_none_are_refused() {
    assert_eq!(named(ImageInput::from_bytes(b"<svg/>")), "image");
    assert_eq!(named(ImageInput::from_file("/nowhere/a.png")), "image");
    let error = ImageInput::from_file("/nowhere/a.png").unwrap_err();
    assert!(error.to_string().contains("/nowhere/a.png"), "{error}");
}

#[cfg(unix)]
#[test]
fn paths_that_json_cannot_say_are_refused() {
    use std::{ffi::OsStr, os::unix::ffi::OsStrExt};
    let path = OsStr::from_bytes(b"/tmp/caf\xe9.png");
    assert_eq!(named(LocalImageInput::from_path(path)), "path");
    assert_eq!(named(LocalAudioInput::from_path(path)), "path");
    let error = LocalImageInput::from_path(path).unwrap_err();
    assert!(error.to_string().contains("caf"), "{error}");
}

#[tokio::test]
async fn objectives_that_are_none_are_refused() {
    let (server, codex) = fake(Script::new()).await;
    let thread = thread_of(&codex).await;
    for objective in ["", " \n ", &"ä".repeat(4001)] {
        assert_eq!(named(thread.start_goal(objective).await), "objective");
        assert_eq!(named(thread.run_goal(objective).await), "objective");
    }
    assert_eq!(server.received().last().unwrap()["method"], "thread/start");
}

#[tokio::test]
async fn policies_that_never_call_are_refused() {
    let none = || RetryPolicy::new().max_attempts(0);
    let never = || async { panic!("called") };
    let refused: codex_app_server::Result<()> = retry_on_overload(none(), never).await;
    assert_eq!(named(refused), "max_attempts");
    for jitter in [-0.1, 1.1, f64::NAN] {
        let policy = RetryPolicy::new().jitter(jitter);
        let refused: codex_app_server::Result<()> = retry_on_overload(policy, never).await;
        assert_eq!(named(refused), "jitter");
    }
    let (server, codex) = fake(Script::new()).await;
    let call = codex.client().model_list(ModelListParams::new()).retry(none());
    assert_eq!(named(call.await), "max_attempts");
    let builder = Codex::builder().retry(none());
    let (_other, configured) = fake_with(Script::new(), builder).await;
    assert_eq!(named(configured.models(true).await), "max_attempts");
    assert!(sent(&server, "model/list").is_empty());
}

#[tokio::test]
async fn launches_that_cannot_be_meant_are_refused() {
    let connect = async |config| Codex::builder().app_server(config).connect_stdio().await;
    for setting in ["", "no equals sign", "=1", "a..b=1"] {
        let config = AppServerConfig::new().config_override(setting);
        assert_eq!(named(connect(config).await), "config_override");
    }
    let config = AppServerConfig::new().launch_args_override(Vec::<String>::new());
    assert_eq!(named(connect(config).await), "launch_args_override");

    let config = AppServerConfig::new().codex_bin("/nowhere/codex");
    let error = connect(config).await.unwrap_err();
    assert!(matches!(error, Error::RuntimeNotFound { .. }), "{error:?}");
    let text = error.to_string();
    assert!(text.contains("codex_bin: /nowhere/codex is not a file"), "{text}");
}

#[tokio::test]
async fn names_that_are_no_header_value_are_refused() {
    for name in ["", "naïve", "two\nlines"] {
        let (server, transport) = support::fake_transport(Script::new());
        let config = AppServerConfig::new().client_info(name, "1");
        let connecting = Codex::builder().app_server(config).connect_with(transport);
        assert_eq!(named(connecting.await), "client_info");
        soon(server.exited()).await;
        assert!(server.received().is_empty());
    }
}

#[tokio::test]
async fn raw_params_that_are_no_object_are_refused() {
    let (server, codex) = fake(Script::new()).await;
    for params in [Value::Null, json!([]), json!("text")] {
        let call = codex.client().request_raw("future/method", params);
        assert_eq!(named(call.await), "params");
    }
    assert!(sent(&server, "future/method").is_empty());
}

/// A server that calls itself `version`.
async fn server_of(version: &str) -> (FakeServer, Codex) {
    let initialize = json!({"userAgent": format!("fake/{version} (test)"), "codexHome": "/fake",
                            "platformFamily": "unix", "platformOs": "linux"});
    fake(Script::new().on("initialize", [Action::respond(initialize)])).await
}

#[tokio::test]
async fn options_that_an_old_server_would_ignore_are_refused() {
    for version in ["0.150.0", "0.151.0-alpha.1", "0.151.0-rc.2"] {
        let (server, codex) = server_of(version).await;
        let thread = thread_of(&codex).await;
        let external = ExternalMessage::new("build", "3 tests failed");
        assert_eq!(named(thread.run(external).await), "tool_output");
        for (overrides, option) in [
            (TurnOverrides::new().turn_trigger("timer"), "turn_trigger"),
            (TurnOverrides::new().service_tier_for_turn("flex"), "service_tier_for_turn"),
        ] {
            let refused = thread.run_with("Go", overrides.clone()).await;
            let text = refused.as_ref().unwrap_err().to_string();
            assert!(text.contains(version) && text.contains("0.151.0 or later"), "{text}");
            assert_eq!(named(refused), option);
            assert_eq!(named(thread.turn_with("Go", overrides).await), option);
        }
        assert!(sent(&server, "turn/start").is_empty());
        assert!(soon(thread.run("Go")).await.is_ok());

        // It does not know how to leave the turns out, and is not asked to.
        soon(codex.thread_resume("t", ThreadConfig::new())).await.unwrap();
        soon(codex.thread_fork("t", ThreadConfig::new())).await.unwrap();
        soon(thread.fork(ThreadConfig::new())).await.unwrap();
        let mut options = sent(&server, "thread/resume");
        options.extend(sent(&server, "thread/fork"));
        assert_eq!(options.len(), 3);
        assert!(options.iter().all(|sent| sent.get("excludeTurns").is_none()), "{options:?}");
    }
}

#[tokio::test]
async fn options_of_newer_servers_and_of_builds_from_source_are_sent() {
    for version in ["0.151.0", "0.152.0-alpha.1", "1.0.0", "0.0.0"] {
        let (server, codex) = server_of(version).await;
        let thread = thread_of(&codex).await;
        let overrides = TurnOverrides::new().turn_trigger("timer").service_tier_for_turn("flex");
        let external = ExternalMessage::new("build", "3 tests failed");
        soon(thread.run_with(external, overrides)).await.unwrap();
        let turn = &sent(&server, "turn/start")[0];
        for option in ["toolOutput", "turnTrigger", "serviceTierForTurn"] {
            assert!(turn.get(option).is_some(), "{version}: {turn}");
        }
        soon(codex.thread_resume("t", ThreadConfig::new())).await.unwrap();
        assert_eq!(sent(&server, "thread/resume")[0]["excludeTurns"], true, "{version}");
    }
}

#[tokio::test]
async fn a_server_that_the_policy_does_not_accept_is_left() {
    let (server, transport) = support::fake_transport(Script::new());
    let policy = VersionPolicy::AtLeast("999.0.0".parse().unwrap());
    let connecting = Codex::builder().version_policy(policy).connect_with(transport);
    let error = soon(connecting).await.unwrap_err();
    assert!(matches!(error, Error::Version { .. }), "{error:?}");
    soon(server.exited()).await;
    assert!(sent(&server, "initialized").is_empty());
}

#[tokio::test]
async fn a_turn_beside_a_goal_is_refused() {
    let turn = json!({"id": "turn-1", "rootTurnId": "turn-1", "items": [], "itemsView": "notLoaded",
                      "status": "inProgress"});
    let goal = json!({"threadId": "{{threadId}}", "objective": "o", "status": "active", "createdAt": 1,
                      "updatedAt": 1, "timeUsedSeconds": 0, "tokensUsed": 0});
    let script =
        Script::new().on("thread/goal/clear", [Action::respond(json!({"cleared": false}))]).on(
            "thread/goal/set",
            [
                Action::respond(json!({"goal": goal})),
                Action::notify("turn/started", json!({"threadId": "{{threadId}}", "turn": turn})),
            ],
        );
    let (server, codex) = fake(script).await;
    let thread = thread_of(&codex).await;
    let goal = soon(thread.start_goal("o")).await.unwrap();
    assert_eq!(named(thread.run("Go").await), "thread");
    assert_eq!(named(thread.turn("Go").await), "thread");
    assert!(sent(&server, "turn/start").is_empty());
    // Other threads are free, and so is this one after the goal.
    soon(thread_of(&codex).await.run("Go")).await.unwrap();
    drop(goal);
    soon(thread.run("Go")).await.unwrap();
}

#[cfg(feature = "blocking")]
#[tokio::test]
async fn blocking_inside_a_runtime_is_refused() {
    assert_eq!(named(codex_app_server::blocking::Codex::connect()), "blocking");
    let retry = codex_app_server::blocking::retry_on_overload(
        RetryPolicy::new().delays(Duration::ZERO, Duration::ZERO).max_attempts(0),
        || Ok(()),
    );
    assert!(retry.is_err());
}
