//! `cargo xtask walk`: a copy of the repository moves from version to version, each with one
//! command and the decisions that it asks for.
//!
//! The versions are the files in `xtask/walk/`, which hold those decisions: the rows that somebody
//! adds to `schema/methods.json`. A move is made without them first, and has to list those that it
//! cannot do without, and to write nothing. Then each version is built and tested; and as programs
//! keep the SDK that they were built with while codex moves on, the SDK of the oldest one passes
//! the steps of `tests/versions` on the pinned codex.

mod copy;

use std::{collections::BTreeSet, fs, path::Path, time::Instant};

use clap::ArgMatches;
use xtask::{
    error::Result,
    methods::{METHODS, Tables},
    process::{cannot_run, cargo, command_line, run},
    runtime,
    workspace::Workspace,
};

use self::copy::Copy;
use crate::checks::{SCHEMA_PROGRAM, dry_run};

/// What has to hold for each version: the types are those of its schema, recorded sessions with
/// another version are read too, and the generator is not made for one version only.
const TESTS: [[&str; 2]; 2] = [
    ["--package codex-app-server-tests --test protocol", "conformance"],
    ["--package codex-app-server-codegen --test generator", ""],
];

/// The everyday steps, on the codex that the SDK was made for and on those in `others.txt`.
const STEPS: [&str; 2] = ["--package codex-app-server-tests --test versions", "codex_pass"];

/// The tables without whose rows no move is made.
const REQUIRED: [&str; 4] = ["responses", "refusals", "secrets", "not_secret"];

pub(crate) fn arguments() -> clap::Command {
    clap::Command::new("walk")
        .about("Move a copy of the repository through versions of codex, and test each")
        .arg(dry_run())
}

/// Makes all moves.
pub(crate) fn walk(workspace: &Workspace, args: &ArgMatches) -> Result<()> {
    let walked = Instant::now();
    if args.get_flag("dry-run") {
        for (version, _) in stations(&workspace.root().join("xtask/walk"))? {
            println!("{}", command_line(cargo(SCHEMA_PROGRAM).args(["regen", &version])));
        }
        return Ok(());
    }
    let copy = Copy::make(workspace)?;
    let mut last = String::new();
    for (version, decisions) in stations(&workspace.root().join("xtask/walk"))? {
        let start = Instant::now();
        eprintln!("\n=== moving to codex {version}");
        move_to(&copy, &version, &decisions)
            .map_err(|problem| format!("{problem} (in {})", copy.root().display()))?;
        eprintln!("=== codex {version} holds, in {:.1} s", start.elapsed().as_secs_f64());
        if last.is_empty() {
            step_ahead(workspace, &copy, &version)?;
        }
        last = version;
    }
    // Who comes from another version is where this repository is.
    if last == workspace.codex_version()? && copy.differs("schema")? {
        return Err(format!("schema/ in {} is not what it is here", copy.root().display()));
    }
    copy.remove()?;
    eprintln!("\n=== walked in {:.1} s", walked.elapsed().as_secs_f64());
    Ok(())
}

/// The versions in their order, each with the rows to add.
fn stations(dir: &Path) -> Result<Vec<(String, String)>> {
    let mut stations = Vec::new();
    for path in copy::entries(dir)? {
        let version = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        stations.push((version, copy::read(&path)?));
    }
    let numbers = |version: &str| -> Vec<u64> {
        version.split(['.', '-']).map(|number| number.parse().unwrap_or(0)).collect()
    };
    stations.sort_by_key(|(version, _)| numbers(version));
    Ok(stations)
}

