//! Values as JSON and back, with errors that say what went wrong.
//!
//! Everything is read through one kind of reader and written through one kind of writer, so that
//! the code of each type is compiled once.

use std::{borrow::Cow, sync::Arc};

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::value::{RawValue, to_raw_value};

use crate::{Error, Result, wire::read_sent};

/// Writes the params of a request, or a whole one.
pub(crate) fn encode(value: &impl Serialize) -> Result<Box<RawValue>> {
    to_raw_value(value).map_err(|error| {
        Error::invalid("params", format!("they cannot be written as JSON: {error}"))
    })
}

/// Reads the payload of a message of `method`. What of it is unknown or does not fit is kept as
/// that where there is a place for it.
pub(crate) fn decode<T: DeserializeOwned>(method: &str, payload: &[u8]) -> Result<T> {
    let text = text(payload);
    read_sent(&text).into_result().map_err(|source| Error::Decode {
        method: method.to_owned(),
        raw: text.clone().into_owned(),
        source: Arc::new(source),
    })
}

/// JSON as text. Where it is not UTF-8 a part is damaged, and the rest counts.
pub(crate) fn text(json: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(json) {
        Ok(text) => text.into(),
        Err(_) => String::from_utf8_lossy(json),
    }
}

/// What has an id, and more that is not needed.
#[derive(Deserialize)]
pub(crate) struct OnlyId {
    pub(crate) id: String,
}
