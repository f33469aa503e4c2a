//! How the programs that converse end: with what went wrong on stderr, and with an exit code by
//! which scripts can tell what it was.

use std::{
    error::Error as StdError,
    fmt,
    process::{ExitCode, exit},
};

use clap::Parser;
use codex_app_server::Error;
use tokio::select;

use super::ctrl_c::CtrlC;

const TIMEOUT: u8 = 2;
const PROTOCOL: u8 = 3;
const TRANSPORT: u8 = 4;
const INTERRUPTED: u8 = 130;
/// Anything else, such as an option that is wrong.
const OTHER: u8 = 1;

/// That Ctrl-C was pressed.
#[derive(Debug)]
pub(crate) struct Interrupted;

impl fmt::Display for Interrupted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("interrupted")
    }
}

impl StdError for Interrupted {}

/// Runs a program, and tells how it went.
pub(crate) async fn of<T: Parser>(
    program: impl AsyncFnOnce(&T, &mut CtrlC) -> Result<(), Box<dyn StdError>>,
) -> ExitCode {
    let options = options();
    let mut ctrl_c = CtrlC::listen();
    let mut again = ctrl_c.clone();
    let outcome = select! {
        outcome = program(&options, &mut ctrl_c) => outcome,
        () = again.pressed_again() => Err(Interrupted.into()),
    };
    let Err(error) = outcome else { return ExitCode::SUCCESS };
    let code = match error.downcast_ref::<Error>() {
        Some(error) => {
            // With its causes, unlike `{}`.
            eprintln!("{error:?}");
            code(error)
        }
        None => {
            eprintln!("{error}");
            if error.is::<Interrupted>() { INTERRUPTED } else { OTHER }
        }
    };
    code.into()
}

/// The options of the command line. clap itself would end with 2 when one is wrong, which is a
/// timeout here.
fn options<T: Parser>() -> T {
    T::try_parse().unwrap_or_else(|error| {
        let code = if error.use_stderr() { OTHER } else { 0 };
        let _ = error.print();
        exit(code.into())
    })
}

fn code(error: &Error) -> u8 {
    match error {
        _ if error.is_timeout() => TIMEOUT,
        Error::Handshake { source, .. } => code(source),
        // It is there, and has refused.
        Error::Connect { status: Some(_), .. } => PROTOCOL,
        Error::Connect { .. }
        | Error::Closed(_)
        | Error::ConnectionLost { .. }
        | Error::ManagedServer { .. }
        | Error::Spawn { .. }
        | Error::RuntimeNotFound { .. } => TRANSPORT,
        Error::InvalidInput { .. } => OTHER,
        _ => PROTOCOL,
    }
}
