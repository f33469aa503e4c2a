//! `cargo xtask regen`: makes the repository what it has to be for a codex, or says where it is
//! not.
//!
//! All that can be done without judgement is done, and all that needs it is listed at once. As long
//! as something is on that list, nothing is written.

use std::{fs, path::Path};

use codex_app_server_codegen::load::FIELD_TYPES;
use xtask::{error::Result, source::Source, workspace::Workspace};

use crate::{
    catalog::{self, CATALOG},
    diff::Diff,
    drift::{self, Drift},
    notes,
    origin::{Origin, UNPUBLISHED},
    planned::{self, Problem},
    schema::{self, EXPERIMENTAL, Files, STABLE},
    texts::{self, CHANGELOG, README},
};

#[cfg(test)]
mod tests;

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Mode {
    Write,
    Check,
}

/// Moves to a source, or to the pinned codex; or checks what would change.
pub(crate) fn regen(workspace: &Workspace, source: Option<&Source>, mode: Mode) -> Result<()> {
    let origin = match source {
        Some(source) => Origin::open(workspace, source)?,
        None => Origin::open(workspace, &Source::Published(workspace.codex_version()?))?,
    };
    let whole = origin.has(EXPERIMENTAL) && origin.has(STABLE);
    match (mode, &origin.version) {
        (Mode::Write, _) if !whole => Err(format!(
            "{} has one flavour of the schema, and schema/ needs both, in `{EXPERIMENTAL}` and `{STABLE}`. \
             See what it brings with --check",
            origin.name
        )),
        (Mode::Write, None) => Err(format!(
            "{} is of no published version of codex, and what schema/ is pinned to has to be one that \
             can be installed. See what it brings with --check; of a folder, `{{\"codex\": \"1.2.3\"}}` \
             in its manifest.json says the version",
            origin.name
        )),
        (Mode::Write, Some(version)) => Update::plan(workspace, &origin, version)?.write(workspace),
        (Mode::Check, _) if !whole => warn(workspace, origin),
        (Mode::Check, version) => {
            // What is not published yet is planned all the same, to see what it will need.
            let version = version.as_deref().unwrap_or(UNPUBLISHED);
            Update::plan(workspace, &origin, version)?.check()
        }
    }
}

/// What one flavour tells of the next version.
fn warn(workspace: &Workspace, origin: Origin) -> Result<()> {
    let diff = Diff::of(workspace, Origin::pinned(workspace)?, origin)?;
    if diff.groups.is_empty() {
        println!("{} says nothing else than codex {}", diff.new, diff.old);
        return Ok(());
    }
    print!("{diff}");
    Err(format!("{} is another protocol than that of codex {}", diff.new, diff.old))
}

/// A move, before anything is written.
struct Update {
    version: String,
    found: Files,
    expected: Files,
    /// What has to be decided first.
    problems: Vec<Problem>,
    /// What somebody should look at.
    notes: Vec<String>,
    /// What is different, for a move to another version.
    diff: Option<Diff>,
}

impl Update {
    fn plan(workspace: &Workspace, origin: &Origin, version: &str) -> Result<Self> {
        let (pinned, by_hand) = read(&workspace.schema())?;
        let (mut made, mut tables) = (origin.files.clone(), by_hand.clone());
        let mut notes = notes::idle_repairs(&origin.files)?;
        let problems = match planned::complete(&mut made, &mut tables, version)? {
            Ok(api) => {
                let before = planned::before(&pinned, &by_hand)?;
                notes.extend(before.iter().flat_map(|before| notes::new_in(before, &api)));
                Vec::new()
            }
            Err(problems) => problems,
        };
        let is_moved = workspace.codex_version().is_ok_and(|pinned| pinned != version);
        let diff = is_moved.then(|| {
            let name = origin.version.as_ref().unwrap_or(&origin.name).clone();
            let new = Origin { name, ..origin.clone() };
            Diff::of(workspace, Origin::pinned(workspace)?, new)
        });
        let diff = diff.transpose()?;
        let bundled = origin.binary.as_deref().map(catalog::bundled).transpose()?;
        if let Some(bundled) = &bundled {
            notes.extend(notes::efforts(&catalog::efforts(bundled)?, &by_hand)?);
        }

        let below =
            |files: Files| files.into_iter().map(|(path, text)| (format!("schema/{path}"), text));
        let mut found: Files = below(pinned).collect();
        found.extend(below(by_hand));
        let mut expected: Files = below(made).collect();
        expected.extend(below(tables));
        for (path, text) in others(workspace.root(), bundled.as_deref(), diff.as_ref())? {
            let [now, then] = text;
            found.insert(path.to_owned(), now);
            expected.insert(path.to_owned(), then);
        }
        Ok(Self { version: version.to_owned(), found, expected, problems, notes, diff })
    }

