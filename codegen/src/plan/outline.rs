//! What each definition is: a struct, an enum of strings, a kind of union. Still in terms of the
//! schema, without Rust types.

use super::names;
use crate::{
    error::Error,
    load::{Definitions, description, reference},
    normal::{self, KEY, Normal},
    repair,
};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};

/// Outlines by the name of the Rust type.
pub type Outlines = BTreeMap<String, Outline>;

/// What a definition is.
#[derive(Debug)]
pub struct Outline {
    /// What the schema says about it.
    pub description: String,
    /// What it is.
    pub shape: Shape,
    /// Which branch it is the content of, where a union has a tag.
    pub branch_of: Option<BranchOf>,
    /// True when null may stand for it; fields that refer to it say so themselves.
    pub nullable: bool,
    /// True when no definition of the schema is called so: it stands in a field there.
    pub moved: bool,
}

/// A branch of a tagged union.
#[derive(Clone, Debug)]
pub struct BranchOf {
    /// The union.
    pub union: String,
    /// The value of the tag.
    pub text: String,
}

/// What a definition is.
#[derive(Debug)]
pub enum Shape {
    /// An object.
    Struct(Vec<Property>),
    /// One of some strings.
    Strings(Vec<Word>),
    /// Any string.
    Text,
    /// An object whose branch is told by one member.
    Tagged {
        /// The member.
        tag: String,
        /// The branches.
        branches: Vec<Branch>,
    },
    /// A string, or an object whose only member tells the branch.
    Keyed {
        /// The strings.
        words: Vec<Word>,
        /// The members.
        contents: Vec<Content>,
    },
    /// Told by the shape of the JSON.
    Untagged(Vec<Content>),
    /// Another name for what a field can be.
    Alias(Content),
}

/// What an alias stands for, as if it were a field.
const ALIASED: &str = "Aliased";

/// A property of an object.
#[derive(Debug)]
pub struct Property {
    /// Its name on the wire.
    pub name: String,
    /// What it takes.
    pub schema: Value,
    /// True when it is always there.
    pub required: bool,
}

/// A value of an enum of strings.
#[derive(Debug)]
pub struct Word {
    /// The string.
    pub text: String,
    /// What the schema says about it.
    pub description: String,
}

/// A branch of a tagged union.
#[derive(Debug)]
pub struct Branch {
    /// The value of the tag.
    pub tag: String,
    /// What the schema says about it.
    pub description: String,
    /// The struct of what is beside the tag, if there is anything.
    pub content: Option<String>,
}

/// A branch with any content.
#[derive(Debug)]
pub struct Content {
    /// The key of a keyed union, or the name made up for a branch of an untagged one.
    pub key: String,
    /// What the schema says about it.
    pub description: String,
    /// What it takes.
    pub schema: Value,
}

/// Outlines of all definitions and of the structs inside of them.
///
/// # Errors
///
/// When a definition has a shape the generator does not know, or two would have the same name.
pub fn all(given: &Definitions) -> Result<Outlines, Error> {
    let Normal { definitions, nullable, problems } = normal::all(given);
    if let Some(problem) = problems.into_values().next() {
        return Err(problem);
    }
    let mut outlines = Outlines::new();
    definitions.iter().try_for_each(|(name, body)| add(&mut outlines, name, body))?;
    for (name, outline) in &mut outlines {
        outline.nullable = nullable.contains(name);
        outline.moved = definitions.contains_key(name) && !given.contains_key(name);
    }
    Ok(outlines)
}

/// The same, without the definitions that have none: for versions that the generator cannot type.
pub fn known(given: &Definitions) -> Outlines {
    let mut outlines = Outlines::new();
    for (name, body) in &normal::all(given).definitions {
        // What is wrong with it is said by `all`.
        let _ = add(&mut outlines, name, body);
        if let Some(outline) = outlines.get_mut(name) {
            outline.moved = !given.contains_key(name);
        }
    }
    outlines
}

fn add(outlines: &mut Outlines, name: &str, body: &Value) -> Result<(), Error> {
    let shape = shape(name, body, outlines)?;
    let outline = Outline {
        description: description(body),
        shape,
        branch_of: None,
        nullable: false,
        moved: false,
    };
    insert(outlines, name.to_owned(), outline)
}

