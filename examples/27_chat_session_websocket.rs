//! A session of several prompts, with a server that runs already, over a websocket. A turn that is
//! silent for too long is picked up again, or cancelled.
//!
//! `cargo run --example 27_chat_session_websocket --features websocket -- --mock`
//!
//! Without `--mock`, the server is started before: `codex app-server --listen ws://127.0.0.1:8765`.
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
    options::{StandIn, Websocket},
    outcome,
    session::Session,
    stand_in,
};

/// A session of several prompts, with a codex that runs already.
#[derive(Parser)]
struct Options {
    #[command(flatten)]
    websocket: Websocket,
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
    let server = connect::by_websocket(&options.websocket, &mock, ctrl_c).await?;
    let outcome = options.session.hold_in_lines(&server.codex, ctrl_c).await;
    // A server that runs already runs on.
    outcome.and(server.close().await)
}
