//! Several threads at once on one connection: each prompt goes to a thread of its own, and the
//! steps are shown as they come. Then two handles of one thread ask in turn.
//!
//! `cargo run --example 30_thread_concurrent_handles --features websocket -- --mock`
//!
//! Ends with 2 after a timeout, 3 if the server refuses, 4 if it is not there, 130 after Ctrl-C. If
//! several turns go wrong, the first of them says how.

mod support;
#[path = "support/talk/mod.rs"]
mod talk;

use std::{error::Error, process::ExitCode};

use clap::Parser;
use codex_app_server::{Codex, Thread};
use futures_util::future::{join_all, try_join_all};

use support::Mock;
use talk::{
    connect,
    conversation::{Plain, ask},
    ctrl_c::CtrlC,
    options::{Asking, Connection, StandIn, ThreadOptions},
    outcome, stand_in,
};

const PROMPTS: [&str; 3] = ["Look around.", "Say hello.", "Say goodbye."];

/// Several threads at once.
#[derive(Parser)]
struct Options {
    #[command(flatten)]
    connection: Connection,
    #[command(flatten)]
    stand_in: StandIn,
    #[command(flatten)]
    thread: ThreadOptions,
    /// What the agent is asked; give it again for another thread
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
    let outcome = at_once(&server.codex, options, ctrl_c).await;
    // Whatever became of it: the server ends before the program does.
    outcome.and(server.close().await)
}

async fn at_once(codex: &Codex, options: &Options, ctrl_c: &CtrlC) -> Result<(), Box<dyn Error>> {
    let opening = options.prompt.iter().map(|_| codex.thread_start(options.thread.config()));
    let threads = try_join_all(opening).await?;

    // All are waited for, also when one goes wrong: each turn has an end that somebody sees.
    let numbered = (1..).zip(threads.iter().zip(&options.prompt));
    let asking = numbered.map(|(number, (thread, prompt))| {
        ask_as(format!("{number}"), codex, thread, prompt, options, ctrl_c)
    });
    join_all(asking).await.into_iter().collect::<Result<(), _>>()?;

    // Handles are as many as you like: a clone, and one that is made of the id alone.
    let first = threads.first().ok_or("there is nothing to ask")?;
    for (name, handle) in [("1a", first.clone()), ("1b", codex.thread(first.id()))] {
        ask_as(name.to_owned(), codex, &handle, "Are you the same?", options, ctrl_c).await?;
    }
    Ok(())
}

async fn ask_as(
    name: String,
    codex: &Codex,
    thread: &Thread,
    prompt: &str,
    options: &Options,
    ctrl_c: &CtrlC,
) -> Result<(), Box<dyn Error>> {
    let mut view = Plain { asking: &options.asking, name: format!("{name:<2} ") };
    ask(codex, thread, prompt, &options.asking, &mut view, &mut ctrl_c.clone()).await
}
