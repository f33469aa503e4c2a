//! `cargo xtask bench`: what the SDK costs, beside a bare loop and, on request, other clients.
//!
//! Each client is a program of its own that measures itself, so that the server's work never
//! counts. They take turns, and only figures of the same run are compared.

mod plot;
mod programs;
mod report;
mod scenarios;
mod session;

use std::{fs, path::Path};

use crate::{
    Result,
    bench::{programs::Programs, session::Session},
    runtime,
    workspace::Workspace,
};

const USAGE: &str = "Usage: cargo xtask bench [--peers] [--quick] [SCENARIO]...";

/// Measures the scenarios named in `args`, or all; prints the tables and writes them, with a plot,
/// to `target/bench/`.
pub(crate) fn bench(workspace: &Workspace, args: &[&str]) -> Result<()> {
    let (flags, names): (Vec<&str>, Vec<&str>) = args.iter().partition(|arg| arg.starts_with('-'));
    let (peers, quick) = (flags.contains(&"--peers"), flags.contains(&"--quick"));
    if flags.len() != usize::from(peers) + usize::from(quick) {
        return Err(format!("{USAGE}\nthe options are these two; found {flags:?}"));
    }
    let scenarios = scenarios::named(&names, quick)?;

    // Beside what else is in the target directory, and in the workspace.
    let dir = workspace.runtimes().with_file_name("bench");
    let sources = workspace.schema().with_file_name("bench");
    let programs = Programs::build(&sources, &dir, peers)?;
    let codex = if scenarios.iter().any(|scenario| scenario.real_codex) {
        Some(runtime::pinned(workspace)?)
    } else {
        None
    };
    let mut session = Session::new(&programs, &dir, codex);
    let mut outcomes = Vec::new();
    for scenario in scenarios {
        eprintln!("measuring {}: {}…", scenario.name, scenario.title);
        outcomes.push(session.measure(scenario)?);
    }

    let report = report::markdown(&outcomes, &programs.sizes()?);
    println!("{report}");
    write(&dir.join("bench.md"), &report)?;
    write(&dir.join("bench.svg"), &plot::svg(&outcomes))?;
    eprintln!("written: bench.md and bench.svg in {}", dir.display());
    Ok(())
}

fn write(path: &Path, text: &str) -> Result<()> {
    fs::write(path, text).map_err(|error| format!("cannot write {}: {error}", path.display()))
}
