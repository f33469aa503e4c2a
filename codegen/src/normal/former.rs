//! What brings one definition into form, and what all its parts share.

use crate::{
    load::{Definitions, description},
    names::{self, Kind},
};
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
    /// Those before it in form, with what was moved out of their fields.
    pub(super) others: &'t Definitions,
    /// What is known of those that something refers to.
    pub(super) targets: &'t mut BTreeMap<&'a str, Target>,
    /// Definitions of what was moved out of its fields.
    pub(super) moved: Definitions,
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

impl Former<'_, '_> {
    /// Moves what stands in a field into a definition, and returns its name. What is moved from
    /// many places, since an alias is written out there, is one definition.
    pub(super) fn move_out(&mut self, name: String, body: Value) -> String {
        let is_taken = |name: &str| {
            let known = self.moved.get(name).or_else(|| self.others.get(name));
            self.given.contains_key(name) || known.is_some_and(|known| *known != body)
        };
        let name = Kind::Type.free(Kind::Type.not_taken(name), is_taken);
        self.moved.insert(name.clone(), body);
        name
    }
}

/// What the content of a branch is called, where it has no name in the schema.
pub(super) fn branch_struct(given: &Definitions, union: &str, wire: &str) -> String {
    let is_used = |name: &str| given.contains_key(name);
    names::branch_structs(union, [wire], is_used).remove(wire).unwrap_or_default()
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
