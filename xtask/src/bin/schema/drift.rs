//! Files that are not what they have to be.
//!
//! Writing and checking act on the same list, so that a check cannot pass where writing would
//! change something.

use std::{
    ffi::OsString,
    fmt, fs,
    path::{Path, PathBuf},
    time::Duration,
};

use similar::{ChangeTag, TextDiff};
use xtask::error::Result;

use crate::schema::{self, Files};

/// Lines of each file's diff that are shown.
const DIFF_LINES: usize = 40;

/// One file that is not what it has to be.
#[derive(Debug, PartialEq)]
pub(crate) enum Drift<'a> {
    Changed { path: &'a str, found: &'a str, expected: &'a str },
    Missing { path: &'a str, expected: &'a str },
    Extra { path: &'a str },
}

pub(crate) fn compare<'a>(found: &'a Files, expected: &'a Files) -> Vec<Drift<'a>> {
    let differing = expected.iter().filter_map(|(path, expected)| match found.get(path) {
        Some(found) if found == expected => None,
        Some(found) => Some(Drift::Changed { path, found, expected }),
        None => Some(Drift::Missing { path, expected }),
    });
    let extra = found.keys().filter(|path| !expected.contains_key(*path));
    differing.chain(extra.map(|path| Drift::Extra { path })).collect()
}

/// Makes all files below `root` what they have to be. All new texts are on the disk before the
/// first old one goes.
pub(crate) fn repair(root: &Path, drifts: &[Drift<'_>]) -> Result<()> {
    let written = write_beside(root, drifts);
    if written.is_err() {
        for drift in drifts {
            // Those that were not written are not there.
            let _ = fs::remove_file(beside(&root.join(drift.path())));
        }
        return written;
    }
    for drift in drifts {
        let path = root.join(drift.path());
        match drift {
            Drift::Extra { .. } => fs::remove_file(&path),
            Drift::Changed { .. } | Drift::Missing { .. } => fs::rename(beside(&path), &path),
        }
        .map_err(|error| format!("cannot write {}: {error}", path.display()))?;
    }
    Ok(())
}

fn write_beside(root: &Path, drifts: &[Drift<'_>]) -> Result<()> {
    drifts.iter().try_for_each(|drift| match drift {
        Drift::Changed { path, expected, .. } | Drift::Missing { path, expected } => {
            schema::write(&beside(&root.join(path)), expected)
        }
        Drift::Extra { .. } => Ok(()),
    })
}

fn beside(path: &Path) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(".new");
    name.into()
}

impl fmt::Display for Drift<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Changed { path, .. } => write!(f, "changed: {path}"),
            Self::Missing { path, .. } => write!(f, "missing: {path}"),
            Self::Extra { path } => write!(f, "extra: {path}"),
        }
    }
}

impl Drift<'_> {
    pub(crate) fn path(&self) -> &str {
        let (Self::Changed { path, .. } | Self::Missing { path, .. } | Self::Extra { path }) = self;
        path
    }

    /// What changed inside the file, from what is on disk to what codex generates.
    pub(crate) fn diff(&self) -> String {
        let Self::Changed { found, expected, .. } = self else {
            return String::new();
        };
        let diff = TextDiff::configure()
            // After this it gets coarser, which is good enough for a report.
            .timeout(Duration::from_secs(2))
            .diff_lines(*found, *expected);
        let count = |tag| diff.iter_all_changes().filter(|change| change.tag() == tag).count();
        let (added, removed) = (count(ChangeTag::Insert), count(ChangeTag::Delete));

        let unified = diff.unified_diff().header("here", "expected").to_string();
        let lines: Vec<&str> = unified.lines().collect();
        let mut text = String::new();
        for line in lines.iter().take(DIFF_LINES) {
            text += &format!("  {line}\n");
        }
        if let Some(more @ 1..) = lines.len().checked_sub(DIFF_LINES) {
            text += &format!("  … {more} more lines of diff\n");
        }
        text + &format!("  lines: +{added} -{removed}\n")
    }
}

#[cfg(test)]
mod tests {
    use codex_app_server_codegen::load::FIELD_TYPES;

    use super::*;

