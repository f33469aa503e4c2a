//! Types as lists of parts, each with its type in short.

use std::{collections::BTreeMap, fmt};

use codex_app_server_codegen::{
    load::Definitions,
    plan::outline::{Content, Outline, Outlines, Property, Shape, is_nullable},
};
use serde_json::Value;

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

/// Describes all definitions, also those that have no outline or were repaired away.
pub(super) fn all(
    definitions: &Definitions,
    repaired: &Definitions,
    outlines: &Outlines,
) -> BTreeMap<String, Type> {
    let describer = Describer { definitions: repaired, outlines };
    let describe = |(name, body): (&String, &Value)| {
        let outline = outlines.get(name).filter(|_| repaired.contains_key(name));
        let ty = match outline {
            Some(outline) => describer.describe(body, outline),
            None => Type { kind: short(body), ..Type::default() },
        };
        (name.clone(), ty)
    };
    let mut types: BTreeMap<String, Type> = definitions.iter().map(describe).collect();
    // Objects, enums and unions that stand in fields have types of their own, too.
    for (name, outline) in outlines.iter().filter(|(_, outline)| outline.moved) {
        if !describer.is_of_branch(name) {
            types.insert(name.clone(), describer.describe(&Value::Null, outline));
        }
    }
    types
}

struct Describer<'a> {
    definitions: &'a Definitions,
    outlines: &'a Outlines,
}

impl Describer<'_> {
    fn describe(&self, body: &Value, outline: &Outline) -> Type {
        let mut parts = Parts::new();
        let kind = match &outline.shape {
            Shape::Struct(fields)
                if fields.is_empty() && body["additionalProperties"].is_object() =>
            {
                short(body)
            }
            Shape::Struct(fields) => {
                add_fields(&mut parts, "", fields);
                "object".to_owned()
            }
            Shape::Strings(words) => {
                parts.extend(words.iter().map(|word| plain(&word.text)));
                "enum".to_owned()
            }
            Shape::Text | Shape::Alias(_) => short(body),
            Shape::Tagged { branches, .. } => {
                for branch in branches {
                    let name = format!("{:?}", branch.tag);
                    let content = branch.content.as_ref().and_then(|name| self.outlines.get(name));
                    self.add_branch(&mut parts, name, content, String::new());
                }
                "union".to_owned()
            }
            Shape::Keyed { words, contents } => {
                parts.extend(words.iter().map(|word| plain(&word.text)));
                for content in contents {
                    let name = format!("{:?}", content.key);
                    self.add_branch(&mut parts, name, self.own(content), short(&content.schema));
                }
                "union".to_owned()
            }
            Shape::Untagged(contents) => {
                for content in contents {
                    let own = self.own(content);
                    self.add_branch(&mut parts, told_by(content, own), own, short(&content.schema));
                }
                "union".to_owned()
            }
        };
        Type { kind, parts, experimental: false }
    }

    /// True for what is described with the branch that has it.
    fn is_of_branch(&self, name: &str) -> bool {
        self.outlines.values().any(|outline| match &outline.shape {
            Shape::Keyed { contents, .. } | Shape::Untagged(contents) => {
                contents.iter().any(|content| short(&content.schema) == name)
            }
            _ => false,
        })
    }

    /// The struct that a branch alone has.
    fn own(&self, content: &Content) -> Option<&Outline> {
        let name = short(&content.schema);
        self.outlines.get(&name).filter(|_| !self.definitions.contains_key(&name))
    }

    /// A branch with the fields of a struct of its own, or of a type.
    fn add_branch(&self, parts: &mut Parts, name: String, own: Option<&Outline>, ty: String) {
        let fields = match own.map(|outline| &outline.shape) {
            Some(Shape::Struct(fields)) => fields.as_slice(),
            _ => &[],
        };
        add_fields(parts, &format!("{name}."), fields);
        let ty = match own {
            Some(_) if fields.is_empty() => String::new(),
            Some(_) => "object".to_owned(),
            None => ty,
        };
        parts.insert(name, value(ty));
    }
}

/// What tells a branch without tag or key.
fn told_by(content: &Content, own: Option<&Outline>) -> String {
    match (content.schema["type"].as_str(), own.map(|outline| &outline.shape)) {
        (Some("array"), _) => "|list".to_owned(),
        (Some(name @ ("integer" | "number" | "boolean")), _) => format!("|{name}"),
        (_, Some(Shape::Struct(fields))) => {
            let required = fields.iter().filter(|field| field.required);
            let mut required: Vec<&str> = required.map(|field| field.name.as_str()).collect();
            required.sort_unstable();
            format!("|{{{}}}", required.join(", "))
        }
        _ => format!("|{}", short(&content.schema)),
    }
}

fn add_fields(parts: &mut Parts, prefix: &str, fields: &[Property]) {
    for field in fields {
        parts.insert(format!("{prefix}{}", field.name), part(&field.schema, field.required));
    }
}

fn part(schema: &Value, required: bool) -> Part {
    let default = schema.get("default").filter(|default| !default.is_null());
    Part {
        ty: short(schema),
        presence: Some(Presence {
            required,
            nullable: is_nullable(schema),
            default: default.map(Value::to_string),
        }),
        experimental: false,
    }
}

fn plain(text: &str) -> (String, Part) {
    (format!("{text:?}"), value(String::new()))
}

fn value(ty: String) -> Part {
    Part { ty, presence: None, experimental: false }
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
    let branches = ["oneOf", "anyOf"].iter().find_map(|key| schema[*key].as_array());
    if let Some(branches) = branches {
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
            let is_required = |name: &str| {
                let names = schema["required"].as_array().into_iter().flatten();
                names.filter_map(Value::as_str).any(|required| required == name)
            };
            let fields = schema["properties"].as_object().into_iter().flatten();
            let fields =
                fields.map(|(name, schema)| format!("{name}{}", part(schema, is_required(name))));
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
