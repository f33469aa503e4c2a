//! A session of several prompts, with a codex of its own over stdio. A turn that is silent for too
//! long is picked up again, or cancelled.
//!
//! `cargo run --example 26_chat_session_stdio --features websocket -- --mock`
//!
//! Ends with 2 after a timeout, 3 if the server refuses, 4 if it is not there, 130 after Ctrl-C.

mod support;
#[path = "support/talk/mod.rs"]
mod talk;

use std::{error::Error, process::ExitCode};

use clap::Parser;

use support::Mock;
use talk::{
    connect,
    ctrl_c::CtrlC,
    options::{StandIn, Stdio},
    outcome,
    session::Session,
    stand_in,
};

/// A session of several prompts, with a codex of its own.
#[derive(Parser)]
struct Options {
    #[command(flatten)]
    stdio: Stdio,
    #[command(flatten)]
    stand_in: StandIn,
    #[command(flatten)]
    session: Session,
}

#[tokio::main]
async fn main() -> ExitCode {
    outcome::of(converse).await
}

async fn converse(options: &Options, ctrl_c: &mut CtrlC) -> Result<(), Box<dyn Error>> {
    let mock = Mock::respond(stand_in::converse).await?;
    let server = connect::by_stdio(&options.stdio, &mock, ctrl_c).await?;
    let outcome = options.session.hold_in_lines(&server.codex, ctrl_c).await;
    // Whatever became of it: the server ends before the program does.
    outcome.and(server.close().await)
}