    fn files(list: &[(&str, &str)]) -> Files {
        list.iter().map(|(path, text)| (path.to_string(), text.to_string())).collect()
    }

    #[test]
    fn each_drift_is_reported_and_repaired() {
        let dir = tempfile::tempdir().unwrap();
        let expected = files(&[
            ("experimental/Same.json", "1"),
            ("experimental/v1/Missing.json", "2"),
            ("manifest.json", "3"),
            ("stable/Changed.json", "4"),
        ]);
        for (path, text) in [
            ("experimental/Same.json", "1"),
            ("stable/Changed.json", "old"),
            ("stable/v1/Extra.json", "5"),
            ("manifest.json", "3"),
            ("by-hand.json", "6"),
        ] {
            let path = dir.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }

        let read = || {
            let files = schema::read_tree(dir.path()).unwrap();
            files.into_iter().partition::<Files, _>(|(path, _)| schema::is_generated(path))
        };
        let (found, by_hand) = read();
        assert_eq!(by_hand, files(&[("by-hand.json", "6")]));
        let drifts = compare(&found, &expected);
        assert_eq!(
            drifts,
            [
                Drift::Missing { path: "experimental/v1/Missing.json", expected: "2" },
                Drift::Changed { path: "stable/Changed.json", found: "old", expected: "4" },
                Drift::Extra { path: "stable/v1/Extra.json" },
            ],
        );

        repair(dir.path(), &drifts).unwrap();
        assert_eq!(read(), (expected, by_hand));
    }

    #[test]
    fn all_is_written_or_nothing() {
        let dir = tempfile::tempdir().unwrap();
        // Where a folder has to be is a file: the second text cannot be written.
        for (path, text) in [("a.json", "old"), ("b", "a file"), ("c.json", "extra")] {
            fs::write(dir.path().join(path), text).unwrap();
        }
        let found = schema::read_tree(dir.path()).unwrap();
        let expected = files(&[("a.json", "new"), ("b", "a file"), ("b/x.json", "new")]);
        let error = repair(dir.path(), &compare(&found, &expected)).unwrap_err();
        assert!(error.contains("x.json"), "{error}");
        assert_eq!(schema::read_tree(dir.path()).unwrap(), found);
    }

    #[test]
    fn field_types_that_were_edited_or_deleted_are_told() {
        let pinned = Path::new(env!("CARGO_MANIFEST_DIR")).join("../schema");
        let mut expected = schema::read_tree(&pinned).unwrap();
        expected.retain(|path, _| schema::is_generated(path));
        assert!(schema::edited_files(&expected).is_empty());

        let mut edited = expected.clone();
        let text = edited.get_mut(FIELD_TYPES).unwrap();
        *text = text.replacen("\"bool\"", "\"u64\"", 1);
        let drifts = compare(&edited, &expected);
        let paths: Vec<_> = drifts.iter().map(ToString::to_string).collect();
        assert_eq!(paths, [format!("changed: {FIELD_TYPES}")]);
        assert_eq!(schema::edited_files(&edited), [FIELD_TYPES]);

        let mut deleted = expected.clone();
        deleted.remove(FIELD_TYPES);
        let drifts = compare(&deleted, &expected);
        let paths: Vec<_> = drifts.iter().map(ToString::to_string).collect();
        assert_eq!(paths, [format!("missing: {FIELD_TYPES}")]);
    }

    #[test]
    fn a_diff_is_readable_and_short() {
        let old: String = (0..100).map(|n| format!("{n}\n")).collect();
        let diff = |new: &str| Drift::Changed { path: "x", found: &old, expected: new }.diff();

        assert_eq!(
            diff(&old.replace("\n50\n", "\nfifty\n")),
            "  --- here\n  +++ expected\n  @@ -48,7 +48,7 @@\n   47\n   48\n   49\n  -50\n  +fifty\n   \
             51\n   52\n   53\n  lines: +1 -1\n",
        );
        let long = diff("");
        assert_eq!(long.lines().count(), DIFF_LINES + 2);
        assert!(long.ends_with("  … 63 more lines of diff\n  lines: +0 -100\n"), "{long}");
    }
}
