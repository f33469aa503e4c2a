//! Servers that are started to listen: owned ones end with what has started them, daemons outlive
//! it and are shared.

use std::{
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use codex_app_server::{
    AppServerConfig, Codex, Error, ManagedServer, ManagedServerConfig, Result, Sandbox,
    ThreadConfig, WebsocketConfig, blocking,
};
use codex_app_server_testkit::{Answer, CodexHome, MockModel};
use rustix::process::{Pid, Signal, getsid, kill_process};
use serde_json::json;
use tempfile::TempDir;

use support::{environment, is_alive, offline, soon, thread_of, until, wait_for_exit};

/// A model, a home, and a place for a socket.
struct World {
    model: MockModel,
    home: CodexHome,
    folder: TempDir,
}

impl World {
    async fn new() -> Self {
        let model = MockModel::start().await.unwrap();
        let home = model.codex_home().unwrap();
        Self { model, home, folder: TempDir::new().unwrap() }
    }

    fn config(&self) -> AppServerConfig {
        offline(&self.home).cwd(self.folder.path())
    }

    /// In a folder that is not there yet.
    fn socket(&self) -> PathBuf {
        self.folder.path().join("run/codex.sock")
    }

    async fn daemon(&self) -> Daemon {
        Daemon(soon(ManagedServer::daemon(self.socket(), self.config())).await.unwrap())
    }
}

/// A daemon that a test leaves behind.
#[derive(Debug)]
struct Daemon(ManagedServer);

impl Daemon {
    fn pid(&self) -> u32 {
        self.0.pid().unwrap()
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        // It may be gone.
        let _ = kill_process(process(self.pid()), Signal::KILL);
    }
}

fn process(pid: u32) -> Pid {
    Pid::from_raw(i32::try_from(pid).unwrap()).unwrap()
}

async fn connect(server: &ManagedServer) -> Codex {
    soon(server.connect(Codex::builder())).await.unwrap()
}

/// Two connections have the same threads.
async fn assert_is_shared(server: &ManagedServer, model: &MockModel) {
    model.script([Answer::text("One."), Answer::text("Two.")]);
    let (first, second) = (connect(server).await, connect(server).await);
    let thread = thread_of(&first).await;
    soon(thread.run("First")).await.unwrap();
    let same = soon(second.thread_resume(thread.id(), ThreadConfig::new())).await.unwrap();
    // A turn of one of them is seen by the other.
    let mut events = thread.events();
    assert_eq!(soon(same.run("Second")).await.unwrap().final_response.as_deref(), Some("Two."));
    while soon(events.next()).await.unwrap().unwrap().method() != "turn/completed" {}
}

/// Why a server has not started.
#[track_caller]
fn reason(result: Result<ManagedServer>) -> (String, bool) {
    let error = result.unwrap_err();
    let Error::ManagedServer { exit_status, .. } = &error else {
        panic!("{error:?}");
    };
    assert_eq!(exit_status.is_none(), error.is_timeout(), "{error:?}");
    (error.to_string(), error.is_timeout())
}

#[tokio::test]
async fn an_owned_server_has_many_connections_and_ends_when_it_is_dropped() {
    let world = World::new().await;
    let server = soon(ManagedServer::start(world.config())).await.unwrap();
    assert!(server.url().starts_with("ws://127.0.0.1:"), "{server:?}");
    assert_is_shared(&server, &world.model).await;
    let codex = soon(Codex::builder().connect_websocket(server.url())).await.unwrap();
    let pid = server.pid().unwrap();
    drop(server);
    wait_for_exit(pid).await;
    soon(codex.closed()).await;
}

#[tokio::test]
async fn a_server_that_likes_colours_is_understood() {
    let world = World::new().await;
    let config = world.config().env("CLICOLOR_FORCE", "1");
    let server = soon(ManagedServer::start(config)).await.unwrap();
    assert!(server.url().starts_with("ws://127.0.0.1:"), "{}", server.url());
    connect(&server).await;
}

#[tokio::test]
async fn an_owned_server_may_listen_on_a_unix_socket() {
    let world = World::new().await;
    let server = soon(ManagedServer::start_unix(world.socket(), world.config())).await.unwrap();
    assert_eq!(server.socket(), Some(&*world.socket()));
    assert_is_shared(&server, &world.model).await;
    // One place has one server.
    let second = soon(ManagedServer::start_unix(world.socket(), world.config())).await;
    let text = second.unwrap_err().to_string();
    assert!(text.contains("`path`") && text.contains("listens"), "{text}");
    let pid = server.pid().unwrap();
    drop(server);
    wait_for_exit(pid).await;
}

/// codex gives each command a session of its own.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn what_an_owned_server_has_started_ends_with_it() {
    let world = World::new().await;
    let command = json!({ "cmd": "sleep 1000 & echo $! > pid; wait", "yield_time_ms": 250 });
    let command = Answer::tool_call("exec_command", None, command);
    world.model.script([command, Answer::text("It runs.")]);
    let server = soon(ManagedServer::start(world.config())).await.unwrap();
    let codex = connect(&server).await;
    let config = ThreadConfig::new().sandbox(Sandbox::DangerFullAccess);
    let thread = soon(codex.thread_start(config)).await.unwrap();
    soon(thread.run("Begin")).await.unwrap();
    let command = std::fs::read_to_string(world.folder.path().join("pid")).unwrap();
    let command = command.trim().parse().unwrap();
    assert!(is_alive(command));
    // Even of one that cannot take it along.
    let pid = server.pid().unwrap();
    kill_process(process(pid), Signal::STOP).unwrap();
    drop(server);
    wait_for_exit(command).await;
    wait_for_exit(pid).await;
}

