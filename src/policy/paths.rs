//! Whether a path is below a folder, by its words and by what the file system says of it.

use std::{
    ffi::OsStr,
    fs::{self, Metadata},
    io::{self, ErrorKind},
    path::{Component, Path, PathBuf},
};

/// Names of folders whose files say what is run later: codex keeps them out of its sandbox, and
/// asks about them also within the folder that the agent works in.
const PROTECTED: [&str; 3] = [".git", ".codex", ".agents"];

/// A folder that rules are about.
#[derive(Debug)]
pub(super) struct Root {
    /// As the program has named it, which may be by a link.
    given: PathBuf,
    /// Where that led when the program connected.
    resolved: PathBuf,
}

impl Root {
    pub(super) fn new(given: &Path) -> io::Result<Self> {
        if !given.is_absolute() {
            return Err(io::Error::new(ErrorKind::InvalidInput, "it is not absolute"));
        }
        let resolved = fs::canonicalize(given)?;
        if !resolved.is_dir() {
            return Err(ErrorKind::NotADirectory.into());
        }
        Ok(Self { given: given.to_owned(), resolved })
    }

    /// Whether `path` is this folder, or one below it.
    pub(super) fn has_folder(&self, path: &str) -> bool {
        self.locate(path).is_some_and(|path| path.is_dir() && has_no_links(&path))
    }

    /// Whether a change of the file at `path` changes, or makes, this one file below the folder, as
    /// far as the file system tells now.
    pub(super) fn has_file(&self, path: &str) -> bool {
        let Some(path) = self.locate(path) else { return false };
        let Ok(below) = path.strip_prefix(&self.resolved) else { return false };
        if below.as_os_str().is_empty() || !below.iter().all(is_ordinary) {
            return false;
        }
        // What does not exist can be no link. One that leads nowhere does exist.
        let is_missing = |one: &Path| {
            fs::symlink_metadata(one).is_err_and(|error| error.kind() == ErrorKind::NotFound)
        };
        let Some(existing) = path.ancestors().find(|one| !is_missing(one)) else { return false };
        let Ok(metadata) = fs::symlink_metadata(existing) else { return false };
        let fits = if existing == path { is_only_here(&metadata) } else { metadata.is_dir() };
        fits && has_no_links(existing)
    }

    /// `path` from the resolved folder on, if it is one below by its words alone.
    fn locate(&self, path: &str) -> Option<PathBuf> {
        let path = Path::new(path);
        if path.components().any(|step| step == Component::ParentDir) {
            return None;
        }
        let leads_here = || fs::canonicalize(&self.given).is_ok_and(|path| path == self.resolved);
        let below = match path.strip_prefix(&self.resolved) {
            Ok(below) => below,
            Err(_) => path.strip_prefix(&self.given).ok().filter(|_| leads_here())?,
        };
        Some(self.resolved.join(below))
    }
}

/// Whether no step of the way is a link, not even to where it would be allowed: a link in `/proc`
/// leads each process elsewhere.
fn has_no_links(path: &Path) -> bool {
    fs::canonicalize(path).is_ok_and(|resolved| resolved == path)
}

/// Whether it is a file, and has no second name, perhaps elsewhere.
fn is_only_here(metadata: &Metadata) -> bool {
    #[cfg(unix)]
    let links = std::os::unix::fs::MetadataExt::nlink(metadata);
    #[cfg(not(unix))]
    let links = 1;
    metadata.is_file() && links == 1
}

