//! What runs cargo on the workspace: the tests, the other checks, the demo.

use std::{
    process::{Command, ExitCode},
    time::Instant,
};

use crate::{
    Result,
    regen::{self, Mode},
    runtime,
    workspace::{Workspace, cargo},
};

/// All tests, on a machine that has neither codex nor anything built yet.
pub(crate) fn test(workspace: &Workspace, args: &[&str]) -> Result<()> {
    let codex = runtime::pinned(workspace)?;
    // Tests start its binary; cargo builds binaries only for tests of the same package.
    run(&mut cargo("build --package codex-app-server-testkit --bins"))?;
    run(cargo("test --workspace --all-features").args(args).env("CODEX_BIN", codex))
}

/// Everything else that has to hold.
pub(crate) fn ci(workspace: &Workspace) -> Result<()> {
    for args in [
        "fmt --all --check",
        "clippy --workspace --all-targets --all-features -- -D warnings",
        "clippy --package codex-app-server --lib -- -D warnings",
        "clippy --package codex-app-server --lib --no-default-features -- -D warnings",
    ] {
        run(&mut cargo(args))?;
    }
    run(cargo("doc --workspace --no-deps --all-features").env("RUSTDOCFLAGS", "-D warnings"))?;
    step("cargo xtask regen --check", || regen::regen(workspace, None, Mode::Check))
}

/// The demo example, which reads `--live` and the prompt itself.
pub(crate) fn demo(workspace: &Workspace, args: &[&str]) -> Result<ExitCode> {
    let mut example = cargo("run --quiet --package codex-app-server --example demo --");
    example.args(args);
    if !args.contains(&"--live") {
        example.env("CODEX_BIN", runtime::pinned(workspace)?);
    }
    let status = example.status().map_err(|error| format!("cannot run cargo: {error}"))?;
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    Ok(code.map_or(ExitCode::FAILURE, ExitCode::from))
}

/// A command of cargo's as a step.
fn run(command: &mut Command) -> Result<()> {
    let args: Vec<_> = command.get_args().map(|arg| arg.to_string_lossy()).collect();
    let heading = format!("cargo {}", args.join(" "));
    step(&heading, || match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("`{heading}` failed ({status})")),
        Err(error) => Err(format!("cannot run `{heading}`: {error}")),
    })
}

fn step(heading: &str, work: impl FnOnce() -> Result<()>) -> Result<()> {
    eprintln!("\n=== {heading}");
    let start = Instant::now();
    let result = work();
    let outcome = if result.is_ok() { "passed" } else { "failed" };
    eprintln!("=== {outcome} in {:.1} s", start.elapsed().as_secs_f64());
    result
}
