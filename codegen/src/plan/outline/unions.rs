//! Unions: which member, key or shape tells a branch.

use super::{Branch, BranchOf, Content, KEY, Outline, Outlines, Shape, insert, properties, words};
use crate::{
    error::Error,
    load::{description, reference},
    plan::names,
};
use serde_json::Value;
use std::collections::BTreeSet;

pub(super) fn union(
    name: &str,
    branches: &[Value],
    outlines: &mut Outlines,
) -> Result<Shape, Error> {
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
