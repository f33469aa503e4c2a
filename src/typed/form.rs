//! What the answer to a schema looks like: one tree from which the schema that is sent is written,
//! and by which the answer is turned back.
//!
//! Strict mode knows closed objects whose members are all there, lists, unions and scalars. What
//! else serde's types are made of travels as one of these, and only here it is known as which.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// The name by which the root refers to itself.
pub(super) const ROOT: &str = "#";

/// The members of an entry of a map, which travels as a list of them.
pub(super) const KEY: &str = "key";
pub(super) const VALUE: &str = "value";

/// A type: its root, and what it refers to.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    pub(super) name: String,
    pub(super) root: Form,
    pub(super) definitions: BTreeMap<String, Form>,
}

/// A part of a type, and what the model is told of it.
#[derive(Clone, Debug)]
pub(super) struct Form {
    pub(super) description: Option<String>,
    pub(super) kind: Kind,
}

#[derive(Clone, Debug)]
pub(super) enum Kind {
    /// Text, a number, a boolean, null, one of several constants: as it is.
    Scalar(Map<String, Value>),
    /// A definition of the plan.
    Definition(String),
    /// As it is, with all members; null stands for an optional one that is missing.
    Object(Vec<Member>),
    /// As it is, with a number of items.
    List { items: Box<Form>, limits: Map<String, Value> },
    /// Travels as an object with the members `0`, `1`, …
    Tuple(Vec<Form>),
    /// Travels as a list of entries, each with a key and a value.
    Map { key: Map<String, Value>, value: Box<Form> },
    /// One of them.
    Union(Vec<Form>),
}

#[derive(Clone, Debug)]
pub(super) struct Member {
    pub(super) name: String,
    pub(super) form: Form,
    /// Whether it may be missing where the type is read.
    pub(super) optional: bool,
}

impl From<Kind> for Form {
    fn from(kind: Kind) -> Self {
        Self { description: None, kind }
    }
}

impl Form {
    pub(super) fn is_null(&self) -> bool {
        matches!(&self.kind, Kind::Scalar(keywords) if keywords.get("type") == Some(&"null".into()))
    }
}

impl Plan {
    pub(super) fn definition(&self, name: &str) -> Option<&Form> {
        if name == ROOT { Some(&self.root) } else { self.definitions.get(name) }
    }

    /// Whether null is a value of the type itself.
    pub(super) fn allows_null(&self, form: &Form) -> bool {
        match &form.kind {
            Kind::Scalar(keywords) => matches_type(keywords, &Value::Null),
            Kind::Definition(name) => {
                self.definition(name).is_some_and(|definition| self.allows_null(definition))
            }
            Kind::Union(branches) => branches.iter().any(|branch| self.allows_null(branch)),
            Kind::Object(_) | Kind::List { .. } | Kind::Tuple(_) | Kind::Map { .. } => false,
        }
    }

    /// Whether null, where it is the value of this member, stands for one that is missing.
    pub(super) fn null_is_missing(&self, member: &Member) -> bool {
        member.optional && !self.allows_null(&member.form)
    }

    /// Whether a definition is itself, with nothing in between: no value ends it.
    pub(super) fn is_endless(&self) -> bool {
        let mut names = self.definitions.keys().map(String::as_str).chain([ROOT]);
        names.any(|name| {
            let form = self.definition(name);
            form.is_some_and(|form| self.begins_with(form, name, &mut Vec::new()))
        })
    }

    fn begins_with<'a>(&'a self, form: &'a Form, name: &str, seen: &mut Vec<&'a str>) -> bool {
        match &form.kind {
            Kind::Definition(other) if other == name => true,
            Kind::Definition(other) if seen.contains(&other.as_str()) => false,
            Kind::Definition(other) => {
                seen.push(other);
                self.definition(other).is_some_and(|form| self.begins_with(form, name, seen))
            }
            Kind::Union(branches) => {
                branches.iter().any(|branch| self.begins_with(branch, name, seen))
            }
            _ => false,
        }
    }
}

/// Whether a scalar's type, constant or list of constants takes a value.
pub(super) fn matches_type(keywords: &Map<String, Value>, value: &Value) -> bool {
    let is = |kind: &Value| match kind.as_str() {
        Some("null") => value.is_null(),
        Some("boolean") => value.is_boolean(),
        Some("string") => value.is_string(),
        Some("number") => value.is_number(),
        Some("integer") => value.is_i64() || value.is_u64(),
        _ => false,
    };
    let of_type = match keywords.get("type") {
        Some(Value::Array(kinds)) => kinds.iter().any(is),
        Some(kind) => is(kind),
        None => true,
    };
    let constant = keywords.get("const").is_none_or(|constant| constant == value);
    let listed = keywords.get("enum").and_then(Value::as_array);
    of_type && constant && listed.is_none_or(|listed| listed.contains(value))
}
