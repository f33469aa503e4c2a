//! Each piece of a schema in each place.

use crate::fragments;
use codex_app_server_codegen::load::{Method, Schema};
use serde_json::{Value, json};

/// Small schemas, by name.
pub(crate) fn all() -> Vec<(String, Schema)> {
    let mut cases = Vec::new();
    let others = ["Other", "Word", "Branchy", "Itself"];
    for (target, other) in others.iter().enumerate() {
        let other = json!({"$ref": format!("#/definitions/{other}")});
        for (index, fragment) in fragments::all(&other).into_iter().enumerate() {
            for (place, body) in places(&fragment).into_iter().enumerate() {
                // Every piece in every place once, and the references in each place.
                if target == 0 || (place + index) % 24 == target {
                    cases.push((format!("shape{target}_{index}_{place}"), schema(body)));
                }
            }
        }
    }
    cases
}

/// The piece as a field, inside of others, as a definition, and in unions.
fn places(piece: &Value) -> Vec<Value> {
    let field = |schema: Value, required: bool| {
        let required: &[&str] = if required { &["value"] } else { &[] };
        json!({"Subject": {"type": "object", "properties": {"value": schema}, "required": required}})
    };
    let subject = |schema: &Value| json!({"Subject": schema});
    vec![
        field(piece.clone(), true),
        field(piece.clone(), false),
        field(json!({"anyOf": [piece, {"type": "null"}]}), false),
        field(json!({"type": "array", "items": piece}), true),
        field(json!({"type": "object", "additionalProperties": piece}), false),
        field(
            json!({"type": "array", "items": [piece, piece], "minItems": 2, "maxItems": 2}),
            true,
        ),
        subject(piece),
        subject(&json!({"anyOf": [piece, {"type": "string"}]})),
        subject(
            &json!({"oneOf": [{"enum": ["word"]}, {"type": "object", "properties": {"key": piece}, "required": ["key"]}]}),
        ),
        subject(&json!({"oneOf": [
            {"type": "object", "properties": {"type": {"const": "a"}, "value": piece}, "required": ["type"]},
            {"type": "object", "properties": {"type": {"const": "b"}}, "required": ["type"]},
        ]})),
        subject(&json!({"oneOf": [
            {"type": "object", "properties": {"type": {"const": "a"}}, "required": ["type"], "allOf": [piece]},
            {"type": "object", "properties": {"type": {"const": "b"}}, "required": ["type"]},
        ]})),
        subject(
            &json!({"type": "object", "properties": {"own": {"type": "string"}}, "allOf": [piece]}),
        ),
    ]
}

fn schema(subject: Value) -> Schema {
    let mut definitions = json!({
        "Other": {"type": "object", "properties": {"name": {"type": "string"}, "subject": {"$ref": "#/definitions/Subject"}}},
        "Word": {"type": "string", "enum": ["up", "down"]},
        "Branchy": {"oneOf": [
            {"type": "object", "properties": {"type": {"enum": ["x"]}, "id": {"type": "string"}}, "required": ["type"]},
            {"type": "object", "properties": {"type": {"enum": ["y"]}, "id": {"type": "string"}}, "required": ["type"]},
        ]},
        "Itself": {"type": "object", "properties": {"next": {"anyOf": [{"$ref": "#/definitions/Itself"}, {"type": "null"}]}, "all": {"type": "array", "items": {"$ref": "#/definitions/Itself"}}}},
        "ReadParams": {"type": "object", "properties": {"subject": {"$ref": "#/definitions/Subject"}}, "required": ["subject"]},
        "ReadResponse": {"type": "object", "properties": {"subject": {"$ref": "#/definitions/Subject"}}},
        "ChangedNotification": {"type": "object", "properties": {"subject": {"$ref": "#/definitions/Subject"}, "threadId": {"type": "string"}}, "required": ["subject"]},
    });
    definitions["Subject"] = subject["Subject"].clone();
    let method = |name: &str, params: Option<&str>| Method {
        name: name.to_owned(),
        params: params.map(str::to_owned),
        description: String::new(),
    };
    Schema {
        definitions: serde_json::from_value(definitions).expect("it is an object"),
        requests: vec![method("read", Some("ReadParams"))],
        notifications: vec![method("changed", Some("ChangedNotification")), method("gone", None)],
        ..Schema::default()
    }
}