/// Whether each file system takes the name for itself, and it is none of the protected ones. Some
/// leave out invisible characters, or dots and spaces at the end; `:` names a part of a file.
fn is_ordinary(name: &OsStr) -> bool {
    let Some(name) = name.to_str() else { return false };
    let is_protected = PROTECTED.iter().any(|one| one.eq_ignore_ascii_case(name))
        // Some letters beyond ASCII are the same as one of it, in upper case.
        || (name.starts_with('.') && !name.is_ascii());
    let is_odd =
        |c: char| ":\\".contains(c) || !(c.is_alphanumeric() || c.is_ascii_graphic() || c == ' ');
    !is_protected && !name.contains(is_odd) && !name.ends_with(['.', ' '])
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::os::unix::fs::symlink;

    use tempfile::TempDir;

    use super::*;

    /// A folder with `root` and `out`, each with a file in it.
    fn folders() -> (TempDir, Root) {
        let base = TempDir::new().unwrap();
        for name in ["root/sub", "root/.git", "out"] {
            fs::create_dir_all(base.path().join(name)).unwrap();
        }
        for name in ["root/file", "root/sub/file", "root/.git/config", "out/file"] {
            fs::write(base.path().join(name), "").unwrap();
        }
        let root = Root::new(&base.path().join("root")).unwrap();
        (base, root)
    }

    fn path(base: &TempDir, name: &str) -> String {
        format!("{}/{name}", base.path().display())
    }

    #[test]
    fn files_below_the_root_may_change_and_no_others() {
        let (base, root) = folders();
        let has = |name: &str| root.has_file(&path(&base, name));
        #[rustfmt::skip]
        let below = [
            "root/file", "root/new", "root/sub/file", "root/new/deep/file", "root//sub/./file",
            "root/two words.txt", "root/.gitignore", "root/.github/x", "root/größe", "root/a..b",
        ];
        for name in below {
            assert!(has(name), "{name}");
        }
        #[rustfmt::skip]
        let others = [
            "out/file", "out/new", "new", "rootless/file", "root-2/x", "root", "root/", "root/sub",
            // Up again, even if that ends below.
            "root/../out/file", "root/sub/../file", "root/new/../../out/x", "root/..", "root/.",
            "out/../root/file",
            // A file as a folder.
            "root/file/new",
            // What is run later.
            "root/.git/config", "root/.git/hooks/pre-commit", "root/sub/.git/config", "root/.git",
            "root/.codex/config.toml", "root/.agents/x", "root/.GIT/config", "root/.Codex/x",
            // The same to some file systems.
            "root/.g\u{200c}it/config", "root/.git./config", "root/.git /config", "root/x.",
            "root/.git::$INDEX_ALLOCATION/config", "root/file:stream", "root/a\\..\\..\\out",
            "root/.agent\u{17f}/x", "root/a\u{202e}b", "root/a\nb", "root/a\0b", "root/a\u{7f}",
            // Another folder, unless the file system says that it is the same.
            "Root/file", "ROOT/new",
        ];
        for name in others {
            assert!(!has(name), "{name:?}");
        }
        for path in ["", "file", "./file", "root/file", "~/file", "file:///folder/file", "/"] {
            assert!(!root.has_file(path), "{path}");
        }
    }

    #[test]
    fn what_leads_over_a_link_is_somewhere_else() {
        let (base, root) = folders();
        let at = |name: &str| base.path().join(name);
        symlink(at("out"), at("root/folder")).unwrap();
        symlink(at("out/file"), at("root/link")).unwrap();
        symlink(at("out/none"), at("root/dangling")).unwrap();
        symlink(at("root/loop"), at("root/loop")).unwrap();
        symlink("sub/file", at("root/inside")).unwrap();
        symlink("sub", at("root/within")).unwrap();
        symlink(at("root/.git"), at("root/innocent")).unwrap();
        fs::hard_link(at("out/file"), at("root/hard")).unwrap();
        symlink(at("root"), at("way")).unwrap();
        #[rustfmt::skip]
        let linked = [
            "root/folder/file", "root/folder/new", "root/link", "root/dangling", "root/dangling/x",
            "root/loop", "root/loop/x", "root/innocent/config", "root/hard", "root/inside",
            "root/within/file", "root/within/new", "way/file", "way/new",
        ];
        for name in linked {
            assert!(!root.has_file(&path(&base, name)), "{name}");
        }
        for name in
            ["root/folder", "root/within", "way", "way/sub", "out", "root/file", "root/none"]
        {
            assert!(!root.has_folder(&path(&base, name)), "{name}");
        }
        for name in ["root", "root/", "root/sub", "root/.git"] {
            assert!(root.has_folder(&path(&base, name)), "{name}");
        }
    }

    /// The server's own process may stand elsewhere than this one.
    #[cfg(target_os = "linux")]
    #[test]
    fn no_path_is_what_it_is_to_one_process_only() {
        let (base, _) = folders();
        let here = std::env::current_dir().unwrap();
        let root = Root::new(&here).unwrap();
        let link = base.path().join("root/process");
        symlink("/proc/self/cwd", &link).unwrap();
        for path in ["/proc/self/cwd", "/proc/self/cwd/src", &link.display().to_string()] {
            assert!(Path::new(path).is_dir() && !root.has_folder(path), "{path}");
            assert!(!root.has_file(&format!("{path}/new")), "{path}");
        }
        assert!(root.has_folder(&here.display().to_string()));
    }

    #[test]
    fn a_root_that_is_a_link_is_what_it_led_to() {
        let (base, _) = folders();
        let [way, real, out] = ["way", "root", "out"].map(|name| base.path().join(name));
        symlink(&real, &way).unwrap();
        let root = Root::new(&way).unwrap();
        for name in ["way/file", "root/file"] {
            assert!(root.has_file(&path(&base, name)), "{name}");
        }
        fs::remove_file(&way).unwrap();
        symlink(&out, &way).unwrap();
        assert!(!root.has_file(&path(&base, "way/file")));
        assert!(!root.has_file(&path(&base, "out/file")));
        // What it has led to, replaced.
        fs::remove_dir_all(&real).unwrap();
        symlink(&out, &real).unwrap();
        assert!(!root.has_file(&path(&base, "root/file")));
        assert!(!root.has_folder(&path(&base, "root")));
    }

    #[test]
    fn a_root_is_absolute_and_there() {
        let (base, _) = folders();
        for path in [Path::new("."), Path::new(""), &base.path().join("root/file")] {
            assert!(Root::new(path).is_err(), "{}", path.display());
        }
        assert!(Root::new(&base.path().join("none")).is_err());
    }
}
