//! Servers that are missing, die, or do not want to leave.
#![cfg(unix)]

mod support;

use std::time::Duration;

use codex_app_server::{AppServerConfig, CloseReason, Codex, Error, ThreadConfig};
use codex_app_server_testkit::{Action, Answer, Script, turn_accepted, turn_started};
use rustix::process::{Pid, Signal, kill_process};

use support::{Real, fake_process, is_alive, soon, until};

fn kill(pid: u32) {
    let pid = Pid::from_raw(i32::try_from(pid).unwrap()).unwrap();
    kill_process(pid, Signal::KILL).unwrap();
}

#[tokio::test]
async fn a_server_killed_in_the_middle_of_a_turn_ends_everything_at_once() {
    let real = Real::start([Answer::silent()]).await;
    let thread = real.thread().await;
    let mut turn = soon(thread.turn("Begin")).await.unwrap();
    until(&mut turn, "turn/started").await;
    kill(real.codex.server_pid().unwrap());

    let error = soon(turn.run()).await.unwrap_err();
    let Error::Closed(closed) = &error else {
        panic!("{error:?}");
    };
    assert_eq!(closed.reason, CloseReason::ServerClosed);
    assert!(error.to_string().contains("signal: 9"), "{error}");

    // Everybody gets the same cause, also later.
    let later = soon(thread.read(false)).await.unwrap_err();
    assert_eq!(later.to_string(), error.to_string());
    let events = soon(thread.events().next()).await.unwrap().unwrap_err();
    assert!(events.is_closed());
}

#[tokio::test]
async fn a_missing_binary_is_an_error_that_says_where_it_was_looked_for() {
    let config = AppServerConfig::new().codex_bin("/nowhere/codex");
    let error = Codex::builder().app_server(config).connect_stdio().await.unwrap_err();
    assert!(matches!(error, Error::RuntimeNotFound { .. }), "{error:?}");
    let text = error.to_string();
    assert!(text.contains("/nowhere/codex") && text.contains("npm install"), "{text}");
}

#[tokio::test]
async fn a_file_that_cannot_be_run_is_an_error_of_its_own() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let config = AppServerConfig::new().codex_bin(file.path());
    let error = Codex::builder().app_server(config).connect_stdio().await.unwrap_err();
    assert!(matches!(error, Error::Spawn { .. }), "{error:?}");
    assert!(error.to_string().contains("ermission denied"), "{error}");
}

#[tokio::test]
async fn a_server_that_exits_at_once_is_reported_with_its_last_words() {
    let script =
        Script::new().on("initialize", [Action::stderr("the config is broken\n"), Action::exit(3)]);
    let (_folder, config) = fake_process(&script);
    let error = soon(Codex::builder().app_server(config).connect_stdio()).await.unwrap_err();
    assert!(matches!(error, Error::Handshake { .. }), "{error:?}");
    assert!(error.is_closed());
    let text = error.to_string();
    assert!(text.contains("exit status: 3"), "{text}");
    assert!(text.contains("the config is broken"), "{text}");
}

#[tokio::test]
async fn the_real_server_says_why_it_does_not_start() {
    let config = AppServerConfig::new().env("CODEX_HOME", "/nowhere/home");
    let error = soon(Codex::builder().app_server(config).connect_stdio()).await.unwrap_err();
    assert!(matches!(error, Error::Handshake { .. }), "{error:?}");
    assert!(error.to_string().contains("/nowhere/home"), "{error}");
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
    assert!(error.to_string().contains("go away"), "{error}");
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
        assert!(error.to_string().contains(expected), "{error}");
    }
}

#[tokio::test]
async fn closing_leaves_no_process_behind() {
    let real = Real::start([Answer::silent()]).await;
    let mut turn = soon(real.thread().await.turn("Begin")).await.unwrap();
    until(&mut turn, "turn/started").await;
    let pid = real.codex.server_pid().unwrap();
    assert!(is_alive(pid));
    soon(real.codex.close()).await;
    assert!(!is_alive(pid));

    let error = soon(turn.run()).await.unwrap_err();
    let Error::Closed(closed) = error else {
        panic!("{error:?}");
    };
    assert_eq!(closed.reason, CloseReason::Requested);
    soon(real.codex.close()).await;
}

#[tokio::test]
async fn dropping_everything_leaves_no_process_behind() {
    let real = Real::start([]).await;
    let pid = real.codex.server_pid().unwrap();
    let thread = real.thread().await;
    let codex = real.codex;
    drop(codex);
    // A thread holds the connection, too.
    assert!(thread.read(false).await.is_ok());
    drop(thread);
    gone(pid).await;
}

#[test]
fn a_runtime_that_ends_leaves_no_process_behind() {
    for stuck in [false, true] {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let script = Script::new();
        let script = if stuck { script.ignore_eof() } else { script };
        let (_folder, config) = fake_process(&script);
        let codex = runtime.block_on(Codex::builder().app_server(config).connect_stdio()).unwrap();
        let pid = codex.server_pid().unwrap();
        drop(runtime);
        assert!(!is_alive(pid));
        drop(codex);
    }
}

#[tokio::test]
async fn a_server_that_ignores_the_end_of_its_input_is_killed() {
    let (_folder, config) = fake_process(&Script::new().ignore_eof());
    let codex = soon(Codex::builder().app_server(config).connect_stdio()).await.unwrap();
    let pid = codex.server_pid().unwrap();
    soon(codex.close()).await;
    assert!(!is_alive(pid));
}

#[tokio::test]
async fn what_the_server_has_started_goes_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let note = folder.path().join("pid");
    // A child in the server's process group that outlives it.
    let script = format!("sleep 600 & echo $! > {}; exit 1", note.display());
    let config = AppServerConfig::new().launch_args_override(["/bin/sh", "-c", &script]);
    let error = soon(Codex::builder().app_server(config).connect_stdio()).await.unwrap_err();
    assert!(error.is_closed(), "{error:?}");
    let child = std::fs::read_to_string(&note).unwrap();
    gone(child.trim().parse().unwrap()).await;
}

#[tokio::test]
async fn a_server_that_dies_before_it_answers_the_start_of_a_turn() {
    let mut actions = turn_started();
    actions.push(Action::exit(1));
    let (_folder, config) = fake_process(&Script::new().on("turn/start", actions));
    let codex = soon(Codex::builder().app_server(config).connect_stdio()).await.unwrap();
    let thread = soon(codex.thread_start(ThreadConfig::new())).await.unwrap();
    let error = soon(thread.run("Begin")).await.unwrap_err();
    assert!(error.is_closed(), "{error:?}");
}

#[tokio::test]
async fn a_server_that_closes_its_output_but_lives_on_is_ended() {
    let script = Script::new().on("turn/start", [turn_accepted(), Action::close()]).ignore_eof();
    let (_folder, config) = fake_process(&script);
    let codex = soon(Codex::builder().app_server(config).connect_stdio()).await.unwrap();
    let pid = codex.server_pid().unwrap();
    let thread = soon(codex.thread_start(ThreadConfig::new())).await.unwrap();
    let error = soon(thread.run("Begin")).await.unwrap_err();
    assert!(error.is_closed(), "{error:?}");
    soon(codex.close()).await;
    assert!(!is_alive(pid));
}

/// Waits until a process is gone. There is no event to wait for: it is not our child.
async fn gone(pid: u32) {
    soon(async {
        while is_alive(pid) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await;
}
