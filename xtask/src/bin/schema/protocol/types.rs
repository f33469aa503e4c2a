//! Types as lists of parts, each with its type in short.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use codex_app_server_codegen::{load::Definitions, repair};
use serde_json::{Map, Value};

#[derive(Debug, Default, PartialEq)]
pub(crate) struct Type {
    /// `object`, `enum`, `union`, or what it stands for.
    pub(crate) kind: String,
    pub(crate) parts: Parts,
    pub(crate) experimental: bool,
}

/// By name: `field`, `"value"`, `"branch"`, `"branch".field`, and `|shape` where only the shape
/// tells.
pub(crate) type Parts = BTreeMap<String, Part>;

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Part {
    /// The type in short, without null; empty for a plain value.
    pub(crate) ty: String,
    /// `None` for values and branches.
    pub(crate) presence: Option<Presence>,
    /// True when the stable schema has the type, but not this.
    pub(crate) experimental: bool,
}

/// Whether a field may be missing or null, and what stands in.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Presence {
    pub(crate) required: bool,
    pub(crate) nullable: bool,
    pub(crate) default: Option<String>,
}

pub(super) fn all(definitions: Definitions) -> BTreeMap<String, Type> {
    let mut repaired = definitions.clone();
    repair::what_applies(&mut repaired);
    // Also those that a repair has done away with.
    let mut types: BTreeMap<_, _> = definitions.iter().map(describe).collect();
    types.extend(repaired.iter().map(describe));
    types
}

fn describe((name, body): (&String, &Value)) -> (String, Type) {
    let mut parts = Parts::new();
    let kind = match branches(body) {
        Some(branches) if is_union(branches) => {
            add_branches(&mut parts, branches);
            // Values are told apart only to document each.
            let is_enum = branches.iter().all(|branch| branch["enum"].is_array());
            if is_enum { "enum" } else { "union" }.to_owned()
        }
        _ if body["enum"].is_array() => {
            add_values(&mut parts, body);
            "enum".to_owned()
        }
        _ if body["type"] == "object" && !body["additionalProperties"].is_object() => {
            add_fields(&mut parts, "", body);
            "object".to_owned()
        }
        _ => short(body),
    };
    let ty = Type { kind, parts, experimental: false };
    (name.clone(), ty)
}

fn branches(schema: &Value) -> Option<&Vec<Value>> {
    ["oneOf", "anyOf"].iter().find_map(|key| schema[*key].as_array())
}

/// `anyOf [X, null]` is not: it is X or null.
fn is_union(branches: &[Value]) -> bool {
    !branches.iter().any(is_null)
}

fn add_branches(parts: &mut Parts, branches: &[Value]) {
    let tag = common_tag(branches);
    let keyed = tag.is_none() && branches.iter().any(|branch| branch["enum"].is_array());
    for branch in branches {
        if branch["enum"].is_array() {
            add_values(parts, branch);
            continue;
        }
        let members = branch["properties"].as_object();
        let single = members.filter(|members| keyed && members.len() == 1);
        let (name, content) = match (&tag, single.and_then(|members| members.iter().next())) {
            (Some(tag), _) => {
                let mut content = branch.clone();
                let members = content["properties"].as_object_mut();
                let text = members.and_then(|members| members.remove(tag));
                (quoted(&text.unwrap_or_default()["enum"][0]), content)
            }
            (None, Some((key, content))) => (format!("{key:?}"), content.clone()),
            (None, None) => (shape(branch), branch.clone()),
        };
        let inline = content["properties"].is_object();
        let ty = match inline {
            true if content["properties"] == Value::Object(Map::new()) => String::new(),
            true => "object".to_owned(),
            false => short(&content),
        };
        parts.insert(name.clone(), value(ty));
        if inline {
            add_fields(parts, &format!("{name}."), &content);
        }
    }
}

/// The first property that is one fixed string in every branch.
fn common_tag(branches: &[Value]) -> Option<String> {
    let tags = |branch: &Value| -> BTreeSet<String> {
        let members = branch["properties"].as_object().into_iter().flatten();
        members
            .filter(|(_, schema)| schema["enum"].as_array().is_some_and(|texts| texts.len() == 1))
            .map(|(name, _)| name.clone())
            .collect()
    };
    let common = branches.iter().map(tags).reduce(|left, right| &left & &right);
    common?.pop_first()
}

/// What tells a branch without tag or key.
fn shape(branch: &Value) -> String {
    match branch["type"].as_str() {
        Some("array") => "|list".to_owned(),
        Some("integer") => "|integer".to_owned(),
        Some("object") => {
            let mut required: Vec<&str> = required(branch).collect();
            required.sort_unstable();
            format!("|{{{}}}", required.join(", "))
        }
        _ => format!("|{}", short(branch)),
    }
}

