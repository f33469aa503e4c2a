//! What a server cannot do, by its version, is refused before anything is sent.

use codex_app_server::{Codex, Error, ExternalMessage, ThreadConfig, TurnOverrides, VersionPolicy};
use codex_app_server_testkit::{Action, FakeServer, Script};
use serde_json::json;

use support::{fake, fake_transport, refused_argument, sent_params, soon, thread_of};

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
        assert_eq!(refused_argument(thread.run(external).await), "tool_output");
        for (overrides, option) in [
            (TurnOverrides::new().turn_trigger("timer"), "turn_trigger"),
            (TurnOverrides::new().service_tier_for_turn("flex"), "service_tier_for_turn"),
        ] {
            let refused = thread.run_with("Go", overrides.clone()).await;
            let text = refused.as_ref().unwrap_err().to_string();
            assert!(text.contains(version) && text.contains("0.151.0 or later"), "{text}");
            assert_eq!(refused_argument(refused), option);
            assert_eq!(refused_argument(thread.turn_with("Go", overrides).await), option);
        }
        assert!(sent_params(&server, "turn/start").is_empty());
        assert!(soon(thread.run("Go")).await.is_ok());

        // It does not know how to leave the turns out, and is not asked to.
        soon(codex.thread_resume("t", ThreadConfig::new())).await.unwrap();
        soon(codex.thread_fork("t", ThreadConfig::new())).await.unwrap();
        soon(thread.fork(ThreadConfig::new())).await.unwrap();
        let mut options = sent_params(&server, "thread/resume");
        options.extend(sent_params(&server, "thread/fork"));
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
        let turn = &sent_params(&server, "turn/start")[0];
        for option in ["toolOutput", "turnTrigger", "serviceTierForTurn"] {
            assert!(turn.get(option).is_some(), "{version}: {turn}");
        }
        soon(codex.thread_resume("t", ThreadConfig::new())).await.unwrap();
        assert_eq!(sent_params(&server, "thread/resume")[0]["excludeTurns"], true, "{version}");
    }
}

#[tokio::test]
async fn a_server_that_the_policy_does_not_accept_is_left() {
    let (server, transport) = fake_transport(Script::new());
    let policy = VersionPolicy::AtLeast("999.0.0".parse().unwrap());
    let connecting = Codex::builder().version_policy(policy).connect_with(transport);
    let error = soon(connecting).await.unwrap_err();
    assert!(matches!(error, Error::Version { .. }), "{error:?}");
    soon(server.exited()).await;
    assert!(sent_params(&server, "initialized").is_empty());
}
