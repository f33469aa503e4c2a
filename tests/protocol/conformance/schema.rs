//! The pinned schema as these tests read it: the files as they are, without the repairs of the
//! generator. What it does not know it does not skip: a new keyword fails the tests until somebody
//! says what it means.

use codex_app_server_codegen::load;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Definitions by name.
pub(crate) type Shapes = BTreeMap<String, Shape>;

/// The files of the schema, with the names that codex writes.
pub(crate) fn files() -> load::Schema {
    let dir = support::root().join("schema/experimental");
    load::folder(&dir).expect("the schema can be read")
}

/// What the definitions in the files take.
pub(crate) fn shapes(files: &load::Schema) -> Shapes {
    let definitions = files.definitions.iter();
    definitions.map(|(name, schema)| (name.clone(), shape(schema))).collect()
}

/// What JSON a schema takes.
#[derive(Clone)]
pub(crate) enum Shape {
    /// Any JSON.
    Any,
    Definition(String),
    Nullable(Box<Shape>),
    /// One of some strings.
    Words(Vec<String>),
    Text,
    Integer {
        min: i128,
        max: i128,
    },
    Number,
    Bool,
    List(Box<Shape>),
    Map(Box<Shape>),
    Object(Object),
    /// Objects with the same tag.
    Tagged(Vec<Object>),
    /// Strings, and objects with one member each.
    Keyed(Vec<String>, Vec<Object>),
    /// Whatever else has branches.
    Untagged(Vec<Shape>),
}

#[derive(Clone)]
pub(crate) struct Object {
    /// The member with one fixed value.
    pub(crate) tag: Option<(String, String)>,
    /// The members beside the tag.
    pub(crate) members: Vec<Member>,
}

#[derive(Clone)]
pub(crate) struct Member {
    pub(crate) name: String,
    pub(crate) shape: Shape,
    pub(crate) required: bool,
    /// True when another member may stand in its place: then nothing is wrong without it.
    pub(crate) replaceable: bool,
}

/// Keywords that do not bear on which JSON fits. `additionalProperties: false` is one: unknown
/// members are always taken.
const ANNOTATIONS: &[&str] = &["$schema", "default", "description", "title"];

fn shape(schema: &Value) -> Shape {
    let Some(schema) = schema.as_object() else {
        assert_eq!(schema, true, "a schema that nothing fits");
        return Shape::Any;
    };
    let has = |key: &str| schema.contains_key(key);
    if has("oneOf") || has("anyOf") {
        return union(schema);
    }
    let mut keywords: Vec<&str> = schema.keys().map(String::as_str).collect();
    keywords.retain(|key| !ANNOTATIONS.contains(key));
    match (keywords.as_slice(), schema.get("type")) {
        ([], _) => Shape::Any,
        (["$ref"], _) => Shape::Definition(definition(&schema["$ref"])),
        (["allOf"], _) => match schema["allOf"].as_array().map(Vec::as_slice) {
            Some([inner]) => shape(inner),
            _ => panic!("several schemas at once: {schema:?}"),
        },
        (_, Some(Value::String(name))) => typed(name, &keywords, schema),
        (_, Some(Value::Array(names))) => match names.as_slice() {
            [Value::String(name), null] if null == "null" => {
                Shape::Nullable(Box::new(typed(name, &keywords, schema)))
            }
            _ => Shape::Any,
        },
        _ => panic!("a schema in words the tests do not know: {schema:?}"),
    }
}

fn typed(name: &str, keywords: &[&str], schema: &Map<String, Value>) -> Shape {
    let only = |known: &[&str]| {
        let unknown = keywords.iter().find(|key| !known.contains(key));
        assert_eq!(unknown, None, "a keyword the tests do not know: {schema:?}");
    };
    match name {
        "string" if schema.contains_key("enum") => {
            only(&["type", "enum"]);
            Shape::Words(words(schema).expect("strings"))
        }
        "string" => {
            only(&["type", "minLength"]);
            Shape::Text
        }
        "integer" => {
            only(&["type", "format", "minimum"]);
            let (min, max) = range(schema.get("format"));
            let minimum = schema.get("minimum").and_then(Value::as_f64);
            Shape::Integer { min: minimum.map_or(min, |minimum| minimum as i128), max }
        }
        "number" => {
            only(&["type", "format"]);
            Shape::Number
        }
        "boolean" => {
            only(&["type"]);
            Shape::Bool
        }
        "array" => {
            only(&["type", "items"]);
            Shape::List(Box::new(shape(&schema["items"])))
        }
        "object" => {
            only(&["type", "properties", "required", "additionalProperties"]);
            match schema.get("additionalProperties") {
                Some(values) if *values != false && !schema.contains_key("properties") => {
                    Shape::Map(Box::new(shape(values)))
                }
                _ => Shape::Object(object(schema)),
            }
        }
        _ => panic!("a type the tests do not know: {schema:?}"),
    }
}

