//! A repository laid out as upstream's: what the next version of codex will say, before it is
//! published.
//!
//! It checks in the stable flavour of its schema only. The experimental one comes from its own
//! schema writer, which is built here; where that fails, the stable one is an early warning.

#[cfg(test)]
pub(crate) mod tests;

use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
};

use xtask::{error::Result, process::command_line};

use crate::schema::{self, EXPERIMENTAL, Files, STABLE};

/// The folder of the Rust workspace; more of the repository is not fetched.
const RUST: &str = "codex-rs";

/// What is checked in of the schema, below [`RUST`].
const CHECKED_IN: &str = "app-server-protocol/schema/json";

/// What writes the schema, to `json/` in the folder that it is given.
const WRITER: &str = "run --quiet --package codex-app-server-protocol --bin write_schema_fixtures \
                      -- --experimental --schema-root";

/// What a repository has.
pub(crate) struct Upstream {
    /// The commit, in short.
    pub(crate) commit: String,
    /// The version of its workspace.
    pub(crate) version: Option<String>,
    /// Both flavours, or the stable one.
    pub(crate) files: Files,
}

/// Checks a repository out, and reads its schema.
pub(crate) fn read(work: &Path, url: &str, reference: Option<&str>) -> Result<Upstream> {
    let checkout = work.join("checkout");
    remove(&checkout)?;
    eprintln!("fetching {RUST} of {url}…");
    let commit = fetch(&checkout, url, reference)?;
    let rust = checkout.join(RUST);

    let mut files = Files::new();
    let checked_in = schema::read_tree(&rust.join(CHECKED_IN))?;
    schema::add(&mut files, STABLE, &checked_in)
        .map_err(|problem| format!("{url} has no schema in {RUST}/{CHECKED_IN}: {problem}"))?;
    eprintln!("building its schema writer…");
    match experimental(&rust, work) {
        Ok(written) => schema::add(&mut files, EXPERIMENTAL, &written)?,
        Err(problem) => eprintln!(
            "{problem}\nIts own schema writer cannot be used, so only its stable schema is read."
        ),
    }
    let version = version(&rust.join("Cargo.toml"));
    remove(&checkout)?;
    Ok(Upstream { commit, version, files })
}

/// A sparse and shallow checkout. Returns the commit, in short.
fn fetch(dir: &Path, url: &str, reference: Option<&str>) -> Result<String> {
    let local = Path::new(url).canonicalize();
    let url = local.as_deref().map_or(url.as_ref(), Path::as_os_str);
    fs::create_dir_all(dir).map_err(|error| format!("cannot create {}: {error}", dir.display()))?;
    let git = |args: &[&str]| git(dir, args);
    output(&mut git(&["init", "--quiet"]))?;
    output(git(&["remote", "add", "origin"]).arg(url))?;
    output(&mut git(&["sparse-checkout", "set", RUST]))?;
    let reference = reference.unwrap_or("HEAD");
    let fetch = ["fetch", "--quiet", "--depth=1", "--filter=blob:none", "origin", "--", reference];
    output(&mut git(&fetch))?;
    output(&mut git(&["checkout", "--quiet", "--detach", "FETCH_HEAD"]))?;
    Ok(output(&mut git(&["rev-parse", "--short", "HEAD"]))?.trim().to_owned())
}

/// Git, in a repository.
fn git(dir: &Path, args: &[&str]) -> Command {
    let mut git = Command::new("git");
    // A repository that is not there is an error, and no question for a password.
    git.arg("-C").arg(dir).args(args).env("GIT_TERMINAL_PROMPT", "0");
    // In a hook these name the repository that it is called for.
    for name in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"] {
        git.env_remove(name);
    }
    git
}

/// What upstream's writer says is everything.
fn experimental(rust: &Path, work: &Path) -> Result<Files> {
    let scratch =
        tempfile::tempdir().map_err(|error| format!("cannot make a directory: {error}"))?;
    let mut cargo = Command::new("cargo");
    cargo
        .args(WRITER.split_whitespace())
        .arg(scratch.path())
        .current_dir(rust)
        // Kept between calls: only what has changed is built again.
        .env("CARGO_TARGET_DIR", work.join("target"));
    // Its toolchain and its settings are upstream's, not those of this workspace.
    for name in ["RUSTUP_TOOLCHAIN", "CARGO", "RUSTFLAGS"] {
        cargo.env_remove(name);
    }
    output(&mut cargo)?;
    schema::read_tree(&scratch.path().join("json"))
}

/// What a command prints.
fn output(command: &mut Command) -> Result<String> {
    let output = command
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("cannot run `{}`: {error}", command_line(command)))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(format!("`{}` failed ({}):\n{}", command_line(command), output.status, said.trim()))
}

/// The version of the workspace.
fn version(manifest: &Path) -> Option<String> {
    let text = fs::read_to_string(manifest).ok()?;
    let (_, section) = text.split_once("[workspace.package]")?;
    let mut lines = section.lines().take_while(|line| !line.starts_with('['));
    let value = lines.find_map(|line| line.strip_prefix("version")?.trim().strip_prefix('='))?;
    Some(value.trim().trim_matches('"').to_owned())
}

fn remove(dir: &Path) -> Result<()> {
    match fs::remove_dir_all(dir) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(format!("cannot remove {}: {error}", dir.display()))
        }
        _ => Ok(()),
    }
}
