//! The real server when it cannot start, is killed, or is not needed any more.

use std::{
    io::{BufRead, BufReader},
    process::{Command, Stdio},
};

use codex_app_server::{AppServerConfig, CloseReason, Codex, Error, Sandbox, ThreadConfig};
use codex_app_server_testkit::Answer;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::json;

use support::{Real, is_alive, soon, until, wait_for_exit};

pub(crate) fn kill(pid: u32) {
    send(pid, Signal::KILL);
}

fn send(pid: u32, signal: Signal) {
    let pid = Pid::from_raw(i32::try_from(pid).unwrap()).unwrap();
    kill_process(pid, signal).unwrap();
}

/// A server with a command that still runs after its turn, and the id of a process of that. codex
/// gives each command a session of its own.
async fn with_command() -> (Real, u32) {
    let command = json!({ "cmd": "sleep 1000 & echo $! > pid; wait", "yield_time_ms": 250 });
    let command = Answer::tool_call("exec_command", None, command);
    let real = Real::start([command, Answer::text("It runs.")]).await;
    let config = ThreadConfig::new().sandbox(Sandbox::DangerFullAccess);
    let thread = soon(real.codex.thread_start(config)).await.unwrap();
    soon(thread.run("Begin")).await.unwrap();
    let pid = std::fs::read_to_string(real.cwd.path().join("pid")).unwrap();
    let pid = pid.trim().parse().unwrap();
    assert!(is_alive(pid));
    (real, pid)
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn the_commands_of_a_killed_server_are_ended() {
    let (real, command) = with_command().await;
    kill(real.codex.server_pid().unwrap());
    wait_for_exit(command).await;
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_stopped_server_and_its_commands_are_ended() {
    let (real, command) = with_command().await;
    let server = real.codex.server_pid().unwrap();
    send(server, Signal::STOP);
    soon(real.codex.close()).await;
    assert!(!is_alive(server) && !is_alive(command));
}

/// Set where this program is to be the client that is killed.
const CLIENT: &str = "CODEX_APP_SERVER_TESTS_CLIENT";

#[tokio::test]
async fn a_client_that_is_killed_leaves_nothing_behind() {
    if std::env::var_os(CLIENT).is_some() {
        let (real, command) = with_command().await;
        println!("{} {command}", real.codex.server_pid().unwrap());
        std::future::pending::<()>().await;
    }
    let name = "servers_are_not_left_behind::a_client_that_is_killed_leaves_nothing_behind";
    let mut client = Command::new(std::env::current_exe().unwrap())
        .args([name, "--exact", "--nocapture"])
        .env(CLIENT, "1")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(client.stdout.take().unwrap()).lines().map_while(Result::ok);
    let ids = lines.filter_map(|line| {
        let (server, command) = line.split_once(' ')?;
        Some([server.parse().ok()?, command.parse().ok()?])
    });
    let ids: [u32; 2] = { ids }.next().expect("the client says what it has started");
    assert!(ids.into_iter().all(is_alive));
    client.kill().unwrap();
    client.wait().unwrap();
    for id in ids {
        wait_for_exit(id).await;
    }
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
    assert!(format!("{error:?}").contains("signal: 9"), "{error}");

    // Everybody gets the same cause, also later.
    let later = soon(thread.read()).await.unwrap_err();
    assert_eq!(later.to_string(), format!("{error:?}"));
    let events = soon(thread.events().next()).await.unwrap().unwrap_err();
    assert!(events.is_closed());
}

#[tokio::test]
async fn the_real_server_says_why_it_does_not_start() {
    let config = AppServerConfig::new().env("CODEX_HOME", "/nowhere/home");
    let error = soon(Codex::builder().app_server(config).connect_stdio()).await.unwrap_err();
    assert!(matches!(error, Error::Handshake { .. }), "{error:?}");
    assert!(format!("{error:?}").contains("/nowhere/home"), "{error}");
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
    assert!(thread.read().await.is_ok());
    drop(thread);
    wait_for_exit(pid).await;
}