fn range(format: Option<&Value>) -> (i128, i128) {
    match format.and_then(Value::as_str) {
        Some("uint16") => (0, u16::MAX.into()),
        Some("uint32") => (0, u32::MAX.into()),
        Some("uint" | "uint64") => (0, u64::MAX.into()),
        Some("int32") => (i32::MIN.into(), i32::MAX.into()),
        Some("int64") | None => (i64::MIN.into(), i64::MAX.into()),
        Some(format) => panic!("a format the tests do not know: {format}"),
    }
}

fn union(schema: &Map<String, Value>) -> Shape {
    let branches: Vec<&Value> = branches(schema).collect();
    if let [inner, null] = branches.as_slice()
        && null["type"] == "null"
    {
        return Shape::Nullable(Box::new(shape(inner)));
    }
    let objects: Vec<Object> = branches
        .iter()
        .filter(|branch| branch["type"] == "object")
        .flat_map(|branch| alternatives(branch, schema))
        .collect();
    let words: Vec<Vec<String>> =
        branches.iter().filter_map(|branch| words(branch.as_object()?)).collect();
    let all_objects = branches.iter().all(|branch| branch["type"] == "object");
    if words.len() == branches.len() {
        Shape::Words(words.concat())
    } else if all_objects && objects.iter().all(|branch| branch.tag.is_some()) {
        Shape::Tagged(objects)
    } else if words.is_empty() {
        Shape::Untagged(branches.into_iter().map(shape).collect())
    } else {
        Shape::Keyed(words.concat(), objects)
    }
}

fn branches(schema: &Map<String, Value>) -> impl Iterator<Item = &Value> {
    let list = ["oneOf", "anyOf"].iter().find_map(|key| schema.get(*key));
    list.and_then(Value::as_array).into_iter().flatten()
}

/// A branch with the members beside the union. One with alternatives of its own is an object for
/// each, and for all together.
fn alternatives(branch: &Value, union: &Map<String, Value>) -> Vec<Object> {
    let branch = branch.as_object().expect("a branch");
    let mut common = object(branch);
    common.members.extend(object(union).members);
    let mut alternatives: Vec<Object> = branches(branch)
        .map(|alternative| object(alternative.as_object().expect("an alternative")))
        .collect();
    if alternatives.is_empty() {
        return vec![common];
    }
    let all = alternatives.iter().flat_map(|object| object.members.clone());
    alternatives.push(Object { tag: None, members: all.collect() });
    for alternative in &mut alternatives {
        for member in &mut alternative.members {
            member.replaceable = true;
        }
        alternative.members.extend(common.members.iter().cloned());
        alternative.tag.clone_from(&common.tag);
    }
    alternatives
}

fn object(schema: &Map<String, Value>) -> Object {
    let required = schema.get("required").and_then(Value::as_array);
    let mut object = Object { tag: None, members: Vec::new() };
    let properties = schema.get("properties").and_then(Value::as_object);
    for (name, schema) in properties.into_iter().flatten() {
        let fixed = schema.as_object().and_then(words);
        match fixed.as_deref() {
            Some([tag]) if object.tag.is_none() => object.tag = Some((name.clone(), tag.clone())),
            _ => object.members.push(Member {
                name: name.clone(),
                shape: shape(schema),
                required: required.is_some_and(|names| names.iter().any(|other| other == name)),
                replaceable: false,
            }),
        }
    }
    object
}

fn words(schema: &Map<String, Value>) -> Option<Vec<String>> {
    let texts = schema.get("enum")?.as_array()?.iter();
    texts.map(|text| Some(text.as_str()?.to_owned())).collect()
}

fn definition(reference: &Value) -> String {
    let path = reference.as_str().expect("a reference");
    path.rsplit('/').next().unwrap_or_default().to_owned()
}
