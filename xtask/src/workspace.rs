//! Where this workspace and its build output are, and which codex it is made for.

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde_json::Value;

use crate::{error::Result, process::cargo};

/// The folders that commands work in.
pub struct Workspace {
    root: PathBuf,
    target: PathBuf,
}

impl Workspace {
    /// Asks cargo, so that `CARGO_TARGET_DIR` and cargo's config count.
    ///
    /// # Errors
    /// When cargo finds no workspace here.
    pub fn locate() -> Result<Self> {
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
        Ok(Self::at(&path("workspace_root")?, &path("target_directory")?))
    }

    /// The workspace in `root`, with its build output in `target`.
    pub fn at(root: &Path, target: &Path) -> Self {
        Self { root: root.to_owned(), target: target.to_owned() }
    }

    /// The folder of the SDK's package.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// What cargo builds.
    pub fn target(&self) -> &Path {
        &self.target
    }

    /// The pinned schema.
    pub fn schema(&self) -> PathBuf {
        self.root.join("schema")
    }

    /// The package with all benchmarks.
    pub fn benchmarks(&self) -> PathBuf {
        self.root.join("bench")
    }

    /// What `cargo xtask bench` builds and writes.
    pub fn bench_output(&self) -> PathBuf {
        self.target.join("bench")
    }

    /// Where `cargo xtask walk` moves a copy of the workspace.
    pub fn walk(&self) -> PathBuf {
        self.target.join("walk")
    }

    /// Where a repository laid out as upstream's is checked out and built.
    pub fn upstream(&self) -> PathBuf {
        self.target.join("upstream")
    }

    /// Where each installed version of codex has its directory.
    pub fn runtimes(&self) -> PathBuf {
        self.target.join("codex-runtime")
    }

    /// The room of tests that other versions of codex pass too.
    pub fn versions(&self) -> PathBuf {
        self.root.join("tests/versions")
    }

    /// Those versions, oldest first.
    ///
    /// # Errors
    /// When their list is missing.
    pub fn other_versions(&self) -> Result<Vec<String>> {
        let path = self.versions().join("others.txt");
        let text = fs::read_to_string(&path)
            .map_err(|error| format!("cannot read {}: {error}; restore it", path.display()))?;
        Ok(text.lines().map(str::to_owned).collect())
    }

    /// The version of codex that the pinned schema was made with.
    ///
    /// # Errors
    /// When the manifest is missing or damaged.
    pub fn codex_version(&self) -> Result<String> {
        let path = self.schema().join("manifest.json");
        let pin = "pin a version with `cargo xtask regen VERSION`";
        let text = fs::read_to_string(&path).map_err(|error| {
            format!("cannot read {}: {error}; restore it, or {pin}", path.display())
        })?;
        let manifest: Value = serde_json::from_str(&text).map_err(|error| {
            format!("{} is not JSON: {error}; restore it, or {pin}", path.display())
        })?;
        match manifest["codex"].as_str() {
            Some(version) => Ok(version.to_owned()),
            None => Err(format!("{} has no `codex`; restore it, or {pin}", path.display())),
        }
    }
}
