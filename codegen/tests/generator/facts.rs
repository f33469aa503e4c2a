//! What is known about methods beyond the schema is about its methods, and refusals are values of
//! their types.

use crate::support;
use codex_app_server_codegen::{
    api,
    load::{Facts, FieldType, FieldTypes},
    model::Ty,
    plan::{objects::Objects, outline},
};
use serde_json::{Value, json};
use std::path::Path;

/// A schema with the request `read` and the server request `ask`, and the given tables.
#[track_caller]
fn fails(methods: Value, parts: &[&str]) {
    let object = json!({"type": "object"});
    let answer =
        json!({"type": "object", "required": ["ok"], "properties": {"ok": {"type": "boolean"}}});
    let input = json!({
        "experimental": {
            "definitions": {
                "ReadParams": object, "ReadResponse": object, "AskParams": object, "AskResponse": answer,
            },
            "requests": [["read", "ReadParams"]],
            "server_requests": [["ask", "AskParams"]],
        },
        "methods": methods,
    });
    let definitions = support::repaired(&input["experimental"]).definitions;
    let outlines = outline::all(&definitions).expect("the shapes are known");
    let ok = FieldType { name: "ok".to_owned(), ty: Ty::Bool };
    let field_types = FieldTypes {
        made_from: Objects::of(&outlines).fingerprint(),
        structs: [("AskResponse".to_owned(), [("ok".to_owned(), ok)].into())].into(),
    };
    let error =
        support::api_of(&input, &field_types).expect_err("the tables are wrong").to_string();
    for part in parts {
        assert!(error.contains(part), "{part:?} is not in: {error}");
    }
}

#[test]
fn rows_of_unknown_methods_say_what_to_remove() {
    for table in ["no_deadline", "read_only", "control"] {
        fails(json!({table: ["gone"], "refusals": {"ask": null}}), &["`gone`", "remove it", table]);
    }
    fails(json!({"refusals": {"ask": null, "gone": null}}), &["`gone`", "remove it", "`refusals`"]);
}

#[test]
fn usual_values_are_of_types_that_may_be_any_text() {
    for name in ["Gone", "ReadParams"] {
        let methods = json!({"usual": {name: ["high"]}, "refusals": {"ask": null}});
        fails(methods, &[&format!("`{name}`"), "no type that may be any text", "remove it"]);
    }
}

#[test]
fn a_server_request_without_a_refusal_says_what_to_add() {
    fails(json!({}), &["`ask`", "add `\"ask\": ` with the response", "or null"]);
}

#[test]
fn a_refusal_that_is_no_response_says_what_does_not_fit() {
    for (refusal, problem) in [
        (json!({}), "`AskResponse` needs the field `ok`"),
        (json!({"ok": "no"}), "`ok` of `AskResponse`: \"no\" is no `bool`"),
        (json!({"ok": false, "why": 1}), "`AskResponse` has no field `why`"),
        (json!("no"), "\"no\" is no `AskResponse`"),
    ] {
        fails(json!({"refusals": {"ask": refusal}}), &["refuses `ask`", problem, "correct it"]);
    }
}

#[test]
fn all_facts_about_the_pinned_schema_are_used() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../schema");
    let (facts, api) = (Facts::read(&dir.join("methods.json")), api(&dir));
    let (facts, api) = (facts.expect("they can be read"), api.expect("it can be planned"));
    let requests = || api.requests.iter();
    assert_eq!(requests().filter(|request| !request.deadline).count(), facts.no_deadline.len());
    assert_eq!(requests().filter(|request| request.read_only).count(), facts.read_only.len());
    assert_eq!(requests().filter(|request| request.control).count(), facts.control.len());
    assert_eq!(facts.refusals.len(), api.server_requests.len());
    let refusal = |method: &str| {
        let request = api.server_requests.iter().find(|request| request.method == method);
        request.and_then(|request| Some(request.refusal.as_ref()?.value.to_string()))
    };
    assert_eq!(
        refusal("item/fileChange/requestApproval").as_deref(),
        Some("FileChangeRequestApprovalResponse::new(FileChangeApprovalDecision::Decline)")
    );
    assert_eq!(refusal("item/tool/requestUserInput"), None);
}