fn move_to(copy: &Copy, version: &str, decisions: &str) -> Result<()> {
    let decisions = Tables::parse(decisions)?;
    let required = REQUIRED.iter().flat_map(|table| decisions.methods(table));
    let required: Vec<&str> = required.collect();
    let (methods, before) = (methods(copy)?, copy.tree()?);
    let (moved, said) = regen(copy, &[version])?;
    // A row about secrets may be for the fields of one name in all types.
    let is_asked_for = |row: &str| {
        said.contains(&format!("add `\"{row}\": ")) || said.contains(&format!(".{row}\": \"why\"`"))
    };
    if let Some(method) = required.iter().find(|method| !is_asked_for(method)) {
        return Err(format!("codex {version} needs a row for `{method}`, and nothing asks for it"));
    }
    if moved != required.is_empty() {
        return Err(format!("codex {version} needs other rows than those for {required:?}"));
    }
    if !moved {
        if copy.tree()? != before {
            return Err(format!("of codex {version} something was written, but not all"));
        }
        decide(copy, decisions)?;
        if !regen(copy, &[version])?.0 {
            return Err(format!(
                "`regen` has not asked at once for all that codex {version} needs"
            ));
        }
    } else {
        decide(copy, decisions)?;
    }
    if !regen(copy, &["--check"])?.0 {
        return Err(format!("codex {version} is not written as it is checked"));
    }
    check_changelog(copy, version, &methods)?;
    TESTS.iter().try_for_each(|test| run(&mut copy.test(test)))
}

/// Takes the SDK of `version` to the pinned codex.
fn step_ahead(workspace: &Workspace, copy: &Copy, version: &str) -> Result<()> {
    let pinned = workspace.codex_version()?;
    eprintln!("\n=== the SDK for codex {version}, on codex {pinned}");
    runtime::ensure(workspace, &pinned)?;
    let others = copy.root().join("tests/versions/others.txt");
    fs::write(&others, format!("{pinned}\n"))
        .map_err(|error| copy::failed("write", &others, &error))?;
    run(copy.test(&STEPS).env("CODEX_BIN", runtime::ensure(workspace, version)?))
}

/// Adds the rows that somebody has decided on.
fn decide(copy: &Copy, decisions: Tables) -> Result<()> {
    let path = copy.root().join("schema").join(METHODS);
    let mut tables = Tables::parse(&copy::read(&path)?)?;
    tables.extend(decisions)?;
    fs::write(&path, tables.text()).map_err(|error| copy::failed("write", &path, &error))
}

/// Runs `regen` in the copy. Returns whether it succeeded, and what it said.
fn regen(copy: &Copy, args: &[&str]) -> Result<(bool, String)> {
    let mut command = copy.cargo(SCHEMA_PROGRAM);
    command.arg("regen").args(args);
    let output = command.output().map_err(|error| cannot_run(&command, &error))?;
    let said = [&output.stdout[..], &output.stderr[..]].concat();
    let said = String::from_utf8_lossy(&said).into_owned();
    print!("{said}");
    Ok((output.status.success(), said))
}

/// All methods, as the inventory lists them.
fn methods(copy: &Copy) -> Result<BTreeSet<String>> {
    let inventory = copy::read(&copy.root().join("schema/api.txt"))?;
    let lists = inventory.split("\n## ").filter(|section| !section.starts_with("Types"));
    let lines = lists.flat_map(|section| section.lines().skip(1));
    Ok(lines.filter_map(|line| line.split(' ').next()).map(str::to_owned).collect())
}

/// The entry of a version names each method that has come and each that has gone.
fn check_changelog(copy: &Copy, version: &str, before: &BTreeSet<String>) -> Result<()> {
    let changelog = copy::read(&copy.root().join("CHANGELOG.md"))?;
    let title = format!("### codex {version}\n");
    let entry = changelog.split_once(&title).map(|(_, entry)| entry);
    let entry = entry.ok_or_else(|| format!("CHANGELOG.md has no entry `{}`", title.trim()))?;
    let entry = entry.split("\n##").next().unwrap_or(entry);
    let after = methods(copy)?;
    match before.symmetric_difference(&after).find(|name| !entry.contains(&format!("`{name}`"))) {
        None => Ok(()),
        Some(name) => Err(format!("the entry in CHANGELOG.md does not name `{name}`")),
    }
}
