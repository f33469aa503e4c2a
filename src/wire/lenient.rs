//! Reading what a server has sent, also where a part of it does not fit.
//!
//! Types are read strictly, and nothing is looked at twice. Only when that fails the same text is
//! read once more, leniently: then a union keeps what does not fit in `Unknown`, and a list passes
//! over members that do not fit, so that the rest arrives. What is kept for want of a type is read
//! once more, too, where a value would not be written back as it came: then its text is kept.

use super::{
    UnknownFields, UnknownValue,
    manner::{Manner, UntilDropped, is_lenient},
};
use serde::de::{Deserialize, DeserializeOwned, Deserializer, MapAccess};
use serde_json::value::RawValue;

/// What could be read, and why not all of it fits.
pub(crate) struct Reading<T> {
    pub(crate) value: Option<T>,
    pub(crate) misfit: Option<serde_json::Error>,
}

/// Reads what a server has sent.
pub(crate) fn read_sent<T: DeserializeOwned>(json: &str) -> Reading<T> {
    match read_strictly(json) {
        Ok(value) => Reading { value: Some(value), misfit: None },
        Err(misfit) => Reading { value: read_leniently(json), misfit: Some(misfit) },
    }
}

/// Reads what a server has sent, whatever of it is kept as unknown.
// What fits, as nearly all does, is not moved about.
#[inline]
pub(crate) fn decode_sent<T: DeserializeOwned>(json: &str) -> serde_json::Result<T> {
    match read_strictly(json) {
        Ok(value) => Ok(value),
        Err(misfit) => read_leniently(json).ok_or(misfit),
    }
}

#[inline]
fn read_strictly<T: DeserializeOwned>(json: &str) -> serde_json::Result<T> {
    let (read, inexact) = read_as(Manner::STRICT, json);
    if read.is_ok() && !inexact {
        return read;
    }
    // Types of the program may not be made for this. What cannot be read either way says why in the
    // way that is usual.
    read_as(Manner::EXACT, json).0.or(read)
}

#[cold]
fn read_leniently<T: DeserializeOwned>(json: &str) -> Option<T> {
    read_as(Manner::LENIENT, json).0.ok()
}

/// Reads in this manner, and tells whether something was kept that needs its text. The code of each
/// type is here once.
#[inline(never)]
fn read_as<T: DeserializeOwned>(manner: Manner, json: &str) -> (serde_json::Result<T>, bool) {
    let reading = UntilDropped::begin(manner);
    let read = serde_json::from_str(json);
    (read, reading.is_inexact())
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
    if !is_lenient() {
        return T::read_strictly(deserializer);
    }
    let json = Box::<RawValue>::deserialize(deserializer)?;
    let read = T::read_strictly(&mut serde_json::Deserializer::from_str(json.get()));
    Ok(read.unwrap_or_else(|error| T::unknown(UnknownValue::misfit(json, &error))))
}

/// Reads the list `name` as this thread reads.
pub(crate) fn read_list<'de, T: DeserializeOwned, A: MapAccess<'de>>(
    name: &'static str,
    map: &mut A,
    unknown_fields: &mut UnknownFields,
) -> Result<Vec<T>, A::Error> {
    if !is_lenient() {
        return map.next_value();
    }
    let mut list = Vec::new();
    for json in map.next_value::<Vec<Box<RawValue>>>()? {
        match serde_json::from_str(json.get()) {
            Ok(member) => list.push(member),
            Err(error) => {
                unknown_fields.add_misfit(name, UnknownValue::misfit(json, &error));
            }
        }
    }
    Ok(list)
}
