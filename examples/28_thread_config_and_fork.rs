//! How a thread works, in three layers: what is the same for all threads, what one of them does
//! differently, and what a fork changes of that. The thread that was forked stays as it is.
//!
//! `cargo run --example 28_thread_config_and_fork --features websocket -- --mock`
//!
//! Ends with 2 after a timeout, 3 if the server refuses, 4 if it is not there, 130 after Ctrl-C.

mod support;
#[path = "support/talk/mod.rs"]
mod talk;

use std::{error::Error, process::ExitCode};

use clap::Parser;
use codex_app_server::{Codex, Thread, ThreadConfig};

use support::Mock;
use talk::{
    connect,
    conversation::{Plain, View, ask},
    ctrl_c::CtrlC,
    options::{Asking, Connection, StandIn, ThreadOptions},
    outcome, stand_in,
};

const PROMPTS: [&str; 3] = ["Who are you?", "And you?", "Still the same?"];

/// A thread with its own way of working, and a fork that changes it.
#[derive(Parser)]
struct Options {
    #[command(flatten)]
    connection: Connection,
    #[command(flatten)]
    stand_in: StandIn,
    #[command(flatten)]
    thread: ThreadOptions,
    /// The model of the fork
    #[arg(long, value_name = "MODEL")]
    set_model: Option<String>,
    /// What the agent is asked; the second time it is asked in the fork, and so on by turns
    #[arg(long, value_name = "TEXT", default_values = PROMPTS)]
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
    let server = connect::connect(&options.connection, &mock, ctrl_c).await?;
    let outcome = compare(&server.codex, options, ctrl_c).await;
    // Whatever became of it: the server ends before the program does.
    outcome.and(server.close().await)
}

async fn compare(
    codex: &Codex,
    options: &Options,
    ctrl_c: &mut CtrlC,
) -> Result<(), Box<dyn Error>> {
    // What is the same for all threads here, and what the command line says goes over it.
    let thread = codex.thread_start(options.thread.config()).await?;
    let mut views = [view(options, "thread"), view(options, "fork")];
    tell(&mut views[0], &thread);
    let (first, others) = options.prompt.split_first().ok_or("there is nothing to ask")?;
    ask(codex, &thread, first, &options.asking, &mut views[0], ctrl_c).await?;

    // A fork works as its thread does, but for what it is told.
    let mut changes = ThreadConfig::new();
    if let Some(model) = &options.set_model {
        changes = changes.model(model);
    }
    let fork = thread.fork(changes).await?;
    tell(&mut views[1], &fork);
    for (number, prompt) in others.iter().enumerate() {
        let is_fork = number % 2 == 0;
        let (thread, view) = (if is_fork { &fork } else { &thread }, usize::from(is_fork));
        ask(codex, thread, prompt, &options.asking, &mut views[view], ctrl_c).await?;
    }
    Ok(())
}

fn view<'a>(options: &'a Options, name: &str) -> Plain<'a> {
    Plain { asking: &options.asking, name: format!("{name:>6} ") }
}

/// How a thread works, as the server has said when it was opened.
fn tell(view: &mut Plain<'_>, thread: &Thread) {
    let defaults = thread.defaults();
    let (model, cwd) = (defaults.model.unwrap_or_default(), defaults.cwd);
    let cwd = cwd.map(|cwd| cwd.to_string()).unwrap_or_default();
    view.note(&format!("{} has the model {model}, and works in {cwd}", thread.id()));
}
