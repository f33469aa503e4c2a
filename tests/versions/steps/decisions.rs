//! What the server asks, and what follows from the reply.

use codex_app_server::{
    ApprovalMode, Codex, CodexBuilder, Reply, Result, RunResult, Sandbox, ThreadConfig,
    generated::v2_all::{
        AskForApproval, CommandExecutionApprovalDecision, CommandExecutionRequestApprovalResponse,
        FileChangeApprovalDecision, FileChangeRequestApprovalResponse, ServerRequest, ThreadItem,
    },
};
use codex_app_server_testkit::Answer;
use support::soon;

use crate::server::Server;

const PATCH: &str = "*** Begin Patch\n*** Add File: file\n+hello\n*** End Patch";

fn accepting() -> CodexBuilder {
    Codex::builder().on_server_request(|request, _| async move {
        match &request {
            ServerRequest::ItemCommandExecutionRequestApproval(params) => Reply::to(
                params,
                CommandExecutionRequestApprovalResponse::new(
                    CommandExecutionApprovalDecision::Accept,
                ),
            ),
            ServerRequest::ItemFileChangeRequestApproval(params) => Reply::to(
                params,
                FileChangeRequestApprovalResponse::new(FileChangeApprovalDecision::Accept),
            ),
            other => Reply::decline(other),
        }
    })
}

/// What becomes of a call that makes `file`: its status, and whether the file is there.
async fn decided(
    server: &Server,
    call: Answer,
    builder: CodexBuilder,
    config: ThreadConfig,
) -> Result<(String, bool)> {
    let real = server.start_with([call, Answer::text("Done.")], builder).await;
    let thread = soon(real.codex.thread_start(config)).await?;
    let result = soon(thread.run("Make it")).await?;
    Ok((status(&result), real.cwd.path().join("file").exists()))
}

fn status(result: &RunResult) -> String {
    let status = result.items.iter().find_map(|item| match item {
        ThreadItem::CommandExecution(command) => Some(command.status.as_str()),
        ThreadItem::FileChange(change) => Some(change.status.as_str()),
        _ => None,
    });
    status.unwrap_or("nothing was done").to_owned()
}

/// Everything is asked for.
fn asking() -> ThreadConfig {
    ThreadConfig::new()
        .approval_policy(AskForApproval::Untrusted)
        .sandbox(Sandbox::DangerFullAccess)
}

pub(crate) async fn a_command_is_accepted(server: Server) -> Result<()> {
    let decided = decided(&server, Answer::shell("touch file"), accepting(), asking()).await?;
    assert_eq!(decided, ("completed".to_owned(), true));
    Ok(())
}

pub(crate) async fn a_command_is_declined(server: Server) -> Result<()> {
    let decided = decided(&server, Answer::shell("touch file"), Codex::builder(), asking()).await?;
    assert_eq!(decided, ("declined".to_owned(), false));
    Ok(())
}

pub(crate) async fn a_patch_is_accepted(server: Server) -> Result<()> {
    let decided = decided(&server, Answer::patch(PATCH), accepting(), asking()).await?;
    assert_eq!(decided, ("completed".to_owned(), true));
    Ok(())
}

pub(crate) async fn a_patch_is_declined(server: Server) -> Result<()> {
    let decided = decided(&server, Answer::patch(PATCH), Codex::builder(), asking()).await?;
    assert_eq!(decided, ("declined".to_owned(), false));
    Ok(())
}

pub(crate) async fn nothing_is_asked_of_who_denies_all(server: Server) -> Result<()> {
    let config =
        ThreadConfig::new().approval_mode(ApprovalMode::DenyAll).sandbox(Sandbox::ReadOnly);
    let (_, made) = decided(&server, Answer::shell("touch file"), accepting(), config).await?;
    assert!(!made);
    Ok(())
}
