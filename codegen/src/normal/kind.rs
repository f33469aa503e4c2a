//! What a schema is.

use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// What a schema takes.
#[derive(Clone, Debug)]
pub(super) struct Head {
    pub(super) kind: Kind,
    /// True when it takes null as well.
    pub(super) nullable: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Kind {
    Any,
    Bool,
    /// With its `format`.
    Integer(Option<String>),
    Number(Option<String>),
    Text,
    /// Each with its description.
    Words(Vec<(String, String)>),
    List(Value),
    Tuple(Vec<Value>),
    Map(Value),
    Object(Object),
    /// Several schemas.
    Union(Vec<Value>),
    Reference(String),
}

/// What becomes of alternatives beside the properties of an object.
#[derive(Clone, Copy)]
pub(super) enum Alternatives {
    /// They are branches, which all have these properties.
    Branches,
    /// They are more properties, which may be missing.
    Folded,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Object {
    pub(super) properties: BTreeMap<String, Value>,
    pub(super) required: BTreeSet<String>,
}

impl Object {
    pub(super) fn to_schema(&self) -> Value {
        json!({"type": "object", "properties": self.properties, "required": self.required})
    }
}

impl From<Kind> for Head {
    fn from(kind: Kind) -> Self {
        Self { kind, nullable: false }
    }
}

/// Null and nothing else: there is no value to give a type to.
pub(super) fn null() -> Head {
    Head { kind: Kind::Union(Vec::new()), nullable: true }
}

impl Head {
    pub(super) fn is_null(&self) -> bool {
        self.nullable && self.kind == Kind::Union(Vec::new())
    }
}

pub(super) fn any() -> Head {
    Head { kind: Kind::Any, nullable: true }
}

/// Words without those that were there already.
pub(super) fn distinct(words: impl IntoIterator<Item = (String, String)>) -> Vec<(String, String)> {
    let mut seen = BTreeSet::new();
    words.into_iter().filter(|(word, _)| seen.insert(word.clone())).collect()
}
