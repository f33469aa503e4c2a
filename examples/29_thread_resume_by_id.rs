//! Going on with a thread whose id is known: what was said before is read, and then the agent is
//! asked. The stand-in of the model has no thread yet: it gets one first.
//!
//! `cargo run --example 29_thread_resume_by_id --features websocket -- --thread-id ID`
//!
//! Ends with 2 after a timeout, 3 if the server refuses, as it does with a thread that it does not
//! know, 4 if it is not there, 130 after Ctrl-C.

mod support;
#[path = "support/talk/mod.rs"]
mod talk;

use std::{error::Error, process::ExitCode};

use clap::Parser;
use codex_app_server::{Codex, ThreadConfig, TurnOverrides, protocol::ThreadItem};

use support::Mock;
use talk::{
    connect,
    conversation::{Plain, View, ask},
    ctrl_c::CtrlC,
    options::{Asking, Connection, StandIn, ThreadOptions},
    outcome, stand_in,
};

/// Goes on with a thread by its id.
#[derive(Parser)]
struct Options {
    #[command(flatten)]
    connection: Connection,
    #[command(flatten)]
    stand_in: StandIn,
    /// The thread; other programs here show it as they start one
    #[arg(long, value_name = "ID", required_unless_present = "mock")]
    thread_id: Option<String>,
    #[command(flatten)]
    thread: ThreadOptions,
    /// The model from now on
    #[arg(long, value_name = "MODEL")]
    set_model: Option<String>,
    /// What the agent is asked; give it again for the next turn
    #[arg(long, value_name = "TEXT", default_value = "Where were we?")]
    prompt: Vec<String>,
    #[command(flatten)]
    asking: Asking,
}

#[tokio::main]
async fn main() -> ExitCode {
    outcome::of(converse).await
}

async fn converse(options: &Options, ctrl_c: &mut CtrlC) -> Result<(), Box<dyn Error>> {
    let mock = Mock::respond(stand_in::converse).await?;
    let id = match &options.thread_id {
        Some(id) => id.clone(),
        None => earlier(options, &mock, ctrl_c).await?,
    };
    let server = connect::connect(&options.connection, &mock, ctrl_c).await?;
    let outcome = resume(&server.codex, &id, options, ctrl_c).await;
    // Whatever became of it: the server ends before the program does.
    outcome.and(server.close().await)
}

async fn resume(
    codex: &Codex,
    id: &str,
    options: &Options,
    ctrl_c: &mut CtrlC,
) -> Result<(), Box<dyn Error>> {
    let mut view = Plain { asking: &options.asking, name: String::new() };
    // Another thread is never opened in its place.
    let thread = codex.thread_resume(id, options.thread.given()).await?;
    if let Some(model) = &options.set_model {
        // Unlike what it is resumed with, this also changes a thread that the server has loaded.
        thread.update_defaults(TurnOverrides::new().model(model)).await?;
    }
    let stored = thread.read_with_turns().await?;
    view.note(&format!("thread {id} of {} turn(s); the agent has said:", stored.turns.len()));
    for item in stored.turns.into_iter().flat_map(|turn| turn.items) {
        if let ThreadItem::AgentMessage(message) = item {
            view.note(&message.text);
        }
    }
    for prompt in &options.prompt {
        ask(codex, &thread, prompt, &options.asking, &mut view, ctrl_c).await?;
    }
    Ok(())
}

/// A thread of a server that has ended when this returns.
async fn earlier(
    options: &Options,
    mock: &Mock,
    ctrl_c: &mut CtrlC,
) -> Result<String, Box<dyn Error>> {
    let server = connect::by_stdio(&options.connection.stdio, mock, ctrl_c).await?;
    let thread = server.codex.thread_start(ThreadConfig::new()).await?;
    thread.run("Remember the colour teal.").await?;
    server.close().await?;
    Ok(thread.id().to_owned())
}
