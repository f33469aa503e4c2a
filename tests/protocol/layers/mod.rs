//! The layers of the SDK, read from its sources: each module names only those below it, and no two
//! files of the SDK, of the generator or of xtask import each other.

mod cycles;
mod layout;
mod made_up;

use std::collections::{BTreeMap, BTreeSet};

use codex_app_server_codegen::{api, emit};

use crate::sources::{self, Sources};
use cycles::Graph;

/// The files of the SDK, also those that its build script writes.
pub(crate) fn sdk() -> BTreeMap<String, String> {
    let mut files = sources::files_in(&support::root().join("src"));
    let api = api(&support::root().join("schema")).expect("the schema can be planned");
    let types = emit::source(&api).expect("the plan can be emitted");
    files.insert("v2_all.rs".to_owned(), types);
    files.insert("methods.rs".to_owned(), emit::methods(&api));
    files.extend(emit::options(&api).map(|(name, text)| (name.to_owned(), text)));
    files
}

fn none(violations: &[String], what: &str) {
    assert!(violations.is_empty(), "{} {what}:\n{}", violations.len(), violations.join("\n"));
}

#[test]
fn no_module_names_one_of_a_layer_above_it() {
    let files = sdk();
    none(&upward(&files), "times a module names one of a layer that is not below it");
}

#[test]
fn the_layout_names_each_module() {
    let what = "modules and names of the layout do not fit (names are one space apart; two or more \
                begin what a line says about them)";
    none(&misnamed(&sdk()), what);
}

#[test]
fn the_architecture_shows_the_same_layout() {
    let block = layout::block(&sdk()["lib.rs"]).expect(NO_LAYOUT);
    let file = support::root().join("ARCHITECTURE.md");
    let text = std::fs::read_to_string(file).expect("there is an ARCHITECTURE.md");
    let shown = format!("```text\n{block}\n```");
    assert!(text.contains(&shown), "ARCHITECTURE.md has to show the layout of lib.rs:\n{shown}");
}

#[test]
fn no_files_of_the_sdk_import_each_other() {
    none(&circles(&sdk(), "src/"), "lines of circles");
}

#[test]
fn no_files_of_the_generator_import_each_other() {
    let files = sources::files_in(&support::root().join("codegen/src"));
    none(&circles(&files, "codegen/src/"), "lines of circles");
}

#[test]
fn no_files_of_xtask_import_each_other() {
    for folder in ["xtask/src/", "xtask/src/bin/schema/"] {
        let files = sources::files_in(&support::root().join(folder));
        none(&circles(&files, folder), "lines of circles");
    }
}

const NO_LAYOUT: &str = "the documentation of lib.rs has `# Layout` with a block of text";

/// What names something of a layer above, or in a circle within its own.
fn upward(files: &BTreeMap<String, String>) -> Vec<String> {
    let block = layout::block(&files["lib.rs"]).expect(NO_LAYOUT);
    let layers = layout::layers(&block).unwrap_or_else(|error| panic!("{error}"));
    let (mut violations, mut beside) = (Vec::new(), Graph::new());
    for import in Sources::read(files, "lib.rs").imports() {
        let (Some(from), Some(to)) = (import.from.first(), import.to.module.first()) else {
            continue;
        };
        let (Some(own), Some(other)) = (layers.get(from.as_str()), layers.get(to.as_str())) else {
            continue;
        };
        if other < own {
            violations.push(format!(
                "src/{}:{}: {from} names {to}, which is above it ({})",
                import.from_file, import.line, import.text
            ));
        } else if other == own && from != to {
            beside.entry(from.clone()).or_default().insert(to.clone());
        }
    }
    violations.dedup();
    let circles = cycles::cycles(&beside).into_iter();
    let circles = circles.map(|cycle| format!("in one layer: {}", cycle.way.join(" → ")));
    violations.into_iter().chain(circles).collect()
}

/// Modules that the layout forgets, and names in it that are no modules.
fn misnamed(files: &BTreeMap<String, String>) -> Vec<String> {
    let block = layout::block(&files["lib.rs"]).expect(NO_LAYOUT);
    let layers = match layout::layers(&block) {
        Ok(layers) => layers,
        Err(error) => return vec![error],
    };
    let sources = Sources::read(files, "lib.rs");
    let modules: BTreeSet<&str> = sources.top_modules().collect();
    let named: BTreeSet<&str> = layers.keys().copied().collect();
    let forgotten = modules.difference(&named);
    let forgotten = forgotten.map(|module| format!("the layout has no `{module}`"));
    let unknown = named.difference(&modules);
    let unknown = unknown.map(|name| format!("the layout names `{name}`, which is no module"));
    forgotten.chain(unknown).collect()
}

/// A line for each circle of files, and one for each import in it.
fn circles(files: &BTreeMap<String, String>, folder: &str) -> Vec<String> {
    let is_root = |file: &&String| {
        ["lib.rs", "main.rs"].contains(&file.as_str())
            || file.starts_with("bin/") && !file[4..].contains('/')
    };
    let mut lines = Vec::new();
    for root in files.keys().filter(is_root) {
        let imports = Sources::read(files, root).imports();
        let is_between_files =
            |import: &&sources::Import| !import.is_idle && import.from_file != import.to_file;
        let imports: Vec<_> = imports.iter().filter(is_between_files).collect();
        let mut graph = Graph::new();
        for import in &imports {
            graph.entry(import.from_file.clone()).or_default().insert(import.to_file.clone());
        }
        for cycle in cycles::cycles(&graph) {
            let count = cycle.members.len();
            lines.push(format!("{count} files in a circle: {}", cycle.way.join(" → ")));
            let is_inside = |import: &&&sources::Import| {
                cycle.members.contains(&import.from_file) && cycle.members.contains(&import.to_file)
            };
            let shown = imports.iter().filter(is_inside).map(|import| {
                let (from, to) = (&import.from_file, &import.to_file);
                format!("  {folder}{from}:{}: imports {to} ({})", import.line, import.text)
            });
            lines.extend(shown);
            lines.dedup();
        }
    }
    lines
}
