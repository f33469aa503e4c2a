//! `cargo xtask demo`: what a newcomer runs first.

use std::{
    path::PathBuf,
    process::{Command, ExitCode},
};

use clap::{Arg, ArgAction, ArgMatches};
use xtask::{
    error::Result,
    process::{cannot_run, cargo, check_status, hand_over, run},
    runtime,
    workspace::Workspace,
};

pub(crate) fn arguments() -> clap::Command {
    clap::Command::new("demo")
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
    let mut build = cargo("build --package codex-app-server --example demo");
    if args.get_flag("live") {
        run(&mut build)?;
        example.arg("--live");
    } else {
        example.env("CODEX_BIN", install_while(build, workspace)?);
    }
    example.args(args.get_many::<String>("prompt").into_iter().flatten());
    hand_over(&mut example)
}

/// Installs the pinned codex while cargo builds: the one waits for the network, the other for the
/// processor.
fn install_while(mut build: Command, workspace: &Workspace) -> Result<PathBuf> {
    let mut building = build.spawn().map_err(|error| cannot_run(&build, &error))?;
    let codex = runtime::pinned(workspace);
    if codex.is_err() {
        // Without npm, say: that is worth knowing at once, and not when everything is compiled.
        let _ = building.kill();
    }
    let built = check_status(&build, building.wait());
    codex.and_then(|codex| built.map(|()| codex))
}
