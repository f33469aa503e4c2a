//! Files, searches among them, commands and processes.

use codex_app_server::generated::v2_all::*;

use support::soon;

use super::{calls::Calls, world::World};

pub(crate) async fn all(calls: &Calls, world: &World) {
    files(calls, world).await;
    searches(calls, world).await;
    commands(calls).await;
    processes(calls, world).await;
}

async fn files(calls: &Calls, world: &World) {
    let path = |name: &str| world.path(name);
    calls.ok(FsCreateDirectoryParams::new(path("folder"))).await;
    calls.ok(FsWriteFileParams::new().data_base64("aGVsbG8=").path(path("folder/b.txt"))).await;
    let read = calls.ok(FsReadFileParams::new(path("folder/b.txt"))).await;
    assert_eq!(read.data_base64, "aGVsbG8=");
    calls
        .ok(FsCopyParams::new().destination_path(path("folder/c.txt")).source_path(path("a.txt")))
        .await;
    let listed = calls.ok(FsReadDirectoryParams::new(path("folder"))).await;
    assert_eq!(listed.entries.len(), 2);
    let metadata = calls.ok(FsGetMetadataParams::new(path("folder/c.txt"))).await;
    assert!(metadata.is_file);
    calls.ok(FsWatchParams::new().watch_id("watch").path(path("folder"))).await;
    calls.ok(FsUnwatchParams::new("watch")).await;
    calls.ok(FsRemoveParams::new(path("folder/c.txt"))).await;
}

async fn searches(calls: &Calls, world: &World) {
    let roots = || [world.path("folder")];
    let found = calls.ok(FuzzyFileSearchParams::new().query("b").roots(roots())).await;
    assert_eq!(found.files[0].file_name, "b.txt");
    calls.ok(FuzzyFileSearchSessionStartParams::new().session_id("search").roots(roots())).await;
    calls.ok(FuzzyFileSearchSessionUpdateParams::new().session_id("search").query("b")).await;
    calls.ok(FuzzyFileSearchSessionStopParams::new("search")).await;
}

async fn commands(calls: &Calls) {
    let mut events = calls.events();
    let command = CommandExecParams::new(["sh", "-c", "echo ready; cat"])
        .sandbox_policy(SandboxPolicy::DangerFullAccess)
        .process_id("command")
        .tty(true)
        .stream_stdin(true)
        .stream_stdout_stderr(true);
    let control = async {
        while !matches!(
            soon(events.next()).await,
            Some(Ok(ServerNotification::CommandExecOutputDelta(_)))
        ) {}
        calls
            .ok(CommandExecResizeParams::new()
                .process_id("command")
                .size(CommandExecTerminalSize::new().cols(80).rows(24)))
            .await;
        calls.ok(CommandExecWriteParams::new("command").delta_base64("aGVsbG8K")).await;
        calls.ok(CommandExecTerminateParams::new("command")).await;
    };
    let (ended, ()) = tokio::join!(calls.ok(command), control);
    assert_ne!(ended.exit_code, 0);
}

async fn processes(calls: &Calls, world: &World) {
    let process = ProcessSpawnParams::new()
        .command(["cat"])
        .cwd(world.path(""))
        .process_handle("process")
        .tty(true);
    calls.ok(process).await;
    calls
        .ok(ProcessResizePtyParams::new()
            .process_handle("process")
            .size(ProcessTerminalSize::new().cols(80).rows(24)))
        .await;
    calls.ok(ProcessWriteStdinParams::new("process").delta_base64("aGVsbG8K")).await;
    calls.ok(ProcessKillParams::new("process")).await;
}
