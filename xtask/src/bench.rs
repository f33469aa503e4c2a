//! `cargo xtask bench`: what the SDK costs, beside a bare loop and, on request, other clients.
//!
//! Each client is a program of its own that measures itself, so that the server's work never
//! counts. They take turns, and only figures of the same run are compared.

mod client;
mod columns;
mod measure;
mod plot;
mod programs;
mod report;
mod run;
mod sample;
mod scenarios;
mod targets;

use std::{fs, path::Path};

use clap::{Arg, ArgAction, ArgMatches, Command};
use xtask::{error::Result, runtime, workspace::Workspace};

use self::{measure::Runner, programs::Programs, scenarios::Server};

pub(crate) fn arguments() -> Command {
    let flag = |name| Arg::new(name).long(name).action(ArgAction::SetTrue);
    Command::new("bench")
        .about("Measure what the SDK costs beside a bare loop")
        .arg(flag("peers").help("Measure other clients too; needs python3"))
        .arg(flag("quick").help("A tenth of the events, three rounds: to see whether it works"))
        .arg(
            Arg::new("scenarios")
                .value_name("SCENARIO")
                .num_args(0..)
                .value_parser(scenarios::NAMES)
                .help("What to measure [default: everything]"),
        )
}

/// Measures the scenarios that are named, or all; prints the tables and writes them, with a plot,
/// to `target/bench/`.
pub(crate) fn bench(workspace: &Workspace, args: &ArgMatches) -> Result<()> {
    let names: Vec<&str> =
        args.get_many::<String>("scenarios").into_iter().flatten().map(String::as_str).collect();
    let scenarios = scenarios::named(&names, args.get_flag("quick"));

    let programs = Programs::build(workspace, args.get_flag("peers"))?;
    let codex = if scenarios.iter().any(|scenario| scenario.server == Server::Codex) {
        Some(runtime::pinned(workspace)?)
    } else {
        None
    };
    let dir = workspace.bench_output();
    let mut runner = Runner::new(&programs, &dir, codex);
    let mut measurements = Vec::new();
    for scenario in scenarios {
        eprintln!("measuring {}: {}…", scenario.name, scenario.title);
        measurements.push(runner.measure(scenario)?);
    }

    let report = report::markdown(&measurements, &programs.sizes()?);
    println!("{report}");
    write(&dir.join("bench.md"), &report)?;
    write(&dir.join("bench.svg"), &plot::svg(&measurements))?;
    eprintln!("written: bench.md and bench.svg in {}", dir.display());
    Ok(())
}

fn write(path: &Path, text: &str) -> Result<()> {
    fs::write(path, text).map_err(|error| format!("cannot write {}: {error}", path.display()))
}
