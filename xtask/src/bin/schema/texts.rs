//! The prose that names the pinned version: README.md, and CHANGELOG.md with an entry for each
//! move.

use crate::diff::{Change, Diff, Group, Kind, NOTIFICATIONS, REQUESTS, SERVER_REQUESTS, TYPES};

pub(crate) const README: &str = "README.md";
pub(crate) const CHANGELOG: &str = "CHANGELOG.md";

/// How wide prose is.
const WIDTH: usize = 120;

/// The text with each mention of a version replaced by another.
pub(crate) fn with_version(text: &str, old: &str, new: &str) -> String {
    let mut moved = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(old) {
        let (before, after) = (&rest[..at], &rest[at + old.len()..]);
        // A part of a longer number is another version.
        let is_part = |c: char| c.is_ascii_alphanumeric();
        let begins = !before.ends_with(|c: char| is_part(c) || c == '.');
        let ends = !after.starts_with(is_part)
            && !after.strip_prefix(['.', '-']).is_some_and(|after| after.starts_with(is_part));
        moved += before;
        moved += if begins && ends { new } else { old };
        rest = after;
    }
    moved + rest
}

/// The changelog with an entry for a move, in the section of what is not released yet.
pub(crate) fn with_entry(changelog: &str, diff: &Diff) -> String {
    let (old, new) = (&diff.old, &diff.new);
    let start = changelog.find("\n## ").map_or(changelog.len(), |at| at + 1);
    let (head, sections) = changelog.split_at(start);
    let end = sections[1.min(sections.len())..].find("\n## ").map_or(sections.len(), |at| at + 2);
    let (newest, released) = sections.split_at(end);
    let title = newest.lines().next().unwrap_or_default();
    let (newest, released) = if title.to_ascii_lowercase().contains("unreleased") {
        let newest = newest.replace(&format!("for codex {old}."), &format!("for codex {new}."));
        (newest, released)
    } else {
        ("## Unreleased".to_owned(), sections)
    };
    let gap = if released.is_empty() { "" } else { "\n" };
    let (head, newest) = (head.trim_end(), newest.trim_end());
    format!("{head}\n\n{newest}\n\n{}{gap}{released}", entry(diff))
}

/// What a move brings and takes away, for users.
fn entry(diff: &Diff) -> String {
    let Diff { old, new, groups } = diff;
    let mut text = format!("### codex {new}\n\n");
    text += &wrapped("", &format!("Since codex {old}: {}.", diff.counts()));
    text.push('\n');
    for (name, noun) in [
        (REQUESTS, "requests"),
        (SERVER_REQUESTS, "server requests"),
        (NOTIFICATIONS, "notifications"),
        (TYPES, "types"),
    ] {
        let changes = groups.iter().find(|group| group.name == name);
        let changes = changes.map_or(&[][..], |group| &group.changes);
        for (kind, verb) in
            [(Kind::Added, "Added"), (Kind::Removed, "Removed"), (Kind::Changed, "Changed")]
        {
            let names = changes.iter().filter(|change| change.kind == kind);
            let names: Vec<String> = names.map(|change| format!("`{}`", change.name)).collect();
            if !names.is_empty() {
                text += &wrapped("- ", &format!("{verb} {noun}: {}.", names.join(", ")));
            }
        }
    }
    let is_type = |group: &&Group| {
        ![REQUESTS, SERVER_REQUESTS, NOTIFICATIONS, TYPES].contains(&group.name.as_str())
    };
    let inside: Vec<String> =
        groups.iter().filter(is_type).map(|group| format!("`{}`", group.name)).collect();
    if !inside.is_empty() {
        text += &wrapped("- ", &format!("Changed types: {}.", inside.join(", ")));
    }
    // That what is removed breaks its users goes without saying.
    let is_told = |group: &Group, change: &Change| !is_type(&group) && change.kind == Kind::Removed;
    let breaking = groups.iter().flat_map(|group| {
        let changes = group.changes.iter().filter(|change| change.breaking);
        changes.filter(|change| !is_told(group, change)).map(move |change| (group, change))
    });
    let breaking: Vec<String> = breaking
        .map(|(group, change)| {
            let of = if is_type(&group) { format!("{}: ", group.name) } else { String::new() };
            wrapped("  - ", &format!("`{of}{}`", described(change)))
        })
        .collect();
    if !breaking.is_empty() {
        text += "- What else breaks users:\n";
        text += &breaking.concat();
    }
    text
}

fn described(change: &Change) -> String {
    let verb = match change.kind {
        Kind::Added => "added ",
        Kind::Removed => "removed ",
        Kind::Changed => "",
    };
    format!("{verb}{}{}", change.name, change.text)
}

