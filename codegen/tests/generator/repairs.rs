//! Each repair does what it says, and nothing where there is nothing to repair.

use crate::support;
use codex_app_server_codegen::{
    load,
    repair::{self, REPAIRS, Repair},
};
use serde_json::{Value, json};
use std::path::Path;

fn named(name: &str) -> &'static Repair {
    REPAIRS.iter().find(|repair| repair.name == name).expect("the repair exists")
}

/// Applies a repair to definitions, and then to its own result, where it must find nothing.
#[track_caller]
fn check(name: &str, before: Value, after: Value) {
    let mut definitions = support::definitions(&before);
    assert!(named(name).apply(&mut definitions), "the repair finds nothing");
    assert_eq!(definitions, support::definitions(&after));
    assert!(!named(name).apply(&mut definitions), "the repair finds what it has repaired");
    assert_eq!(definitions, support::definitions(&after));
}

#[test]
fn optional_params_lose_their_wrapper() {
    check(
        "drop_nullable_params",
        json!({
            "ReadParams": {"type": "object"},
            "NullableReadParams": {"anyOf": [{"$ref": "#/definitions/ReadParams"}, {"type": "null"}]},
            "NullableThing": {"type": "object"},
        }),
        json!({"ReadParams": {"type": "object"}, "NullableThing": {"type": "object"}}),
    );
}

#[test]
fn objects_take_unknown_members_and_maps_stay_maps() {
    check(
        "allow_unknown_members",
        json!({
            "Closed": {"additionalProperties": false, "properties": {"a": {"type": "string"}}},
            "Open": {"additionalProperties": true, "properties": {"a": {"type": "string"}}},
            "Map": {"additionalProperties": {"type": "string"}},
            "Inner": {"properties": {"closed": {"additionalProperties": false, "properties": {}}}},
        }),
        json!({
            "Closed": {"properties": {"a": {"type": "string"}}},
            "Open": {"properties": {"a": {"type": "string"}}},
            "Map": {"additionalProperties": {"type": "string"}},
            "Inner": {"properties": {"closed": {"properties": {}}}},
        }),
    );
}

#[test]
fn a_branch_that_takes_everything_goes() {
    check(
        "drop_catch_all_branches",
        json!({"Info": {"anyOf": [{"enum": ["a"], "type": "string"}, {"type": ["string", "object"]}]}}),
        json!({"Info": {"anyOf": [{"enum": ["a"], "type": "string"}]}}),
    );
}

#[test]
fn repairs_that_find_nothing_are_told_and_change_nothing() {
    let mut definitions = support::definitions(&json!({
        "A": {"type": "object", "properties": {}, "additionalProperties": false},
    }));
    let idle: Vec<_> = repair::what_applies(&mut definitions).iter().map(|it| it.name).collect();
    assert!(!idle.contains(&"allow_unknown_members"), "{idle:?}");
    assert_eq!(idle.len() + 1, REPAIRS.len());
    let repaired = definitions.clone();
    assert_eq!(repair::what_applies(&mut definitions).len(), REPAIRS.len());
    assert_eq!(repaired, definitions);
}

#[test]
fn each_repair_changes_what_it_names_as_evidence() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../schema/experimental");
    let mut definitions = load::folder(&dir).expect("the schema can be read").definitions;
    for repair in REPAIRS {
        let before = definitions.clone();
        let applied = repair.apply(&mut definitions);
        assert_eq!(applied, before != definitions, "{} tells what it did", repair.name);
        assert!(!repair.evidence.is_empty(), "{} names no evidence", repair.name);
        // Another version may say some of it rightly, or all: `regen` tells when a repair finds
        // nothing any more.
        let is_changed = |name: &&&str| before.get(**name) != definitions.get(**name);
        assert_eq!(
            applied,
            repair.evidence.iter().any(|name| is_changed(&name)),
            "{}",
            repair.name
        );
    }
}
