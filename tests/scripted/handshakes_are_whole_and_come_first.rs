//! The handshake: whole, made once, and undone when it fails.

use codex_app_server::{AppServerConfig, Codex, Error, transport::Transport};
use codex_app_server_testkit::{Action, Script};
use serde_json::json;

use support::{fake, fake_transport, sent_params, soon, thread_of};

#[tokio::test]
async fn the_handshake_is_whole_and_checked() {
    let (server, codex) = fake(Script::new()).await;
    assert_eq!(codex.metadata().server_version, "1.0.0");
    let sent = soon(server.next_received("initialize")).await;
    assert_eq!(sent["params"]["capabilities"]["experimentalApi"], true);
    assert_eq!(sent["params"]["clientInfo"]["name"], "codex-app-server-rust");
    soon(server.next_received("initialized")).await;

    let nonsense =
        json!({"userAgent": "nginx", "codexHome": "/", "platformFamily": "", "platformOs": ""});
    for script in [
        Script::new().on("initialize", [Action::respond(nonsense)]),
        Script::new().on("initialize", [Action::respond(json!({}))]),
        Script::new().on("initialize", [Action::error(-32600, "go away", None)]),
    ] {
        let (_server, transport) = fake_transport(script);
        let error = soon(Codex::builder().connect_with(transport)).await.unwrap_err();
        assert!(matches!(error, Error::Handshake { .. }), "{error:?}");
    }
}

#[tokio::test]
async fn of_the_response_only_the_version_has_to_be_there() {
    let odd = json!({"userAgent": "codex/1.0.0 (test)", "platformOs": 7});
    let script = Script::new().on("initialize", [Action::respond(odd)]);
    let (_server, codex) = fake(script).await;
    assert_eq!(codex.metadata().server_version, "1.0.0");
    assert_eq!(codex.metadata().user_agent, "codex/1.0.0 (test)");
    assert!(codex.metadata().initialize.is_none());
}

#[tokio::test]
async fn a_peer_that_hangs_up_at_once_is_a_failed_handshake() {
    let (near, far) = tokio::io::duplex(64);
    drop(far);
    let (reader, writer) = tokio::io::split(near);
    let transport = Transport::from_io(reader, writer);
    let error = soon(Codex::builder().connect_with(transport)).await.unwrap_err();
    assert!(matches!(error, Error::Handshake { .. }) && error.is_closed(), "{error:?}");
}

#[tokio::test]
async fn the_handshake_is_made_once_and_first_however_many_calls_there_are() {
    let (server, codex) = fake(Script::new()).await;
    let calls: Vec<_> = (0..50)
        .map(|_| {
            let codex = codex.clone();
            tokio::spawn(async move { thread_of(&codex).await.run("Go").await })
        })
        .collect();
    for call in calls {
        soon(call).await.unwrap().unwrap();
    }
    assert_eq!(sent_params(&server, "initialize").len(), 1);
    assert_eq!(sent_params(&server, "initialized").len(), 1);
    let first: Vec<_> = server.received().into_iter().take(2).collect();
    assert_eq!(
        (&first[0]["method"], &first[1]["method"]),
        (&json!("initialize"), &json!("initialized"))
    );
    assert_eq!(sent_params(&server, "turn/start").len(), 50);
}

#[tokio::test]
async fn a_handshake_that_fails_closes_the_connection() {
    let script = Script::new().on("initialize", [Action::error(-32600, "go away", None)]);
    let (server, transport) = fake_transport(script);
    let connecting = Codex::builder().connect_with(transport);
    let error = soon(connecting).await.unwrap_err();
    assert!(format!("{error:?}").contains("go away"), "{error}");
    // The client has hung up, without another word.
    assert_eq!(soon(server.exited()).await, 0);
    assert_eq!(server.received().len(), 1);
}

#[tokio::test]
async fn the_handshake_says_who_we_are() {
    let (server, transport) = fake_transport(Script::new());
    let config = AppServerConfig::new()
        .client_info("editor", "1.2")
        .client_title("The Editor")
        .experimental_api(false);
    let connecting = Codex::builder().app_server(config).connect_with(transport);
    soon(connecting).await.unwrap();
    assert_eq!(
        sent_params(&server, "initialize")[0],
        json!({"clientInfo": {"name": "editor", "title": "The Editor", "version": "1.2"},
               "capabilities": {"experimentalApi": false, "requestAttestation": false}})
    );
}
