//! What has to pass before a change lands: the tests, and everything else, in steps.
//!
//! `.ci/run` and the workflows in `.github/` call these and nothing else, so that whoever works on
//! the project has the same checks at hand.

use std::{ffi::OsString, process::Command as Program, time::Instant};

use clap::{Arg, ArgAction, ArgMatches, Command, builder::PossibleValue, value_parser};
use xtask::{
    browser,
    error::Result,
    process::{cargo, command_line, run},
    runtime,
    workspace::Workspace,
};

/// The ways by which all of `by_any_way` in `tests/real/` is run, besides stdio: each that has code
/// of its own. A websocket without a token is one that says less, and `codex app-server proxy`
/// passes bytes on to a unix socket: for these, `each_way_leads_to_the_same_server` is enough.
const WAYS: &[&str] = if cfg!(unix) {
    &["memory", "websocket-with-token", "unix"]
} else {
    &["memory", "websocket-with-token"]
};

/// How cargo builds and runs what reads the schema.
pub(crate) const SCHEMA_PROGRAM: &str =
    "run --quiet --package xtask --features schema --bin xtask-schema --";

/// Some checks that belong together.
struct Step {
    name: &'static str,
    about: &'static str,
    /// False for what needs more than this repository: it is run when it is asked for.
    by_default: bool,
    commands: fn() -> Vec<Program>,
}

const STEPS: &[Step] = &[
    Step {
        name: "format",
        about: "the format of all sources",
        by_default: true,
        commands: || vec![cargo("fmt --all --check")],
    },
    Step {
        name: "lints",
        about: "clippy for everything, with all features",
        by_default: true,
        commands: || vec![cargo("clippy --workspace --all-targets --all-features -- -D warnings")],
    },
    Step {
        name: "features",
        about: "clippy for the SDK with each feature alone, and with none",
        by_default: true,
        commands: || {
            let of = |features: &str| {
                cargo(&format!("clippy --package codex-app-server --lib {features} -- -D warnings"))
            };
            let alone = ["blocking", "schemars", "websocket", "tls"];
            let alone = alone.iter().map(|feature| of(&format!("--features {feature}")));
            [of("")].into_iter().chain(alone).collect()
        },
    },
    Step {
        name: "docs",
        about: "the documentation, without a warning, with all features and with none",
        by_default: true,
        // A link may lead to what a feature brings.
        commands: || {
            ["--workspace --all-features", "--package codex-app-server"]
                .map(|what| {
                    let mut doc = cargo(&format!("doc --no-deps {what}"));
                    doc.env("RUSTDOCFLAGS", "-D warnings");
                    doc
                })
                .into()
        },
    },
    Step {
        name: "schema",
        about: "`regen --check`: schema/ is what the pinned codex says",
        by_default: true,
        commands: || {
            let mut regen = cargo(SCHEMA_PROGRAM);
            regen.args(["regen", "--check"]);
            vec![regen]
        },
    },
    Step {
        name: "msrv",
        about: "the SDK builds with the oldest Rust it promises, which rustup installs",
        by_default: false,
        commands: || {
            let mut check = Program::new("rustup");
            check.args(["run", "--install", env!("CARGO_PKG_RUST_VERSION"), "cargo", "check"]);
            check.args(["--package", "codex-app-server", "--lib", "--all-features"]);
            vec![check]
        },
    },
    Step {
        name: "package",
        about: "what would be published builds from its packages alone",
        by_default: false,
        commands: || {
            vec![cargo(
                "package --package codex-app-server-codegen --package codex-app-server-testkit \
                 --package codex-app-server",
            )]
        },
    },
];

pub(crate) fn test_arguments() -> Command {
    let arg =
        |id| Arg::new(id).value_name("ARG").num_args(0..).value_parser(value_parser!(OsString));
    Command::new("test")
        .about("Run all tests, against the pinned codex and some older ones")
        .arg(dry_run())
        .arg(arg("cargo").allow_hyphen_values(true).help("Passed on to `cargo test`"))
        .arg(arg("binaries").last(true).help("Passed on to the test binaries"))
}

pub(crate) fn ci_arguments() -> Command {
    let steps = STEPS.iter().map(|step| PossibleValue::new(step.name).help(step.about));
    Command::new("ci")
        .about("Run the other checks: format, lints, docs, `regen --check` (`.ci/run` does both)")
        .arg(dry_run())
        .arg(
            Arg::new("step")
                .value_name("STEP")
                .num_args(0..)
                .value_parser(steps.collect::<Vec<_>>())
                .help("Only these; without any, all but `msrv` and `package`"),
        )
}

pub(crate) fn dry_run() -> Arg {
    let help = "Print what would be run, and run nothing";
    Arg::new("dry-run").long("dry-run").action(ArgAction::SetTrue).help(help)
}

/// All tests, on a machine that has neither codex nor anything built yet.
pub(crate) fn test(workspace: &Workspace, args: &ArgMatches) -> Result<()> {
    let dry_run = args.get_flag("dry-run");
    // Tests run the scripted server and the examples, which cargo does not build when it is asked
    // for some tests only. All packages at once, as below, so that nothing is compiled twice.
    let mut build = cargo("build --workspace --all-features --bins --examples");
    let mut tests = cargo("test --workspace --all-features");
    let chosen: Vec<_> = args.get_many::<OsString>("cargo").into_iter().flatten().collect();
    // Whoever chooses other tests may have no browser.
    let need_browser = chosen.is_empty() || chosen.iter().any(|arg| *arg == "browser");
    let ways = if chosen.is_empty() { WAYS } else { &[] };
    tests.args(chosen);
    if let Some(args) = args.get_many::<OsString>("binaries") {
        tests.arg("--").args(args);
    }
    let mut by_any_way = cargo("test --workspace --all-features --test real by_any_way");
    if !dry_run {
        let pinned = runtime::pinned(workspace)?;
        tests.env("CODEX_BIN", &pinned);
        by_any_way.env("CODEX_BIN", &pinned);
        for version in workspace.other_versions()? {
            runtime::ensure(workspace, &version)?;
        }
        if need_browser {
            browser::ensure()?;
        }
    }
    step(&mut build, dry_run)?;
    step(&mut tests, dry_run)?;
    for way in ways {
        if !dry_run {
            eprintln!("\nBy another way: {way}");
        }
        step(by_any_way.env("CODEX_APP_SERVER_TESTS_WAY", way), dry_run)?;
    }
    Ok(())
}

/// Everything else that has to hold.
pub(crate) fn ci(args: &ArgMatches) -> Result<()> {
    let asked: Vec<&String> = args.get_many("step").into_iter().flatten().collect();
    let is_asked = |step: &&Step| {
        if asked.is_empty() { step.by_default } else { asked.iter().any(|name| *name == step.name) }
    };
    for mut command in STEPS.iter().filter(is_asked).flat_map(|step| (step.commands)()) {
        step(&mut command, args.get_flag("dry-run"))?;
    }
    Ok(())
}

/// Runs a command under a heading, and says how long it took.
fn step(command: &mut Program, dry_run: bool) -> Result<()> {
    if dry_run {
        println!("{}", command_line(command));
        return Ok(());
    }
    eprintln!("\n=== {}", command_line(command));
    let start = Instant::now();
    let result = run(command);
    let outcome = if result.is_ok() { "passed" } else { "failed" };
    eprintln!("=== {outcome} in {:.1} s", start.elapsed().as_secs_f64());
    result
}
