//! What the agent does beside talking.

use codex_app_server::{
    ApprovalMode, NotificationStream, Result, RunResult, Sandbox, Thread, ThreadConfig,
    generated::v2_all::{
        CommandExecutionItem, CustomReviewTarget, ReviewStartParams, ReviewTarget,
        ServerNotification, ThreadItem, ThreadShellCommandParams, TurnStatus,
    },
};
use codex_app_server_testkit::Answer;
use serde_json::json;
use support::{Real, soon};

use crate::server::Server;

/// A thread that does what it wants without asking.
async fn thread(real: &Real, sandbox: Sandbox) -> Result<Thread> {
    let config = ThreadConfig::new().sandbox(sandbox).approval_mode(ApprovalMode::DenyAll);
    soon(real.codex.thread_start(config)).await
}

fn command(result: &RunResult) -> &CommandExecutionItem {
    let command = result.items.iter().find_map(|item| match item {
        ThreadItem::CommandExecution(command) => Some(command),
        _ => None,
    });
    command.expect("a command ran")
}

pub(crate) async fn a_command_is_run(server: Server) -> Result<()> {
    let real = server.start([Answer::shell("echo out; exit 3"), Answer::tool_output()]).await;
    let result = soon(thread(&real, Sandbox::DangerFullAccess).await?.run("Run it")).await?;
    let command = command(&result);
    assert_eq!(command.exit_code, Some(3));
    assert_eq!(command.aggregated_output.as_deref().map(str::trim), Some("out"));
    assert!(result.final_response.unwrap().contains("out"));
    Ok(())
}

pub(crate) async fn a_patch_is_applied(server: Server) -> Result<()> {
    let patch = "*** Begin Patch\n*** Add File: a.txt\n+hello\n*** End Patch";
    let real = server.start([Answer::patch(patch), Answer::text("Done.")]).await;
    let result = soon(thread(&real, Sandbox::WorkspaceWrite).await?.run("Write it")).await?;
    assert_eq!(std::fs::read_to_string(real.cwd.path().join("a.txt")).unwrap(), "hello\n");
    let change = result.items.iter().find_map(|item| match item {
        ThreadItem::FileChange(change) => Some(change.status.as_str()),
        _ => None,
    });
    assert_eq!(change, Some("completed"));
    Ok(())
}

pub(crate) async fn the_sandbox_holds(server: Server) -> Result<()> {
    let real = server.start([Answer::shell("echo x > inside"), Answer::text("Done.")]).await;
    soon(thread(&real, Sandbox::ReadOnly).await?.run("Write")).await?;
    assert!(!real.cwd.path().join("inside").exists());
    Ok(())
}

pub(crate) async fn a_goal_is_pursued(server: Server) -> Result<()> {
    let done = Answer::tool_call("update_goal", None, json!({"status": "complete"}));
    let answers =
        [Answer::text("Step one."), done, Answer::text("All done.").phase("final_answer")];
    let real = server.start(answers).await;
    let mut goal = soon(real.thread().await.start_goal("Make it so.")).await?;
    let result = soon(goal.run()).await?;
    assert_eq!(result.status, TurnStatus::Completed);
    assert_eq!(result.final_response.as_deref(), Some("All done."));
    assert!(goal.turns() >= 2, "{}", goal.turns());
    Ok(())
}

pub(crate) async fn a_review_is_done(server: Server) -> Result<()> {
    let review = json!({"findings": [], "overall_correctness": "patch is correct",
                        "overall_explanation": "Looks fine.", "overall_confidence_score": 1.0});
    let real = server.start([Answer::text(review.to_string())]).await;
    let thread = real.thread().await;
    let mut events = real.codex.client().events();
    let target = ReviewTarget::Custom(CustomReviewTarget::new("Look at it"));
    let params = ReviewStartParams::new().thread_id(thread.id()).target(target);
    soon(real.codex.client().review_start(params).into_future()).await?;
    let items = items_of_turn(&mut events).await?;
    let text = items.iter().find_map(|item| match item {
        ThreadItem::ExitedReviewMode(item) => Some(item.review.as_str()),
        _ => None,
    });
    assert!(text.is_some_and(|text| text.contains("Looks fine.")), "{items:?}");
    Ok(())
}

pub(crate) async fn a_shell_command_of_the_user_is_run(server: Server) -> Result<()> {
    let real = server.start([]).await;
    let thread = real.thread().await;
    let mut events = thread.events();
    let params = ThreadShellCommandParams::new().thread_id(thread.id()).command("echo hello");
    soon(real.codex.client().thread_shell_command(params).into_future()).await?;
    let items = items_of_turn(&mut events).await?;
    let output = items.iter().find_map(|item| match item {
        ThreadItem::CommandExecution(command) => command.aggregated_output.as_deref(),
        _ => None,
    });
    assert_eq!(output.map(str::trim), Some("hello"));
    Ok(())
}

/// What was completed up to the end of a turn that the server has made up.
async fn items_of_turn(events: &mut NotificationStream) -> Result<Vec<ThreadItem>> {
    let mut items = Vec::new();
    loop {
        match soon(events.next()).await.unwrap()? {
            ServerNotification::ItemCompleted(completed) => items.push(completed.item.clone()),
            ServerNotification::TurnCompleted(_) => return Ok(items),
            _ => {}
        }
    }
}

/// Older schemas have no types for this.
pub(crate) async fn the_model_is_sampled(server: Server) -> Result<()> {
    let real = server.start([Answer::text("ok"), Answer::text("In short.")]).await;
    let thread = real.thread().await;
    let turn = soon(thread.run("Begin")).await?;
    let params = json!({"threadId": thread.id(), "expectedTurnId": turn.id, "prompt": "Summarize"});
    let sample = soon(real.codex.client().request_raw("thread/sample", params)).await?;
    assert_eq!(sample["text"], "In short.");
    Ok(())
}
