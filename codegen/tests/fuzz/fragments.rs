//! Pieces of schemas.

use crate::random::Random;
use serde_json::{Value, json};

const WORDS: &[&str] = &[
    "alpha",
    "betaGamma",
    "delta_epsilon",
    "zeta-eta",
    "theta2",
    "kind",
    "type",
    "iota/kappa",
    "self",
    "match",
    "lambdaMu",
    "count",
    "apiToken",
    "gpt-5.4",
    "nuXi",
    "omicron",
    "value",
];

/// A word that some schema may have for a field, or with a number for a definition.
pub(crate) fn word(random: &mut Random, is_type: bool) -> String {
    let word = *random.pick(WORDS);
    if !is_type {
        return if random.percent(50) {
            format!("{word}{}", random.below(50))
        } else {
            word.into()
        };
    }
    let letters = word.chars().filter(char::is_ascii_alphabetic).collect::<String>();
    letters[..1].to_uppercase() + &letters[1..]
}

fn reference(random: &mut Random, names: &[String]) -> Value {
    let root = if random.percent(10) { "$defs" } else { "definitions" };
    json!({"$ref": format!("#/{root}/{}", random.pick(names))})
}

/// What the schema of a field may look like. `single` shapes are all of these in all places.
pub(crate) fn all(other: &Value) -> Vec<Value> {
    let object = json!({"type": "object", "properties": {"a": {"type": "string"}, "b": other}, "required": ["a"]});
    vec![
        json!(true),
        json!({}),
        json!({"type": "string"}),
        json!({"type": "string", "format": "uuid", "minLength": 1, "pattern": "^a"}),
        json!({"type": "string", "format": "date-time", "examples": ["now"], "deprecated": true}),
        json!({"type": "integer", "format": "uint", "minimum": 0, "maximum": 255}),
        json!({"type": "integer", "format": "int128"}),
        json!({"type": "integer", "multipleOf": 5}),
        json!({"type": "number", "format": "float", "exclusiveMinimum": 0}),
        json!({"type": "boolean", "default": true}),
        json!({"type": "null"}),
        json!({"type": ["string", "null"], "default": "x"}),
        json!({"type": ["integer", "null"], "default": 7}),
        json!({"type": ["string", "integer"]}),
        json!({"type": ["string", "number", "boolean", "null"]}),
        json!({"const": "only"}),
        json!({"const": 5}),
        json!({"const": null}),
        json!({"enum": ["one", "two", null]}),
        json!({"enum": [1, 2, 3], "type": "integer"}),
        json!({"enum": ["one", 2, true]}),
        json!({"enum": []}),
        json!({"type": "array", "items": other}),
        json!({"type": "array", "items": {"type": ["string", "null"]}, "uniqueItems": true, "default": []}),
        json!({"type": "array", "prefixItems": [{"type": "string"}, other, {"type": "integer"}], "minItems": 3, "maxItems": 3}),
        json!({"type": "array", "items": [{"type": "string"}, {"type": ["integer", "null"]}], "minItems": 2, "maxItems": 2}),
        json!({"type": "array", "prefixItems": [{"type": "string"}]}),
        json!({"type": "array"}),
        json!({"type": "object"}),
        json!({"type": "object", "additionalProperties": other}),
        json!({"type": "object", "patternProperties": {"^[0-9]+$": {"type": "integer"}}, "additionalProperties": false}),
        object.clone(),
        json!({"type": "object", "properties": {"deep": object}, "unevaluatedProperties": false}),
        json!({"allOf": [other], "default": null}),
        json!({"allOf": [other], "description": "more", "default": {}}),
        json!({"anyOf": [other, {"type": "null"}], "default": {"a": 1}}),
        json!({"oneOf": [{"type": "null"}, other]}),
        json!({"anyOf": [{"type": "string"}, {"type": "integer"}, {"type": "number"}, {"type": "boolean"}]}),
        json!({"anyOf": [{"enum": ["auto"], "type": "string"}, {"type": "integer"}, {"type": "null"}]}),
        json!({"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}, {"type": "array", "items": other}]}),
        json!({"oneOf": [{"enum": ["off"]}, {"type": "object", "properties": {"on": {"type": ["string", "null"]}}, "required": ["on"]}]}),
        json!({"oneOf": [
            {"type": "object", "properties": {"t": {"const": "x"}, "v": {"type": "integer"}}, "required": ["t", "v"]},
            {"type": "object", "properties": {"t": {"const": "y"}}, "required": ["t"], "allOf": [{"properties": {"w": other}}]},
        ]}),
        json!({"oneOf": [
            {"properties": {"t": {"enum": ["x"]}}, "oneOf": [{"properties": {"p": {"type": "string"}}}, {"properties": {"q": {"type": "integer"}}}]},
            {"properties": {"t": {"enum": ["y"]}}},
        ]}),
        json!({"anyOf": [
            {"type": "object", "properties": {"left": {"type": "string"}}, "required": ["left"]},
            {"type": "object", "properties": {"right": {"type": "string"}}, "required": ["right"]},
        ]}),
        json!({"$ref": other["$ref"], "description": "beside", "deprecated": true}),
        json!({"description": "anything", "default": [1]}),
        json!({"not": {"type": "null"}, "type": "string", "x-own": {"a": 1}}),
    ]
}

pub(crate) fn plausible(random: &mut Random, names: &[String]) -> Value {
    let other = reference(random, names);
    let all = all(&other);
    if random.percent(40) { other } else { random.pick(&all).clone() }
}

/// A branch like the first one of a union.
pub(crate) fn branch(random: &mut Random, names: &[String], like: Option<&Value>) -> Value {
    let field = reference(random, names);
    let tag = ["type", "kind", "status"]
        .into_iter()
        .find(|tag| like.is_some_and(|like| like["properties"].get(*tag).is_some()));
    match (tag, like.and_then(|like| like.get("enum"))) {
        (Some(tag), _) => {
            let text = word(random, false);
            json!({"type": "object", "properties": {tag: {"enum": [text], "type": "string"}, "extra": field}, "required": [tag]})
        }
        (None, Some(_)) => json!({"enum": [word(random, false)], "type": "string"}),
        _ => plausible(random, names),
    }
}

/// The same schema as a later draft says it.
pub(crate) fn say_otherwise(random: &mut Random, schema: &mut Value) {
    match schema {
        Value::Object(members) => {
            if let Some([word]) = members.get("enum").and_then(Value::as_array).map(Vec::as_slice)
                && random.percent(70)
            {
                let word = word.clone();
                members.remove("enum");
                members.insert("const".into(), word);
            }
            if let Some(Value::String(text)) = members.get_mut("$ref") {
                *text = text.replace("#/definitions/", "#/$defs/");
            }
            members.values_mut().for_each(|member| say_otherwise(random, member));
        }
        Value::Array(items) => items.iter_mut().for_each(|item| say_otherwise(random, item)),
        _ => {}
    }
}

/// What is hardly a schema.
pub(crate) fn odd(random: &mut Random, names: &[String]) -> Value {
    let other = reference(random, names);
    let mut deep = other.clone();
    for _ in 0..100 {
        deep = json!({"type": "array", "items": deep});
    }
    let all = vec![
        json!(false),
        json!(null),
        json!(7),
        json!("text"),
        json!([]),
        json!({"$ref": "#/definitions/NoSuchThing"}),
        json!({"$ref": 5}),
        json!({"type": "thing"}),
        json!({"type": []}),
        json!({"oneOf": []}),
        json!({"anyOf": {}}),
        json!({"allOf": [{"type": "string"}, {"type": "integer"}]}),
        json!({"allOf": [other, {"properties": {"again": {"allOf": [other, {"properties": {}}]}}}]}),
        json!({"anyOf": [other, other]}),
        json!({"oneOf": [other, {"type": "string"}]}),
        json!({"enum": [{}]}),
        json!({"enum": "a"}),
        json!({"properties": []}),
        json!({"properties": {"": {"type": "string"}, "日本": {"type": "string"}, "a b": true}}),
        json!({"required": 5, "properties": {"a": true}}),
        json!({"type": "string", "description": "x".repeat(1_000_000)}),
        json!({"type": "object", "properties": {"\u{202e}": other, "\r": {"type": "string", "description": "a\rb*/"}}}),
        deep,
        other,
    ];
    random.pick(&all).clone()
}
