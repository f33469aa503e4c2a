//! The diff, on small protocols.

use codex_app_server_codegen::load::{self, Schema};
use serde_json::{Value, json};

use super::*;

/// A protocol of requests `name Params` and definitions; what `stable` names is not experimental.
fn protocol(requests: &[&str], definitions: Value, stable: &[&str]) -> Protocol {
    let request = |text: &&str| {
        let (name, params) = text.split_once(' ').unwrap();
        load::Method {
            name: name.to_owned(),
            params: Some(params.to_owned()),
            description: String::new(),
        }
    };
    let schema = |requests: &[&str], definitions: Value| Schema {
        requests: requests.iter().map(request).collect(),
        definitions: serde_json::from_value(definitions).unwrap(),
        ..Schema::default()
    };
    let in_stable = |text: &&&str| stable.contains(&text.split_once(' ').unwrap().0);
    let stable: Vec<&str> = requests.iter().filter(in_stable).copied().collect();
    Protocol::new(
        schema(requests, definitions.clone()),
        Some(schema(&stable, definitions)),
        &Facts::default(),
    )
}

fn object(required: &[&str], properties: Value) -> Value {
    json!({"type": "object", "required": required, "properties": properties})
}

fn diff(old: &Protocol, new: &Protocol) -> Diff {
    Diff { old: "1.0.0".to_owned(), new: "1.1.0".to_owned(), groups: compare(old, new) }
}

#[test]
fn methods_come_go_and_change() {
    let types = json!({"AParams": object(&[], json!({})), "AResponse": object(&[], json!({}))});
    let old = protocol(
        &["gone AParams", "moved AParams", "grown AParams", "hidden AParams", "same AParams"],
        types.clone(),
        &["gone", "moved", "hidden", "same"],
    );
    let new = protocol(
        &["new AParams", "moved BParams", "grown AParams", "hidden AParams", "same AParams"],
        types,
        &["new", "moved", "grown", "same"],
    );
    assert_eq!(
        diff(&old, &new).to_string(),
        "codex 1.0.0 to 1.1.0. + added, - removed, ~ changed; ! breaks users of this SDK; * experimental

Requests
! - gone AParams -> AResponse
  ~ grown AParams -> AResponse (was AParams -> AResponse *)
! ~ hidden AParams -> AResponse * (was AParams -> AResponse)
! ~ moved BParams (was AParams -> AResponse)
  + new AParams -> AResponse

1 added, 1 removed, 3 changed; 3 of them breaking
"
    );
}

#[test]
fn a_response_that_is_not_known_is_no_change() {
    let old = protocol(&["a AParams"], json!({}), &["a"]);
    let new = protocol(&["a AParams"], json!({"AResponse": object(&[], json!({}))}), &["a"]);
    let groups = compare(&old, &new);
    assert_eq!(groups.len(), 1, "{groups:?}");
    assert_eq!(groups[0].name, "Types");
}

/// The same change in what clients send (`Sent`) and in what they read (`Read`).
fn fields(old: Value, new: Value) -> (Vec<String>, Vec<String>) {
    let definitions = |object: Value| {
        let params = json!({"sent": {"$ref": "#/definitions/Sent"}});
        json!({"AParams": {"type": "object", "properties": params}, "Sent": object.clone(), "Read": object})
    };
    let protocol = |object| protocol(&["a AParams"], definitions(object), &["a"]);
    let groups = compare(&protocol(old), &protocol(new));
    let lines = |heading: &str| -> Vec<String> {
        let group = groups.iter().find(|group| group.name == heading);
        let changes = group.into_iter().flat_map(|group| &group.changes);
        changes.map(Change::to_string).collect()
    };
    (lines("Sent"), lines("Read"))
}

#[test]
fn a_required_field_is_an_argument_of_what_is_sent() {
    let text = json!({"type": "string"});
    let (sent, read) =
        fields(object(&[], json!({})), object(&["needed"], json!({"needed": text, "free": text})));
    assert_eq!(sent, ["  + free: string, optional", "! + needed: string"]);
    assert_eq!(read, ["  + free: string, optional", "  + needed: string"]);

    // Nobody has made a branch that is new.
    let branch = object(&["needed", "type"], json!({"type": {"enum": ["x"]}, "needed": text}));
    let (sent, _) = fields(json!({"oneOf": []}), json!({"oneOf": [branch]}));
    assert!(sent.contains(&"  + \"x\".needed: string".to_owned()), "{sent:?}");
}

#[test]
fn fields_change_type_and_presence() {
    let old = json!({
        "gone": {"type": "string"},
        "typed": {"type": "string"},
        "loose": {"type": "string"},
        "nullable": {"type": ["string", "null"]},
        "list": {"type": "array", "items": true},
    });
    let new = json!({
        "typed": {"type": "integer"},
        "loose": {"type": "string"},
        "nullable": {"type": ["string", "null"]},
        "list": {"type": "array", "items": true},
    });
    let (sent, read) = fields(
        object(&["gone", "typed", "loose", "list"], old),
        object(&["typed", "nullable"], new),
    );
    assert_eq!(
        sent,
        [
            "! - gone: string",
            "! ~ list: [any], optional (was: [any])",
            "! ~ loose: string, optional (was: string)",
            "! ~ nullable: string or null (was: string or null, optional)",
            "! ~ typed: integer (was: string)",
        ]
    );
    assert_eq!(
        read,
        [
            "! - gone: string",
            // An empty list stands in.
            "  ~ list: [any], optional (was: [any])",
            "! ~ loose: string, optional (was: string)",
            // An `Option` before and after.
            "  ~ nullable: string or null (was: string or null, optional)",
            "! ~ typed: integer (was: string)",
        ]
    );
}

#[test]
fn values_and_branches_come_and_go() {
    let (_, values) = fields(json!({"enum": ["a", "b"]}), json!({"enum": ["b", "c"]}));
    assert_eq!(values, ["! - \"a\"", "  + \"c\""]);

    let branch = |tag: &str, text: Value| json!({"type": "object", "properties": {"type": {"enum": [tag]}, "text": text}});
    let (_, branches) = fields(
        json!({"oneOf": [branch("x", json!({"type": "string"}))]}),
        json!({"oneOf": [branch("x", json!({"type": "integer"})), branch("y", json!(true))]}),
    );
    assert_eq!(
        branches,
        [
            "! ~ \"x\".text: integer, optional (was: string, optional)",
            "  + \"y\": object",
            "  + \"y\".text: any, optional",
        ]
    );
}
