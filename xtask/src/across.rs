//! `cargo xtask across`: the SDK as an older schema makes it, against the pinned codex.
//!
//! Programs keep the SDK that they were built with, and codex moves on. So a copy of the repository
//! is turned to the schema of an older codex; there the recorded sessions of the pinned one are
//! read, and the steps of `tests/versions` run against it.

use std::{
    collections::BTreeSet,
    ffi::OsString,
    fs, io,
    path::{Path, PathBuf},
};

use clap::Command;
use xtask::{error::Result, process::cargo, runtime, workspace::Workspace};

use crate::checks::{SCHEMA_PROGRAM, step};

/// What is tested in the copy. The profile is for its folder: to cargo, packages at the same place
/// of two workspaces are the same package, and one would be taken for the other.
const TEST: &str = "test --package codex-app-server-tests --config profile.older.inherits='dev' \
                    --profile older --test";

pub(crate) fn arguments() -> Command {
    Command::new("across")
        .about("Test the SDK that an older schema makes against the pinned codex (some minutes)")
}

/// Makes the copy, or brings it up to date, and runs its tests.
pub(crate) fn across(workspace: &Workspace) -> Result<()> {
    let newer = workspace.codex_version()?;
    let others = workspace.other_versions()?;
    let older = others.last().ok_or("tests/versions/others.txt has no version")?;
    runtime::ensure(workspace, &newer)?;
    let codex = runtime::ensure(workspace, older)?;

    let copy = workspace.target().join("across").join(older);
    let methods = format!("methods_{older}.json");
    mirror(workspace, &copy)
        .and_then(|()| update(&workspace.versions().join(&methods), &copy.join(METHODS)))
        .and_then(|()| fs::write(copy.join("tests/versions/others.txt"), format!("{newer}\n")))
        .map_err(|error| {
            format!("cannot make a copy for codex {older} in {}: {error}", copy.display())
        })?;

    let in_copy = |command: &mut std::process::Command| {
        let command = command.current_dir(&copy).env("CARGO_TARGET_DIR", workspace.target());
        step(command.env("CODEX_BIN", &codex))
    };
    let manifest = workspace.root().join("Cargo.toml");
    let mut regen = cargo(SCHEMA_PROGRAM);
    in_copy(regen.arg("--manifest-path").arg(manifest).args(["--", "regen", older]))?;
    in_copy(cargo(TEST).args(["protocol", "conformance::transcripts"]))?;
    in_copy(cargo(TEST).args(["versions", "--", "--show-output"]))
}

/// What a copy is told by hand, from the repository's root.
const METHODS: &str = "schema/methods.json";

/// Makes `copy` the same as the repository, but for its schema, which it gets only at first:
/// `regen` keeps that. Files that are the same stay untouched, so that nothing is built in vain.
fn mirror(workspace: &Workspace, copy: &Path) -> io::Result<()> {
    let mut left_out = vec![workspace.target().to_owned(), workspace.root().join(".git")];
    if copy.join(METHODS).is_file() {
        left_out.push(workspace.schema());
    }
    mirror_folder(workspace.root(), copy, &left_out)
}

fn mirror_folder(from: &Path, to: &Path, left_out: &[PathBuf]) -> io::Result<()> {
    fs::create_dir_all(to)?;
    let mut names = BTreeSet::<OsString>::new();
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        names.insert(entry.file_name());
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        if left_out.contains(&from) {
            continue;
        }
        if entry.file_type()?.is_dir() {
            mirror_folder(&from, &to, left_out)?;
        } else {
            update(&from, &to)?;
        }
    }
    for entry in fs::read_dir(to)? {
        let entry = entry?;
        if names.contains(&entry.file_name()) {
            continue;
        }
        if entry.file_type()?.is_dir() {
            fs::remove_dir_all(entry.path())?;
        } else {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

/// Copies a file, unless it is the same already.
fn update(from: &Path, to: &Path) -> io::Result<()> {
    let text = fs::read(from)?;
    if fs::read(to).is_ok_and(|there| there == text) {
        return Ok(());
    }
    fs::write(to, text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_follows_what_it_is_a_copy_of_and_keeps_what_is_left_out() {
        let folder = tempfile::tempdir().unwrap();
        let [from, to] = ["from", "to"].map(|name| folder.path().join(name));
        let write = |path: PathBuf, text: &str| {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        write(from.join("same"), "same");
        write(from.join("inner/changed"), "new");
        write(from.join("schema/a"), "new");
        write(to.join("same"), "same");
        write(to.join("inner/changed"), "old");
        write(to.join("schema/a"), "old");
        write(to.join("gone/file"), "old");
        let written = || fs::metadata(to.join("same")).unwrap().modified().unwrap();
        let before = written();
        mirror_folder(&from, &to, &[from.join("schema")]).unwrap();
        assert_eq!(written(), before);
        assert_eq!(fs::read_to_string(to.join("inner/changed")).unwrap(), "new");
        assert_eq!(fs::read_to_string(to.join("schema/a")).unwrap(), "old");
        assert!(!to.join("gone").exists());
    }
}
