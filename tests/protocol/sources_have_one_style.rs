//! What rustfmt does not see to: the width of comments, and imports that are not nested.

use std::collections::BTreeMap;

use syn::{Item, ItemUse, UseTree};

use crate::sources;

/// The width of code, by rustfmt.toml.
const WIDTH: usize = 100;

/// What the generator wrote is laid out as the schema has it.
const GENERATED: &str = "codegen/tests/golden/";

/// All sources of the repository that are written by hand, by their paths.
fn all() -> BTreeMap<String, String> {
    let root = support::root();
    let folders = root.read_dir().expect("the repository can be read");
    let folders = folders.map(|entry| entry.expect("its entries, too").path());
    let is_source = |path: &std::path::PathBuf| path.is_dir() && !path.ends_with("target");
    let mut files = BTreeMap::new();
    for folder in folders.filter(is_source) {
        let name = folder.file_name().and_then(|name| name.to_str()).expect("a plain name");
        let inner = sources::files_in(&folder).into_iter();
        files.extend(inner.map(|(file, text)| (format!("{name}/{file}"), text)));
    }
    files.retain(|file, _| !file.starts_with(GENERATED));
    files
}

#[test]
fn comments_are_no_wider_than_code() {
    let mut wide = Vec::new();
    for (file, text) in all() {
        for (index, line) in text.lines().enumerate() {
            if line.trim_start().starts_with("//") && line.chars().count() > WIDTH {
                wide.push(format!("{file}:{}", index + 1));
            }
        }
    }
    assert!(wide.is_empty(), "comments of more than {WIDTH} columns:\n{}", wide.join("\n"));
}

#[test]
fn imports_of_one_crate_are_nested() {
    let mut split = Vec::new();
    for (file, text) in all() {
        let items = syn::parse_file(&text).unwrap_or_else(|error| panic!("{file}: {error}")).items;
        for pair in items.windows(2) {
            if let [Item::Use(first), Item::Use(second)] = pair
                && is_one_block(first, second)
                && root(&first.tree).is_some_and(|name| root(&second.tree) == Some(name))
            {
                split.push(format!("{file}:{}", second.use_token.span.start().line));
            }
        }
    }
    assert!(split.is_empty(), "imports that belong into the one before:\n{}", split.join("\n"));
}

/// Whether nothing stands between two imports that are the same but for what they import.
fn is_one_block(first: &ItemUse, second: &ItemUse) -> bool {
    let lines = (first.semi_token.span.end().line + 1, second.use_token.span.start().line);
    lines.0 == lines.1 && first.attrs == second.attrs && first.vis == second.vis
}

fn root(tree: &UseTree) -> Option<String> {
    match tree {
        UseTree::Path(path) => Some(path.ident.to_string()),
        _ => None,
    }
}
