//! Files of JSON.

use crate::error::Error;
use serde_json::Value;
use std::{fs, path::Path};

pub(crate) fn text(path: &Path) -> Result<String, Error> {
    fs::read_to_string(path).map_err(|source| Error::Read { path: path.into(), source })
}

pub(crate) fn json(path: &Path) -> Result<Value, Error> {
    serde_json::from_str(&text(path)?).map_err(|source| Error::Json { path: path.into(), source })
}
