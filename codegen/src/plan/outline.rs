//! What each definition is: a struct, an enum of strings, a kind of union. Still in terms of the
//! schema, without Rust types.

mod unions;

use super::objects::contents_of;
use crate::{
    error::Error,
    load::{Definitions, FIELD_TYPES, description},
    normal::{self, Normal},
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

/// The member by which a branch of an untagged union says what to call it.
pub(crate) const KEY: &str = "key";

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
    check_contents(&outlines)?;
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

/// Checks that no definition is called as the contents of a union are in the field types.
fn check_contents(outlines: &Outlines) -> Result<(), Error> {
    let has_contents = |outline: &Outline| {
        matches!(outline.shape, Shape::Keyed { .. } | Shape::Untagged(_) | Shape::Alias(_))
    };
    let unions = outlines.iter().filter(|(_, outline)| has_contents(outline));
    match unions.map(|(name, _)| contents_of(name)).find(|name| outlines.contains_key(name)) {
        None => Ok(()),
        Some(name) => Err(Error::Schema(format!(
            "`{name}` is how the contents of a union are called in {FIELD_TYPES}; \
             rename that definition by a repair in codegen/src/repair.rs"
        ))),
    }
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
        return unions::union(name, branches, outlines);
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
