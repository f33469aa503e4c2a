//! What each definition is: a struct, an enum of strings, a kind of union. Still in terms of the
//! schema, without Rust types.

use crate::{
    error::{Error, Problems},
    load::{Definitions, description, reference},
    names::{self, Kind},
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

impl Outline {
    fn new(schema: &Value, shape: Shape) -> Self {
        let description = description(schema);
        Self { description, shape, branch_of: None, nullable: false, moved: false }
    }
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
/// When definitions have shapes the generator does not know: all of these.
pub fn all(given: &Definitions) -> Result<Outlines, Error> {
    let mut problems = Problems::default();
    let outlines = find(given, &mut problems);
    problems.finish(outlines)
}

/// The same, without the definitions that have none: for versions that the generator cannot type.
pub fn known(given: &Definitions) -> Outlines {
    // What is wrong with the others is said by `all`.
    find(given, &mut Problems::default())
}

fn find(given: &Definitions, problems: &mut Problems) -> Outlines {
    let Normal { definitions, nullable, problems: unformed } = normal::all(given);
    unformed.into_values().for_each(|problem| problems.add(problem));
    let mut found = Found { definitions: &definitions, outlines: Outlines::new() };
    for (name, body) in &definitions {
        problems.take(add(&mut found, name, body));
    }
    let mut outlines = found.outlines;
    for (name, outline) in &mut outlines {
        outline.nullable = nullable.contains(name);
        outline.moved = definitions.contains_key(name) && !given.contains_key(name);
    }
    outlines
}

/// What is found on the way.
struct Found<'a> {
    definitions: &'a Definitions,
    outlines: Outlines,
}

impl Found<'_> {
    /// The structs of a union's branches: what has no name in the schema gets one that is free.
    fn branch_structs<'a>(
        &self,
        union: &str,
        wires: impl IntoIterator<Item = &'a str>,
    ) -> names::Names {
        let is_used =
            |name: &str| self.definitions.contains_key(name) || self.outlines.contains_key(name);
        names::branch_structs(union, wires, is_used)
    }
}

fn add(found: &mut Found<'_>, name: &str, body: &Value) -> Result<(), Error> {
    let shape = shape(name, body, found)?;
    insert(found, name.to_owned(), Outline::new(body, shape))
}

fn insert(found: &mut Found<'_>, name: String, outline: Outline) -> Result<(), Error> {
    match found.outlines.insert(name.clone(), outline) {
        None => Ok(()),
        Some(_) => Err(Error::Schema(format!(
            "a union has two branches of the same tag or key, which would both be `{name}`; a repair has to make one of them"
        ))),
    }
}

fn shape(name: &str, body: &Value, found: &mut Found<'_>) -> Result<Shape, Error> {
    let unknown =
        || Error::Schema(format!("`{name}` has a shape the generator does not know: {body}"));
    let object = body.as_object().ok_or_else(unknown)?;
    if let Some(schema) = object.get("alias") {
        let (key, description) = (ALIASED.to_owned(), String::new());
        return Ok(Shape::Alias(Content { key, description, schema: schema.clone() }));
    }
    if let Some(branches) = repair::branches(object) {
        return union(name, branches, found);
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

fn union(name: &str, branches: &[Value], found: &mut Found<'_>) -> Result<Shape, Error> {
    if branches.iter().all(|branch| words(branch).is_some()) {
        return Ok(Shape::Strings(branches.iter().filter_map(words).flatten().collect()));
    }
    if let Some(tag) = tag(branches) {
        return tagged_shape(name, tag, branches, found);
    }
    if branches.iter().any(|branch| words(branch).is_some()) {
        return keyed_shape(name, branches);
    }
    untagged_shape(name, branches, found)
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
    found: &mut Found<'_>,
) -> Result<Shape, Error> {
    let text = |branch: &Value| {
        let text = branch["properties"].get(&tag).and_then(fixed_text);
        text.unwrap_or_default().to_owned()
    };
    let texts: Vec<String> = branches.iter().map(text).collect();
    let structs = found.branch_structs(name, texts.iter().map(String::as_str));
    let mut shapes = Vec::new();
    for branch in branches {
        let Some(object) = branch.as_object() else {
            continue;
        };
        let text = text(branch);
        let mut properties = properties(object);
        properties.retain(|property| property.name != tag);
        let content = structs.get(&text).filter(|_| !properties.is_empty()).cloned();
        if let Some(content) = &content {
            let branch_of = BranchOf { union: name.to_owned(), text: text.clone() };
            let outline = Outline {
                branch_of: Some(branch_of),
                ..Outline::new(branch, Shape::Struct(properties))
            };
            insert(found, content.clone(), outline)?;
        }
        shapes.push(Branch { tag: text, description: description(branch), content });
    }
    Ok(Shape::Tagged { tag, branches: shapes })
}

fn keyed_shape(name: &str, branches: &[Value]) -> Result<Shape, Error> {
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
        let (key, schema) = (key.clone(), schema.clone());
        contents.push(Content { key, description: description(branch), schema });
    }
    Ok(Shape::Keyed { words: all_words, contents })
}

fn untagged_shape(name: &str, branches: &[Value], found: &mut Found<'_>) -> Result<Shape, Error> {
    let mut keys: Vec<String> = Vec::new();
    for branch in branches {
        let mut key = branch_key(name, branch).ok_or_else(|| {
            Error::Schema(format!(
                "a branch of `{name}` has nothing to tell it by: {branch}; \
                 a repair in codegen/src/repair.rs has to say what it is"
            ))
        })?;
        if keys.contains(&key)
            && let Some(item) = branch.get("items").and_then(|item| branch_key(name, item))
        {
            key = item + &key;
        }
        keys.push(Kind::Variant.free(key, |key| keys.iter().any(|known| known == key)));
    }
    let structs = found.branch_structs(name, keys.iter().map(String::as_str));
    let mut contents = Vec::new();
    for (branch, key) in branches.iter().zip(keys) {
        let mut schema = branch.clone();
        if let Value::Object(members) = &mut schema {
            members.remove(KEY);
        }
        let schema = hoist(structs.get(&key), &schema, found)?;
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
        return Some(Kind::Variant.name(key));
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
fn hoist(name: Option<&String>, schema: &Value, found: &mut Found<'_>) -> Result<Value, Error> {
    let object = schema.as_object().filter(|object| object.contains_key("properties"));
    let (Some(object), Some(name)) = (object, name) else {
        return Ok(schema.clone());
    };
    let reference = serde_json::json!({"$ref": format!("#/definitions/{name}")});
    let shape = Shape::Struct(properties(object));
    insert(found, name.clone(), Outline::new(schema, shape))?;
    Ok(reference)
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
    // What is generated must not hang on how serde_json keeps objects, which any other crate of the
    // build can change.
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
