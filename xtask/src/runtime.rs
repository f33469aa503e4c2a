//! Installs the codex that the tests, the demo and the schema come from.

use std::{
    env::consts::{ARCH, OS},
    fs,
    io::ErrorKind,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    time::Instant,
};

use crate::{Result, schema, workspace::Workspace};

/// The last file of an install: a directory that has it is complete.
const MARKER: &str = "installed";

/// [`ensure`] for the version that `schema/` was made with.
pub(crate) fn pinned(workspace: &Workspace) -> Result<PathBuf> {
    ensure(workspace, &schema::pinned_version(&workspace.schema())?)
}

/// The native codex binary of `version`, installed with npm unless it already is.
pub(crate) fn ensure(workspace: &Workspace, version: &str) -> Result<PathBuf> {
    check_version(version)?;
    let binary = native_binary(OS, ARCH).ok_or_else(|| {
        format!(
            "codex is not made for {OS} on {ARCH}; use Linux, macOS or Windows on x86_64 or aarch64"
        )
    })?;
    let runtimes = workspace.runtimes();
    let dir = runtimes.join(version);
    if !is_installed(&dir, &binary) {
        let partial = runtimes.join(format!("{version}.partial-{}", std::process::id()));
        let result = install(version, &binary, &partial, &dir);
        // Gone already, unless something failed or another install was faster.
        let _ = fs::remove_dir_all(&partial);
        result?;
    }
    Ok(dir.join(binary))
}

/// Installs into `partial` and then moves it to `dir`, so that neither an interrupt nor a second
/// install at the same time leaves a half one.
fn install(version: &str, binary: &Path, partial: &Path, dir: &Path) -> Result<()> {
    eprintln!("installing codex {version} with npm (about 400 MB unpacked)…");
    let start = Instant::now();
    remove(partial)?;
    fs::create_dir_all(partial).map_err(|error| failed("create", partial, error))?;
    npm_install(version, partial)?;
    if !partial.join(binary).is_file() {
        return Err(format!(
            "npm installed codex {version}, but without {}. \
             Use a node that is built for this machine ({OS} on {ARCH}), then run the command again.",
            binary.display(),
        ));
    }
    let marker = partial.join(MARKER);
    fs::write(&marker, "").map_err(|error| failed("write", &marker, error))?;
    if fs::rename(partial, dir).is_err() && !is_installed(dir, binary) {
        // What is in the way is no install.
        remove(dir)?;
        fs::rename(partial, dir).map_err(|error| failed("move", partial, error))?;
    }
    eprintln!("installed codex {version} in {:.1} s", start.elapsed().as_secs_f64());
    Ok(())
}

/// Where npm puts the binary: a package of its own per platform, in npm's names.
fn native_binary(os: &str, arch: &str) -> Option<PathBuf> {
    let (package, triple) = match (os, arch) {
        ("linux", "x86_64") => ("codex-linux-x64", "x86_64-unknown-linux-musl"),
        ("linux", "aarch64") => ("codex-linux-arm64", "aarch64-unknown-linux-musl"),
        ("macos", "x86_64") => ("codex-darwin-x64", "x86_64-apple-darwin"),
        ("macos", "aarch64") => ("codex-darwin-arm64", "aarch64-apple-darwin"),
        ("windows", "x86_64") => ("codex-win32-x64", "x86_64-pc-windows-msvc"),
        ("windows", "aarch64") => ("codex-win32-arm64", "aarch64-pc-windows-msvc"),
        _ => return None,
    };
    let suffix = if os == "windows" { ".exe" } else { "" };
    let path = format!("node_modules/@openai/{package}/vendor/{triple}/bin/codex{suffix}");
    Some(PathBuf::from(path))
}

/// Tags such as `latest` move, and the version is a directory's name too.
fn check_version(version: &str) -> Result<()> {
    let (core, suffix) = version.split_once('-').unwrap_or((version, "0"));
    let numbers: Vec<&str> = core.split('.').collect();
    let exact = numbers.len() == 3
        && numbers.iter().all(|n| n.parse::<u32>().is_ok())
        && suffix.starts_with(|c: char| c.is_ascii_alphanumeric())
        && suffix.chars().all(|c| c.is_ascii_alphanumeric() || c == '.' || c == '-');
    if exact {
        Ok(())
    } else {
        Err(format!("`{version}` is not an exact version of codex; write it like 0.169.0"))
    }
}

fn is_installed(dir: &Path, binary: &Path) -> bool {
    dir.join(MARKER).is_file() && dir.join(binary).is_file()
}

fn npm_install(version: &str, dir: &Path) -> Result<()> {
    let npm = if cfg!(windows) { "npm.cmd" } else { "npm" };
    let output = Command::new(npm)
        .args(["install", "--no-save", "--no-package-lock", "--no-audit", "--no-fund"])
        // The binary is an optional dependency, which a user's config may leave out.
        .arg("--include=optional")
        .arg("--prefix")
        .arg(dir)
        .arg(format!("@openai/codex@{version}"))
        .stdin(Stdio::null())
        .output()
        .map_err(|error| match error.kind() {
            ErrorKind::NotFound => {
                format!("cannot install codex {version}: {npm} is not on PATH; install Node.js, which brings it")
            }
            _ => format!("cannot run {npm}: {error}"),
        })?;
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

fn last_lines(output: &Output, count: usize) -> String {
    let text = [&output.stdout[..], &output.stderr[..]].concat();
    let text = String::from_utf8_lossy(&text);
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    lines[lines.len().saturating_sub(count)..].join("\n")
}

fn remove(dir: &Path) -> Result<()> {
    match fs::remove_dir_all(dir) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(failed("remove", dir, error)),
        _ => Ok(()),
    }
}

fn failed(verb: &str, path: &Path, error: std::io::Error) -> String {
    format!("cannot {verb} {}: {error}", path.display())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_platform_has_its_binary() {
        for (os, arch, expected) in [
            ("linux", "x86_64", "codex-linux-x64/vendor/x86_64-unknown-linux-musl/bin/codex"),
            ("linux", "aarch64", "codex-linux-arm64/vendor/aarch64-unknown-linux-musl/bin/codex"),
            ("macos", "x86_64", "codex-darwin-x64/vendor/x86_64-apple-darwin/bin/codex"),
            ("macos", "aarch64", "codex-darwin-arm64/vendor/aarch64-apple-darwin/bin/codex"),
            ("windows", "x86_64", "codex-win32-x64/vendor/x86_64-pc-windows-msvc/bin/codex.exe"),
            (
                "windows",
                "aarch64",
                "codex-win32-arm64/vendor/aarch64-pc-windows-msvc/bin/codex.exe",
            ),
        ] {
            let expected = PathBuf::from(format!("node_modules/@openai/{expected}"));
            assert_eq!(native_binary(os, arch), Some(expected));
        }
        assert_eq!(native_binary("freebsd", "x86_64"), None);
    }

    #[test]
    fn only_exact_versions_pass() {
        for good in ["0.169.0", "1.0.0-alpha.3"] {
            assert_eq!(check_version(good), Ok(()));
        }
        for bad in
            ["latest", "0.169", "", "^0.169.0", "0.169.0-", "0.169.0-../x", "../0.169.0", "0.169.x"]
        {
            assert!(check_version(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn without_the_marker_it_is_not_installed() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("codex"), "").unwrap();
        assert!(!is_installed(dir.path(), Path::new("codex")));
        fs::write(dir.path().join(MARKER), "").unwrap();
        assert!(is_installed(dir.path(), Path::new("codex")));
        assert!(!is_installed(dir.path(), Path::new("elsewhere")));
    }
}