fn add_values(parts: &mut Parts, schema: &Value) {
    for text in schema["enum"].as_array().into_iter().flatten() {
        parts.insert(quoted(text), value(String::new()));
    }
}

fn add_fields(parts: &mut Parts, prefix: &str, object: &Value) {
    let required: BTreeSet<&str> = required(object).collect();
    for (name, schema) in object["properties"].as_object().into_iter().flatten() {
        let default = schema.get("default").filter(|default| !default.is_null());
        let field = Part {
            ty: short(schema),
            presence: Some(Presence {
                required: required.contains(name.as_str()),
                nullable: is_nullable(schema),
                default: default.map(Value::to_string),
            }),
            experimental: false,
        };
        parts.insert(format!("{prefix}{name}"), field);
    }
}

fn value(ty: String) -> Part {
    Part { ty, presence: None, experimental: false }
}

fn quoted(text: &Value) -> String {
    format!("{:?}", text.as_str().unwrap_or_default())
}

fn required(object: &Value) -> impl Iterator<Item = &str> {
    let names = object["required"].as_array().into_iter().flatten();
    names.filter_map(Value::as_str)
}

/// A type in short, without null: `string`, `int64`, `Thread`, `[Thread]`, `{string: any}`,
/// `"a" | "b"`.
fn short(schema: &Value) -> String {
    if let Some(name) = schema["$ref"].as_str() {
        return name.rsplit('/').next().unwrap_or(name).to_owned();
    }
    if let [only] = schema["allOf"].as_array().map_or(&[][..], Vec::as_slice) {
        return short(only);
    }
    if let Some(branches) = branches(schema) {
        let texts = branches.iter().filter(|branch| !is_null(branch)).map(short);
        return texts.collect::<Vec<_>>().join(" | ");
    }
    if let Some(texts) = schema["enum"].as_array() {
        let texts = texts.iter().filter(|text| !text.is_null());
        return texts.map(Value::to_string).collect::<Vec<_>>().join(" | ");
    }
    let names = match &schema["type"] {
        Value::String(name) => vec![name.as_str()],
        Value::Array(names) => names.iter().filter_map(Value::as_str).collect(),
        _ => return "any".to_owned(),
    };
    let names = names.into_iter().filter(|name| *name != "null");
    let texts = names.map(|name| match name {
        "array" => format!("[{}]", short(&schema["items"])),
        "object" if schema["properties"].is_object() => {
            let mut parts = Parts::new();
            add_fields(&mut parts, "", schema);
            let fields = parts.iter().map(|(name, part)| format!("{name}{part}"));
            format!("{{{}}}", fields.collect::<Vec<_>>().join(", "))
        }
        "object" => format!("{{string: {}}}", short(&schema["additionalProperties"])),
        "integer" | "number" => schema["format"].as_str().unwrap_or(name).to_owned(),
        name => name.to_owned(),
    });
    texts.collect::<Vec<_>>().join(" | ")
}

fn is_null(schema: &Value) -> bool {
    schema["type"] == "null"
}

fn is_nullable(schema: &Value) -> bool {
    let names = schema["type"].as_array();
    names.is_some_and(|names| names.iter().any(|name| name == "null"))
        || is_null(schema)
        || branches(schema).is_some_and(|branches| branches.iter().any(is_null))
}

/// The names in the text of a type.
pub(crate) fn words(ty: &str) -> impl Iterator<Item = &str> {
    ty.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty())
}

pub(super) fn mark_experimental(
    types: &mut BTreeMap<String, Type>,
    stable: &BTreeMap<String, Type>,
) {
    for (name, ty) in types {
        let Some(known) = stable.get(name) else {
            ty.experimental = true;
            continue;
        };
        for (name, part) in &mut ty.parts {
            part.experimental = !known.parts.contains_key(name);
        }
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.kind)?;
        mark(f, self.experimental)
    }
}

/// What follows the name of the part: `: string or null, optional *`.
impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.ty.is_empty() {
            write!(f, ": {}", self.ty)?;
        }
        if let Some(presence) = &self.presence {
            if presence.nullable {
                f.write_str(" or null")?;
            }
            match (presence.required, &presence.default) {
                (true, _) => {}
                (false, None) => f.write_str(", optional")?,
                (false, Some(default)) => write!(f, ", optional with default {default}")?,
            }
        }
        mark(f, self.experimental)
    }
}

pub(super) fn mark(f: &mut fmt::Formatter<'_>, experimental: bool) -> fmt::Result {
    f.write_str(if experimental { " *" } else { "" })
}
