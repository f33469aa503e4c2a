//! Each repair does what it says, and nothing where there is nothing to repair.

use crate::support;
use codex_app_server_codegen::{
    load,
    repair::{self, CORRECTIONS, REPAIRS, Repair},
};
use serde_json::{Value, json};
use std::path::Path;

fn named(name: &str) -> &'static Repair {
    CORRECTIONS.iter().chain(REPAIRS).find(|repair| repair.name == name).expect("the repair exists")
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
fn members_are_named_as_on_the_wire() {
    let entry = |turn: &str, started: &str| {
        json!({"ThreadTimelineEntry": {"oneOf": [{
            "type": "object",
            "properties": {"position": {}, turn: {}, started: {}},
            "required": ["position", turn],
        }]}})
    };
    check("camel_case_members", entry("turn_id", "started_at"), entry("turnId", "startedAt"));
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
fn properties_beside_branches_move_into_them() {
    check(
        "push_outer_properties",
        json!({"Item": {
            "properties": {"id": {"type": "string"}, "at": {"type": "integer"}},
            "required": ["id"],
            "oneOf": [
                {"properties": {"type": {"enum": ["a"]}}, "required": ["type"]},
                {"properties": {"type": {"enum": ["b"]}, "at": {"type": "number"}}},
            ],
        }}),
        json!({"Item": {"oneOf": [
            {
                "properties": {"type": {"enum": ["a"]}, "id": {"type": "string"}, "at": {"type": "integer"}},
                "required": ["type", "id"],
            },
            {
                "properties": {"type": {"enum": ["b"]}, "id": {"type": "string"}, "at": {"type": "number"}},
                "required": ["id"],
            },
        ]}}),
    );
}

#[test]
fn alternatives_in_a_branch_become_optional_properties() {
    check(
        "fold_nested_any_of",
        json!({"Input": {"oneOf": [{
            "anyOf": [
                {"properties": {"url": {"type": "string"}}, "required": ["url"]},
                {"properties": {"file": {"type": "string"}}, "required": ["file"]},
            ],
            "properties": {"type": {"enum": ["image"]}},
            "required": ["type"],
        }]}}),
        json!({"Input": {"oneOf": [{
            "properties": {"type": {"enum": ["image"]}, "url": {"type": "string"}, "file": {"type": "string"}},
            "required": ["type"],
        }]}}),
    );
}

#[test]
fn null_in_null_is_null() {
    check(
        "fold_nested_null",
        json!({"Mask": {"properties": {"effort": {
            "anyOf": [{"anyOf": [{"$ref": "#/definitions/Effort"}, {"type": "null"}]}, {"type": "null"}],
        }}}}),
        json!({"Mask": {"properties": {"effort": {"anyOf": [{"$ref": "#/definitions/Effort"}, {"type": "null"}]}}}}),
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
fn untagged_unions_in_untagged_unions_are_one() {
    let leaf = |name: &str| json!({"$ref": format!("#/definitions/{name}")});
    check(
        "flatten_untagged_unions",
        json!({
            "Top": {"anyOf": [leaf("Middle"), leaf("C")]},
            "Middle": {"anyOf": [leaf("Low"), leaf("B")]},
            "Low": {"anyOf": [leaf("A"), {"type": "string"}]},
        }),
        json!({
            "Top": {"anyOf": [leaf("A"), {"type": "string"}, leaf("B"), leaf("C")]},
            "Middle": {"anyOf": [leaf("A"), {"type": "string"}, leaf("B")]},
            "Low": {"anyOf": [leaf("A"), {"type": "string"}]},
        }),
    );
}

#[test]
fn repairs_that_find_nothing_are_told_and_change_nothing() {
    let before = support::definitions(&json!({"A": {"anyOf": [
        {"anyOf": [{"$ref": "#/definitions/B"}, {"type": "null"}]}, {"type": "null"},
    ]}}));
    let mut definitions = before.clone();
    let idle: Vec<_> = repair::what_applies(&mut definitions).iter().map(|it| it.name).collect();
    assert!(!idle.contains(&"fold_nested_null"), "{idle:?}");
    assert_eq!(idle.len() + 1, CORRECTIONS.len() + REPAIRS.len());
    let idle = repair::what_applies(&mut definitions);
    assert_eq!(idle.len(), CORRECTIONS.len() + REPAIRS.len());
    assert_ne!(before, definitions);
}

#[test]
fn each_repair_changes_what_it_names_as_evidence() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../schema/experimental");
    let mut definitions = load::folder(&dir).expect("the schema can be read").definitions;
    for repair in CORRECTIONS.iter().chain(REPAIRS) {
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

#[test]
fn unions_that_hold_each_other_come_to_an_end() {
    let leaf = |name: &str| json!({"$ref": format!("#/definitions/{name}")});
    let mut definitions = support::definitions(&json!({
        "A": {"anyOf": [leaf("B"), {"type": "string"}]},
        "B": {"anyOf": [leaf("A"), {"type": "integer"}]},
    }));
    repair::what_applies(&mut definitions);
}
