//! Values as JSON and back, with errors that say what went wrong.
//!
//! Everything is read through one kind of reader and written through one kind of writer, so that
//! the code of each type is compiled once.

use std::{borrow::Cow, sync::Arc};

use crate::{Error, Result};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// Writes a request, all but its id and its end: it is written once, and may be long.
pub(crate) fn encode(method: &str, params: &impl Serialize) -> Result<Vec<u8>> {
    let mut request = br#"{"method":"#.to_vec();
    let written = serde_json::to_writer(&mut request, method).and_then(|()| {
        request.extend_from_slice(br#","params":"#);
        serde_json::to_writer(&mut request, params)
    });
    written.map(|()| request).map_err(|error| {
        Error::invalid("params", format!("they cannot be written as JSON: {error}"))
    })
}

/// Reads the payload of a message of `method`.
pub(crate) fn decode<T: DeserializeOwned>(method: &str, payload: &[u8]) -> Result<T> {
    let text = text(payload);
    serde_json::from_str(&text).map_err(|source| Error::Decode {
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
