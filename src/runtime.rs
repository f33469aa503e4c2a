//! Finds the codex binary.

mod npm;

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use self::npm::native_binary;
use crate::{CODEX_VERSION, Error, Result};

/// A binary, and the folders of helpers that belong first on its PATH.
#[derive(Debug)]
pub(crate) struct Runtime {
    pub(crate) binary: PathBuf,
    pub(crate) helpers: Vec<PathBuf>,
}

/// Looks, in this order, at `explicit`, the environment variable `CODEX_BIN`, managed installs of
/// the pinned version, and PATH.
pub(crate) fn find(explicit: Option<&Path>) -> Result<Runtime> {
    let mut looked_at = Vec::new();
    let named = [
        (explicit.map(Path::to_owned), "codex_bin"),
        (env::var_os("CODEX_BIN").map(PathBuf::from), "CODEX_BIN"),
    ];
    for (path, source) in named {
        let Some(path) = path else {
            looked_at.push(format!("{source}: not set"));
            continue;
        };
        if path.is_file() {
            return Ok(Runtime::at(path));
        }
        // A path that somebody has named is not silently passed over.
        looked_at.push(format!("{source}: {} is not a file", path.display()));
        return Err(Error::RuntimeNotFound { looked_at });
    }
    for folder in managed_folders() {
        let install = folder.join("codex-runtime").join(CODEX_VERSION);
        match native_binary(&install.join("node_modules")) {
            Some(binary) => return Ok(Runtime::at(binary)),
            None => looked_at.push(format!("managed install: {}", install.display())),
        }
    }
    match on_path() {
        Some(path) => Ok(Runtime::at(path)),
        None => {
            looked_at.push("PATH: no `codex` in any of its folders".into());
            Err(Error::RuntimeNotFound { looked_at })
        }
    }
}

impl Runtime {
    fn at(binary: PathBuf) -> Self {
        let helpers = binary
            .parent()
            .and_then(Path::parent)
            .map(|package| package.join("codex-path"))
            .filter(|folder| folder.is_dir());
        Self { binary, helpers: helpers.into_iter().collect() }
    }
}

/// The folder of the running program, and the cargo target folder that it was built into. Never
/// just any parent: a folder that others may write to must not get to choose what runs.
fn managed_folders() -> Vec<PathBuf> {
    let Ok(exe) = env::current_exe() else {
        return Vec::new();
    };
    let mut folders: Vec<_> = exe.parent().map(Path::to_owned).into_iter().collect();
    let target = exe.ancestors().skip(2).find(|folder| folder.join("CACHEDIR.TAG").is_file());
    folders.extend(target.map(Path::to_owned));
    folders
}

/// `codex` on PATH. npm puts a node script there, which costs 90 ms per start: the native binary
/// beside it is taken instead where it is found.
fn on_path() -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    let name = format!("codex{}", env::consts::EXE_SUFFIX);
    let found = env::split_paths(&path)
        .map(|folder| folder.join(&name))
        .find(|candidate| candidate.is_file())?;
    let native = fs::canonicalize(&found).ok().and_then(|script| {
        // …/node_modules/@openai/codex/bin/codex.js
        let package = script.parent()?.parent()?;
        let nested = native_binary(&package.join("node_modules"));
        nested.or_else(|| native_binary(package.parent()?.parent()?))
    });
    Some(native.unwrap_or(found))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_named_path_that_is_missing_is_an_error_that_names_it() {
        let error = find(Some(Path::new("/nowhere/codex"))).unwrap_err();
        let text = error.to_string();
        assert!(text.contains("codex_bin: /nowhere/codex is not a file"), "{text}");
        assert!(text.contains("npm install"), "{text}");
    }

    #[test]
    fn an_npm_install_is_found_with_its_helpers() {
        let folder = tempfile::tempdir().unwrap();
        let vendor = folder
            .path()
            .join("@openai")
            .join(npm::native_package().unwrap())
            .join("vendor/some-triple");
        let binary = vendor.join("bin").join(format!("codex{}", env::consts::EXE_SUFFIX));
        fs::create_dir_all(vendor.join("bin")).unwrap();
        fs::create_dir_all(vendor.join("codex-path")).unwrap();
        fs::write(&binary, "").unwrap();

        let found = Runtime::at(native_binary(folder.path()).unwrap());
        assert_eq!(found.binary, binary);
        assert_eq!(found.helpers, [vendor.join("codex-path")]);
    }
}
