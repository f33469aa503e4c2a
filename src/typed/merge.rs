//! Objects that are said in parts: a tag beside a reference, members beside `oneOf`, `allOf`. This
//! is what `#[serde(flatten)]` and internally tagged enums come as.
//!
//! Strict mode has no intersections, so they are worked out: each way to choose one branch of each
//! union is an object of its own.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::refuse::{refuse, refused};
use crate::error::{Error, Result};

/// The members of an object, as schemas, and which of them are required.
#[derive(Clone)]
pub(super) struct Parts<'a> {
    pub(super) description: Option<&'a str>,
    pub(super) properties: BTreeMap<&'a str, &'a Value>,
    pub(super) required: Vec<&'a str>,
}

/// Words that say more about an object than its own members.
pub(super) const SAY_MORE: [&str; 4] = ["$ref", "allOf", "anyOf", "oneOf"];

/// What stands beside those without narrowing them.
const ANNOTATIONS: [&str; 8] =
    ["$comment", "$defs", "default", "deprecated", "description", "examples", "title", "$schema"];

/// An API that takes 5,000 members takes no more objects.
const MAX_ALTERNATIVES: usize = 5_000;

/// Whether a schema has to be worked out before it can be read.
pub(super) fn is_in_parts(schema: &Map<String, Value>) -> bool {
    let says = |word: &&&str| schema.contains_key(**word);
    let narrows =
        |word: &String| !SAY_MORE.contains(&word.as_str()) && !ANNOTATIONS.contains(&word.as_str());
    match SAY_MORE.iter().filter(says).count() {
        0 => false,
        1 => schema.contains_key("allOf") || schema.keys().any(narrows),
        _ => true,
    }
}

/// The objects that a schema says, of which a value is one.
pub(super) fn alternatives<'a>(
    schema: &'a Value,
    resolve: &impl Fn(&str) -> Option<&'a Value>,
    path: &str,
    within: &mut Vec<&'a str>,
) -> Result<Vec<Parts<'a>>> {
    let schema = match schema {
        Value::Object(schema) => schema,
        // Whatever else there may be: nothing, in a closed object.
        Value::Bool(true) => return Ok(vec![Parts::nothing()]),
        _ => return Err(no_object(path)),
    };
    let mut all = vec![own(schema, path)?];
    if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
        let definition = resolve(reference).filter(|_| !within.contains(&reference));
        let Some(definition) = definition else {
            return refuse(
                path,
                "contains itself by way of `#[serde(flatten)]` or a tag; put a member in between",
            );
        };
        within.push(reference);
        all = both(&all, &alternatives(definition, resolve, path, within)?, path)?;
        within.pop();
    }
    for part in schemas(schema, "allOf") {
        all = both(&all, &alternatives(part, resolve, path, within)?, path)?;
    }
    for union in ["anyOf", "oneOf"] {
        if !schema.contains_key(union) {
            continue;
        }
        let mut branches = Vec::new();
        for branch in schemas(schema, union) {
            branches.extend(alternatives(branch, resolve, path, within)?);
        }
        all = both(&all, &branches, path)?;
    }
    Ok(all)
}

impl Parts<'_> {
    fn nothing() -> Self {
        Self { description: None, properties: BTreeMap::new(), required: Vec::new() }
    }
}

fn schemas<'a>(
    schema: &'a Map<String, Value>,
    word: &str,
) -> impl Iterator<Item = &'a Value> + use<'a> {
    schema.get(word).and_then(Value::as_array).into_iter().flatten()
}

/// What a schema itself says.
fn own<'a>(schema: &'a Map<String, Value>, path: &str) -> Result<Parts<'a>> {
    if schema.get("type").is_some_and(|kind| kind != "object") {
        return Err(no_object(path));
    }
    refuse_open(schema, path)?;
    let properties = schema.get("properties").and_then(Value::as_object).into_iter().flatten();
    let required = schema.get("required").and_then(Value::as_array).into_iter().flatten();
    Ok(Parts {
        description: schema.get("description").and_then(Value::as_str),
        properties: properties.map(|(name, schema)| (name.as_str(), schema)).collect(),
        required: required.filter_map(Value::as_str).collect(),
    })
}

/// Refuses an object that has members of any name beside its own.
pub(super) fn refuse_open(schema: &Map<String, Value>, path: &str) -> Result<()> {
    let others = schema.get("additionalProperties").is_some_and(|others| *others != false);
    if !others && !schema.contains_key("patternProperties") {
        return Ok(());
    }
    refuse(
        path,
        "is an object with members of any name beside its own; give the map a member of its own \
         instead of flattening it",
    )
}

/// Each of the one with each of the others.
fn both<'a>(ones: &[Parts<'a>], others: &[Parts<'a>], path: &str) -> Result<Vec<Parts<'a>>> {
    if ones.len().saturating_mul(others.len()) > MAX_ALTERNATIVES {
        return refuse(path, "can be more objects than the API takes; flatten fewer enums");
    }
    let mut all = Vec::new();
    for one in ones {
        for other in others {
            let mut merged = one.clone();
            for (name, schema) in &other.properties {
                if merged.properties.insert(name, schema).is_some_and(|before| before != *schema) {
                    return refuse(
                        path,
                        &format!("has two members `{name}` of different types; rename one"),
                    );
                }
            }
            merged.required.extend(&other.required);
            merged.description = merged.description.or(other.description);
            all.push(merged);
        }
    }
    Ok(all)
}

fn no_object(path: &str) -> Error {
    refused(
        path,
        "is flattened or tagged and not always an object; give it a member of its own, or use \
         `#[serde(tag = …, content = …)]`",
    )
}
