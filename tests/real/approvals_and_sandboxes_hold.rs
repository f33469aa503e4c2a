//! What was not approved does not run, and what runs stays in its sandbox.

use codex_app_server::{
    ApprovalMode, Codex, Reply, Sandbox, Thread, ThreadConfig, TurnOverrides,
    generated::v2_all::{
        AskForApproval, CommandExecutionApprovalDecision, CommandExecutionRequestApprovalResponse,
        ServerRequest, ThreadItem, ThreadResumeParams,
    },
};
use codex_app_server_testkit::Answer;

use support::{Real, soon};

/// The approval policy that the server has for a thread.
async fn policy(codex: &Codex, thread: &Thread) -> AskForApproval {
    let resume = ThreadResumeParams::new(thread.id()).exclude_turns(true);
    let resumed = soon(async { codex.client().thread_resume(resume).await }).await;
    resumed.unwrap().approval_policy
}

/// A thread that denies all, and has had a turn.
async fn denying(real: &Real) -> Thread {
    let config = ThreadConfig::new().approval_mode(ApprovalMode::DenyAll);
    let thread = soon(real.codex.thread_start(config)).await.unwrap();
    soon(thread.run("First")).await.unwrap();
    thread
}

#[tokio::test]
async fn resume_and_fork_inherit_deny_all() {
    let real = Real::start([Answer::text("ok")]).await;
    let thread = denying(&real).await;
    let fork = soon(thread.fork(ThreadConfig::new())).await.unwrap();
    assert_eq!(policy(&real.codex, &fork).await, AskForApproval::Never);
    assert_eq!(policy(&real.codex, &thread).await, AskForApproval::Never);

    let second = real.second().await;
    let resumed = soon(second.thread_resume(thread.id(), ThreadConfig::new())).await;
    assert_eq!(policy(&second, &resumed.unwrap()).await, AskForApproval::Never);
}

#[tokio::test]
async fn a_fork_overrides_the_approval_mode_for_itself() {
    let real = Real::start([Answer::text("ok")]).await;
    let thread = denying(&real).await;
    let other = ThreadConfig::new().approval_mode(ApprovalMode::AutoReview);
    let fork = soon(thread.fork(other)).await.unwrap();
    assert_eq!(policy(&real.codex, &fork).await, AskForApproval::OnRequest);
    assert_eq!(policy(&real.codex, &thread).await, AskForApproval::Never);
}

#[tokio::test]
async fn the_approval_mode_of_a_turn_lasts_until_the_next_override() {
    let real = Real::start((0..5).map(|n| Answer::text(n.to_string()))).await;
    let thread = denying(&real).await;
    let mode = |mode| TurnOverrides::new().approval_mode(mode);
    let review = mode(ApprovalMode::AutoReview);
    soon(thread.run_with("Second", review)).await.unwrap();
    soon(thread.run("Third")).await.unwrap();
    assert_eq!(policy(&real.codex, &thread).await, AskForApproval::OnRequest);
    let deny = mode(ApprovalMode::DenyAll);
    soon(thread.run_with("Fourth", deny)).await.unwrap();
    soon(thread.run("Fifth")).await.unwrap();
    assert_eq!(policy(&real.codex, &thread).await, AskForApproval::Never);
}

/// Whether a command writes a file in the working folder, whether it writes one outside of it, and
/// its output.
#[cfg(unix)]
async fn writes(sandbox: Sandbox) -> (bool, bool, String) {
    // Unlike /tmp, this is no part of any workspace.
    let outside = tempfile::tempdir_in("/var/tmp").unwrap();
    let file = outside.path().join("outside");
    let command = format!("echo x > inside; echo x > '{}'; echo done", file.display());
    let real = Real::start([Answer::shell(command), Answer::text("Done.")]).await;
    let config = ThreadConfig::new().sandbox(sandbox).approval_mode(ApprovalMode::DenyAll);
    let thread = soon(real.codex.thread_start(config)).await.unwrap();
    soon(thread.run("Write")).await.unwrap();
    let output = real.model.requests()[1].last_tool_output().unwrap();
    (real.cwd.path().join("inside").exists(), file.exists(), output)
}

#[cfg(unix)]
#[tokio::test]
async fn a_write_outside_the_workspace_does_not_happen() {
    let (inside, outside, output) = writes(Sandbox::WorkspaceWrite).await;
    assert_eq!((inside, outside), (true, false), "{output}");
    // The command ran to its end, and was told.
    assert!(output.contains("outside: ") && output.contains("done"), "{output}");
}

#[cfg(unix)]
#[tokio::test]
async fn the_sandbox_is_the_one_that_was_asked_for() {
    let (inside, outside, output) = writes(Sandbox::ReadOnly).await;
    assert_eq!((inside, outside), (false, false), "{output}");
    let (inside, outside, output) = writes(Sandbox::DangerFullAccess).await;
    assert_eq!((inside, outside), (true, true), "{output}");
}

fn accept(request: &ServerRequest) -> Reply {
    match request {
        ServerRequest::ItemCommandExecutionRequestApproval(params) => Reply::to(
            params,
            CommandExecutionRequestApprovalResponse::new(CommandExecutionApprovalDecision::Accept),
        ),
        other => Reply::decline(other),
    }
}

#[tokio::test]
async fn the_real_server_runs_only_what_was_accepted() {
    for (accepted, file) in [(true, "accepted"), (false, "declined")] {
        let builder = if accepted {
            Codex::builder().on_server_request(|request, _| async move { accept(&request) })
        } else {
            Codex::builder()
        };
        let answers = [Answer::shell(format!("touch {file}")), Answer::text("Done.")];
        let real = Real::start_with(answers, builder).await;
        let config = ThreadConfig::new()
            .approval_policy(AskForApproval::Untrusted)
            .sandbox(Sandbox::DangerFullAccess);
        let thread = soon(real.codex.thread_start(config)).await.unwrap();
        let result = soon(thread.run("Make it")).await.unwrap();
        assert_eq!(real.cwd.path().join(file).exists(), accepted);
        let command = result.items.iter().find_map(|item| match item {
            ThreadItem::CommandExecution(command) => Some(&command.status),
            _ => None,
        });
        let expected = if accepted { "completed" } else { "declined" };
        assert_eq!(command.unwrap().as_str(), expected);
    }
}
