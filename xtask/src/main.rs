//! The project's own commands: `cargo xtask COMMAND`.

mod bench;
mod checks;
mod coverage;
mod diff;
mod protocol;
mod regen;
mod runtime;
mod schema;
mod workspace;

use std::{path::Path, process::ExitCode};

use crate::{regen::Mode, workspace::Workspace};

const USAGE: &str = "\
Usage: cargo xtask COMMAND

  runtime            install the pinned codex, print the path of its binary
  regen              write the pinned codex's JSON schema to schema/, and api.txt
  regen VERSION      the same for another codex, which becomes the pinned one
  regen --check      compare schema/ with the pinned codex, fail on any difference
  coverage [DIR]     how much of a schema folder is typed; fails below 100 %.
                     DIR is what `codex app-server generate-json-schema --out DIR`
                     wrote, or laid out as schema/ is, which is the default
  diff OLD NEW       what changed between two versions of codex, or schema folders
  demo [PROMPT]      run the demo example on the pinned codex
  demo --live [PROMPT]
                     the same on your own codex and login
  test [ARG]...      run all tests; ARGs go to `cargo test`
  bench [--peers] [--quick] [SCENARIO]...
                     what the SDK costs beside a bare loop, and other clients
  ci                 the other checks: format, lints, docs, `regen --check`
                     (`.ci/run` does both)

The pinned version is `codex` in schema/manifest.json.
";

/// What a command ends with; the error is a sentence for the user.
type Result<T> = std::result::Result<T, String>;

fn main() -> ExitCode {
    run().unwrap_or_else(|error| {
        eprintln!("error: {error}");
        ExitCode::FAILURE
    })
}

fn run() -> Result<ExitCode> {
    let args: Vec<String> =
        std::env::args_os().skip(1).map(|arg| arg.to_string_lossy().into_owned()).collect();
    let words: Vec<&str> = args.iter().map(String::as_str).collect();
    let workspace = Workspace::locate()?;
    match words[..] {
        ["runtime"] => println!("{}", runtime::pinned(&workspace)?.display()),
        ["regen"] => regen::regen(&workspace, None, Mode::Write)?,
        ["regen", "--check"] => regen::regen(&workspace, None, Mode::Check)?,
        ["regen", version] if !version.starts_with('-') => {
            regen::regen(&workspace, Some(version), Mode::Write)?;
        }
        ["coverage"] => coverage::coverage(&workspace, None)?,
        ["coverage", dir] => coverage::coverage(&workspace, Some(Path::new(dir)))?,
        ["diff", old, new] => diff::diff(&workspace, old, new)?,
        ["demo", ref args @ ..] => return checks::demo(&workspace, args),
        ["test", ref args @ ..] => checks::test(&workspace, args)?,
        ["bench", ref args @ ..] => bench::bench(&workspace, args)?,
        ["ci"] => checks::ci(&workspace)?,
        ["help" | "--help" | "-h"] => print!("{USAGE}"),
        _ => {
            eprint!("{USAGE}");
            return Ok(ExitCode::from(2));
        }
    }
    Ok(ExitCode::SUCCESS)
}
