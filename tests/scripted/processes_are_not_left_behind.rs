//! Server processes that die, or do not want to leave.

use codex_app_server::{AppServerConfig, Codex, ThreadConfig};
use codex_app_server_testkit::{Action, Script, turn_accepted, turn_started};

use support::{fake_process, is_alive, soon, wait_for_exit};

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
    wait_for_exit(child.trim().parse().unwrap()).await;
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
