//! How schemas are read.

use serde_json::json;

use super::*;

fn schema(methods: &[(&str, Option<&str>)], definitions: serde_json::Value) -> Schema {
    let method = |(name, params): &(&str, Option<&str>)| load::Method {
        name: name.to_string(),
        params: params.map(str::to_owned),
        description: String::new(),
    };
    Schema {
        requests: methods.iter().map(method).collect(),
        definitions: serde_json::from_value(definitions).unwrap(),
        ..Schema::default()
    }
}

#[test]
fn methods_are_paired_as_far_as_it_is_known() {
    let definitions = json!({
        "AParams": {"type": "object"}, "AResponse": {"type": "object"},
        "ThingListResponse": {"type": "object"}, "OddResponse": {"type": "object"},
    });
    let methods = [
        ("a", Some("AParams")),
        ("thing/list", None),
        ("odd", Some("BParams")),
        ("gone", Some("CParams")),
    ];
    let facts = Facts {
        responses: [("odd", "OddResponse"), ("gone", "GoneResponse")]
            .map(|(method, response)| (method.to_owned(), response.to_owned()))
            .into(),
        ..Facts::default()
    };
    let stable = schema(&methods[..1], json!({"AParams": {"type": "object"}}));
    let protocol = Protocol::new(schema(&methods, definitions), Some(stable), &facts);
    let lines: Vec<_> =
        protocol.requests.iter().map(|(name, method)| format!("{name} {method}")).collect();
    assert_eq!(
        lines,
        [
            "a AParams -> AResponse",
            "gone CParams *",
            "odd BParams -> OddResponse *",
            "thing/list without params -> ThingListResponse *",
        ]
    );
    assert!(!protocol.types["AParams"].experimental);
    assert!(protocol.types["AResponse"].experimental);
}

#[test]
fn what_params_are_made_of_is_sent() {
    let definitions = json!({
        "AParams": {"type": "object", "properties": {
            "items": {"type": "array", "items": {"$ref": "#/definitions/Item"}},
        }},
        "Item": {"oneOf": [{"type": "object", "properties": {
            "type": {"enum": ["x"]}, "inner": {"$ref": "#/definitions/Inner"},
        }}]},
        "Inner": {"type": "string"},
        "AResponse": {"type": "object"},
    });
    let schema = schema(&[("a", Some("AParams"))], definitions);
    let protocol = Protocol::new(schema, None, &Facts::default());
    let sent = protocol.sent.iter().filter(|name| protocol.types.contains_key(*name));
    assert_eq!(sent.collect::<Vec<_>>(), ["AParams", "Inner", "Item"]);
}

fn described(definitions: serde_json::Value) -> Vec<String> {
    let mut lines = Vec::new();
    for (name, ty) in Protocol::new(schema(&[], definitions), None, &Facts::default()).types {
        lines.push(format!("{name}: {ty}"));
        lines.extend(ty.parts.iter().map(|(name, part)| format!("  {name}{part}")));
    }
    lines
}

#[test]
fn objects_have_fields() {
    let lines = described(json!({"Thing": {
        "type": "object",
        "required": ["id", "note", "any"],
        "properties": {
            "id": {"type": "integer", "format": "int64"},
            "note": {"type": ["string", "null"]},
            "any": true,
            "other": {"anyOf": [{"$ref": "#/definitions/Other"}, {"type": "null"}]},
            "list": {"type": "array", "items": {"$ref": "#/definitions/Other"}, "default": []},
            "map": {"type": "object", "additionalProperties": {"type": "boolean"}},
            "level": {"allOf": [{"$ref": "#/definitions/Level"}], "default": "low"},
            "place": {"type": "object", "properties": {"x": {"type": "number", "format": "double"}}},
        },
    }, "Level": {"type": "string", "enum": ["low"]}, "Other": {"type": "string"}}));
    assert_eq!(
        lines,
        [
            "Level: enum",
            "  \"low\"",
            "Other: string",
            "Thing: object",
            "  any: any",
            "  id: int64",
            "  level: Level, optional with default \"low\"",
            "  list: [Other], optional with default []",
            "  map: {string: boolean}, optional",
            "  note: string or null",
            "  other: Other or null, optional",
            "  place: ThingPlace, optional",
            "ThingPlace: object",
            "  x: double, optional",
        ]
    );
}

#[test]
fn unions_have_values_and_branches() {
    let lines = described(json!({
        "Level": {"oneOf": [{"enum": ["low"]}, {"enum": ["high", "higher"]}]},
        "Item": {"oneOf": [
            {"type": "object", "required": ["type", "text"], "properties": {
                "type": {"enum": ["message"]}, "text": {"type": "string"},
            }},
            {"type": "object", "properties": {"type": {"enum": ["pause"]}}},
        ]},
        "Policy": {"oneOf": [
            {"enum": ["never"]},
            {"type": "object", "properties": {"custom": {"type": "string"}}},
            {"type": "object", "properties": {"granular": {"type": "object", "properties": {
                "rules": {"type": "boolean"},
            }}}},
        ]},
        "Shape": {"anyOf": [
            {"type": "string"},
            {"type": "integer", "format": "int64"},
            {"type": "array", "items": {"type": "string"}},
            {"$ref": "#/definitions/Level"},
            {"type": "object", "required": ["b", "a"], "properties": {"a": {"type": "string"}, "b": true}},
        ]},
        "Maybe": {"anyOf": [{"$ref": "#/definitions/Level"}, {"type": "null"}]},
        "Path": {"type": "string"},
    }));
    assert_eq!(
        lines,
        [
            "Item: union",
            "  \"message\": object",
            "  \"message\".text: string",
            "  \"pause\"",
            "Level: enum",
            "  \"high\"",
            "  \"higher\"",
            "  \"low\"",
            "Maybe: Level",
            "Path: string",
            "Policy: union",
            "  \"custom\": string",
            "  \"granular\": object",
            "  \"granular\".rules: boolean, optional",
            "  \"never\"",
            "Shape: union",
            "  |integer: int64",
            "  |list: [string]",
            "  |string: string",
            "  |{a, b}: object",
            "  |{a, b}.a: string",
            "  |{a, b}.b: any",
        ]
    );
}
