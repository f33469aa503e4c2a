//! Moves are planned from any source, and nothing is written half.

use xtask::methods::{METHODS, Tables};

use super::*;
use crate::upstream::tests::Repository;

fn workspace() -> Workspace {
    Workspace::locate().unwrap()
}

/// The pinned files of a flavour.
fn pinned(flavour: &str) -> Files {
    schema::read_tree(&workspace().schema().join(flavour)).unwrap()
}

/// The same with one notification more.
fn with_notification(mut files: Files, name: &str) -> Files {
    let text = files.get_mut(schema::BUNDLE).unwrap();
    let mut bundle: serde_json::Value = serde_json::from_str(text).unwrap();
    let branches = bundle["definitions"]["ServerNotification"]["oneOf"].as_array_mut().unwrap();
    let mut branch = branches[0].clone();
    branch["properties"]["method"]["enum"] = serde_json::json!([name]);
    branches.push(branch);
    *text = format!("{bundle:#}\n");
    files
}

#[test]
fn a_repository_is_an_early_warning() {
    let check = |repository: &Repository| {
        let source = Source::Repository { url: repository.url(), reference: None };
        regen(&workspace(), Some(&source), Mode::Check)
    };
    let (stable, experimental) = (pinned(STABLE), pinned(EXPERIMENTAL));
    let broken = "fn main() { it is broken }";
    let repository = Repository::new();

    // Its stable schema only, and both.
    repository.commit("0.0.0", &stable, &experimental, broken);
    assert_eq!(check(&repository), Ok(()));
    repository.commit_whole("0.0.0", &stable, &experimental);
    assert_eq!(check(&repository), Ok(()));

    repository.commit("0.0.0", &with_notification(stable.clone(), "a/b"), &experimental, broken);
    assert!(check(&repository).unwrap_err().contains("is another protocol"));
    repository.commit_whole("0.0.0", &stable, &with_notification(experimental.clone(), "a/b"));
    assert!(check(&repository).unwrap_err().contains("is another protocol"));

    // Nothing of it can be pinned.
    let source = Source::Repository { url: repository.url(), reference: None };
    let error = regen(&workspace(), Some(&source), Mode::Write).unwrap_err();
    assert!(error.contains("no published version"), "{error}");
    repository.commit("0.0.0", &stable, &experimental, broken);
    let error = regen(&workspace(), Some(&source), Mode::Write).unwrap_err();
    assert!(error.contains("one flavour"), "{error}");
}

/// A copy of what `regen` reads and writes, below a folder of its own.
fn copy(workspace: &Workspace, to: &Path) -> Workspace {
    for path in [README, CHANGELOG, CATALOG] {
        let text = fs::read_to_string(workspace.root().join(path)).unwrap();
        schema::write(&to.join(path), &text).unwrap();
    }
    for (path, text) in schema::read_tree(&workspace.schema()).unwrap() {
        schema::write(&to.join("schema").join(path), &text).unwrap();
    }
    Workspace::at(to, &to.join("target"))
}

/// A folder with another version, from the files of both flavours.
fn folder(to: &Path, version: &str, change: impl Fn(Files) -> Files) -> Source {
    for flavour in [EXPERIMENTAL, STABLE] {
        for (path, text) in change(pinned(flavour)) {
            schema::write(&to.join(flavour).join(path), &text).unwrap();
        }
    }
    schema::write(&to.join("manifest.json"), &format!(r#"{{"codex": "{version}"}}"#)).unwrap();
    Source::Folder(to.to_owned())
}

#[test]
fn what_needs_judgement_is_listed_at_once_and_nothing_is_written() {
    let (dir, from) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let workspace = copy(&workspace(), dir.path());
    let source = folder(from.path(), "9.9.9", |mut files| {
        // Two responses are called otherwise.
        for text in files.values_mut() {
            *text = text.replace("ThreadStartResponse", "StartedThreadResponse");
            *text = text.replace("TurnStartResponse", "StartedTurnResponse");
        }
        files
    });
    let before = schema::read_tree(dir.path()).unwrap();
    let origin = Origin::open(&workspace, &source).unwrap();
    let update = Update::plan(&workspace, &origin, "9.9.9").unwrap();
    let problems: Vec<String> = update.problems.iter().map(ToString::to_string).collect();
    for row in
        [r#""thread/start": "StartedThreadResponse""#, r#""turn/start": "StartedTurnResponse""#]
    {
        let naming = problems
            .iter()
            .filter(|problem| problem.contains(&format!("add `{row}` to `responses`")));
        assert_eq!(naming.count(), 1, "{row}: {problems:?}");
    }
    assert_eq!(problems.len(), 2, "{problems:?}");
    let error = regen(&workspace, Some(&source), Mode::Write).unwrap_err();
    assert!(error.contains("nothing was written"), "{error}");
    assert_eq!(schema::read_tree(dir.path()).unwrap(), before);

    // With these lines the same command succeeds, and then there is nothing to do.
    let methods = dir.path().join("schema").join(METHODS);
    let mut rows = Tables::parse(&before[&format!("schema/{METHODS}")]).unwrap();
    let decided = r#"{"responses": {"thread/start": "StartedThreadResponse", "turn/start": "StartedTurnResponse"}}"#;
    rows.extend(Tables::parse(decided).unwrap()).unwrap();
    schema::write(&methods, &rows.text()).unwrap();
    assert_eq!(regen(&workspace, Some(&source), Mode::Write), Ok(()));
    assert_eq!(regen(&workspace, Some(&source), Mode::Check), Ok(()));
    assert_eq!(workspace.codex_version().unwrap(), "9.9.9");
    let after = schema::read_tree(dir.path()).unwrap();
    assert!(after[README].contains("@openai/codex@9.9.9"));
    assert!(after[CHANGELOG].contains("### codex 9.9.9"));
    assert!(after[CHANGELOG].contains("`thread/start`"));
}

#[test]
fn rows_of_methods_that_are_gone_go() {
    let (dir, from) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let workspace = copy(&workspace(), dir.path());
    // A method of another name: what is known of the old one is of no use.
    let source = folder(from.path(), "9.9.9", |mut files| {
        for text in files.values_mut() {
            *text = text.replace("\"turn/interrupt\"", "\"turn/stop\"");
        }
        files
    });
    let error = regen(&workspace, Some(&source), Mode::Check).unwrap_err();
    assert!(error.contains("without --check, this moves to 9.9.9"), "{error}");
    assert_eq!(regen(&workspace, Some(&source), Mode::Write), Ok(()));
    let rows = fs::read_to_string(dir.path().join("schema").join(METHODS)).unwrap();
    assert!(!rows.contains("turn/interrupt"), "{rows}");
    let changelog = fs::read_to_string(dir.path().join(CHANGELOG)).unwrap();
    assert!(changelog.contains("Added requests: `turn/stop`."), "{changelog}");
    assert!(changelog.contains("Removed requests: `turn/interrupt`."), "{changelog}");
}
