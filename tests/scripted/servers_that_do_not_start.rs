//! Servers that are missing, refuse the handshake, or are something else.

use codex_app_server::{AppServerConfig, Codex, Error};
use codex_app_server_testkit::{Action, Script};

use support::{fake_process, is_alive, soon};

#[tokio::test]
async fn a_missing_binary_is_an_error_that_says_where_it_was_looked_for() {
    let config = AppServerConfig::new().codex_bin("/nowhere/codex");
    let error = Codex::builder().app_server(config).connect_stdio().await.unwrap_err();
    assert!(matches!(error, Error::RuntimeNotFound { .. }), "{error:?}");
    let text = format!("{error:?}");
    assert!(text.contains("/nowhere/codex") && text.contains("npm install"), "{text}");
}

#[tokio::test]
async fn a_file_that_cannot_be_run_is_an_error_of_its_own() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let config = AppServerConfig::new().codex_bin(file.path());
    let error = Codex::builder().app_server(config).connect_stdio().await.unwrap_err();
    assert!(matches!(error, Error::Spawn { .. }), "{error:?}");
    assert!(format!("{error:?}").contains("ermission denied"), "{error}");
}

#[tokio::test]
async fn a_server_that_exits_at_once_is_reported_with_its_last_words() {
    let script =
        Script::new().on("initialize", [Action::stderr("the config is broken\n"), Action::exit(3)]);
    let (_folder, config) = fake_process(&script);
    let error = soon(Codex::builder().app_server(config).connect_stdio()).await.unwrap_err();
    assert!(matches!(error, Error::Handshake { .. }), "{error:?}");
    assert!(error.is_closed());
    let text = format!("{error:?}");
    assert!(text.contains("exit status: 3"), "{text}");
    assert!(text.contains("the config is broken"), "{text}");
}

#[tokio::test]
async fn a_server_that_refuses_the_handshake_is_not_left_behind() {
    let folder = tempfile::tempdir().unwrap();
    let note = folder.path().join("pid");
    let refusal = r#"{"id":1,"error":{"code":-32600,"message":"go away"}}"#;
    // It says no and would stay for as long as its input is open.
    let script =
        format!("echo $$ > {}; read line; echo '{refusal}'; exec cat > /dev/null", note.display());
    let config = AppServerConfig::new().launch_args_override(["/bin/sh", "-c", &script]);
    let error = soon(Codex::builder().app_server(config).connect_stdio()).await.unwrap_err();
    assert!(matches!(error, Error::Handshake { .. }), "{error:?}");
    assert!(format!("{error:?}").contains("go away"), "{error}");
    let pid = std::fs::read_to_string(&note).unwrap();
    assert!(!is_alive(pid.trim().parse().unwrap()));
}

#[tokio::test]
async fn something_else_than_an_app_server_is_recognised() {
    for (command, expected) in [
        (&["/bin/cat", "/dev/null"][..], "exit status: 0"),
        (&["/bin/sh", "-c", "echo usage: sh >&2; exit 2"][..], "usage: sh"),
    ] {
        let config = AppServerConfig::new().launch_args_override(command.iter().copied());
        let error = soon(Codex::builder().app_server(config).connect_stdio()).await.unwrap_err();
        assert!(format!("{error:?}").contains(expected), "{error}");
    }
}
