//! Step 3: definitions in few forms. JSON schema has many ways to say a thing, and the plan knows one each.
//!
//! Repairs come first: they are about what the schema says, this is about how. What is left after
//! it:
//!
//! - a definition is an object, strings, any string, a union, or an alias for what a field can be;
//! - a field is anything, a scalar, a list, a tuple, a map, or a reference to a definition. Objects,
//!   enums and unions that stand in a field are moved into definitions of their own, named by their
//!   owner and the field; references to aliases are replaced by what they stand for;
//! - null belongs to the place where it may stand: a definition that takes null gives it to all
//!   fields that refer to it.
//!
//! What a schema says of values within a type (`pattern`, `maximum`, `not`) is left out: the type
//! takes all of them. What would need a wider type than there is to say is refused.

mod branches;
mod head;
mod merge;
mod own;
mod place;
mod union;

use crate::{
    error::Error,
    load::{Definitions, description},
    plan::names,
};
use head::{Head, Kind};
use place::Target;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// How many references and schemas within each other are followed from one definition. A schema
/// that holds itself through `allOf` has no end, and one of aliases in tuples grows with the power.
const MOST_STEPS: usize = 20_000;

/// How deep they stand in each other.
const DEEPEST: usize = 64;

/// Definitions in the forms that the plan knows.
#[derive(Debug, Default)]
pub(crate) struct Normal {
    /// By name, with those that were moved out of fields.
    pub(crate) definitions: Definitions,
    /// Those that take null, which their fields now say.
    pub(crate) nullable: BTreeSet<String>,
    /// Why a definition is missing, by name.
    pub(crate) problems: BTreeMap<String, Error>,
}

/// Brings all definitions into form. Each that cannot be is a problem of its own.
pub(crate) fn all(definitions: &Definitions) -> Normal {
    let mut normal = Normal::default();
    let mut targets = BTreeMap::new();
    for (name, body) in definitions {
        let mut former = Former {
            given: definitions,
            targets: &mut targets,
            moved: Vec::new(),
            steps: 0,
            depth: 0,
        };
        let result = former.definition(name, body);
        let moved = former.moved;
        match result {
            Ok((body, nullable)) => {
                normal.definitions.insert(name.clone(), body);
                if nullable {
                    normal.nullable.insert(name.clone());
                }
                add_moved(&mut normal, definitions, name, moved);
            }
            Err(problem) => {
                normal.problems.insert(name.clone(), problem_of(name, &problem));
            }
        }
    }
    normal
}

/// Adds what was moved out of a definition.
fn add_moved(normal: &mut Normal, given: &Definitions, owner: &str, moved: Vec<(String, Value)>) {
    for (name, body) in moved {
        let is_taken = given.contains_key(&name)
            || normal.definitions.get(&name).is_some_and(|known| *known != body);
        if is_taken {
            let problem = format!(
                "a part of it would be the type `{name}`, which there is already; \
                 give that part a definition and a name of its own by a repair in codegen/src/repair.rs"
            );
            normal.problems.insert(owner.to_owned(), problem_of(owner, &problem));
            return;
        }
        normal.definitions.insert(name, body);
    }
}

fn problem_of(name: &str, problem: &str) -> Error {
    Error::Schema(format!("`{name}`: {problem}"))
}

/// What something is called if it has to have a name, which few things have to.
type Name<'a> = &'a dyn Fn() -> String;

/// What went wrong with a definition, and what to do.
type Result<T> = std::result::Result<T, String>;

/// What brings one definition into form.
struct Former<'a, 't> {
    given: &'a Definitions,
    /// What is known of those that something refers to.
    targets: &'t mut BTreeMap<&'a str, Target>,
    /// Definitions of what was moved out of fields.
    moved: Vec<(String, Value)>,
    steps: usize,
    depth: usize,
}

impl Former<'_, '_> {
    /// A definition in form, and whether it takes null.
    fn definition(&mut self, name: &str, body: &Value) -> Result<(Value, bool)> {
        let head = self.head(body)?;
        let mut form = match head.kind {
            Kind::Object(object) => Value::Object(self.object(&|| name.to_owned(), &object)?),
            Kind::Words(words) => union::of_words(&words),
            Kind::Text => json!({"type": "string"}),
            Kind::Union(branches) => self.union(name, branches)?,
            kind => {
                let is_itself = matches!(&kind, Kind::Reference(target) if target == name);
                if is_itself {
                    return Err("it is defined as itself; a repair has to say what it is".into());
                }
                // An alias: it stays in the form of a field.
                let place = self.place_of(&|| name.to_owned(), Head { kind, nullable: false })?;
                json!({ "alias": place })
            }
        };
        let nullable = head.nullable || form.as_object_mut().is_some_and(union::take_null);
        if let Value::Object(members) = &mut form {
            annotate(members, body);
        }
        Ok((form, nullable))
    }

    /// An object with its properties in form.
    fn object(&mut self, owner: Name<'_>, object: &head::Object) -> Result<Map<String, Value>> {
        let mut properties = Map::new();
        for (name, schema) in &object.properties {
            let place = self
                .place(&|| owner() + &names::variant(name), schema)
                .map_err(|problem| within(name, &problem))?;
            properties.insert(name.clone(), place);
        }
        let mut form = Map::new();
        form.insert("type".into(), "object".into());
        form.insert("properties".into(), Value::Object(properties));
        form.insert("required".into(), object.required.iter().cloned().collect());
        Ok(form)
    }

    /// Goes one step further, as far as there is an end to it.
    fn deeper<T>(&mut self, go: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
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

/// A problem of a part, with the part.
fn within(name: &str, problem: &str) -> String {
    let is_long = problem.len() > 600;
    if is_long { problem.to_owned() } else { format!("in `{name}`: {problem}") }
}

/// Copies what is said about a schema, other than what it takes.
fn annotate(form: &mut Map<String, Value>, schema: &Value) {
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
fn shown(schema: &Value) -> String {
    const MOST: usize = 200;
    let text = schema.to_string();
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{} …", &text[..end]),
        None => text,
    }
}
