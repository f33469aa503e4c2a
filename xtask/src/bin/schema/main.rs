//! The commands that read the schema: `cargo xtask regen`, `coverage` and `diff`.

mod coverage;
mod diff;
mod protocol;
mod regen;
mod schema;

use std::{path::PathBuf, process::ExitCode};

use clap::Command;
use xtask::{error::Result, schema_commands, workspace::Workspace};

use crate::regen::Mode;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<()> {
    let arguments =
        Command::new("cargo xtask").subcommand_required(true).subcommands(schema_commands::all());
    let matches = arguments.get_matches();
    let workspace = Workspace::locate()?;
    match matches.subcommand() {
        Some(("regen", args)) => {
            let mode = if args.get_flag("check") { Mode::Check } else { Mode::Write };
            let version = args.get_one::<String>("version").map(String::as_str);
            regen::regen(&workspace, version, mode)
        }
        Some(("coverage", args)) => {
            let dir = args.get_one::<PathBuf>("dir").map(PathBuf::as_path);
            coverage::coverage(&workspace, dir)
        }
        Some(("diff", args)) => {
            let side = |id| args.get_one::<String>(id).map_or("", String::as_str);
            diff::diff(&workspace, side("old"), side("new"))
        }
        _ => Err("this program knows `regen`, `coverage` and `diff`".to_owned()),
    }
}
