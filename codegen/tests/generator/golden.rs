//! What is emitted for small schemas, in full. `UPDATE_GOLDEN=1 cargo test -p codex-app-server-codegen` writes it anew.

use crate::support;
use codex_app_server_codegen::model::Api;
use codex_app_server_codegen::{Error, emit, inventory};
use std::path::Path;
use std::{env, fs};

#[track_caller]
fn check(case: &str, emit: fn(&Api) -> Result<String, Error>) {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let input =
        fs::read_to_string(dir.join(format!("{case}.json"))).expect("the case has a schema");
    let input = serde_json::from_str(&input).expect("the schema is JSON");
    let api = support::api(&input).expect("the schema can be planned");
    compare(&dir.join(format!("{case}.rs.txt")), &emit(&api).expect("what is emitted is Rust"));
    compare(&dir.join(format!("{case}.api.txt")), &inventory::text(&api));
}

/// Compares, or writes: the same function, so that the two cannot differ.
#[track_caller]
fn compare(path: &Path, actual: &str) {
    if env::var_os("UPDATE_GOLDEN").is_some() {
        return fs::write(path, actual).expect("the golden file can be written");
    }
    let expected = fs::read_to_string(path).unwrap_or_default();
    assert_eq!(expected, actual, "{} differs; UPDATE_GOLDEN=1 writes it anew", path.display());
}

#[test]
fn structs() {
    check("structs", emit::types);
}

#[test]
fn params() {
    check("params", emit::types);
}

#[test]
fn strings() {
    check("strings", emit::types);
}

#[test]
fn tagged_unions() {
    check("tagged", emit::types);
}

#[test]
fn keyed_unions() {
    check("keyed", emit::types);
}

#[test]
fn untagged_unions() {
    check("untagged", emit::types);
}

#[test]
fn messages() {
    check("messages", emit::messages);
}

#[test]
fn everything() {
    check("everything", emit::source);
}
