//! What is known beyond what the schema says: `schema/methods.json`.

use super::file::json;
use crate::error::Error;
use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

/// The tables: by method, and last those about fields and types.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// Requests whose response is not named as their params are.
    pub responses: BTreeMap<String, String>,
    /// Notifications that the server sends although the schema does not list them, with their
    /// payload.
    pub notifications: BTreeMap<String, String>,
    /// Requests that take as long as their work does, and so have no deadline of their own.
    pub no_deadline: BTreeSet<String>,
    /// Requests that change nothing, and may be repeated.
    pub read_only: BTreeSet<String>,
    /// Requests that end what another has begun, and so wait for none.
    pub control: BTreeSet<String>,
    /// The response that refuses each request of the server; null where only an error does.
    pub refusals: BTreeMap<String, Value>,
    /// Fields whose values are never shown, `name` or `Type.name`, with the reason.
    pub secrets: BTreeMap<String, String>,
    /// Fields that look like secrets and are none, with the reason.
    pub not_secret: BTreeMap<String, String>,
    /// The usual values of types that may be any text, in the order that they are shown in.
    pub usual: BTreeMap<String, Vec<String>>,
}

impl Facts {
    /// Reads the file.
    ///
    /// # Errors
    ///
    /// When the file cannot be read or is not what it should be.
    pub fn read(path: &Path) -> Result<Self, Error> {
        Self::from_json(&json(path)?).map_err(|source| Error::Json { path: path.into(), source })
    }

    /// The tables in JSON; one that is missing is empty.
    ///
    /// # Errors
    ///
    /// When a table is not what it should be.
    pub fn from_json(file: &Value) -> Result<Self, serde_json::Error> {
        let table = |name: &str| file.get(name).filter(|table| !table.is_null());
        let pairs = |name: &str| table(name).map_or(Ok(BTreeMap::new()), texts);
        let list = |name: &str| table(name).map_or(Ok(BTreeSet::new()), names);
        Ok(Self {
            responses: pairs("responses")?,
            notifications: pairs("notifications")?,
            no_deadline: list("no_deadline")?,
            read_only: list("read_only")?,
            control: list("control")?,
            secrets: pairs("secrets")?,
            not_secret: pairs("not_secret")?,
            usual: match table("usual") {
                Some(table) => serde_json::from_value(table.clone())?,
                None => BTreeMap::new(),
            },
            refusals: match table("refusals") {
                Some(table) => serde_json::from_value(table.clone())?,
                None => BTreeMap::new(),
            },
        })
    }
}

fn texts(table: &Value) -> Result<BTreeMap<String, String>, serde_json::Error> {
    serde_json::from_value(table.clone())
}

fn names(table: &Value) -> Result<BTreeSet<String>, serde_json::Error> {
    serde_json::from_value(table.clone())
}
