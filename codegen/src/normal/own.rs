//! What the keywords say that are about a schema itself: its type, and what goes with it.

use super::{
    former::{Result, shown},
    kind::{Head, Kind, Object, any, distinct, null},
};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// What the keywords say that are about the schema itself.
pub(super) fn own(keywords: &Map<String, Value>) -> Result<Head> {
    if let Some(value) = keywords.get("const") {
        return literals(std::slice::from_ref(value), keywords);
    }
    if let Some(values) = list(keywords, "enum")? {
        return literals(values, keywords);
    }
    let names: Vec<&str> = match keywords.get("type") {
        Some(Value::String(name)) => vec![name],
        Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).collect(),
        Some(other) => {
            return Err(format!(
                "{} is no type of JSON; a repair in codegen/src/repair.rs has to say which one is meant",
                shown(other)
            ));
        }
        None => implied_type(keywords).into_iter().collect(),
    };
    let nullable = names.contains(&"null");
    let mut others: Vec<&str> = names.iter().copied().filter(|name| *name != "null").collect();
    others.dedup();
    match others.as_slice() {
        [] if nullable => Ok(null()),
        [] => Ok(any()),
        [name] => Ok(Head { kind: of_type(name, keywords)?, nullable }),
        names => {
            let branch = |name: &&str| {
                let mut branch = keywords.clone();
                let outer = ["allOf", "anyOf", "oneOf", "$ref", "description", "default"];
                branch.retain(|key, _| !outer.contains(&key.as_str()));
                branch.insert("type".into(), (*name).into());
                Value::Object(branch)
            };
            Ok(Head { kind: Kind::Union(names.iter().map(branch).collect()), nullable })
        }
    }
}

/// The type that keywords are about, where `type` is missing.
fn implied_type(keywords: &Map<String, Value>) -> Option<&'static str> {
    let has = |keys: &[&str]| keys.iter().any(|key| keywords.contains_key(*key));
    if has(&["properties", "required", "additionalProperties", "patternProperties"]) {
        return Some("object");
    }
    has(&["items", "prefixItems"]).then_some("array")
}

fn of_type(name: &str, keywords: &Map<String, Value>) -> Result<Kind> {
    let format = || keywords.get("format").and_then(Value::as_str).map(str::to_owned);
    Ok(match name {
        "boolean" => Kind::Bool,
        // Rust has them, and JSON as it is read here has not: they are kept as they came.
        "integer" if matches!(format().as_deref(), Some("int128" | "uint128")) => Kind::Any,
        "integer" => Kind::Integer(format()),
        "number" => Kind::Number(format()),
        "string" => Kind::Text,
        "array" => array(keywords)?,
        "object" => object(keywords)?,
        name => {
            return Err(format!(
                "`{name}` is no type of JSON; a repair in codegen/src/repair.rs has to say which one is meant"
            ));
        }
    })
}

fn array(keywords: &Map<String, Value>) -> Result<Kind> {
    let first = match keywords.get("prefixItems").or_else(|| keywords.get("items")) {
        Some(Value::Array(items)) => items,
        Some(items) if !items.is_boolean() => return Ok(Kind::List(items.clone())),
        _ => return Ok(Kind::List(Value::Bool(true))),
    };
    // A list that may be shorter or longer has no type of its own.
    let length = |key: &str| keywords.get(key).and_then(Value::as_u64);
    let count = first.len() as u64;
    let beyond = if keywords.contains_key("prefixItems") { "items" } else { "additionalItems" };
    let ends = length("maxItems") == Some(count)
        || keywords.get(beyond).is_some_and(|more| more == &Value::Bool(false));
    let is_tuple =
        ends && length("minItems") == Some(count) && (1..=MOST_ITEMS).contains(&first.len());
    Ok(if is_tuple { Kind::Tuple(first.clone()) } else { Kind::List(Value::Bool(true)) })
}

/// The longest tuples that Rust can compare.
const MOST_ITEMS: usize = 12;

fn object(keywords: &Map<String, Value>) -> Result<Kind> {
    let wrong = |key: &str, value: &Value| {
        format!("`{key}` is {}; a repair in codegen/src/repair.rs has to correct it", shown(value))
    };
    let properties = match keywords.get("properties") {
        None => BTreeMap::new(),
        Some(Value::Object(properties)) => properties.clone().into_iter().collect(),
        Some(other) => return Err(wrong("properties", other)),
    };
    let required = match keywords.get("required") {
        None => BTreeSet::new(),
        Some(Value::Array(names)) => {
            names.iter().filter_map(Value::as_str).map(str::to_owned).collect()
        }
        Some(other) => return Err(wrong("required", other)),
    };
    let is_open = |more: &&Value| !more.is_boolean() && **more != json!({});
    let more = keywords.get("additionalProperties").filter(is_open);
    let patterns = keywords.get("patternProperties").and_then(Value::as_object);
    if properties.is_empty() {
        match (more, patterns.map(|patterns| patterns.values().collect::<Vec<_>>()).as_deref()) {
            (Some(value), None) => return Ok(Kind::Map(value.clone())),
            (None, Some([value])) => return Ok(Kind::Map((*value).clone())),
            _ => {}
        }
    }
    Ok(Kind::Object(Object { properties, required }))
}

/// Values that are listed.
fn literals(values: &[Value], keywords: &Map<String, Value>) -> Result<Head> {
    let nullable = values.iter().any(Value::is_null);
    let values: Vec<&Value> = values.iter().filter(|value| !value.is_null()).collect();
    if values.is_empty() && nullable {
        return Ok(null());
    }
    let all = |is: fn(&Value) -> bool| values.iter().all(|value| is(value));
    let format = || keywords.get("format").and_then(Value::as_str).map(str::to_owned);
    let kind = if all(Value::is_string) {
        let about = match (values.len(), keywords.get("description").and_then(Value::as_str)) {
            (1, Some(text)) => text,
            _ => "",
        };
        let words = values.iter().filter_map(|value| value.as_str());
        Kind::Words(distinct(words.map(|word| (word.to_owned(), about.to_owned()))))
    } else if all(|value| value.is_i64() || value.is_u64()) {
        Kind::Integer(format())
    } else if all(Value::is_number) {
        Kind::Number(format())
    } else if all(Value::is_boolean) {
        Kind::Bool
    } else {
        Kind::Any
    };
    Ok(Head { kind, nullable })
}

/// Whether it has only keywords that are about itself, as most have: the build script of users
/// waits for this.
pub(super) fn is_simple(keywords: &Map<String, Value>) -> bool {
    keywords.keys().all(|key| {
        matches!(
            key.as_str(),
            "type"
                | "description"
                | "title"
                | "properties"
                | "required"
                | "items"
                | "format"
                | "default"
        )
    })
}

/// A list of schemas or values.
pub(super) fn list<'a>(
    keywords: &'a Map<String, Value>,
    key: &str,
) -> Result<Option<&'a Vec<Value>>> {
    match keywords.get(key) {
        None => Ok(None),
        Some(Value::Array(list)) => Ok(Some(list)),
        Some(other) => Err(format!(
            "`{key}` is {}, which is no list; a repair in codegen/src/repair.rs has to correct it",
            shown(other)
        )),
    }
}

/// True for alternatives that say nothing but which properties have to be there.
pub(super) fn only_requires(branches: &[Value]) -> bool {
    let is_requirement = |branch: &Value| {
        branch.as_object().is_some_and(|keywords| {
            keywords.contains_key("required")
                && keywords.keys().all(|key| ["required", "type", "title"].contains(&key.as_str()))
        })
    };
    !branches.is_empty() && branches.iter().all(is_requirement)
}