/// Also while a turn runs that does not end. The daemon is stopped by another value than that which
/// has started it.
#[tokio::test]
async fn a_stopped_server_is_gone() {
    let world = World::new().await;
    world.model.script([Answer::silent(), Answer::silent()]);
    let owned = soon(ManagedServer::start(world.config())).await.unwrap();
    let daemon = world.daemon().await;
    let running = soon(ManagedServer::running(world.socket())).await.unwrap().unwrap();
    let pids = [owned.pid().unwrap(), daemon.pid()];
    assert_eq!(running.pid(), Some(pids[1]));
    let stop = async |server: ManagedServer| {
        let codex = connect(&server).await;
        let mut turn = soon(thread_of(&codex).await.turn("Wait")).await.unwrap();
        until(&mut turn, "turn/started").await;
        soon(server.stop()).await.unwrap();
    };
    tokio::join!(stop(owned), stop(running));
    assert!(!pids.into_iter().any(is_alive));
    assert!(soon(ManagedServer::running(world.socket())).await.unwrap().is_none());
}

#[tokio::test]
async fn a_server_with_a_token_asks_everybody_for_it() {
    let world = World::new().await;
    let config = ManagedServerConfig::new(world.config()).token("a token of this test\n");
    let server = soon(ManagedServer::start(config)).await.unwrap();
    let connecting = |config: WebsocketConfig| soon(Codex::builder().connect_websocket(config));
    connect(&server).await;
    let at = WebsocketConfig::new(server.url());
    assert!(connecting(at.clone()).await.unwrap_err().is_unauthorized());
    connecting(at.token("a token of this test")).await.unwrap();
    assert!(!format!("{server:?}").contains("of this test"), "{server:?}");
}

#[tokio::test]
async fn a_server_that_does_not_start_says_why() {
    let world = World::new().await;
    let socket = world.socket();
    let config = || world.config().env("CODEX_HOME", "/nowhere/home");
    for result in [
        soon(ManagedServer::start(config())).await,
        soon(ManagedServer::start_unix(&socket, config())).await,
        soon(ManagedServer::daemon(&socket, config())).await,
    ] {
        let (text, _) = reason(result);
        assert!(text.contains("/nowhere/home") && text.contains("exit status: 1"), "{text}");
    }
}

#[tokio::test]
async fn a_server_that_never_listens_is_ended() {
    let world = World::new().await;
    let config = |name: &str| {
        let script = format!("echo $$ > {name}; echo last words >&2; exec sleep 1000");
        let command = world.config().launch_args_override(["sh", "-c", &script]);
        ManagedServerConfig::new(command).start_timeout(Duration::from_millis(300))
    };
    let results = [
        ("port", soon(ManagedServer::start(config("port"))).await),
        ("socket", soon(ManagedServer::start_unix(world.socket(), config("socket"))).await),
        ("daemon", soon(ManagedServer::daemon(world.socket(), config("daemon"))).await),
    ];
    for (name, result) in results {
        let (text, is_timeout) = reason(result);
        assert!(is_timeout && text.contains("300ms") && text.contains("last words"), "{text}");
        let pid = std::fs::read_to_string(world.folder.path().join(name)).unwrap();
        wait_for_exit(pid.trim().parse().unwrap()).await;
    }
}

