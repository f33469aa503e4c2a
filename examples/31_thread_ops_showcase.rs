//! What can be done with a thread besides talking: it is named, read, found in the list, told to
//! use another model, compacted, archived, brought back and talked with again.
//!
//! `cargo run --example 31_thread_ops_showcase --features websocket -- --mock`
//!
//! Ends with 2 after a timeout, 3 if the server refuses, 4 if it is not there, 130 after Ctrl-C.

mod support;
#[path = "support/talk/mod.rs"]
mod talk;

use std::{error::Error, process::ExitCode};

use clap::Parser;
use codex_app_server::{
    Codex, Result, Thread, ThreadConfig, TurnOverrides,
    protocol::{ModelListParams, ThreadListParams},
};

use support::Mock;
use talk::{
    connect,
    conversation::{Plain, View, ask},
    ctrl_c::CtrlC,
    options::{Asking, Connection, StandIn, ThreadOptions},
    outcome, stand_in,
};

/// What can be done with a thread besides talking.
#[derive(Parser)]
struct Options {
    #[command(flatten)]
    connection: Connection,
    #[command(flatten)]
    stand_in: StandIn,
    /// Do it with this thread, rather than start one
    #[arg(long, value_name = "ID")]
    thread_id: Option<String>,
    /// How the thread is called from now on
    #[arg(long, value_name = "NAME", default_value = "A showcase")]
    thread_name: String,
    /// The model from now on
    #[arg(long, value_name = "MODEL")]
    set_model: Option<String>,
    #[command(flatten)]
    thread: ThreadOptions,
    /// What the agent is asked first; give it again for the next turn
    #[arg(long, value_name = "TEXT", default_value = "Remember the colour teal.")]
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
    let outcome = show(&server.codex, options, ctrl_c).await;
    // Whatever became of it: the server ends before the program does.
    outcome.and(server.close().await)
}

async fn show(codex: &Codex, options: &Options, ctrl_c: &mut CtrlC) -> Result<(), Box<dyn Error>> {
    let mut view = Plain { asking: &options.asking, name: String::new() };
    let thread = match &options.thread_id {
        Some(id) => codex.thread_resume(id, options.thread.given()).await?,
        None => codex.thread_start(options.thread.config()).await?,
    };
    // The server keeps nothing of a thread that has had no turn.
    for prompt in &options.prompt {
        ask(codex, &thread, prompt, &options.asking, &mut view, ctrl_c).await?;
    }
    ctrl_c.unless_pressed(operate(codex, &thread, options, &mut view)).await?;

    // Whoever brings a thread back from the archive has to open it again.
    let thread = codex.thread_resume(thread.id(), ThreadConfig::new()).await?;
    ask(codex, &thread, "Are you back?", &options.asking, &mut view, ctrl_c).await
}

async fn operate(
    codex: &Codex,
    thread: &Thread,
    options: &Options,
    view: &mut dyn View,
) -> Result<()> {
    thread.set_name(&options.thread_name).await?;
    let stored = thread.read_with_turns().await?;
    let (name, turns) = (stored.name.unwrap_or_default(), stored.turns.len());
    view.note(&format!("{name:?} has {turns} turn(s), and works in {}", stored.cwd));

    let mut models = codex.all_models(ModelListParams::new());
    while let Some(model) = models.next().await {
        let model = model?;
        view.note(&format!("the model {} is {}", model.model, model.description));
    }
    if let Some(model) = &options.set_model {
        thread.update_defaults(TurnOverrides::new().model(model)).await?;
        view.note(&format!("the thread has the model {model} from now on"));
    }

    // The server does this as a turn of its own, which is waited for.
    thread.start_compaction().await?.run().await?;
    view.note("the history is now a summary");

    thread.archive().await?;
    view.note(&format!("archived: {}", is_listed(codex, thread, true).await?));
    thread.unarchive().await?;
    view.note(&format!("brought back: {}", is_listed(codex, thread, false).await?));
    Ok(())
}

async fn is_listed(codex: &Codex, thread: &Thread, archived: bool) -> Result<bool> {
    let mut threads = codex.threads(ThreadListParams::new().archived(archived));
    while let Some(listed) = threads.next().await {
        if listed?.id == thread.id() {
            return Ok(true);
        }
    }
    Ok(false)
}
