//! What brings one definition into form, and what all its parts share.

use crate::load::{Definitions, description};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// How many references and schemas within each other are followed from one definition. A schema
/// that holds itself through `allOf` has no end, and one of aliases in tuples grows with the power.
const MOST_STEPS: usize = 20_000;

/// How deep they stand in each other.
const DEEPEST: usize = 64;

/// What a reference leads to.
#[derive(Clone, Copy, PartialEq)]
pub(super) struct Target {
    /// True for what has no type of its own.
    pub(super) is_alias: bool,
    pub(super) nullable: bool,
}

/// What something is called if it has to have a name, which few things have to.
pub(super) type Name<'a> = &'a dyn Fn() -> String;

/// What went wrong with a definition, and what to do.
pub(super) type Result<T> = std::result::Result<T, String>;

/// What brings one definition into form.
pub(super) struct Former<'a, 't> {
    pub(super) given: &'a Definitions,
    /// What is known of those that something refers to.
    pub(super) targets: &'t mut BTreeMap<&'a str, Target>,
    /// Definitions of what was moved out of fields.
    pub(super) moved: Vec<(String, Value)>,
    pub(super) steps: usize,
    pub(super) depth: usize,
}

impl Former<'_, '_> {
    /// Goes one step further, as far as there is an end to it.
    pub(super) fn deeper<T>(&mut self, go: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        self.steps += 1;
        if self.steps > MOST_STEPS || self.depth >= DEEPEST {
            return Err(
                "it is too deep, or holds itself other than through a property of its own; \
                 cut it by a repair in codegen/src/repair.rs"
                    .into(),
            );
        }
        self.depth += 1;
        let result = go(self);
        self.depth -= 1;
        result
    }
}

/// Copies what is said about a schema, other than what it takes.
pub(super) fn annotate(form: &mut Map<String, Value>, schema: &Value) {
    let mut text = description(schema);
    let is_deprecated = schema.get("deprecated") == Some(&Value::Bool(true));
    if is_deprecated && !text.to_lowercase().contains("deprecated") {
        text = format!("{text}\n\nDeprecated.").trim_start().to_owned();
    }
    if !text.is_empty() {
        form.insert("description".into(), text.into());
    }
    if let Some(default) = schema.get("default") {
        form.insert("default".into(), default.clone());
    }
}

/// A schema as an error shows it: its beginning.
pub(super) fn shown(schema: &Value) -> String {
    const MOST: usize = 200;
    let text = schema.to_string();
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{} …", &text[..end]),
        None => text,
    }
}

/// The member by which a branch of an untagged union says what to call it.
pub(crate) const KEY: &str = "key";
