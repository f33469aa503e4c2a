//! Reading what a server has sent, also where a part of it does not fit.
//!
//! Types are read strictly, and nothing is looked at twice. Only when that fails the same text is
//! read once more, leniently: then a union keeps what does not fit in `Unknown`, and a list passes
//! over members that do not fit, so that the rest arrives.

use super::{UnknownFields, UnknownValue};
use serde::de::{Deserialize, DeserializeOwned, Deserializer, MapAccess};
use serde_json::value::RawValue;
use std::{cell::Cell, thread::LocalKey};

/// Whether this thread is reading leniently. serde has no way to tell a type how to be read.
fn lenient() -> &'static LocalKey<Cell<bool>> {
    thread_local! {
        static LENIENT: Cell<bool> = const { Cell::new(false) };
    }
    &LENIENT
}

/// What could be read, and why not all of it fits.
pub(crate) struct Reading<T> {
    pub(crate) value: Option<T>,
    pub(crate) misfit: Option<serde_json::Error>,
}

/// Reads what a server has sent.
pub(crate) fn read_sent<T: DeserializeOwned>(json: &str) -> Reading<T> {
    match serde_json::from_str(json) {
        Ok(value) => Reading { value: Some(value), misfit: None },
        Err(misfit) => Reading { value: read_leniently(json), misfit: Some(misfit) },
    }
}

/// Reads what a server has sent, whatever of it is kept as unknown.
// What fits, as nearly all does, is not moved about.
#[inline]
pub(crate) fn decode_sent<T: DeserializeOwned>(json: &str) -> serde_json::Result<T> {
    match serde_json::from_str(json) {
        Ok(value) => Ok(value),
        Err(misfit) => read_leniently(json).ok_or(misfit),
    }
}

#[cold]
fn read_leniently<T: DeserializeOwned>(json: &str) -> Option<T> {
    let _lenient = LenientUntilDropped::begin();
    serde_json::from_str(json).ok()
}

struct LenientUntilDropped {
    before: bool,
}

impl LenientUntilDropped {
    fn begin() -> Self {
        Self { before: lenient().replace(true) }
    }
}

impl Drop for LenientUntilDropped {
    fn drop(&mut self) {
        lenient().set(self.before);
    }
}

/// A union with a place for what it does not know.
pub(crate) trait Open: Sized {
    /// Reads it; what is known and does not fit is an error.
    fn read_strictly<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error>;

    fn unknown(value: UnknownValue) -> Self;
}

/// Reads a union as this thread reads.
pub(crate) fn read_open<'de, T: Open, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<T, D::Error> {
    if !lenient().get() {
        return T::read_strictly(deserializer);
    }
    let json = Box::<RawValue>::deserialize(deserializer)?;
    let read = T::read_strictly(&mut serde_json::Deserializer::from_str(json.get()));
    Ok(read.unwrap_or_else(|error| T::unknown(UnknownValue::misfit(json.get(), &error))))
}

/// Reads the list `name` as this thread reads.
pub(crate) fn read_list<'de, T: DeserializeOwned, A: MapAccess<'de>>(
    name: &'static str,
    map: &mut A,
    unknown_fields: &mut UnknownFields,
) -> Result<Vec<T>, A::Error> {
    if !lenient().get() {
        return map.next_value();
    }
    let mut list = Vec::new();
    for json in map.next_value::<Vec<Box<RawValue>>>()? {
        match serde_json::from_str(json.get()) {
            Ok(member) => list.push(member),
            Err(error) => {
                unknown_fields.add_misfit(name, UnknownValue::misfit(json.get(), &error));
            }
        }
    }
    Ok(list)
}
