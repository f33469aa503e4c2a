//! Asks in the terminal what the agent may do: each command and each change of files, in colour.
//!
//! `cargo run --example 17_approvals -- --mock`

mod support;

use std::{
    error::Error,
    io::{IsTerminal, Write, stdout},
    time::Duration,
};

use codex_app_server::{
    ApprovalMode, Codex, CommandApproval, FileChangeApproval, PendingRequest, Question, Reply,
    Result, Sandbox, ThreadConfig, TurnEvent,
    protocol::{PatchChangeKind, ServerNotification},
};
use codex_app_server_testkit::Answer;
use serde_json::json;
use tokio::sync::mpsc;

use support::Mock;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let command = json!({"cmd": "echo hello > greeting", "justification": "The greeting is missing.",
                         "sandbox_permissions": "require_escalated"});
    let patch =
        "*** Begin Patch\n*** Update File: greeting\n@@\n-hello\n+hello, world\n*** End Patch\n";
    let mock = Mock::script([
        Answer::tool_call("exec_command", None, command),
        Answer::patch(patch),
        Answer::text("I have done what I was allowed to."),
    ])
    .await?;
    let mut prompt = support::words().join(" ");
    if prompt.is_empty() {
        prompt = "Write a greeting to the file `greeting`.".into();
    }
    let mut lines = support::lines();

    // Requests come among the events of the turn; the time is for those that nobody reads.
    let builder = Codex::builder().app_server(mock.app_server());
    let codex = builder.hold_requests(Duration::from_secs(60)).connect_stdio().await?;
    let config = ThreadConfig::new().sandbox(Sandbox::ReadOnly).approval_mode(ApprovalMode::Ask);
    let mut turn = codex.thread_start(config).await?.turn(prompt).await?;
    while let Some(event) = turn.next_event().await {
        match event? {
            TurnEvent::Request(pending) => ask(pending, &mut lines).await?,
            TurnEvent::Notification(ServerNotification::ItemAgentMessageDelta(delta)) => {
                print!("{}", delta.delta);
                stdout().flush()?;
            }
            _ => {}
        }
    }
    println!("\n[{}]", turn.run().await?.status);
    codex.close().await;
    Ok(())
}

/// Shows what is asked, and replies with what the person says.
async fn ask(mut pending: PendingRequest, lines: &mut mpsc::Receiver<String>) -> Result<()> {
    match pending.question() {
        Question::CommandApproval(request) => show_command(request),
        Question::FileChangeApproval(request) => show_changes(request),
        other => println!("{} is not for this program", other.method()),
    }
    print!("[y]es, [n]o, [s]top: ");
    // What cannot be shown is no reason to stop.
    let _ = stdout().flush();
    let line = tokio::select! {
        line = lines.recv() => line.unwrap_or_default(),
        () = pending.resolved() => return Ok(()),
    };
    let reply = reply(pending.question(), line.trim())?;
    pending.respond(reply)
}

fn reply(question: &Question, answer: &str) -> Result<Reply> {
    match (question, answer) {
        (Question::CommandApproval(request), "y") => request.accept(),
        (Question::CommandApproval(request), "s") => request.cancel(),
        (Question::FileChangeApproval(request), "y") => request.accept(),
        (Question::FileChangeApproval(request), "s") => request.cancel(),
        (other, _) => other.decline(),
    }
}

fn show_command(request: &CommandApproval) {
    let command = request.shell_command().or(request.command.clone());
    let command = command.unwrap_or_else(|| "(access to the network)".into());
    println!(
        "\nThe agent wants to run, in {}:",
        request.cwd.as_ref().map_or("?", |cwd| cwd.as_str())
    );
    println!("  {}", coloured("1;33", &command));
    if let Some(reason) = &request.reason {
        println!("because: {reason}");
    }
}

fn show_changes(request: &FileChangeApproval) {
    println!("\nThe agent wants to change:");
    for change in request.changes().unwrap_or_default() {
        println!("  {}", coloured("1", &change.path));
        for line in change.diff.lines() {
            let colour = match (&change.kind, line.as_bytes().first()) {
                // Of a new file this is the whole text, and so it is of one that goes.
                (PatchChangeKind::Add, _) | (_, Some(b'+')) => "32",
                (PatchChangeKind::Delete, _) | (_, Some(b'-')) => "31",
                _ => "2",
            };
            println!("  {}", coloured(colour, line));
        }
    }
}

/// Text in a colour of the terminal. What the agent wrote cannot play tricks with it.
fn coloured(code: &str, text: &str) -> String {
    let text: String =
        text.chars().map(|c| if c.is_control() && c != '\n' { '?' } else { c }).collect();
    if stdout().is_terminal() { format!("\x1b[{code}m{text}\x1b[0m") } else { text }
}