/// Set where this program is to be one that starts a daemon: its place.
const PLACE: &str = "CODEX_APP_SERVER_TESTS_PLACE";

#[tokio::test]
async fn a_daemon_outlives_its_program_and_is_used_again() {
    if let Some(place) = std::env::var_os(PLACE) {
        soon(ManagedServer::daemon(place, AppServerConfig::new())).await.unwrap();
        return;
    }
    let world = World::new().await;
    let name = "servers_are_started_for_many::a_daemon_outlives_its_program_and_is_used_again";
    let program = Command::new(std::env::current_exe().unwrap())
        .args([name, "--exact"])
        .envs(environment(&world.home))
        .env(PLACE, world.socket())
        .status();
    assert!(program.unwrap().success());
    let running = soon(ManagedServer::running(world.socket())).await.unwrap();
    let left = Daemon(running.expect("it outlives its program"));
    // No signal to the terminal or the group of its program arrives.
    assert_eq!(getsid(Some(process(left.pid()))).unwrap(), process(left.pid()));
    let daemon = world.daemon().await;
    assert_eq!(daemon.pid(), left.pid());
    assert_is_shared(&daemon.0, &world.model).await;
    // What it prints can be read, by its user.
    let log = log_of(&world.socket());
    assert!(log.metadata().unwrap().len() > 0);
    assert_eq!(std::os::unix::fs::MetadataExt::mode(&log.metadata().unwrap()) & 0o777, 0o600);
}

fn log_of(socket: &Path) -> PathBuf {
    socket.with_extension("sock.log")
}

#[tokio::test]
async fn those_who_start_a_daemon_at_once_share_one() {
    let world = World::new().await;
    let daemons = soon(async {
        tokio::join!(world.daemon(), world.daemon(), world.daemon(), world.daemon())
    });
    let (first, second, third, fourth) = daemons.await;
    for other in [&second, &third, &fourth] {
        assert_eq!(first.pid(), other.pid());
    }
    assert_is_shared(&fourth.0, &world.model).await;
}

#[tokio::test]
async fn the_place_of_a_daemon_that_was_killed_is_taken_over() {
    let world = World::new().await;
    let killed = world.daemon().await;
    kill_process(process(killed.pid()), Signal::KILL).unwrap();
    wait_for_exit(killed.pid()).await;
    assert!(world.socket().symlink_metadata().is_ok(), "it leaves its socket");
    assert!(soon(ManagedServer::running(world.socket())).await.unwrap().is_none());
    let daemon = world.daemon().await;
    assert_ne!(daemon.pid(), killed.pid());
    assert_is_shared(&daemon.0, &world.model).await;
}

#[tokio::test]
async fn a_place_where_somebody_else_is_is_left_to_him() {
    let world = World::new().await;
    let socket = world.folder.path().join("other");
    let listener = tokio::net::UnixListener::bind(&socket).unwrap();
    tokio::spawn(async move { while listener.accept().await.is_ok() {} });
    let error = soon(ManagedServer::daemon(&socket, world.config())).await.unwrap_err();
    assert!(matches!(error, Error::Connect { .. }), "{error:?}");
    assert!(!socket.with_extension("log").exists());
}

#[tokio::test]
async fn a_program_without_async_has_servers_too() {
    let world = World::new().await;
    let (config, socket) = (world.config(), world.socket());
    let pids = tokio::task::spawn_blocking(move || {
        let server = blocking::ManagedServer::start(config.clone()).unwrap();
        server.connect(blocking::Codex::builder()).unwrap();
        let daemon = blocking::ManagedServer::daemon(&socket, config).unwrap();
        let again = blocking::ManagedServer::running(&socket).unwrap().unwrap();
        again.connect(blocking::Codex::builder()).unwrap();
        again.stop().unwrap();
        [server.pid().unwrap(), daemon.pid().unwrap()]
    });
    for pid in soon(pids).await.unwrap() {
        wait_for_exit(pid).await;
    }
}
