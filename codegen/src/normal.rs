//! Step 3: definitions in few forms. JSON schema has many ways to say a thing, and the plan knows
//! one each.
//!
//! Repairs come first: they are about what the schema says, this is about how. What is left after
//! it:
//!
//! - a definition is an object, strings, any string, a union, or an alias for what a field can be;
//! - a field is anything, a scalar, a list, a tuple, a map, or a reference to a definition.
//!   Objects, enums and unions that stand in a field are moved into definitions of their own, named
//!   by their owner and the field; references to aliases are replaced by what they stand for;
//! - null belongs to the place where it may stand: a definition that takes null gives it to all
//!   fields that refer to it.
//!
//! What a schema says of values within a type (`pattern`, `maximum`, `not`) is left out: the type
//! takes all of them. What would need a wider type than there is to say is refused.

mod branches;
mod former;
mod head;
mod kind;
mod merge;
mod own;
mod place;
mod union;

pub(crate) use former::KEY;

use crate::{error::Error, load::Definitions, names};
use former::{Former, Name, Result, annotate};
use kind::{Head, Kind, Object};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

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
            others: &normal.definitions,
            targets: &mut targets,
            moved: Definitions::new(),
            steps: 0,
            depth: 0,
        };
        let result = former.definition(name, body);
        let moved = former.moved;
        match result {
            Ok((body, nullable)) => {
                normal.definitions.insert(name.clone(), body);
                normal.definitions.extend(moved);
                if nullable {
                    normal.nullable.insert(name.clone());
                }
            }
            Err(problem) => {
                normal.problems.insert(name.clone(), problem_of(name, &problem));
            }
        }
    }
    normal
}

fn problem_of(name: &str, problem: &str) -> Error {
    Error::Schema(format!("`{name}`: {problem}"))
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
    fn object(&mut self, owner: Name<'_>, object: &Object) -> Result<Map<String, Value>> {
        let mut properties = Map::new();
        for (name, schema) in &object.properties {
            let place = self
                .place(&|| owner() + &names::Kind::Variant.name(name), schema)
                .map_err(|problem| within(name, &problem))?;
            properties.insert(name.clone(), place);
        }
        let mut form = Map::new();
        form.insert("type".into(), "object".into());
        form.insert("properties".into(), Value::Object(properties));
        form.insert("required".into(), object.required.iter().cloned().collect());
        Ok(form)
    }
}

/// A problem of a part, with the part.
fn within(name: &str, problem: &str) -> String {
    let is_long = problem.len() > 600;
    if is_long { problem.to_owned() } else { format!("in `{name}`: {problem}") }
}
