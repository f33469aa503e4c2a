//! Installs the codex that the tests, the demo and the schema come from.

#[path = "../../src/runtime/npm.rs"]
mod npm;

use std::{
    env::consts::{ARCH, OS},
    fs,
    io::{self, ErrorKind},
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    time::Instant,
};

use self::npm::{native_binary, native_package};
use crate::{error::Result, workspace::Workspace};

/// The last file of an install: a directory that has it is complete.
const MARKER: &str = "installed";

const NPM: &str = if cfg!(windows) { "npm.cmd" } else { "npm" };

/// [`ensure`] for the version that `schema/` was made with.
///
/// # Errors
/// As [`ensure`], or when `schema/` does not tell.
pub fn pinned(workspace: &Workspace) -> Result<PathBuf> {
    ensure(workspace, &workspace.codex_version()?)
}

/// The native codex binary of `version`, installed with npm unless it already is.
///
/// # Errors
/// When codex is not made for this machine, or npm cannot install it.
pub fn ensure(workspace: &Workspace, version: &str) -> Result<PathBuf> {
    check_version(version)?;
    if native_package().is_none() {
        return Err(format!(
            "codex is not made for {OS} on {ARCH}; use Linux, macOS or Windows on x86_64 or aarch64"
        ));
    }
    let runtimes = workspace.runtimes();
    let dir = runtimes.join(version);
    if let Some(binary) = installed(&dir) {
        return Ok(binary);
    }
    let partial = runtimes.join(format!("{version}.partial-{}", std::process::id()));
    let result = install(version, &partial, &dir);
    // Gone already, unless something failed or another install was faster.
    let _ = fs::remove_dir_all(&partial);
    result
}

/// Installs into `partial` and then moves it to `dir`, so that neither an interrupt nor a second
/// install at the same time leaves a half one.
fn install(version: &str, partial: &Path, dir: &Path) -> Result<PathBuf> {
    eprintln!("installing codex {version} with npm (about 400 MB unpacked)…");
    let start = Instant::now();
    remove(partial)?;
    fs::create_dir_all(partial).map_err(|error| io_error("create", partial, error))?;
    npm_install(version, partial)?;
    let marker = partial.join(MARKER);
    fs::write(&marker, "").map_err(|error| io_error("write", &marker, error))?;
    if installed(partial).is_none() {
        return Err(format!(
            "npm installed codex {version}, but without its binary for this machine ({OS} on \
             {ARCH}). Use a node that is built for it, then run the command again.",
        ));
    }
    if fs::rename(partial, dir).is_err() && installed(dir).is_none() {
        // What is in the way is no install.
        remove(dir)?;
        fs::rename(partial, dir).map_err(|error| io_error("move", partial, error))?;
    }
    eprintln!("installed codex {version} in {:.1} s", start.elapsed().as_secs_f64());
    installed(dir).ok_or_else(|| format!("{} has vanished; run the command again", dir.display()))
}

/// The binary of the complete install in `dir`, if it is one.
fn installed(dir: &Path) -> Option<PathBuf> {
    let binary = native_binary(&dir.join("node_modules"))?;
    dir.join(MARKER).is_file().then_some(binary)
}

/// The version that npm calls the latest.
///
/// # Errors
/// When npm cannot be run or asked.
pub fn latest() -> Result<String> {
    let output = Command::new(NPM)
        .args(["view", "@openai/codex", "dist-tags.latest"])
        .stdin(Stdio::null())
        .output()
        .map_err(|error| cannot_run_npm("ask for the latest codex", error))?;
    if !output.status.success() {
        return Err(format!(
            "npm does not tell the latest codex ({}). It said:\n{}\nCheck the network, or name a version.",
            output.status,
            last_lines(&output, 20),
        ));
    }
    let version = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    check_version(&version)?;
    Ok(version)
}

/// Whether it is an exact version: tags such as `latest` move, and the version is a directory's
/// name too.
///
/// # Errors
/// When it is not.
pub fn check_version(version: &str) -> Result<()> {
    let (core, suffix) = version.split_once('-').unwrap_or((version, "0"));
    let numbers: Vec<&str> = core.split('.').collect();
    let exact = numbers.len() == 3
        && numbers.iter().all(|n| n.parse::<u32>().is_ok())
        && suffix.starts_with(|c: char| c.is_ascii_alphanumeric())
        && suffix.chars().all(|c| c.is_ascii_alphanumeric() || c == '.' || c == '-');
    if exact {
        Ok(())
    } else {
        Err(format!("`{version}` is not an exact version of codex; write it like 1.2.3"))
    }
}

fn npm_install(version: &str, dir: &Path) -> Result<()> {
    let output = Command::new(NPM)
        .args(["install", "--no-save", "--no-package-lock", "--no-audit", "--no-fund"])
        // The binary is an optional dependency, which a user's config may leave out.
        .arg("--include=optional")
        .arg("--prefix")
        .arg(dir)
        .arg(format!("@openai/codex@{version}"))
        .stdin(Stdio::null())
        .output()
        .map_err(|error| cannot_run_npm(&format!("install codex {version}"), error))?;
    if !output.status.success() {
        return Err(format!(
            "npm could not install codex {version} ({}). It said:\n{}\n\
             Check the version, the network and the free disk space, then run the command again.",
            output.status,
            last_lines(&output, 20),
        ));
    }
    Ok(())
}

fn cannot_run_npm(what_for: &str, error: io::Error) -> String {
    match error.kind() {
        ErrorKind::NotFound => {
            format!("cannot {what_for}: {NPM} is not on PATH; install Node.js, which brings it")
        }
        _ => format!("cannot run {NPM}: {error}"),
    }
}

fn last_lines(output: &Output, count: usize) -> String {
    let text = [&output.stdout[..], &output.stderr[..]].concat();
    let text = String::from_utf8_lossy(&text);
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    lines[lines.len().saturating_sub(count)..].join("\n")
}

fn remove(dir: &Path) -> Result<()> {
    match fs::remove_dir_all(dir) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(io_error("remove", dir, error)),
        _ => Ok(()),
    }
}

fn io_error(verb: &str, path: &Path, error: io::Error) -> String {
    format!("cannot {verb} {}: {error}", path.display())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_exact_versions_pass() {
        for good in ["1.2.3", "1.0.0-alpha.3"] {
            assert_eq!(check_version(good), Ok(()));
        }
        for bad in ["latest", "1.2", "", "^1.2.3", "1.2.3-", "1.2.3-../x", "../1.2.3", "1.2.x"] {
            assert!(check_version(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn without_the_marker_or_the_binary_it_is_not_installed() {
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path();
        let package = dir.join("node_modules/@openai").join(native_package().unwrap());
        let bin = package.join("vendor/some-triple/bin");
        let binary = bin.join(format!("codex{}", std::env::consts::EXE_SUFFIX));

        assert_eq!(installed(dir), None);
        fs::write(dir.join(MARKER), "").unwrap();
        assert_eq!(installed(dir), None);
        fs::create_dir_all(&bin).unwrap();
        fs::write(&binary, "").unwrap();
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            fs::set_permissions(&binary, fs::Permissions::from_mode(0o755)).unwrap();
        }
        assert_eq!(installed(dir), Some(binary));
        fs::remove_file(dir.join(MARKER)).unwrap();
        assert_eq!(installed(dir), None);
    }
}