/// Lines no wider than prose is; the first begins as it is told, the others with as many spaces.
fn wrapped(first: &str, text: &str) -> String {
    let mut lines = first.to_owned();
    let mut width = first.len();
    for (at, word) in text.split(' ').enumerate() {
        let length = word.chars().count();
        if at > 0 && width + 1 + length > WIDTH {
            lines = format!("{lines}\n{:1$}", "", first.len());
            width = first.len();
        } else if at > 0 {
            lines.push(' ');
            width += 1;
        }
        lines += word;
        width += length;
    }
    lines + "\n"
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::{catalog::CATALOG, schema};

    /// What was measured with one version stays so.
    const HISTORY: [&str; 3] = ["BENCHMARKS.md", "codegen/src/repair.rs", "tests/transcripts/"];

    #[test]
    fn only_what_regen_writes_names_the_pinned_version() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let manifest = std::fs::read_to_string(root.join("schema/manifest.json")).unwrap();
        let manifest: serde_json::Value = serde_json::from_str(&manifest).unwrap();
        let pinned = manifest["codex"].as_str().unwrap();
        let mut naming = Vec::new();
        for entry in std::fs::read_dir(&root).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            // Folders of tools, such as `.git`; those of ours hold nothing but commands.
            if ["target", "schema"].contains(&name.as_str()) || name.starts_with('.') {
                continue;
            }
            let files = if path.is_dir() {
                let files = schema::read_tree(&path).unwrap().into_iter();
                files.map(|(below, text)| (format!("{name}/{below}"), text)).collect()
            } else {
                vec![(name, std::fs::read_to_string(&path).unwrap_or_default())]
            };
            let is_history = |path: &str| HISTORY.iter().any(|history| path.starts_with(history));
            let named = files.into_iter().filter(|(path, text)| {
                !is_history(path) && with_version(text, pinned, "") != *text
            });
            naming.extend(named.map(|(path, _)| path));
        }
        naming.sort();
        naming.retain(|path| ![README, CHANGELOG, CATALOG].contains(&path.as_str()));
        assert!(naming.is_empty(), "{pinned} is named in {naming:?}, which `regen` does not write");
    }

    #[test]
    fn only_the_whole_version_moves() {
        let text = "codex 1.2.3, @1.2.3` and `codex-runtime/1.2.3`. Not 11.2.3, 1.2.34, 1.2.3-beta, 1.2.3.4.";
        assert_eq!(
            with_version(text, "1.2.3", "1.3.0"),
            "codex 1.3.0, @1.3.0` and `codex-runtime/1.3.0`. Not 11.2.3, 1.2.34, 1.2.3-beta, 1.2.3.4."
        );
    }

    fn diff() -> Diff {
        let change = |kind, name: &str, text: &str, breaking| Change {
            kind,
            name: name.to_owned(),
            text: text.to_owned(),
            breaking,
        };
        let group = |name: &str, changes| Group { changes, ..Group::named(name) };
        let long: Vec<Change> = (0..20)
            .map(|n| change(Kind::Added, &format!("Type{n:08}"), ": object", false))
            .collect();
        Diff {
            old: "1.2.3".to_owned(),
            new: "1.3.0".to_owned(),
            groups: vec![
                group(
                    REQUESTS,
                    vec![
                        change(Kind::Added, "a/read", " AReadParams", false),
                        change(Kind::Changed, "b/read", " X (was Y)", true),
                    ],
                ),
                group(TYPES, long),
                group("Item", vec![change(Kind::Removed, "at", ": string", true)]),
            ],
        }
    }

    #[test]
    fn an_entry_names_what_changed_and_what_of_it_breaks() {
        let text = entry(&diff());
        assert!(text.starts_with(
            "### codex 1.3.0\n\nSince codex 1.2.3: 21 added, 1 removed, 1 changed; 2 of them breaking.\n\n\
             - Added requests: `a/read`.\n- Changed requests: `b/read`.\n- Added types: `Type00000000`, "
        ));
        assert!(text.ends_with(
            "- Changed types: `Item`.\n- What else breaks users:\n  - `b/read X (was Y)`\n  - `Item: removed at: string`\n"
        ));
        assert!(text.lines().all(|line| line.chars().count() <= WIDTH), "{text}");
    }

    #[test]
    fn an_entry_goes_to_what_is_not_released() {
        let entry = entry(&diff());
        let open = "# Changelog\n\n## 0.2.0 (unreleased)\n\nThe second, for codex 1.2.3.\n\n## 0.1.0\n\nThe first, for codex 1.2.3.\n";
        assert_eq!(
            with_entry(open, &diff()),
            format!(
                "# Changelog\n\n## 0.2.0 (unreleased)\n\nThe second, for codex 1.3.0.\n\n{entry}\n## 0.1.0\n\nThe first, for codex 1.2.3.\n"
            )
        );
        let only = "# Changelog\n\n## Unreleased\n\n- New.\n";
        assert_eq!(with_entry(only, &diff()), format!("{only}\n{entry}"));
        let released = "# Changelog\n\n## 0.1.0\n\nThe first.\n";
        assert_eq!(
            with_entry(released, &diff()),
            format!("# Changelog\n\n## Unreleased\n\n{entry}\n## 0.1.0\n\nThe first.\n")
        );
        assert_eq!(
            with_entry("# Changelog\n", &diff()),
            format!("# Changelog\n\n## Unreleased\n\n{entry}")
        );
    }
}
