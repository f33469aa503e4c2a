//! Which types users make: those that are part of what the client sends.

use super::outline::{Outlines, Shape};
use crate::load::reference;
use serde_json::Value;
use std::collections::BTreeSet;

/// The roots and all that they are made of.
pub fn sent<'a>(
    outlines: &'a Outlines,
    roots: impl IntoIterator<Item = &'a str>,
) -> BTreeSet<String> {
    let mut open: Vec<String> = roots.into_iter().map(str::to_owned).collect();
    let mut sent = BTreeSet::new();
    while let Some(name) = open.pop() {
        if let Some(outline) = outlines.get(&name)
            && sent.insert(name)
        {
            add_mentioned(&outline.shape, &mut open);
        }
    }
    sent
}

/// The types that a type is made of.
fn add_mentioned(shape: &Shape, open: &mut Vec<String>) {
    match shape {
        Shape::Struct(properties) => {
            properties.iter().for_each(|property| add_references(&property.schema, open));
        }
        Shape::Tagged { branches, .. } => {
            open.extend(branches.iter().filter_map(|branch| branch.content.clone()));
        }
        Shape::Keyed { contents, .. } | Shape::Untagged(contents) => {
            contents.iter().for_each(|content| add_references(&content.schema, open));
        }
        Shape::Alias(content) => add_references(&content.schema, open),
        Shape::Strings(_) | Shape::Text => {}
    }
}

/// What a schema refers to, at any depth.
fn add_references(schema: &Value, open: &mut Vec<String>) {
    let mut rest = vec![schema];
    while let Some(schema) = rest.pop() {
        open.extend(reference(schema));
        match schema {
            Value::Object(members) => rest.extend(members.values()),
            Value::Array(items) => rest.extend(items),
            _ => {}
        }
    }
}
