//! A session in the terminal, made to be looked at: each step is a panel, and between them a
//! spinner tells how long the agent has been at it. It is plain text where stdout is no terminal,
//! or `NO_COLOR` is set.
//!
//! `cargo run --example 25_chat_steps_rich --features websocket -- --mock`
//!
//! - here: the options, and the choice of the view;
//! - `view.rs`: the panels and the spinner;
//! - `body.rs`: what a panel says of each kind of step.
//!
//! Ends with 2 after a timeout, 3 if the server refuses, 4 if it is not there, 130 after Ctrl-C.

#[path = "../support/mod.rs"]
mod support;
#[path = "../support/talk/mod.rs"]
mod talk;

mod body;
mod view;

use std::{error::Error, process::ExitCode};

use clap::Parser;

use support::Mock;
use talk::{
    connect,
    ctrl_c::CtrlC,
    options::{Connection, StandIn},
    outcome,
    session::Session,
    stand_in,
};
use view::Panels;

/// A session in the terminal, in panels.
#[derive(Parser)]
struct Options {
    #[command(flatten)]
    connection: Connection,
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
    let server = connect::connect(&options.connection, &mock, ctrl_c).await?;
    let session = &options.session;
    let outcome = if console::colors_enabled() && !session.asking.quiet {
        let mut panels = Panels::new(session.asking.show_data);
        session.hold(&server.codex, &mut panels, ctrl_c).await
    } else {
        session.hold_in_lines(&server.codex, ctrl_c).await
    };
    // Whatever became of it: the server ends before the program does.
    outcome.and(server.close().await)
}
