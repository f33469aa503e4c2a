//! `cargo xtask regen`: makes `schema/` what it has to be, or says where it is not.

use std::{fmt, fs, path::Path, time::Duration};

use codex_app_server_codegen::load::FIELD_TYPES;
use similar::{ChangeTag, TextDiff};
use xtask::{error::Result, runtime, workspace::Workspace};

use crate::schema::{self, Files};

/// Lines of each file's diff that are shown.
const DIFF_LINES: usize = 40;

#[derive(Clone, Copy)]
pub(crate) enum Mode {
    Write,
    Check,
}

/// Both modes act on the same list of differences, so that the check cannot pass where writing
/// would change something.
pub(crate) fn regen(workspace: &Workspace, version: Option<&str>, mode: Mode) -> Result<()> {
    let dir = workspace.schema();
    let version = match version {
        Some(version) => version.to_owned(),
        None => workspace.codex_version()?,
    };
    let binary = runtime::ensure(workspace, &version)?;
    let mut expected = schema::files(&binary, &version)?;
    let (mut found, tables) = read(&dir)?;
    // The generator may lack something for a new version: a repair, a row of a table. Its schema is
    // written all the same: one needs it to complete them.
    let incomplete = schema::complete(&mut expected, &tables, &version).err();
    let made = [FIELD_TYPES, schema::INVENTORY];
    let unmade: Vec<&str> = made.into_iter().filter(|path| !expected.contains_key(*path)).collect();
    found.retain(|path, _| !unmade.contains(&path.as_str()));

    let drifts = compare(&found, &expected);
    for drift in &drifts {
        println!("{drift}");
        match mode {
            Mode::Write => drift.repair(&dir)?,
            Mode::Check => print!("{}", drift.diff()),
        }
    }
    let count = expected.len();
    match mode {
        _ if drifts.is_empty() => println!("schema matches codex {version} ({count} files)"),
        Mode::Write => println!("schema is now that of codex {version} ({count} files)"),
        Mode::Check => {
            for path in schema::edited_files(&found) {
                println!("edited since it was pinned: {path} (sha256 differs from the manifest's)");
            }
            return Err(format!(
                "schema/ is not what codex {version} generates: {} of {count} files differ. \
                 Run `cargo xtask regen` and review `git diff schema`.",
                drifts.len(),
            ));
        }
    }
    match incomplete {
        None => Ok(()),
        Some(error) => Err(format!(
            "{error}\nThe schema files are those of codex {version}; not written: {}. \
             Correct the above and run `cargo xtask regen`.",
            unmade.join(", "),
        )),
    }
}

/// What `dir` holds: the files that are generated, and those that are written by hand.
fn read(dir: &Path) -> Result<(Files, Files)> {
    let files = schema::read_tree(dir)?.into_iter();
    Ok(files.partition(|(path, _)| schema::is_generated(path)))
}

/// One file that is not what it has to be.
#[derive(Debug, PartialEq)]
enum Drift<'a> {
    Changed { path: &'a str, found: &'a str, expected: &'a str },
    Missing { path: &'a str, expected: &'a str },
    Extra { path: &'a str },
}

fn compare<'a>(found: &'a Files, expected: &'a Files) -> Vec<Drift<'a>> {
    let differing = expected.iter().filter_map(|(path, expected)| match found.get(path) {
        Some(found) if found == expected => None,
        Some(found) => Some(Drift::Changed { path, found, expected }),
        None => Some(Drift::Missing { path, expected }),
    });
    let extra = found.keys().filter(|path| !expected.contains_key(*path));
    differing.chain(extra.map(|path| Drift::Extra { path })).collect()
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
    fn repair(&self, dir: &Path) -> Result<()> {
        let (Self::Changed { path, .. } | Self::Missing { path, .. } | Self::Extra { path }) = self;
        let target = dir.join(path);
        match self {
            Self::Changed { expected, .. } | Self::Missing { expected, .. } => {
                schema::write(&target, expected)
            }
            Self::Extra { .. } => fs::remove_file(&target)
                .map_err(|error| format!("cannot remove {}: {error}", target.display())),
        }
    }

    /// What changed inside the file, from what is on disk to what codex generates.
    fn diff(&self) -> String {
        let Self::Changed { found, expected, .. } = self else {
            return String::new();
        };
        let diff = TextDiff::configure()
            // After this it gets coarser, which is good enough for a report.
            .timeout(Duration::from_secs(2))
            .diff_lines(*found, *expected);
        let count = |tag| diff.iter_all_changes().filter(|change| change.tag() == tag).count();
        let (added, removed) = (count(ChangeTag::Insert), count(ChangeTag::Delete));

        let unified = diff.unified_diff().header("schema/", "codex").to_string();
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

        let (found, by_hand) = read(dir.path()).unwrap();
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

        for drift in &drifts {
            drift.repair(dir.path()).unwrap();
        }
        assert_eq!(read(dir.path()).unwrap(), (expected, by_hand));
    }

    #[test]
    fn field_types_that_were_edited_or_deleted_are_told() {
        let pinned = Path::new(env!("CARGO_MANIFEST_DIR")).join("../schema");
        let (expected, _) = read(&pinned).unwrap();
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
            "  --- schema/\n  +++ codex\n  @@ -48,7 +48,7 @@\n   47\n   48\n   49\n  -50\n  +fifty\n   \
             51\n   52\n   53\n  lines: +1 -1\n",
        );
        let long = diff("");
        assert_eq!(long.lines().count(), DIFF_LINES + 2);
        assert!(long.ends_with("  … 63 more lines of diff\n  lines: +0 -100\n"), "{long}");
    }
}
