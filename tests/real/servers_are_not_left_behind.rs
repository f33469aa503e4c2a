//! The real server when it cannot start, is killed, or is not needed any more.

use codex_app_server::{AppServerConfig, CloseReason, Codex, Error};
use codex_app_server_testkit::Answer;
use rustix::process::{Pid, Signal, kill_process};

use support::{Real, is_alive, soon, until, wait_for_exit};

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
