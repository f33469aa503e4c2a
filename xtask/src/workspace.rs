//! Where this workspace and its build output are, and cargo to work on it.

use std::{ffi::OsString, path::PathBuf, process::Command};

use serde_json::Value;

use crate::Result;

pub(crate) struct Workspace {
    root: PathBuf,
    target: PathBuf,
}

impl Workspace {
    /// Asks cargo, so that `CARGO_TARGET_DIR` and cargo's config count.
    pub(crate) fn locate() -> Result<Self> {
        let output = cargo("metadata --no-deps --format-version=1")
            .output()
            .map_err(|error| format!("cannot run cargo: {error}"))?;
        if !output.status.success() {
            let stderr = String::from_utf8_lossy(&output.stderr);
            return Err(format!(
                "`cargo metadata` failed; run this inside the workspace:\n{stderr}"
            ));
        }
        let metadata: Value = serde_json::from_slice(&output.stdout)
            .map_err(|error| format!("cannot read what `cargo metadata` printed: {error}"))?;
        let path = |key: &str| match metadata[key].as_str() {
            Some(path) => Ok(PathBuf::from(path)),
            None => Err(format!("`cargo metadata` printed no `{key}`")),
        };
        Ok(Self { root: path("workspace_root")?, target: path("target_directory")? })
    }

    /// The pinned schema.
    pub(crate) fn schema(&self) -> PathBuf {
        self.root.join("schema")
    }

    /// Where each installed version of codex has its directory.
    pub(crate) fn runtimes(&self) -> PathBuf {
        self.target.join("codex-runtime")
    }
}

/// The cargo that runs this program, with arguments separated by spaces.
pub(crate) fn cargo(args: &str) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or(OsString::from("cargo")));
    command.args(args.split_whitespace());
    command
}