fn insert(outlines: &mut Outlines, name: String, outline: Outline) -> Result<(), Error> {
    match outlines.insert(name.clone(), outline) {
        None => Ok(()),
        Some(_) => Err(Error::Schema(format!(
            "two types would be called `{name}`; give one another name in codegen/src/plan/names.rs"
        ))),
    }
}

fn shape(name: &str, body: &Value, outlines: &mut Outlines) -> Result<Shape, Error> {
    let unknown =
        || Error::Schema(format!("`{name}` has a shape the generator does not know: {body}"));
    let object = body.as_object().ok_or_else(unknown)?;
    if let Some(schema) = object.get("alias") {
        let key = ALIASED.to_owned();
        return Ok(Shape::Alias(Content {
            key,
            description: String::new(),
            schema: schema.clone(),
        }));
    }
    if let Some(branches) = repair::branches(object) {
        return union(name, branches, outlines);
    }
    if let Some(words) = words(body) {
        return Ok(Shape::Strings(words));
    }
    match object.get("type").and_then(Value::as_str) {
        Some("string") => Ok(Shape::Text),
        Some("object") => Ok(Shape::Struct(properties(object))),
        _ => Err(unknown()),
    }
}

/// The strings of an enum, each with its description.
fn words(schema: &Value) -> Option<Vec<Word>> {
    let texts = schema.get("enum")?.as_array()?;
    let description = description(schema);
    let alone = texts.len() == 1;
    texts
        .iter()
        .map(|text| {
            let description = if alone { description.clone() } else { String::new() };
            Some(Word { text: text.as_str()?.to_owned(), description })
        })
        .collect()
}

fn properties(object: &Map<String, Value>) -> Vec<Property> {
    let required: BTreeSet<&str> = object
        .get("required")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    let properties = object.get("properties").and_then(Value::as_object).into_iter().flatten();
    let mut properties: Vec<Property> = properties
        .map(|(name, schema)| Property {
            name: name.clone(),
            schema: schema.clone(),
            required: required.contains(name.as_str()),
        })
        .collect();
    // They are arguments of `new`: their order must not hang on how serde_json keeps objects, which
    // any other crate of the build can change.
    properties.sort_by(|left, right| left.name.cmp(&right.name));
    properties
}

/// True when null is a value of the schema.
pub fn is_nullable(schema: &Value) -> bool {
    let is_null = |schema: &Value| match schema.get("type") {
        Some(Value::String(name)) => name == "null",
        Some(Value::Array(names)) => names.iter().any(|name| name == "null"),
        _ => false,
    };
    is_null(schema)
        || schema
            .get("anyOf")
            .and_then(Value::as_array)
            .is_some_and(|branches| branches.iter().any(is_null))
}

fn union(name: &str, branches: &[Value], outlines: &mut Outlines) -> Result<Shape, Error> {
    if branches.iter().all(|branch| words(branch).is_some()) {
        return Ok(Shape::Strings(branches.iter().filter_map(words).flatten().collect()));
    }
    if let Some(tag) = tag(branches) {
        return tagged_shape(name, tag, branches, outlines);
    }
    if branches.iter().any(|branch| words(branch).is_some()) {
        return keyed_shape(name, branches, outlines);
    }
    untagged_shape(name, branches, outlines)
}

/// The property that is one fixed string in every branch.
fn tag(branches: &[Value]) -> Option<String> {
    let fixed = |branch: &Value| -> BTreeSet<String> {
        let properties = branch.get("properties").and_then(Value::as_object);
        let properties = properties.into_iter().flatten();
        properties
            .filter(|(_, schema)| fixed_text(schema).is_some())
            .map(|(name, _)| name.clone())
            .collect()
    };
    let mut common = branches.iter().map(fixed).reduce(|left, right| &left & &right)?;
    common.pop_first()
}

fn fixed_text(schema: &Value) -> Option<&str> {
    match schema.get("enum")?.as_array()?.as_slice() {
        [text] => text.as_str(),
        _ => None,
    }
}

