//! The project's own commands: `cargo xtask COMMAND`.

mod bench;
mod checks;
mod demo;
mod drift;
mod transcript;
mod walk;

use std::process::ExitCode;

use clap::{Arg, Command};
use xtask::{
    browser,
    error::Result,
    process::{cargo, hand_over},
    runtime, schema_commands,
    workspace::Workspace,
};

fn main() -> ExitCode {
    run().unwrap_or_else(|error| {
        eprintln!("error: {error}");
        ExitCode::FAILURE
    })
}

fn arguments() -> Command {
    Command::new("cargo xtask")
        .bin_name("cargo xtask")
        .about("The project's own commands")
        .after_help("The pinned version of codex is `codex` in schema/manifest.json.")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommand(demo::arguments())
        .subcommand(checks::test_arguments())
        .subcommand(checks::ci_arguments())
        .subcommand(drift::arguments())
        .subcommand(bench::arguments())
        .subcommand(walk::arguments())
        .subcommand(transcript::arguments())
        .subcommand(
            Command::new("runtime")
                .about("Install the pinned codex, or another, and print the path of its binary")
                .arg(Arg::new("version").value_name("VERSION").help("Of another, like 0.163.0")),
        )
        .subcommand(Command::new("browser").about(
            "Find Chrome and its driver, which the tests need, or install them where that can be \
             done; print their paths",
        ))
        .subcommands(schema_commands::all())
}

fn run() -> Result<ExitCode> {
    // Ends here with exit code 2 when the arguments make no sense.
    let matches = arguments().get_matches();
    let workspace = Workspace::locate()?;
    match matches.subcommand() {
        Some(("demo", args)) => return demo::demo(&workspace, args),
        Some(("test", args)) => checks::test(&workspace, args)?,
        Some(("ci", args)) => checks::ci(args)?,
        Some(("drift", args)) => drift::drift(&workspace, args)?,
        Some(("walk", args)) => walk::walk(&workspace, args)?,
        Some(("transcript", args)) => transcript::transcript(args)?,
        Some(("bench", args)) => bench::bench(&workspace, args)?,
        Some(("runtime", args)) => {
            let binary = match args.get_one::<String>("version") {
                Some(version) => runtime::ensure(&workspace, version)?,
                None => runtime::pinned(&workspace)?,
            };
            println!("{}", binary.display());
        }
        Some(("browser", _)) => {
            let chrome = browser::ensure()?;
            println!("{}\n{}", chrome.browser.display(), chrome.driver.display());
        }
        _ => {
            let mut program = cargo(checks::SCHEMA_PROGRAM);
            return hand_over(program.args(std::env::args_os().skip(1)));
        }
    }
    Ok(ExitCode::SUCCESS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_arguments_are_declared_consistently() {
        arguments().debug_assert();
    }

    #[test]
    fn mistakes_are_usage_errors() {
        for line in [
            "",
            "frobnicate",
            "regen --chek",
            "regen 1.2.3 --dir schema",
            "regen 1.2.3 1.2.4",
            "coverage newest",
            "demo --life",
            "bench --quick strem",
            "ci now",
            "ci format now",
            "drift latest",
            "transcript",
        ] {
            let words = ["xtask"].into_iter().chain(line.split_whitespace());
            let error = arguments().try_get_matches_from(words).expect_err(line);
            assert_eq!(error.exit_code(), 2, "{line}");
        }
    }
}
