//! Running other programs, cargo above all.

use std::{
    env,
    ffi::OsString,
    io, iter,
    path::Path,
    process::{Command, ExitCode, ExitStatus},
};

use crate::error::Result;

/// The cargo that runs this program, with arguments separated by spaces.
pub fn cargo(args: &str) -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or(OsString::from("cargo")));
    command.args(args.split_whitespace());
    command
}

/// Runs a step to its end.
///
/// # Errors
/// When it cannot be started, or fails; it has said why itself then.
pub fn run(command: &mut Command) -> Result<()> {
    let status = command.status();
    check_status(command, status)
}

/// Runs a program in place of this one: its exit code becomes ours.
///
/// # Errors
/// When it cannot be started.
pub fn hand_over(command: &mut Command) -> Result<ExitCode> {
    let status = command.status().map_err(|error| cannot_run(command, &error))?;
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    Ok(code.map_or(ExitCode::FAILURE, ExitCode::from))
}

/// What came of a command.
///
/// # Errors
/// When it did not end well.
pub fn check_status(command: &Command, status: io::Result<ExitStatus>) -> Result<()> {
    let status = status.map_err(|error| cannot_run(command, &error))?;
    if status.success() {
        return Ok(());
    }
    Err(format!("`{}` failed ({status}); what it said is above", command_line(command)))
}

/// Why a command was not even started.
pub fn cannot_run(command: &Command, error: &io::Error) -> String {
    format!("cannot run `{}`: {error}", command_line(command))
}

/// The command as one would type it: the name of the program without its folder, and arguments.
pub fn command_line(command: &Command) -> String {
    let program = Path::new(command.get_program());
    let name = program.file_stem().unwrap_or(program.as_os_str());
    let words = iter::once(name).chain(command.get_args());
    words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}
