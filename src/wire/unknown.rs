//! What is of a newer server, kept as it came: fields, and values of unions.

use super::{
    kept::{Kept, Members},
    key::Key,
};
use crate::redact::{Shown, ShownJson};
use serde::{Serialize, Serializer, de::MapAccess, ser::SerializeMap};
use serde_json::{Value, value::RawValue};
use std::{fmt, ops::Deref};

/// A value of a kind that this version of the SDK does not know, or one that does not fit its type.
///
/// It can be used like the JSON in it, and is written back as it came. What a [`Value`] cannot hold
/// (nested more than 127 deep, or half a surrogate pair) can be used as a string of its text.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct UnknownValue {
    kept: Kept,
    /// Why a value of a known kind could not be read; `None` for an unknown kind.
    pub reason: Option<String>,
}

/// Without what looks like a secret.
impl fmt::Debug for UnknownValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UnknownValue")
            .field("json", &ShownJson(&self.kept))
            .field("reason", &self.reason.as_ref().map(Shown))
            .finish()
    }
}

impl UnknownValue {
    pub(crate) fn unknown(kept: impl Into<Kept>) -> Self {
        Self { kept: kept.into(), reason: None }
    }

    pub(crate) fn misfit(json: Box<RawValue>, error: &serde_json::Error) -> Self {
        Self { kept: Kept::from_text(json), reason: Some(error.to_string()) }
    }
}

impl From<Value> for UnknownValue {
    fn from(json: Value) -> Self {
        Self::unknown(json)
    }
}

impl From<UnknownValue> for Value {
    fn from(value: UnknownValue) -> Self {
        value.kept.into_json()
    }
}

impl Deref for UnknownValue {
    type Target = Value;

    fn deref(&self) -> &Value {
        self.kept.json()
    }
}

impl PartialEq<Value> for UnknownValue {
    fn eq(&self, other: &Value) -> bool {
        **self == *other
    }
}

impl Serialize for UnknownValue {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.kept.serialize(serializer)
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
pub struct UnknownFields(Option<Box<Unknown>>);

#[derive(Clone, Default, PartialEq)]
struct Unknown {
    fields: Members,
    misfits: Vec<(&'static str, UnknownValue)>,
}

impl UnknownFields {
    /// The value of a field.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.as_deref()?.fields.values().get(name)
    }

    /// Sets a field, for servers that know more than this SDK. Its name must not be that of a field
    /// the SDK knows.
    pub fn insert(&mut self, name: impl Into<String>, value: impl Into<Value>) {
        self.0.get_or_insert_default().fields.insert(name.into(), value.into());
    }

    /// All fields, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        let unknown = self.0.iter();
        let fields = unknown.flat_map(|unknown| unknown.fields.values());
        fields.map(|(name, value)| (name.as_str(), value))
    }

    /// Members of known lists that do not fit, by the wire name of their list.
    pub fn misfits(&self) -> impl Iterator<Item = (&str, &UnknownValue)> {
        self.0.iter().flat_map(|unknown| &unknown.misfits).map(|(name, value)| (*name, value))
    }

    /// True when there is none, as is usual, and no misfit either.
    pub fn is_empty(&self) -> bool {
        self.0.as_deref().is_none_or(|it| it.fields.values().is_empty() && it.misfits.is_empty())
    }

    pub(crate) fn add_misfit(&mut self, list: &'static str, value: UnknownValue) {
        self.0.get_or_insert_default().misfits.push((list, value));
    }

    pub(crate) fn read<'de, A: MapAccess<'de>>(
        &mut self,
        name: Key<'de>,
        map: &mut A,
    ) -> Result<(), A::Error> {
        let value: Kept = map.next_value()?;
        self.0.get_or_insert_default().fields.insert(name.into_string(), value);
        Ok(())
    }

    pub(crate) fn write<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
        self.0.iter().try_for_each(|unknown| unknown.fields.write(map))
    }
}

impl fmt::Debug for UnknownFields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(unknown) = self.0.as_deref() else {
            return f.write_str("{}");
        };
        fmt::Debug::fmt(&ShownJson(&unknown.fields), f)?;
        if unknown.misfits.is_empty() {
            return Ok(());
        }
        f.write_str(" and misfits ")?;
        f.debug_list().entries(self.misfits()).finish()
    }
}
