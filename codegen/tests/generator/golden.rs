//! What is emitted for small schemas, in full. The SDK compiles it against its `wire` module.
//!
//! `UPDATE_GOLDEN=1 cargo test -p codex-app-server-codegen` writes it anew. Where fields change,
//! add `--features typify`: then the field types beside each schema are mapped anew as well.

use crate::support;
use codex_app_server_codegen::{Error, emit, inventory, load::FieldTypes, model::Api};
use serde_json::Value;
use std::{
    env, fs,
    path::{Path, PathBuf},
};

#[track_caller]
fn check(case: &str, emit: fn(&Api) -> Result<String, Error>) {
    let path = |ending: &str| -> PathBuf {
        let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
        dir.join(format!("{case}.{ending}"))
    };
    let input = fs::read_to_string(path("json")).expect("the case has a schema");
    let input = serde_json::from_str(&input).expect("the schema is JSON");
    map(&path("fields.json"), &input);
    let field_types = fs::read_to_string(path("fields.json")).expect("the fields were mapped");
    let field_types = FieldTypes::parse(&field_types).expect("the field types can be read");
    let api = support::api_of(&input, &field_types).expect("the schema can be planned");
    compare(&path("rs"), &emit(&api).expect("what is emitted is Rust"));
    compare(&path("api.txt"), &inventory::text(&api));
}

/// The field types are those that typify makes, where it is at hand.
#[cfg(feature = "typify")]
#[track_caller]
fn map(path: &Path, input: &Value) {
    let schema = support::repaired(&input["experimental"]);
    let mapped = codex_app_server_codegen::mapping::field_types(&schema.definitions);
    compare(path, &mapped.expect("the fields can be mapped").text());
}

#[cfg(not(feature = "typify"))]
fn map(_: &Path, _: &Value) {}

/// Compares, or writes: the same function, so that the two cannot differ.
#[track_caller]
pub(crate) fn compare(path: &Path, actual: &str) {
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
fn forms_of_later_schemas() {
    check("forms", |api| Ok(emit::types(api)? + &emit::messages(api)?));
}

#[test]
fn messages() {
    check("messages", |api| Ok(emit::types(api)? + &emit::messages(api)?));
}

/// Names that meet each other, or something of Rust's or ours.
#[test]
fn names() {
    check("names", emit::source);
}

#[test]
fn everything() {
    check("everything", emit::source);
}
