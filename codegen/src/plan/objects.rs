//! The objects whose fields get names and types: what typify maps when `cargo xtask regen` runs.

use super::outline::{Outline, Outlines, Shape};
use crate::{
    error::Error,
    load::{FIELD_TYPES, FieldTypes},
};
use serde_json::Value;
use std::{collections::BTreeMap, hash::Hasher};

/// Schemas by struct and member, without what does not bear on their types.
#[derive(Debug)]
pub struct Objects(BTreeMap<String, BTreeMap<String, Value>>);

/// What stands for the contents of a union without tags. No type is called so.
pub fn contents_of(union: &str) -> String {
    format!("{union}::Contents")
}

impl Objects {
    /// The fields of all structs, and the contents of all keyed and untagged unions as if they were
    /// fields.
    pub fn of(outlines: &Outlines) -> Self {
        let object = |(name, outline): (&String, &Outline)| {
            let (owner, members): (_, Vec<_>) = match &outline.shape {
                Shape::Struct(properties) => (
                    name.clone(),
                    properties.iter().map(|property| (&property.name, &property.schema)).collect(),
                ),
                Shape::Keyed { contents, .. } | Shape::Untagged(contents) => (
                    contents_of(name),
                    contents.iter().map(|content| (&content.key, &content.schema)).collect(),
                ),
                Shape::Alias(content) => (contents_of(name), vec![(&content.key, &content.schema)]),
                _ => return None,
            };
            let members = members.into_iter();
            Some((owner, members.map(|(name, schema)| (name.clone(), bare(schema))).collect()))
        };
        Self(outlines.iter().filter_map(object).collect())
    }

    /// The objects that others do not have, or have otherwise.
    #[must_use]
    pub fn without(self, others: &Self) -> Self {
        let is_new = |(name, members): &(String, _)| others.0.get(name) != Some(members);
        Self(self.0.into_iter().filter(is_new).collect())
    }

    /// The objects by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &BTreeMap<String, Value>)> {
        self.0.iter().map(|(name, members)| (name.as_str(), members))
    }

    /// What tells whether field types were made from these objects.
    pub fn fingerprint(&self) -> String {
        let mut hasher = fnv::FnvHasher::default();
        for (name, members) in &self.0 {
            hasher.write(name.as_bytes());
            for (member, schema) in members {
                hasher.write(member.as_bytes());
                hasher.write(schema.to_string().as_bytes());
            }
        }
        format!("{:016x}", hasher.finish())
    }

    /// Checks that field types were made from these objects.
    pub(super) fn check(&self, types: &FieldTypes) -> Result<(), Error> {
        if types.made_from == self.fingerprint() {
            return Ok(());
        }
        Err(Error::FieldTypes {
            path: FIELD_TYPES.into(),
            problem: "it was made from another schema, or by another generator".to_owned(),
        })
    }
}

/// A schema without what does not bear on its type: titles would become names, defaults would be
/// checked, minimums would become types that zero breaks, and text takes time.
fn bare(schema: &Value) -> Value {
    match schema {
        Value::Object(members) => {
            let bears = |key: &str| !["default", "description", "minimum", "title"].contains(&key);
            let kept = members.iter().filter(|(key, _)| bears(key));
            // In the order of the names, also where some other crate of the build has turned on
            // serde_json's `preserve_order`: the fingerprint has to be the same everywhere.
            let sorted: BTreeMap<_, _> = kept.map(|(key, value)| (key, bare(value))).collect();
            let sorted = sorted.into_iter().map(|(key, value)| (key.clone(), value));
            Value::Object(sorted.collect())
        }
        Value::Array(items) => items.iter().map(bare).collect(),
        // The server's word size, which typify takes for 32 bits.
        Value::String(text) if text == "uint" => Value::String("uint64".to_owned()),
        other => other.clone(),
    }
}
