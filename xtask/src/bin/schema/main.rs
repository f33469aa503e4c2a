//! The commands that read the schema: `cargo xtask regen`, `coverage` and `diff`.

mod catalog;
mod coverage;
mod diff;
mod drift;
mod notes;
mod origin;
mod planned;
mod protocol;
mod regen;
mod schema;
mod texts;
mod upstream;

use std::process::ExitCode;

use clap::Command;
use xtask::{error::Result, schema_commands, source, workspace::Workspace};

use crate::{diff::Diff, origin::Origin, regen::Mode};

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
    let (command, args) = matches.subcommand().ok_or("there is no command")?;
    let sources = source::given(args);
    match (command, sources.as_slice()) {
        ("regen", sources) => {
            let mode = if args.get_flag("check") { Mode::Check } else { Mode::Write };
            regen::regen(&workspace, sources.first(), mode)
        }
        ("coverage", sources) => {
            let origin = match sources.first() {
                Some(source) => Origin::open(&workspace, source)?,
                None => Origin::pinned(&workspace)?,
            };
            coverage::coverage(&workspace, &origin)
        }
        ("diff", [old, new]) => {
            let old = Origin::open(&workspace, old)?;
            diff(&workspace, old, Origin::open(&workspace, new)?)
        }
        ("diff", [new]) => {
            diff(&workspace, Origin::pinned(&workspace)?, Origin::open(&workspace, new)?)
        }
        _ => Err("`diff` takes one source or two; see `cargo xtask diff --help`".to_owned()),
    }
}

fn diff(workspace: &Workspace, old: Origin, new: Origin) -> Result<()> {
    print!("{}", Diff::of(workspace, old, new)?);
    Ok(())
}
