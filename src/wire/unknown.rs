//! What is of a newer server, kept as it came: fields, and values of unions.

use super::key::Key;
use crate::redact::{Shown, ShownJson};
use serde::{Serialize, Serializer, de::MapAccess, ser::SerializeMap};
use serde_json::{Map, Value};
use std::{fmt, ops::Deref};

/// A value of a kind that this version of the SDK does not know, or one that does not fit its type.
///
/// It can be used like the JSON in it, and is written back as that.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct UnknownValue {
    /// The JSON. What cannot be held as such (nested more than 127 deep, or half a surrogate pair)
    /// is here as text.
    pub json: Value,
    /// Why a value of a known kind could not be read; `None` for an unknown kind.
    pub reason: Option<String>,
}

/// Without what looks like a secret.
impl fmt::Debug for UnknownValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UnknownValue")
            .field("json", &ShownJson(&self.json))
            .field("reason", &self.reason.as_ref().map(Shown))
            .finish()
    }
}

impl UnknownValue {
    pub(crate) fn misfit(json: &str, error: &serde_json::Error) -> Self {
        let json = serde_json::from_str(json).unwrap_or_else(|_| Value::String(json.to_owned()));
        Self { json, reason: Some(error.to_string()) }
    }
}

impl From<Value> for UnknownValue {
    fn from(json: Value) -> Self {
        Self { json, reason: None }
    }
}

impl From<UnknownValue> for Value {
    fn from(value: UnknownValue) -> Self {
        value.json
    }
}

impl Deref for UnknownValue {
    type Target = Value;

    fn deref(&self) -> &Value {
        &self.json
    }
}

impl PartialEq<Value> for UnknownValue {
    fn eq(&self, other: &Value) -> bool {
        self.json == *other
    }
}

impl Serialize for UnknownValue {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.json.serialize(serializer)
    }
}

/// Fields that this version of the SDK does not know, by their wire name.
///
/// Reading an object keeps them here, and writing it puts them back, so that nothing is lost on the
/// way through an older SDK. It takes no room beyond a pointer while it is empty.
///
/// Members of a known list that do not fit are here, too, as [`misfits`](Self::misfits): the rest
/// of the list stands in its field. Those are not written back.
#[derive(Clone, Default, PartialEq)]
pub struct UnknownFields(Option<Box<Kept>>);

#[derive(Clone, Default, PartialEq)]
struct Kept {
    fields: Map<String, Value>,
    misfits: Vec<(&'static str, UnknownValue)>,
}

impl UnknownFields {
    /// The value of a field.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.as_deref()?.fields.get(name)
    }

    /// Sets a field, for servers that know more than this SDK. Its name must not be that of a field
    /// the SDK knows.
    pub fn insert(&mut self, name: impl Into<String>, value: impl Into<Value>) {
        self.0.get_or_insert_default().fields.insert(name.into(), value.into());
    }

    /// All fields, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        let kept = self.0.iter();
        kept.flat_map(|kept| kept.fields.iter()).map(|(name, value)| (name.as_str(), value))
    }

    /// Members of known lists that do not fit, by the wire name of their list.
    pub fn misfits(&self) -> impl Iterator<Item = (&str, &UnknownValue)> {
        self.0.iter().flat_map(|kept| &kept.misfits).map(|(name, value)| (*name, value))
    }

    /// True when there is none, as is usual, and no misfit either.
    pub fn is_empty(&self) -> bool {
        self.0.as_deref().is_none_or(|kept| kept.fields.is_empty() && kept.misfits.is_empty())
    }

    pub(crate) fn add_misfit(&mut self, list: &'static str, value: UnknownValue) {
        self.0.get_or_insert_default().misfits.push((list, value));
    }

    pub(crate) fn read<'de, A: MapAccess<'de>>(
        &mut self,
        name: Key<'de>,
        map: &mut A,
    ) -> Result<(), A::Error> {
        let value: Value = map.next_value()?;
        self.insert(name.into_string(), value);
        Ok(())
    }

    pub(crate) fn write<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
        self.iter().try_for_each(|(name, value)| map.serialize_entry(name, value))
    }
}

impl fmt::Debug for UnknownFields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(kept) = self.0.as_deref() else {
            return f.write_str("{}");
        };
        fmt::Debug::fmt(&ShownJson(&kept.fields), f)?;
        if kept.misfits.is_empty() {
            return Ok(());
        }
        f.write_str(" and misfits ")?;
        f.debug_list().entries(self.misfits()).finish()
    }
}
