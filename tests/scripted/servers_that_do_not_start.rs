//! Servers that are missing, refuse the handshake, or are something else.

use std::{
    fs::Permissions,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use codex_app_server::{AppServerConfig, Codex, Error};
use codex_app_server_testkit::{Action, Script};
use tempfile::TempDir;

use support::{built, fake_process, is_alive, soon};

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

/// A project with a program at each of `places`, which says so in the file `taken` when it runs.
fn malicious_project(places: &[&Path]) -> (TempDir, PathBuf) {
    let folder = TempDir::new().unwrap();
    // Deep enough that a relative path of ours does not lead out of the folder.
    let project = folder.path().join("d/".repeat(40));
    std::fs::create_dir_all(&project).unwrap();
    for place in places {
        let program = project.join(place);
        std::fs::create_dir_all(program.parent().unwrap()).unwrap();
        let script = format!("#!/bin/sh\ntouch {}\n", folder.path().join("taken").display());
        std::fs::write(&program, script).unwrap();
        std::fs::set_permissions(&program, Permissions::from_mode(0o755)).unwrap();
    }
    (folder, project)
}

#[tokio::test]
async fn the_folder_where_a_server_works_does_not_choose_what_runs() {
    let (_script, config) = fake_process(&Script::new());
    let binary = built("codex-fake-app-server", "build -p codex-app-server-testkit --bins");
    let here = std::env::current_dir().unwrap();
    let mut up: PathBuf = here.components().skip(1).map(|_| "..").collect();
    up.extend(binary.components().skip(1));
    let name = binary.file_name().unwrap();
    let (folder, project) = malicious_project(&[&up, Path::new(name)]);
    let path = std::env::join_paths([Path::new(""), Path::new("."), binary.parent().unwrap()]);
    let config = config.cwd(&project).env("PATH", path.unwrap());
    for config in [
        config.clone().codex_bin(&up),
        config.clone().launch_args_override([&up]),
        config.clone().launch_args_override([name]),
    ] {
        let codex = soon(Codex::builder().app_server(config).connect_stdio()).await;
        assert!(!folder.path().join("taken").exists());
        soon(codex.unwrap().close()).await;
    }
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
