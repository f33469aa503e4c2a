//! What must hold for a value, and the report of what did not.

use super::{
    plant::{BESIDE_KEY, DROPPED, MEMBER, TAG},
    types::{Outcome, Type},
};
use serde_json::{Map, Value};
use std::{collections::BTreeMap, fmt::Write as _};

/// Reads and writes JSON. Nothing may be lost on the way; what is written is returned.
pub(crate) fn keeps(ty: Type, json: &str) -> Result<Value, String> {
    match (ty.round_trip)(json) {
        Outcome::Unreadable(error) => Err(format!("cannot be read: {error}")),
        Outcome::Unstable(written) => Err(format!("is another value when read again: {written}")),
        Outcome::Written(written) => {
            let [read, written] = [json, &written]
                .map(|json| serde_json::from_str::<Value>(json).expect("it was read as a type"));
            is_whole(&read, &written).map(|()| written)
        }
    }
}

/// Whether all that was read is written.
pub(crate) fn is_whole(read: &Value, written: &Value) -> Result<(), String> {
    match lost(read, written, "") {
        Some(place) => Err(format!("{place} is lost or changed")),
        None => Ok(()),
    }
}

/// The first place where something that was read is not written. Null is nothing, where it may as
/// well be missing.
fn lost(read: &Value, written: &Value, place: &str) -> Option<String> {
    match (read, written) {
        (Value::Object(read), Value::Object(written)) if !is_unknown(read) => read
            .iter()
            .filter(|(name, value)| !value.is_null() && !is_dropped(name))
            .find_map(|(name, value)| {
                let place = format!("{place}/{name}");
                match written.get(name) {
                    Some(written) if [MEMBER, BESIDE_KEY].contains(&name.as_str()) => {
                        (value != written).then(|| format!("`{place}`"))
                    }
                    Some(written) => lost(value, written, &place),
                    None => Some(format!("`{place}`")),
                }
            }),
        (Value::Array(read), Value::Array(written)) if read.len() == written.len() => {
            read.iter().zip(written).enumerate().find_map(|(index, (read, written))| {
                lost(read, written, &format!("{place}/{index}"))
            })
        }
        (Value::Number(left), Value::Number(right)) if left.as_f64() == right.as_f64() => None,
        _ if read == written => None,
        _ => Some(format!("`{place}`")),
    }
}

fn is_dropped(name: &str) -> bool {
    DROPPED.iter().any(|(dropped, _)| *dropped == name)
}

/// True for an object of a branch that no SDK knows: it is kept as it is, with every null.
fn is_unknown(object: &Map<String, Value>) -> bool {
    object.contains_key(TAG) || object.values().any(|value| value == TAG)
}

/// How much of a value is shown.
const MAX_SHOWN: usize = 2000;

/// What failed, by definition and reason, with the first value and how many there were.
#[derive(Default)]
pub(crate) struct Failures {
    found: BTreeMap<(String, String), (String, usize)>,
}

impl Failures {
    pub(crate) fn add(&mut self, name: &str, json: &str, reason: &str) {
        // The column differs from value to value, the reason does not.
        let reason = reason.split(" at line").next().unwrap_or(reason);
        let (_, count) = self
            .found
            .entry((name.to_owned(), reason.to_owned()))
            .or_insert_with(|| (json.to_owned(), 0));
        *count += 1;
    }

    /// Fails with all of them.
    #[track_caller]
    pub(crate) fn report(self) {
        let mut text = String::new();
        for ((name, reason), (json, count)) in &self.found {
            let json: String = json.chars().take(MAX_SHOWN).collect();
            let _ = writeln!(text, "{name}: {reason} ({count} values, the first: {json})");
        }
        assert!(text.is_empty(), "{} failures\n{text}", self.found.len());
    }
}
