//! What a schema is, without what is inside of it.

use super::{Former, Result, merge, shown};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// What a schema takes.
#[derive(Clone, Debug)]
pub(super) struct Head {
    pub(super) kind: Kind,
    /// True when it takes null as well.
    pub(super) nullable: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Kind {
    Any,
    Bool,
    /// With its `format`.
    Integer(Option<String>),
    Number(Option<String>),
    Text,
    /// Each with its description.
    Words(Vec<(String, String)>),
    List(Value),
    Tuple(Vec<Value>),
    Map(Value),
    Object(Object),
    /// Several schemas.
    Union(Vec<Value>),
    Reference(String),
}

/// What becomes of alternatives beside the properties of an object.
#[derive(Clone, Copy)]
pub(super) enum Alternatives {
    /// They are branches, which all have these properties.
    Branches,
    /// They are more properties, which may be missing.
    Folded,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Object {
    pub(super) properties: BTreeMap<String, Value>,
    pub(super) required: BTreeSet<String>,
}

impl Object {
    pub(super) fn to_schema(&self) -> Value {
        json!({"type": "object", "properties": self.properties, "required": self.required})
    }
}

impl From<Kind> for Head {
    fn from(kind: Kind) -> Self {
        Self { kind, nullable: false }
    }
}

/// Null and nothing else: there is no value to give a type to.
fn null() -> Head {
    Head { kind: Kind::Union(Vec::new()), nullable: true }
}

impl Head {
    pub(super) fn is_null(&self) -> bool {
        self.nullable && self.kind == Kind::Union(Vec::new())
    }
}

impl Former<'_, '_> {
    /// What the schema is.
    pub(super) fn head(&mut self, schema: &Value) -> Result<Head> {
        self.deeper(|former| former.shallow_head(schema, Alternatives::Branches))
    }

    /// What a branch of a union is: with alternatives of its own it is one object all the same.
    pub(super) fn branch_head(&mut self, schema: &Value) -> Result<Head> {
        self.deeper(|former| former.shallow_head(schema, Alternatives::Folded))
    }

    fn shallow_head(&mut self, schema: &Value, alternatives: Alternatives) -> Result<Head> {
        let keywords = match schema {
            Value::Bool(true) => return Ok(any()),
            Value::Object(keywords) => keywords,
            _ => {
                return Err(format!(
                    "{} is no schema that something fits; a repair in codegen/src/repair.rs has to say what is meant",
                    shown(schema)
                ));
            }
        };
        if is_simple(keywords) {
            return own(keywords);
        }
        let mut parts = Vec::new();
        if let Some(reference) = keywords.get("$ref") {
            parts.push(Kind::Reference(self.target(reference)?).into());
        }
        for part in list(keywords, "allOf")?.into_iter().flatten() {
            parts.push(self.head(part)?);
        }
        parts.push(own(keywords)?);
        for key in ["oneOf", "anyOf"] {
            if let Some(branches) = list(keywords, key)? {
                let union = self.branches(branches)?;
                // Which of its properties an object needs is nothing that a type can say.
                if !merge::only_requires(branches) {
                    parts.push(union);
                }
            }
        }
        self.merge(parts, alternatives)
    }

    /// The definition that a reference leads to.
    fn target(&self, reference: &Value) -> Result<String> {
        let name = crate::load::reference(&json!({"$ref": reference}));
        match name.filter(|name| self.given.contains_key(name)) {
            Some(name) => Ok(name),
            None => Err(format!(
                "it refers to {}, which the schema does not define; \
                 a repair in codegen/src/repair.rs has to define it, or to say what is meant",
                shown(reference)
            )),
        }
    }

    /// Alternatives, without those in each other and without null.
    fn branches(&mut self, branches: &[Value]) -> Result<Head> {
        let (mut found, mut nullable) = (Vec::new(), false);
        let (mut words, mut takes_any) = (Some(Vec::new()), false);
        for branch in branches {
            let head = self.branch_head(branch)?;
            nullable |= head.nullable && head.kind != Kind::Any;
            match head.kind {
                Kind::Union(inner) => {
                    words = words.filter(|_| inner.is_empty());
                    found.extend(inner);
                }
                Kind::Any => takes_any = true,
                kind => {
                    found.push(without_null(branch, head.nullable));
                    words = match (words, kind) {
                        (Some(known), Kind::Words(more)) => Some([known, more].concat()),
                        _ => None,
                    };
                }
            }
        }
        match (found.as_slice(), words) {
            // What fits no other branch is kept in any case.
            ([], _) if takes_any => Ok(any()),
            ([], _) if nullable => Ok(null()),
            ([], _) => Err("it has no branch, so that nothing fits it; \
                            a repair in codegen/src/repair.rs has to say what is meant"
                .into()),
            (_, Some(words)) => Ok(Head { kind: Kind::Words(merge::distinct(words)), nullable }),
            ([only], None) if !takes_any => {
                let head = self.branch_head(only)?;
                let has_tag = match &head.kind {
                    Kind::Object(object) => object.properties.values().any(is_word),
                    _ => false,
                };
                if has_tag {
                    Ok(Head { kind: Kind::Union(found), nullable })
                } else {
                    Ok(Head { nullable: nullable || head.nullable, ..head })
                }
            }
            _ => Ok(Head { kind: Kind::Union(found), nullable }),
        }
    }
}

fn any() -> Head {
    Head { kind: Kind::Any, nullable: true }
}

/// A branch that took null, which its union takes from now on.
fn without_null(branch: &Value, nullable: bool) -> Value {
    let mut branch = branch.clone();
    if nullable && let Some(Value::Array(names)) = branch.get_mut("type") {
        names.retain(|name| name != "null");
    }
    branch
}

/// Whether it has only keywords that are about itself, as most have: the build script of users
/// waits for this.
fn is_simple(keywords: &Map<String, Value>) -> bool {
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

/// True for one fixed string.
fn is_word(schema: &Value) -> bool {
    let fixed = match schema.get("enum").and_then(Value::as_array).map(Vec::as_slice) {
        Some([word]) => Some(word),
        _ => schema.get("const"),
    };
    fixed.is_some_and(Value::is_string)
}

/// What the keywords say that are about the schema itself.
fn own(keywords: &Map<String, Value>) -> Result<Head> {
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
        Kind::Words(merge::distinct(words.map(|word| (word.to_owned(), about.to_owned()))))
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

/// A list of schemas or values.
fn list<'a>(keywords: &'a Map<String, Value>, key: &str) -> Result<Option<&'a Vec<Value>>> {
    match keywords.get(key) {
        None => Ok(None),
        Some(Value::Array(list)) => Ok(Some(list)),
        Some(other) => Err(format!(
            "`{key}` is {}, which is no list; a repair in codegen/src/repair.rs has to correct it",
            shown(other)
        )),
    }
}
