//! A copy of the repository that is built with the output of the original: what does not change is
//! not built again.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
    process::Command,
};

use xtask::{error::Result, process, workspace::Workspace};

pub(crate) struct Copy {
    original: PathBuf,
    root: PathBuf,
    target: PathBuf,
}

impl Copy {
    /// Copies all but what is built.
    pub(crate) fn make(workspace: &Workspace) -> Result<Self> {
        let copy = Self {
            original: workspace.root().to_owned(),
            root: workspace.walk(),
            target: workspace.target().to_owned(),
        };
        copy.remove()?;
        for path in entries(&copy.original)? {
            let name = path.file_name().unwrap_or_default();
            // What is built may also be in a folder of another name, and the copy is in it.
            if name != "target" && name != ".git" && path != copy.target {
                copy_all(&path, &copy.root.join(name))?;
            }
        }
        Ok(copy)
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// Cargo, in the copy.
    pub(crate) fn cargo(&self, args: &str) -> Command {
        let mut cargo = process::cargo(args);
        cargo.current_dir(&self.root).env("CARGO_TARGET_DIR", &self.target);
        cargo
    }

    /// `cargo test`, in the copy: of some packages, with a filter. The profile is for its folder.
    /// To cargo, packages at the same place of two workspaces are the same package, and what is
    /// built of one schema would be taken for what is built of another.
    pub(crate) fn test(&self, [packages, filter]: &[&str; 2]) -> Command {
        let mut test = self.cargo("test --config profile.older.inherits='dev' --profile older");
        test.args(packages.split(' ')).arg("--").args(filter.split_whitespace());
        test
    }

    /// All texts.
    pub(crate) fn tree(&self) -> Result<BTreeMap<PathBuf, Vec<u8>>> {
        tree(&self.root)
    }

    /// Whether a folder is not what it is in the original.
    pub(crate) fn differs(&self, folder: &str) -> Result<bool> {
        let ours = tree(&self.root.join(folder))?.into_values();
        Ok(ours.ne(tree(&self.original.join(folder))?.into_values()))
    }

    pub(crate) fn remove(&self) -> Result<()> {
        match fs::remove_dir_all(&self.root) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(failed("remove", &self.root, &error))
            }
            _ => Ok(()),
        }
    }
}

fn copy_all(from: &Path, to: &Path) -> Result<()> {
    if from.is_dir() {
        fs::create_dir_all(to).map_err(|error| failed("create", to, &error))?;
        let below = entries(from)?.into_iter();
        return below
            .map(|path| (path.file_name().unwrap_or_default().to_owned(), path))
            .try_for_each(|(name, path)| copy_all(&path, &to.join(name)));
    }
    let folder = to.parent().unwrap_or(to);
    fs::create_dir_all(folder).map_err(|error| failed("create", folder, &error))?;
    fs::copy(from, to).map(drop).map_err(|error| failed("copy", from, &error))
}

fn tree(dir: &Path) -> Result<BTreeMap<PathBuf, Vec<u8>>> {
    let mut files = BTreeMap::new();
    for path in entries(dir)? {
        if path.is_dir() {
            files.extend(tree(&path)?);
        } else {
            let bytes = fs::read(&path).map_err(|error| failed("read", &path, &error))?;
            files.insert(path, bytes);
        }
    }
    Ok(files)
}

/// What is in a folder.
pub(crate) fn entries(dir: &Path) -> Result<Vec<PathBuf>> {
    let read = || fs::read_dir(dir)?.map(|entry| Ok(entry?.path())).collect::<io::Result<_>>();
    read().map_err(|error| failed("read", dir, &error))
}

pub(crate) fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path).map_err(|error| failed("read", path, &error))
}

pub(crate) fn failed(verb: &str, path: &Path, error: &io::Error) -> String {
    format!("cannot {verb} {}: {error}", path.display())
}
