//! JSON that is kept as it came, for want of a type.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::MapAccess, ser::SerializeMap};
use serde_json::{
    Map, Value,
    value::{RawValue, to_raw_value},
};

use super::manner::{is_exact, note_inexact};

/// A value, and its text where the value would be written back as another: numbers that are no
/// integers of 64 bits, half a surrogate pair.
#[derive(Clone)]
pub(crate) struct Kept {
    json: Value,
    text: Option<Box<RawValue>>,
}

impl Kept {
    /// What cannot be held as a value is held as a string of its text.
    pub(super) fn from_text(text: Box<RawValue>) -> Self {
        match serde_json::from_str(text.get()) {
            Ok(json) if is_written_back(&json) => Self { json, text: None },
            Ok(json) => Self { json, text: Some(text) },
            Err(_) => Self { json: Value::String(text.get().to_owned()), text: Some(text) },
        }
    }

    pub(crate) fn json(&self) -> &Value {
        &self.json
    }

    pub(super) fn into_json(self) -> Value {
        self.json
    }

    pub(crate) fn to_text(&self) -> String {
        match &self.text {
            Some(text) => text.get().to_owned(),
            None => self.json.to_string(),
        }
    }
}

/// Whether a value is written back with the same numbers. It is not nested deeper than the 127
/// levels that can be read.
fn is_written_back(json: &Value) -> bool {
    match json {
        Value::Number(number) => !number.is_f64(),
        Value::Array(members) => members.iter().all(is_written_back),
        Value::Object(members) => members.values().all(is_written_back),
        _ => true,
    }
}

impl From<Value> for Kept {
    fn from(json: Value) -> Self {
        Self { json, text: None }
    }
}

/// As values: the text only says the same in more detail.
impl PartialEq for Kept {
    fn eq(&self, other: &Self) -> bool {
        self.json == other.json
    }
}

impl Serialize for Kept {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let text = self.text.as_deref().map(RawValue::get);
        Written { json: &self.json, text }.serialize(serializer)
    }
}

/// What is kept, as it is written.
struct Written<'a> {
    json: &'a Value,
    text: Option<&'a str>,
}

impl Serialize for Written<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // Other formats have no place for text that is JSON.
        let text = self.text.filter(|_| serializer.is_human_readable());
        match text.and_then(|text| serde_json::from_str::<&RawValue>(text).ok()) {
            Some(text) => text.serialize(serializer),
            None => self.json.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Kept {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if is_exact() {
            return Box::deserialize(deserializer).map(Self::from_text);
        }
        let json = Value::deserialize(deserializer)?;
        if !is_written_back(&json) {
            note_inexact();
        }
        Ok(json.into())
    }
}

/// The members of an object.
#[derive(Clone, Default)]
pub(crate) struct Members {
    values: Map<String, Value>,
    /// The texts of those that need it, as strings: nearly always none.
    texts: Map<String, Value>,
}

impl Members {
    pub(super) fn insert(&mut self, name: String, value: impl Into<Kept>) {
        let Kept { json, text } = value.into();
        match text {
            Some(text) => self.texts.insert(name.clone(), text.get().into()),
            None => self.texts.remove(&name),
        };
        self.values.insert(name, json);
    }

    /// Reads the members that are left in the map.
    pub(super) fn read_rest<'de, A: MapAccess<'de>>(
        &mut self,
        map: &mut A,
    ) -> Result<(), A::Error> {
        while let Some((name, value)) = map.next_entry::<String, Kept>()? {
            self.insert(name, value);
        }
        Ok(())
    }

    pub(super) fn remove(&mut self, name: &str) -> Option<Value> {
        self.values.remove(name)
    }

    pub(super) fn values(&self) -> &Map<String, Value> {
        &self.values
    }

    pub(super) fn write<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
        self.values.iter().try_for_each(|(name, json)| {
            let text = self.texts.get(name).and_then(Value::as_str);
            map.serialize_entry(name, &Written { json, text })
        })
    }
}

impl PartialEq for Members {
    fn eq(&self, other: &Self) -> bool {
        self.values == other.values
    }
}

impl Serialize for Members {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        self.write(&mut map)?;
        map.end()
    }
}

impl From<Members> for Kept {
    fn from(members: Members) -> Self {
        let text = (!members.texts.is_empty()).then(|| to_raw_value(&members).ok()).flatten();
        Self { json: Value::Object(members.values), text }
    }
}
