//! `cargo xtask demo`: what a newcomer runs first.

use std::{process::ExitCode, thread};

use clap::{Arg, ArgAction, ArgMatches, Command};
use xtask::{
    error::Result,
    process::{cargo, hand_over, run},
    runtime,
    workspace::Workspace,
};

pub(crate) fn arguments() -> Command {
    Command::new("demo")
        .about("Run one real turn: the demo example on the pinned codex, with a stand-in model")
        .arg(
            Arg::new("live")
                .long("live")
                .action(ArgAction::SetTrue)
                .help("Use your own codex and login, with your model"),
        )
        .arg(
            Arg::new("prompt")
                .value_name("PROMPT")
                .num_args(0..)
                .help("What to ask for [default: Say hello]"),
        )
}

/// Runs the demo example, and ends as it does.
pub(crate) fn demo(workspace: &Workspace, args: &ArgMatches) -> Result<ExitCode> {
    let mut example = cargo("run --quiet --package codex-app-server --example demo --");
    if args.get_flag("live") {
        example.arg("--live");
    } else {
        example.env("CODEX_BIN", prepare(workspace)?);
    }
    example.args(args.get_many::<String>("prompt").into_iter().flatten());
    hand_over(&mut example)
}

/// Downloads the pinned codex while cargo compiles: the one waits for the network, the other for
/// the processor.
fn prepare(workspace: &Workspace) -> Result<std::path::PathBuf> {
    thread::scope(|scope| {
        let codex = scope.spawn(|| runtime::pinned(workspace));
        let built = run(&mut cargo("build --package codex-app-server --example demo"));
        let codex = codex.join().map_err(|_| "installing codex panicked".to_owned())?;
        built.and(codex)
    })
}
