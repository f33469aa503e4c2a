//! What a source has: schema files, and which codex they are of.

use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use serde_json::Value;
use xtask::{error::Result, runtime, source::Source, workspace::Workspace};

use crate::{
    schema::{self, EXPERIMENTAL, Files, MANIFEST, STABLE},
    upstream::{self, Upstream},
};

/// What codex calls itself between releases.
pub(crate) const UNPUBLISHED: &str = "0.0.0";

/// The schema of some codex.
#[derive(Clone)]
pub(crate) struct Origin {
    /// How it is called in reports: a version, a path, an address.
    pub(crate) name: String,
    /// The published version that it is of, where there is one and the source tells it.
    pub(crate) version: Option<String>,
    /// The files of one flavour or both, as `schema/` has them.
    pub(crate) files: Files,
    /// The codex that wrote them, where there is one.
    pub(crate) binary: Option<PathBuf>,
}

impl Origin {
    /// Reads a source.
    pub(crate) fn open(workspace: &Workspace, source: &Source) -> Result<Self> {
        let mut origin = Self::read(workspace, source)?;
        origin.version = origin.version.filter(|version| version != UNPUBLISHED);
        Ok(origin)
    }

    fn read(workspace: &Workspace, source: &Source) -> Result<Self> {
        match source {
            Source::Published(version) => {
                let version = match version.as_str() {
                    "latest" => runtime::latest()?,
                    version => version.to_owned(),
                };
                let binary = runtime::ensure(workspace, &version)?;
                Self::written_by(version.clone(), version, binary)
            }
            Source::Binary(path) => {
                let binary = path.canonicalize();
                let binary = binary
                    .map_err(|error| format!("there is no codex at {}: {error}", path.display()))?;
                Self::written_by(path.display().to_string(), version_of(&binary)?, binary)
            }
            Source::Folder(dir) => Self::folder(dir),
            Source::Repository { url, reference } => {
                let Upstream { commit, version, files } =
                    upstream::read(&workspace.upstream(), url, reference.as_deref())?;
                let place = reference.as_ref().map(|it| format!(" at {it}")).unwrap_or_default();
                Ok(Self { name: format!("{url}{place} ({commit})"), version, files, binary: None })
            }
        }
    }

    /// What is pinned.
    pub(crate) fn pinned(workspace: &Workspace) -> Result<Self> {
        let mut pinned = Self::folder(&workspace.schema())?;
        pinned.name = workspace.codex_version()?;
        Ok(pinned)
    }

    fn written_by(name: String, version: String, binary: PathBuf) -> Result<Self> {
        let files =
            schema::files(&binary).map_err(|problem| format!("codex {version}: {problem}"))?;
        Ok(Self { name, version: Some(version), files, binary: Some(binary) })
    }

    /// A folder with `experimental/` and `stable/`, or one that codex has written. Which of the two
    /// that one has, it does not say: it counts as all that there is.
    fn folder(dir: &Path) -> Result<Self> {
        if !dir.is_dir() {
            return Err(format!("there is no folder {}", dir.display()));
        }
        let found = schema::read_tree(dir)?;
        let mut files = Files::new();
        for flavour in [EXPERIMENTAL, STABLE] {
            let below = found.iter().filter_map(|(path, text)| {
                let path = path.strip_prefix(flavour)?.strip_prefix('/')?;
                Some((path.to_owned(), text.clone()))
            });
            let below: Files = below.collect();
            if !below.is_empty() {
                schema::add(&mut files, flavour, &below)?;
            }
        }
        if files.is_empty() {
            schema::add(&mut files, EXPERIMENTAL, &found).map_err(|problem| {
                format!(
                    "{} is no schema folder: {problem}. `codex app-server generate-json-schema --out DIR --experimental` writes one",
                    dir.display()
                )
            })?;
        }
        let manifest = found.get(MANIFEST).and_then(|text| serde_json::from_str(text).ok());
        let version = manifest.and_then(|manifest: Value| Some(manifest["codex"].as_str()?.into()));
        Ok(Self { name: dir.display().to_string(), version, files, binary: None })
    }

    /// Whether it has a flavour.
    pub(crate) fn has(&self, flavour: &str) -> bool {
        self.files.keys().any(|path| path.starts_with(flavour))
    }

