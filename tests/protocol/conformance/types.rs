//! The Rust type of each definition, behind functions.

use codex_app_server::generated::v2_all::*;
use serde::{Serialize, de::DeserializeOwned};
use std::fmt::Debug;

/// What can be done with a type without naming it.
#[derive(Clone, Copy)]
pub(crate) struct Type {
    /// Reads JSON, writes the value, reads that again and compares.
    pub(crate) round_trip: fn(&str) -> Outcome,
    /// Reads JSON and shows the value.
    pub(crate) show: fn(&str) -> String,
}

/// What became of JSON that a type was given.
pub(crate) enum Outcome {
    /// The type does not take it.
    Unreadable(String),
    /// What was written is read as another value.
    Unstable(String),
    /// What was written; it is read as the same value.
    Written(String),
}

/// The type of a definition, or of what else has a name in the tables of methods.
pub(crate) fn find(name: &str) -> Option<Type> {
    let index = TYPES.binary_search_by_key(&name, |(name, _)| name).ok()?;
    Some(TYPES[index].1)
}

macro_rules! definitions {
    ($($name:literal => $ty:ty;)*) => {
        const TYPES: &[(&str, Type)] = &[$(($name, Type {
            round_trip: round_trip::<$ty>,
            show: show::<$ty>,
        })),*];
    };
}
include!(concat!(env!("OUT_DIR"), "/definitions.rs"));

fn round_trip<T: DeserializeOwned + Serialize + PartialEq>(json: &str) -> Outcome {
    let value = match serde_json::from_str::<T>(json) {
        Ok(value) => value,
        Err(error) => return Outcome::Unreadable(error.to_string()),
    };
    let written = serde_json::to_string(&value).expect("a value can be written");
    match serde_json::from_str::<T>(&written) {
        Ok(again) if again == value => Outcome::Written(written),
        _ => Outcome::Unstable(written),
    }
}

fn show<T: DeserializeOwned + Debug>(json: &str) -> String {
    format!("{:?}", serde_json::from_str::<T>(json))
}
