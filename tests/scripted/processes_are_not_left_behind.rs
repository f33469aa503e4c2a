//! Server processes that die, or do not want to leave.

use std::{path::Path, time::Duration};

use codex_app_server::{AppServerConfig, Codex, ThreadConfig};
use codex_app_server_testkit::{Action, Script, turn_accepted, turn_started};

use support::{fake_process, is_alive, soon, wait_for_exit};

/// A server that writes its id into `folder`, then does as `script` says.
fn shell(folder: &Path, script: &str) -> AppServerConfig {
    let script = format!("cd {}; echo $$ > new && mv new pid; {script}", folder.display());
    AppServerConfig::new().launch_args_override(["/bin/sh", "-c", &script])
}

/// Takes part in the handshake.
const HANDSHAKE: &str = r#"read line
echo '{"id":1,"result":{"userAgent":"sh/1.0.0","codexHome":"/","platformFamily":"unix","platformOs":"linux"}}'
"#;

/// Neither the end of its input nor a word makes it leave; it notes the word.
const STUBBORN: &str = "trap 'echo told > told' TERM; while :; do sleep 0.05; done";

fn pid(folder: &Path) -> Option<u32> {
    std::fs::read_to_string(folder.join("pid")).ok()?.trim().parse().ok()
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
async fn a_server_that_ignores_everything_is_killed_at_the_one_deadline() {
    let folder = tempfile::tempdir().unwrap();
    let config = shell(folder.path(), &format!("{HANDSHAKE}{STUBBORN}"));
    let codex = soon(Codex::builder().app_server(config).connect_stdio()).await.unwrap();
    // Once the 6 seconds; twice would be 12.
    tokio::time::timeout(Duration::from_secs(10), codex.close()).await.unwrap();
    assert!(!is_alive(pid(folder.path()).unwrap()));
    // It was asked before.
    assert!(folder.path().join("told").is_file());
}

#[tokio::test]
async fn a_server_that_was_stopped_leaves_when_it_is_told_to() {
    let folder = tempfile::tempdir().unwrap();
    let obedient =
        "trap 'echo told > told; exit' TERM; kill -STOP $$; while :; do sleep 0.05; done";
    let config = shell(folder.path(), &format!("{HANDSHAKE}{obedient}"));
    let codex = soon(Codex::builder().app_server(config).connect_stdio()).await.unwrap();
    soon(codex.close()).await;
    assert!(!is_alive(pid(folder.path()).unwrap()));
    assert!(folder.path().join("told").is_file());
}

#[tokio::test]
async fn a_server_that_fails_the_handshake_is_ended_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let refusal = r#"read line; echo '{"id":1,"error":{"code":-32600,"message":"go away"}}'"#;
    let config = shell(folder.path(), &format!("{refusal}\n{STUBBORN}"));
    let connecting = Codex::builder().app_server(config).connect_stdio();
    // Without the 6 seconds of a server that has work.
    let connected = tokio::time::timeout(Duration::from_secs(5), connecting).await.unwrap();
    assert!(connected.unwrap_err().to_string().contains("handshake"));
    assert!(!is_alive(pid(folder.path()).unwrap()));
}

#[tokio::test]
async fn a_connect_that_is_dropped_ends_its_server_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let config = shell(folder.path(), STUBBORN);
    let connecting = Codex::builder().app_server(config).connect_stdio();
    // There is no event to wait for: the server never says a word.
    let started = async {
        while pid(folder.path()).is_none() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::select! {
        connected = connecting => panic!("{connected:?}"),
        () = soon(started) => {}
    }
    let gone = wait_for_exit(pid(folder.path()).unwrap());
    tokio::time::timeout(Duration::from_secs(5), gone).await.unwrap();
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
    wait_for_exit(child.trim().parse().unwrap()).await;
}

/// Starts `sleep` in a session of its own, where no signal to the server's group arrives.
#[cfg(target_os = "linux")]
fn away(environment: &str) -> String {
    format!("{HANDSHAKE}{environment} setsid sleep 600 & echo $! > new && mv new away;")
}

/// A server that has done that, with the id of what it has started.
#[cfg(target_os = "linux")]
async fn started_away(folder: &Path, script: &str) -> (Codex, u32) {
    let config = shell(folder, script);
    let codex = soon(Codex::builder().app_server(config).connect_stdio()).await.unwrap();
    let note = folder.join("away");
    soon(async {
        // There is no event to wait for.
        while !note.exists() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await;
    (codex, std::fs::read_to_string(note).unwrap().trim().parse().unwrap())
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn what_a_killed_server_has_started_elsewhere_is_ended() {
    let folder = tempfile::tempdir().unwrap();
    let (codex, away) = started_away(folder.path(), &format!("{} cat", away(""))).await;
    let server = i32::try_from(codex.server_pid().unwrap()).unwrap();
    let server = rustix::process::Pid::from_raw(server).unwrap();
    rustix::process::kill_process(server, rustix::process::Signal::KILL).unwrap();
    wait_for_exit(away).await;
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn what_a_server_that_we_kill_has_started_elsewhere_is_ended() {
    let folder = tempfile::tempdir().unwrap();
    // Nothing in its environment tells whose it is.
    let script = format!("{} {STUBBORN}", away("env -i PATH=\"$PATH\""));
    let (codex, away) = started_away(folder.path(), &script).await;
    soon(codex.close()).await;
    assert!(!is_alive(away));
}

#[cfg(target_os = "linux")]
#[test]
fn what_the_server_of_an_ended_runtime_has_started_elsewhere_is_ended() {
    let folder = tempfile::tempdir().unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let script = format!("{} {STUBBORN}", away(""));
    let (_codex, away) = runtime.block_on(started_away(folder.path(), &script));
    drop(runtime);
    assert!(!is_alive(away));
}

#[tokio::test]
async fn a_server_that_dies_before_its_response_to_the_start_of_a_turn() {
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