    /// Without a flavour, for a comparison with one that has it not.
    pub(crate) fn forget(&mut self, flavour: &str) {
        self.files.retain(|path, _| !path.starts_with(flavour));
    }
}

/// What `codex --version` says: `codex-cli 1.2.3`.
fn version_of(binary: &Path) -> Result<String> {
    let output = Command::new(binary)
        .arg("--version")
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("cannot run {}: {error}", binary.display()))?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let version = text.split_whitespace().last().unwrap_or_default();
    runtime::check_version(version)
        .map_err(|_| format!("{} is no codex: its version is {text:?}", binary.display()))?;
    Ok(version.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::BUNDLE;

    fn write(dir: &Path, files: &[(&str, &str)]) {
        for (path, text) in files {
            schema::write(&dir.join(path), text).unwrap();
        }
    }

    fn paths(origin: &Origin) -> Vec<&str> {
        origin.files.keys().map(String::as_str).collect()
    }

    #[test]
    fn a_folder_is_laid_out_as_ours_or_as_codex_writes_it() {
        let dir = tempfile::tempdir().unwrap();
        write(dir.path(), &[(BUNDLE, "{}"), ("v2/Unused.json", "{}"), ("New.json", "{}")]);
        let raw = Origin::folder(dir.path()).unwrap();
        let bundle = format!("experimental/{BUNDLE}");
        assert_eq!(paths(&raw), ["experimental/New.json", &bundle]);
        assert_eq!((raw.version.as_deref(), raw.has(STABLE)), (None, false));

        let dir = tempfile::tempdir().unwrap();
        let stable = format!("stable/{BUNDLE}");
        write(
            dir.path(),
            &[(&bundle, "{}"), (&stable, "{}"), ("manifest.json", r#"{"codex": "1.2.3"}"#)],
        );
        let both = Origin::folder(dir.path()).unwrap();
        assert_eq!(paths(&both), [&bundle, &stable]);
        assert_eq!(both.version.as_deref(), Some("1.2.3"));

        let dir = tempfile::tempdir().unwrap();
        let error = |dir: &Path| Origin::folder(dir).err().unwrap();
        assert!(error(dir.path()).contains("is no schema folder"));
        assert!(error(&dir.path().join("gone")).contains("there is no folder"));
    }

    #[cfg(unix)]
    #[test]
    fn a_binary_says_its_version_and_writes_its_schema() {
        use std::os::unix::fs::PermissionsExt;

        let dir = tempfile::tempdir().unwrap();
        let binary = dir.path().join("codex");
        let script = format!(
            "#!/bin/sh\n[ \"$1\" = --version ] && echo 'codex-cli 1.2.3' && exit\n\
             mkdir -p \"$4\" && echo \"{{\\\"flavour\\\": \\\"$5\\\"}}\" > \"$4/{BUNDLE}\"\n"
        );
        write(dir.path(), &[("codex", &script)]);
        std::fs::set_permissions(&binary, std::fs::Permissions::from_mode(0o755)).unwrap();
        let workspace = Workspace::at(dir.path(), dir.path());
        let origin = Origin::open(&workspace, &Source::Binary(binary.clone())).unwrap();
        assert_eq!(origin.version.as_deref(), Some("1.2.3"));
        assert!(origin.files[&format!("experimental/{BUNDLE}")].contains("--experimental"));
        assert!(origin.files[&format!("stable/{BUNDLE}")].contains("\"\""));

        // One that somebody has built from source.
        write(dir.path(), &[("codex", &script.replace("1.2.3", UNPUBLISHED))]);
        let built = Origin::open(&workspace, &Source::Binary(binary.clone())).unwrap();
        assert_eq!((built.version.as_deref(), built.has(EXPERIMENTAL)), (None, true));

        let gone = Origin::open(&workspace, &Source::Binary(dir.path().join("gone")));
        assert!(gone.err().unwrap().contains("there is no codex"));
        write(dir.path(), &[("codex", "#!/bin/sh\necho hello\n")]);
        let other = Origin::open(&workspace, &Source::Binary(binary));
        assert!(other.err().unwrap().contains("is no codex"));
    }
}