    /// Writes all of it, or nothing.
    fn write(&self, workspace: &Workspace) -> Result<()> {
        let version = &self.version;
        self.tell();
        if !self.problems.is_empty() {
            return Err(format!(
                "nothing was written: codex {version} needs what is listed above. Then run the same \
                 command again."
            ));
        }
        let drifts = drift::compare(&self.found, &self.expected);
        drift::repair(workspace.root(), &drifts)?;
        drifts.iter().for_each(|drift| println!("{drift}"));
        if let Some(diff) = &self.diff {
            println!("codex {} to {}: {}", diff.old, diff.new, diff.counts());
        }
        if drifts.is_empty() {
            println!("everything is as codex {version} needs it");
        } else {
            println!("{} files are now as codex {version} needs them", drifts.len());
        }
        Ok(())
    }

    fn check(&self) -> Result<()> {
        let version = &self.version;
        if let Some(diff) = &self.diff {
            print!("{diff}");
            self.tell();
            let Diff { old, new, groups } = diff;
            return match (version.as_str(), groups.as_slice()) {
                (UNPUBLISHED, []) => Ok(()),
                (UNPUBLISHED, _) => {
                    Err(format!("{new} is another protocol than that of codex {old}"))
                }
                _ => {
                    Err(format!("codex {old} is pinned; without --check, this moves to {version}"))
                }
            };
        }
        self.tell();
        // The inventory is not made when something is wrong, and that is told.
        let drifts = drift::compare(&self.found, &self.expected);
        let drifts: Vec<&Drift<'_>> = drifts
            .iter()
            .filter(|drift| self.problems.is_empty() || !is_made_last(drift.path()))
            .collect();
        for drift in &drifts {
            print!("{drift}\n{}", drift.diff());
        }
        if drifts.is_empty() && self.problems.is_empty() {
            println!("everything is as codex {version} needs it");
            return Ok(());
        }
        for path in schema::edited_files(&below_schema(&self.found)) {
            println!("edited since it was pinned: {path} (sha256 differs from the manifest's)");
        }
        Err(format!(
            "{} files are not what codex {version} needs. Run `cargo xtask regen` and review `git diff`.",
            drifts.len(),
        ))
    }

    /// Shows what has to be decided, and what is worth a look.
    fn tell(&self) {
        if !self.problems.is_empty() {
            println!("To decide for codex {}:", self.version);
            self.problems.iter().for_each(|problem| println!("- {problem}"));
        }
        if !self.notes.is_empty() {
            println!("To look at:");
            self.notes.iter().for_each(|note| println!("- {note}"));
        }
    }
}

/// Files outside of `schema/`, as they are and as they have to be.
fn others(
    root: &Path,
    bundled: Option<&str>,
    diff: Option<&Diff>,
) -> Result<Vec<(&'static str, [String; 2])>> {
    let text = |path: &str| {
        let path = root.join(path);
        fs::read_to_string(&path)
            .map_err(|error| format!("cannot read {}: {error}", path.display()))
    };
    let mut others = Vec::new();
    if let Some(diff) = diff {
        let (readme, changelog) = (text(README)?, text(CHANGELOG)?);
        let moved = texts::with_version(&readme, &diff.old, &diff.new);
        others.push((README, [readme, moved]));
        let entry = texts::with_entry(&changelog, diff);
        others.push((CHANGELOG, [changelog, entry]));
    }
    if let Some(bundled) = bundled {
        let catalog = text(CATALOG)?;
        let adapted = catalog::adapt(&catalog, bundled)?;
        others.push((CATALOG, [catalog, adapted]));
    }
    Ok(others)
}

/// What `dir` holds: the files that are generated, and those that are written by hand.
fn read(dir: &Path) -> Result<(Files, Files)> {
    let files = schema::read_tree(dir)?.into_iter();
    Ok(files.partition(|(path, _)| schema::is_generated(path)))
}

/// The files of the schema, by their path in `schema/`.
fn below_schema(files: &Files) -> Files {
    let below = files
        .iter()
        .filter_map(|(path, text)| Some((path.strip_prefix("schema/")?.to_owned(), text.clone())));
    below.collect()
}

/// Whether a file is made of all others.
fn is_made_last(path: &str) -> bool {
    let path = path.strip_prefix("schema/").unwrap_or(path);
    [FIELD_TYPES, schema::INVENTORY, schema::SECRETS, schema::MANIFEST].contains(&path)
}
