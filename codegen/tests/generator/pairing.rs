//! A method without a response, a needless row and a response without a method are errors that say
//! what to do.

use crate::support;
use codex_app_server_codegen::Error;
use serde_json::{Value, json};

/// A schema with one request, `a/read`, and the given definitions and table.
fn api(
    params: Option<&str>,
    definitions: &[&str],
    responses: Value,
) -> Result<Vec<(String, String)>, Error> {
    let definitions: Value =
        definitions.iter().map(|name| ((*name).to_owned(), json!({"type": "object"}))).collect();
    let api = support::api(&json!({
        "experimental": {"definitions": definitions, "requests": [["a/read", params]]},
        "methods": {"responses": responses},
    }))?;
    Ok(api.requests.into_iter().map(|request| (request.params, request.response)).collect())
}

#[track_caller]
fn fails(result: Result<Vec<(String, String)>, Error>, parts: &[&str]) {
    let error = result.expect_err("the pairing is wrong").to_string();
    for part in parts {
        assert!(error.contains(part), "{part:?} is not in: {error}");
    }
}

#[test]
fn the_rule_pairs_params_with_the_response_of_the_same_name() {
    let paired =
        api(Some("ReadParams"), &["ReadParams", "ReadResponse"], json!({})).expect("they pair");
    assert_eq!(paired, [("ReadParams".to_owned(), "ReadResponse".to_owned())]);
}

#[test]
fn the_rule_also_holds_for_a_method_without_params() {
    let paired = api(None, &["AReadResponse"], json!({})).expect("they pair");
    assert_eq!(paired, [("AReadParams".to_owned(), "AReadResponse".to_owned())]);
}

#[test]
fn the_table_pairs_what_the_rule_does_not() {
    let paired =
        api(Some("ReadParams"), &["ReadParams", "GetResponse"], json!({"a/read": "GetResponse"}));
    assert_eq!(paired.expect("they pair"), [("ReadParams".to_owned(), "GetResponse".to_owned())]);
}

#[test]
fn a_method_without_a_response_says_what_to_add() {
    fails(
        api(Some("ReadParams"), &["ReadParams", "GetResponse"], json!({})),
        &[
            "`a/read`",
            "add `\"a/read\": \"GetResponse\"`",
            "schema/methods.json",
            "if that is right",
        ],
    );
    fails(
        api(Some("ReadParams"), &["ReadParams"], json!({})),
        &["add `\"a/read\": \"...Response\"`", "schema/methods.json"],
    );
}

#[test]
fn a_needless_row_says_what_to_remove() {
    fails(
        api(Some("ReadParams"), &["ReadParams", "ReadResponse"], json!({"a/read": "ReadResponse"})),
        &["`a/read`", "remove it from `responses`"],
    );
}

#[test]
fn a_row_for_an_unknown_method_says_what_to_remove() {
    fails(
        api(Some("ReadParams"), &["ReadParams", "ReadResponse"], json!({"b/read": "ReadResponse"})),
        &["`b/read`", "no method", "remove it from `responses`"],
    );
}

#[test]
fn a_row_with_an_unknown_response_says_so() {
    fails(
        api(Some("ReadParams"), &["ReadParams"], json!({"a/read": "GoneResponse"})),
        &["`GoneResponse`", "does not define", "correct it"],
    );
}

#[test]
fn a_response_that_nobody_claims_says_so() {
    fails(
        api(Some("ReadParams"), &["ReadParams", "ReadResponse", "LostResponse"], json!({})),
        &["`\"METHOD\": \"LostResponse\"` to `responses`"],
    );
}

#[test]
fn params_of_a_method_without_params_make_way() {
    let paired = api(None, &["AReadParams", "AReadResponse"], json!({})).expect("they pair");
    assert_eq!(paired, [("AReadParams2".to_owned(), "AReadResponse".to_owned())]);
}

#[test]
fn an_extra_notification_must_not_be_listed_and_needs_its_payload() {
    let extra = |payload: &str, listed: bool| {
        support::api(&json!({
            "experimental": {
                "definitions": {"Raw": {"type": "object"}},
                "notifications": if listed { json!([["raw", "Raw"]]) } else { json!([]) },
            },
            "methods": {"notifications": {"raw": payload}},
        }))
    };
    assert!(extra("Raw", false).is_ok());
    assert!(extra("Raw", true).is_err_and(|error| {
        error.to_string().contains("`raw` in `notifications`, which the schema lists by now")
    }));
    assert!(extra("Gone", false).is_err_and(|error| {
        error.to_string().contains("`Gone`, which the schema does not define")
    }));
}

#[test]
fn all_that_is_wrong_is_told_at_once() {
    let input = json!({
        "experimental": {
            "definitions": {
                "AParams": {"type": "object"}, "FlagReport": {"type": "flag"}, "Lost": {"$ref": "#/definitions/Gone"},
                "GetFlagResponse": {"type": "object"}, "SetNameResponse": {"type": "object"},
            },
            "requests": [["flag/read", "AParams"], ["name/write", "AParams"]],
            "server_requests": [["ask", "AParams"]],
            "notifications": [["told", "AParams"]],
        },
        "methods": {
            "responses": {"gone": "GoneResponse"}, "read_only": ["gone", "flag/read"],
            "refusals": {"left": null},
        },
    });
    let field_types = Default::default();
    let error = support::api_of(&input, &field_types).expect_err("nothing is right");
    let lines = error.to_string();
    for part in [
        "add `\"flag/read\": \"GetFlagResponse\"` to `responses`",
        "add `\"name/write\": \"SetNameResponse\"` to `responses`",
        "response to `ask`",
        "has `gone` in `responses`",
        "has `gone` in `read_only`",
        "has `left` in `refusals`",
        "add `\"ask\": ` with the response",
        "`FlagReport`: `flag` is no type",
        "`Lost`: it refers to",
    ] {
        assert_eq!(lines.lines().filter(|line| line.contains(part)).count(), 1, "{part}: {lines}");
    }
    // A method without a response is a method all the same.
    assert!(!lines.contains("`flag/read` in"), "{lines}");
    assert_eq!(error.each().len(), lines.lines().count());
}

#[test]
fn what_methods_carry_has_a_type_of_its_own_where_the_schema_has_none() {
    let api = support::api(&json!({
        "experimental": {
            "definitions": {
                "AskParams": {"type": "object"}, "AskResponse": {"type": "object"},
                "DoneNotification": {"type": "string"},
            },
            "requests": [["ask", null]],
            "server_requests": [["ask", null]],
            "notifications": [["done", null], ["do/ne", null], ["doNe", null]],
        },
        "methods": {"refusals": {"ask": null}},
    }));
    let api = api.expect("it can be planned");
    let mut names = vec![api.requests[0].params.as_str(), &api.server_requests[0].params];
    names.extend(api.notifications.iter().map(|it| it.params.as_str()));
    let expected = [
        "AskParams2",
        "AskParams3",
        "DoSlashNeNotification",
        "DoNeNotification",
        "DoneNotification2",
    ];
    assert_eq!(names, expected);
    for name in names {
        assert_eq!(api.types.iter().filter(|ty| ty.name == name).count(), 1, "{name}");
    }
}

#[test]
fn params_that_nothing_defines_are_told() {
    let error = support::api(&json!({"experimental": {"notifications": [["told", "GoneParams"]]}}));
    let text = error.expect_err("nothing defines them").to_string();
    assert!(text.contains("`told` are `GoneParams`, which the schema does not define"), "{text}");
}
