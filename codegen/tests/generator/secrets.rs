//! What of the pinned schema is hidden, and what is decided about secrets.

use crate::support;
use codex_app_server_codegen::{
    api,
    load::{Facts, FieldType, FieldTypes},
    model::Ty,
    plan::{
        objects::Objects,
        outline,
        secrets::{self, Undecided},
    },
};
use serde_json::{Value, json};
use std::{fs, path::Path};

/// `regen` writes the list. It is for review: each line says who sees what.
#[test]
fn what_is_hidden_of_the_pinned_schema_is_reviewed_and_nothing_is_undecided() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let schema = root.join("../schema");
    let facts = Facts::read(&schema.join("methods.json")).expect("the tables can be read");
    let api = api(&schema).expect("the pinned schema can be planned");
    assert_eq!(secrets::undecided(&api.types, &facts), []);
    let list = fs::read_to_string(schema.join("secrets.txt")).expect("the list can be read");
    assert!(list == secrets::text(&api.types, &facts), "run `cargo xtask regen`");
}

/// What is undecided, and the text for review, of a struct with a few fields and these tables.
fn of(tables: &Value) -> (Vec<String>, String) {
    let names = ["token", "count", "monkey", "note"];
    let types = [Ty::String, Ty::Bool, Ty::String, Ty::String];
    let properties: Value =
        names.iter().map(|name| ((*name).to_owned(), json!({"type": "string"}))).collect();
    let input = json!({
        "experimental": {"definitions": {"A": {"type": "object", "properties": properties}}},
        "methods": tables,
    });
    let outlines = outline::all(&support::repaired(&input["experimental"]).definitions);
    let made_from = Objects::of(&outlines.expect("the shapes are known")).fingerprint();
    let field =
        |(name, ty): (&&str, Ty)| ((*name).to_owned(), FieldType { name: (*name).to_owned(), ty });
    let fields = names.iter().zip(types).map(field).collect();
    let types = FieldTypes { made_from, structs: [("A".to_owned(), fields)].into() };
    let api = support::api_of(&input, &types).expect("it can be planned");
    let facts = Facts::from_json(tables).expect("the tables are tables");
    let undecided = secrets::undecided(&api.types, &facts);
    (undecided.iter().map(Undecided::to_string).collect(), secrets::text(&api.types, &facts))
}

#[test]
fn a_new_secret_is_hidden_and_asked_about() {
    let (undecided, text) = of(&json!({}));
    assert_eq!(text, "hidden A.token: it looks like a secret\n");
    assert_eq!(undecided.len(), 1);
    for part in ["`A.token`", "add `\"A.token\": \"why\"` to `secrets`", "or to `not_secret`"] {
        assert!(undecided[0].contains(part), "{}", undecided[0]);
    }
    let (undecided, text) =
        of(&json!({"secrets": {"note": "it is one"}, "not_secret": {"A.token": "a name"}}));
    assert_eq!(text, "hidden A.note: it is one\nshown  A.token: a name\n");
    assert!(undecided.is_empty(), "{undecided:?}");
}

#[test]
fn rows_that_bear_on_no_field_are_told() {
    let (undecided, _) = of(&json!({
        "secrets": {"token": "one", "gone": "one", "count": "of flags there are none"},
        "not_secret": {"B.token": "one", "monkey": "does not look like one"},
    }));
    let rows: Vec<_> =
        undecided.iter().map(|text| text.split('`').nth(1).unwrap_or_default()).collect();
    assert_eq!(rows, ["count", "gone", "B.token", "monkey"]);
    assert!(undecided[0].contains("remove it from `secrets`"), "{}", undecided[0]);
}