fn tagged_shape(
    name: &str,
    tag: String,
    branches: &[Value],
    outlines: &mut Outlines,
) -> Result<Shape, Error> {
    let mut found = Vec::new();
    for branch in branches {
        let Some(object) = branch.as_object() else {
            continue;
        };
        let text = object.get("properties").and_then(|properties| properties.get(&tag));
        let text = text.and_then(fixed_text).unwrap_or_default().to_owned();
        let mut properties = properties(object);
        properties.retain(|property| property.name != tag);
        let content = (!properties.is_empty()).then(|| names::branch_struct(name, &text));
        if let Some(content) = &content {
            let outline = Outline {
                description: description(branch),
                shape: Shape::Struct(properties),
                branch_of: Some(BranchOf { union: name.to_owned(), text: text.clone() }),
                nullable: false,
                moved: false,
            };
            insert(outlines, content.clone(), outline)?;
        }
        found.push(Branch { tag: text, description: description(branch), content });
    }
    Ok(Shape::Tagged { tag, branches: found })
}

fn keyed_shape(name: &str, branches: &[Value], outlines: &mut Outlines) -> Result<Shape, Error> {
    let (mut all_words, mut contents) = (Vec::new(), Vec::new());
    for branch in branches {
        if let Some(words) = words(branch) {
            all_words.extend(words);
            continue;
        }
        let member = branch
            .get("properties")
            .and_then(Value::as_object)
            .filter(|members| members.len() == 1);
        let Some((key, schema)) = member.and_then(|members| members.iter().next()) else {
            return Err(Error::Schema(format!(
                "`{name}` has a branch that is no string and no single member: {branch}"
            )));
        };
        let schema = hoist(names::branch_struct(name, key), schema, outlines)?;
        contents.push(Content { key: key.clone(), description: description(branch), schema });
    }
    Ok(Shape::Keyed { words: all_words, contents })
}

fn untagged_shape(name: &str, branches: &[Value], outlines: &mut Outlines) -> Result<Shape, Error> {
    let mut contents: Vec<Content> = Vec::new();
    for branch in branches {
        let mut key = branch_key(name, branch).ok_or_else(|| {
            Error::Schema(format!(
                "a branch of `{name}` has no property of its own to tell it by: {branch}"
            ))
        })?;
        let is_taken = |key: &str| contents.iter().any(|known| known.key == key);
        if is_taken(&key)
            && let Some(item) = branch.get("items").and_then(|item| branch_key(name, item))
        {
            key = item + &key;
        }
        if is_taken(&key) {
            return Err(Error::Schema(format!(
                "two branches of `{name}` would be called `{key}`; \
                 give one a definition and a name of its own by a repair in codegen/src/repair.rs"
            )));
        }
        let mut schema = branch.clone();
        if let Value::Object(members) = &mut schema {
            members.remove(KEY);
        }
        let schema = hoist(names::branch_struct(name, &key), &schema, outlines)?;
        contents.push(Content { key, description: description(branch), schema });
    }
    Ok(Shape::Untagged(contents))
}

/// What to call a branch of an untagged union.
fn branch_key(name: &str, branch: &Value) -> Option<String> {
    if let Some(definition) = reference(branch) {
        return Some(names::distinct_part(&definition, name));
    }
    if let Some(key) = branch.get(KEY).and_then(Value::as_str) {
        return Some(names::variant(key));
    }
    let key = match branch.get("type")?.as_str()? {
        "string" => "Text",
        "integer" => "Number",
        "number" => "Decimal",
        "boolean" => "Flag",
        "array" => "List",
        "object" => "Object",
        _ => return None,
    };
    Some(key.to_owned())
}

/// Gives an object without a name one, and returns a reference to it; other schemas stay what they
/// are.
fn hoist(name: String, schema: &Value, outlines: &mut Outlines) -> Result<Value, Error> {
    let Some(object) = schema.as_object().filter(|object| object.contains_key("properties")) else {
        return Ok(schema.clone());
    };
    let reference = serde_json::json!({"$ref": format!("#/definitions/{name}")});
    let shape = Shape::Struct(properties(object));
    let outline = Outline {
        description: description(schema),
        shape,
        branch_of: None,
        nullable: false,
        moved: false,
    };
    insert(outlines, name, outline)?;
    Ok(reference)
}
