//! Values as JSON and back, with errors that say what went wrong.
//!
//! Everything is read through one kind of reader and written through one kind of writer, so that
//! the code of each type is compiled once.

use std::{borrow::Cow, path::Path, sync::Arc};

use serde::{
    Deserialize, Serialize,
    de::{DeserializeOwned, Error as _},
};

use crate::{Error, Result, redact::redact, wire::decode_sent};

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

/// Reads the payload of a message of `method`. What of it is unknown or does not fit is kept as
/// that where there is a place for it.
pub(crate) fn decode<T: DeserializeOwned>(method: &str, payload: &[u8]) -> Result<T> {
    let text = text(payload);
    decode_sent(&text).map_err(|source| Error::Decode {
        method: method.to_owned(),
        raw: text.clone().into_owned(),
        source: Arc::new(without_secrets(source)),
    })
}

/// The same error; of a string that does not fit, it repeats nothing.
pub(crate) fn without_secrets(error: serde_json::Error) -> serde_json::Error {
    let text = error.to_string();
    match redact(&text) {
        Cow::Borrowed(_) => error,
        // It keeps the line and the column that the text ends with.
        Cow::Owned(shown) => serde_json::Error::custom(shown),
    }
}

/// JSON as text. Where it is not UTF-8 a part is damaged, and the rest counts.
pub(crate) fn text(json: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(json) {
        Ok(text) => text.into(),
        Err(_) => String::from_utf8_lossy(json),
    }
}

/// The JSON schema of a type, for a model.
#[cfg(feature = "schemars")]
pub(crate) fn schema<T: schemars::JsonSchema>() -> serde_json::Value {
    let settings = schemars::generate::SchemaSettings::draft2020_12();
    let settings = settings.with(|settings| settings.meta_schema = None);
    settings.into_generator().into_root_schema_for::<T>().into()
}

/// A path as JSON can say it.
pub(crate) fn path<'a>(argument: &'static str, path: &'a Path) -> Result<&'a str> {
    path.to_str().ok_or_else(|| {
        Error::invalid(
            argument,
            format!("{path:?} is not Unicode, and cannot be sent as JSON; rename it"),
        )
    })
}

/// What has an id, and more that is not needed.
#[derive(Deserialize)]
pub(crate) struct OnlyId {
    pub(crate) id: String,
}
