//! Each repair does what it says, and is an error once there is nothing to repair.

use crate::support;
use codex_app_server_codegen::{
    Error, load,
    repair::{self, REPAIRS, Repair},
};
use serde_json::{Value, json};
use std::path::Path;

fn named(name: &str) -> &'static Repair {
    REPAIRS.iter().find(|repair| repair.name == name).expect("the repair exists")
}

/// Applies a repair to definitions, and then to its own result, where it must be stale.
#[track_caller]
fn check(name: &str, before: Value, after: Value) {
    let mut definitions = support::definitions(&before);
    named(name).apply(&mut definitions).expect("the repair applies");
    assert_eq!(definitions, support::definitions(&after));
    let stale = named(name).apply(&mut definitions).expect_err("the repair is stale now");
    assert!(matches!(stale, Error::StaleRepair { .. }), "{stale}");
    assert!(stale.to_string().contains(&format!("`{name}` no longer applies")), "{stale}");
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
fn one_stale_repair_fails_all_but_not_what_applies() {
    let mut definitions = support::definitions(&json!({"A": {"type": "object"}}));
    assert!(matches!(repair::all(&mut definitions), Err(Error::StaleRepair { .. })));
    repair::what_applies(&mut definitions);
    assert_eq!(definitions.len(), 1);
}

#[test]
fn each_repair_changes_what_it_names_as_evidence() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../schema/experimental");
    let mut definitions = load::folder(&dir).expect("the schema can be read").definitions;
    for repair in REPAIRS {
        let before = definitions.clone();
        repair.apply(&mut definitions).expect("the repair applies");
        assert!(!repair.evidence.is_empty(), "{} names no evidence", repair.name);
        for name in repair.evidence {
            let found = before.get(*name);
            assert!(found.is_some(), "{}: the schema has no `{name}`", repair.name);
            assert_ne!(found, definitions.get(*name), "{} leaves `{name}` alone", repair.name);
        }
    }
}
