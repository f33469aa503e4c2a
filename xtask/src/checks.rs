//! What has to pass before a change lands: the tests, and everything else.

use std::{ffi::OsString, process, time::Instant};

use clap::{Arg, ArgMatches, Command, value_parser};
use xtask::{
    error::Result,
    process::{cargo, command_line, run},
    runtime,
    workspace::Workspace,
};

/// How cargo builds and runs what reads the schema; its arguments come after `--`.
pub(crate) const SCHEMA_PROGRAM: &str =
    "run --quiet --package xtask --features schema --bin xtask-schema";

pub(crate) fn test_arguments() -> Command {
    let arg =
        |id| Arg::new(id).value_name("ARG").num_args(0..).value_parser(value_parser!(OsString));
    Command::new("test")
        .about("Run all tests, against the pinned codex and some older ones")
        .arg(arg("cargo").allow_hyphen_values(true).help("Passed on to `cargo test`"))
        .arg(arg("binaries").last(true).help("Passed on to the test binaries"))
}

pub(crate) fn ci_arguments() -> Command {
    Command::new("ci")
        .about("Run the other checks: format, lints, docs, `regen --check` (`.ci/run` does both)")
}

/// All tests, on a machine that has neither codex nor anything built yet.
pub(crate) fn test(workspace: &Workspace, args: &ArgMatches) -> Result<()> {
    let codex = runtime::pinned(workspace)?;
    for version in workspace.other_versions()? {
        runtime::ensure(workspace, &version)?;
    }
    // Tests run the scripted server and the examples, which cargo does not build when it is asked
    // for some tests only. All packages at once, as below, so that nothing is compiled twice.
    step(&mut cargo("build --workspace --all-features --bins --examples"))?;
    let mut tests = cargo("test --workspace --all-features");
    if let Some(args) = args.get_many::<OsString>("cargo") {
        tests.args(args);
    }
    if let Some(args) = args.get_many::<OsString>("binaries") {
        tests.arg("--").args(args);
    }
    step(tests.env("CODEX_BIN", codex))
}

/// Everything else that has to hold.
pub(crate) fn ci() -> Result<()> {
    for args in [
        "fmt --all --check",
        "clippy --workspace --all-targets --all-features -- -D warnings",
        // Each feature alone, and none.
        "clippy --package codex-app-server --lib -- -D warnings",
        "clippy --package codex-app-server --lib --features blocking -- -D warnings",
        "clippy --package codex-app-server --lib --features schemars -- -D warnings",
    ] {
        step(&mut cargo(args))?;
    }
    step(cargo("doc --workspace --no-deps --all-features").env("RUSTDOCFLAGS", "-D warnings"))?;
    step(cargo(SCHEMA_PROGRAM).args(["--", "regen", "--check"]))
}

/// Runs a command under a heading, and says how long it took.
pub(crate) fn step(command: &mut process::Command) -> Result<()> {
    eprintln!("\n=== {}", command_line(command));
    let start = Instant::now();
    let result = run(command);
    let outcome = if result.is_ok() { "passed" } else { "failed" };
    eprintln!("=== {outcome} in {:.1} s", start.elapsed().as_secs_f64());
    result
}
