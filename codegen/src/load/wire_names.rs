//! Members that the schema names otherwise than codex writes them.
//!
//! codex derives its JSON schema and its TypeScript from the same types, and of some unions the
//! schema has the names of Rust (`turn_id`) where the TypeScript and the wire have camel case
//! (`turnId`). `cargo xtask regen` compares the two, and writes what it found beside the schema.

use super::file::json;
use crate::error::Error;
use heck::ToLowerCamelCase;
use serde_json::{Map, Value};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

/// The file's name in a folder of schema files.
pub const WIRE_NAMES: &str = "wire_names.json";

/// By definition: the names on the wire by those of the schema.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WireNames(pub BTreeMap<String, BTreeMap<String, String>>);

impl WireNames {
    /// Reads the file of a folder. Where there is none, nothing is misnamed.
    ///
    /// # Errors
    ///
    /// When it cannot be read, or is not what it should be.
    pub fn read(dir: &Path) -> Result<Self, Error> {
        let path = dir.join(WIRE_NAMES);
        if !path.exists() {
            return Ok(Self::default());
        }
        let names = serde_json::from_value(json(&path)?);
        names.map(Self).map_err(|source| Error::Json { path, source })
    }

    /// The members that the TypeScript of their type, as `codex app-server generate-ts` writes it,
    /// has in camel case only.
    pub fn compare(
        definitions: &BTreeMap<String, Value>,
        types: &BTreeMap<String, String>,
    ) -> Self {
        let mut found = BTreeMap::new();
        for (name, body) in definitions {
            let Some(text) = types.get(name) else {
                continue;
            };
            let mut members = BTreeSet::new();
            add_members(body, &mut members);
            let misnamed = members.into_iter().filter_map(|member| {
                let right = member.to_lower_camel_case();
                let is_misnamed = !has_member(text, member) && has_member(text, &right);
                is_misnamed.then(|| (member.to_owned(), right))
            });
            let misnamed: BTreeMap<_, _> = misnamed.collect();
            if !misnamed.is_empty() {
                found.insert(name.clone(), misnamed);
            }
        }
        Self(found)
    }

    /// The text of the file.
    pub fn text(&self) -> String {
        // A map of maps of texts is JSON in any case.
        serde_json::to_string_pretty(&self.0).unwrap_or_default() + "\n"
    }

    /// Gives the members their names on the wire.
    ///
    /// # Errors
    ///
    /// When one is not there.
    pub(super) fn apply(&self, definitions: &mut BTreeMap<String, Value>) -> Result<(), Error> {
        for (name, names) in &self.0 {
            let mut missing: BTreeSet<&str> = names.keys().map(String::as_str).collect();
            if let Some(body) = definitions.get_mut(name) {
                rename(body, names, &mut missing);
            }
            if let Some(member) = missing.first() {
                return Err(Error::Schema(format!(
                    "{WIRE_NAMES} says how `{member}` of `{name}` is called on the wire, but the schema has no such member; \
                     run `cargo xtask regen`, which writes the file anew"
                )));
            }
        }
        Ok(())
    }
}

/// The names of all properties in a definition.
fn add_members<'a>(schema: &'a Value, members: &mut BTreeSet<&'a str>) {
    match schema {
        Value::Object(keywords) => {
            let properties = keywords.get("properties").and_then(Value::as_object);
            members.extend(properties.into_iter().flat_map(Map::keys).map(String::as_str));
            keywords.values().for_each(|inner| add_members(inner, members));
        }
        Value::Array(items) => items.iter().for_each(|item| add_members(item, members)),
        _ => {}
    }
}

/// Whether TypeScript has `member:`, `"member":` or `member?:`.
fn has_member(text: &str, member: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
    text.match_indices(member).any(|(at, _)| {
        let (before, after) = (&text[..at], &text[at + member.len()..]);
        let after = after.strip_prefix('"').unwrap_or(after);
        let after = after.strip_prefix('?').unwrap_or(after);
        !before.ends_with(is_part) && after.starts_with(':')
    })
}

fn rename<'a>(
    schema: &mut Value,
    names: &'a BTreeMap<String, String>,
    missing: &mut BTreeSet<&'a str>,
) {
    match schema {
        Value::Object(keywords) => {
            keywords.values_mut().for_each(|inner| rename(inner, names, missing));
            if let Some(Value::Object(properties)) = keywords.get_mut("properties") {
                for (name, right) in names {
                    if let Some(body) = properties.remove(name) {
                        properties.insert(right.clone(), body);
                        missing.remove(name.as_str());
                    }
                }
            }
            for name in
                keywords.get_mut("required").and_then(Value::as_array_mut).into_iter().flatten()
            {
                if let Some(right) = name.as_str().and_then(|name| names.get(name)) {
                    *name = right.as_str().into();
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| rename(item, names, missing)),
        _ => {}
    }
}
