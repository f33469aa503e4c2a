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
    calls.ok(FsWriteFileParams::new("aGVsbG8=", path("folder/b.txt"))).await;
    let read = calls.ok(FsReadFileParams::new(path("folder/b.txt"))).await;
    assert_eq!(read.data_base64, "aGVsbG8=");
    calls.ok(FsCopyParams::new(path("folder/c.txt"), path("a.txt"))).await;
    let listed = calls.ok(FsReadDirectoryParams::new(path("folder"))).await;
    assert_eq!(listed.entries.len(), 2);
    let metadata = calls.ok(FsGetMetadataParams::new(path("folder/c.txt"))).await;
    assert!(metadata.is_file);
    calls.ok(FsWatchParams::new(path("folder"), "watch")).await;
    calls.ok(FsUnwatchParams::new("watch")).await;
    calls.ok(FsRemoveParams::new(path("folder/c.txt"))).await;
}

async fn searches(calls: &Calls, world: &World) {
    let roots = || [world.path("folder")];
    let found = calls.ok(FuzzyFileSearchParams::new("b", roots())).await;
    assert_eq!(found.files[0].file_name, "b.txt");
    calls.ok(FuzzyFileSearchSessionStartParams::new(roots(), "search")).await;
    calls.ok(FuzzyFileSearchSessionUpdateParams::new("b", "search")).await;
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
            .ok(CommandExecResizeParams::new("command", CommandExecTerminalSize::new(80, 24)))
            .await;
        calls.ok(CommandExecWriteParams::new("command").delta_base64("aGVsbG8K")).await;
        calls.ok(CommandExecTerminateParams::new("command")).await;
    };
    let (ended, ()) = tokio::join!(calls.ok(command), control);
    assert_ne!(ended.exit_code, 0);
}

async fn processes(calls: &Calls, world: &World) {
    let process = ProcessSpawnParams::new(["cat"], world.path(""), "process").tty(true);
    calls.ok(process).await;
    calls.ok(ProcessResizePtyParams::new("process", ProcessTerminalSize::new(80, 24))).await;
    calls.ok(ProcessWriteStdinParams::new("process").delta_base64("aGVsbG8K")).await;
    calls.ok(ProcessKillParams::new("process")).await;
}
