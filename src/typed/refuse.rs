//! What strict mode cannot take, said with its place in the type.

use serde_json::Value;

use crate::error::{Error, Result};

/// What is wrong at a path such as `Review.files[].meta`, and what would be right.
pub(super) fn refused(path: &str, problem: &str) -> Error {
    Error::invalid("output_schema", format!("`{path}` {problem}"))
}

pub(super) fn refuse<T>(path: &str, problem: &str) -> Result<T> {
    Err(refused(path, problem))
}

/// What the API takes of one schema; see "Objects have limitations on nesting depth and size" and
/// "Limitations on enum size" in OpenAI's guide "Structured model outputs". How it counts levels of
/// nesting is not said, so that they are left to it.
const MAX_MEMBERS: usize = 5_000;
const MAX_CONSTANTS: usize = 1_000;
const MAX_NAMES: usize = 120_000;

/// Refuses a schema that is larger than the API takes.
pub(super) fn too_large(name: &str, schema: &Value) -> Result<()> {
    let mut size = Size::default();
    size.add(schema);
    for (what, number, limit) in [
        ("members", size.members, MAX_MEMBERS),
        ("values in its enums", size.constants, MAX_CONSTANTS),
        ("characters in names and constants", size.names, MAX_NAMES),
    ] {
        if number > limit {
            return refuse(
                name,
                &format!(
                    "has {number} {what}, and the API takes {limit} in a schema; ask for less at once"
                ),
            );
        }
    }
    Ok(())
}

#[derive(Default)]
struct Size {
    members: usize,
    constants: usize,
    names: usize,
}

impl Size {
    fn add(&mut self, schema: &Value) {
        for (word, value) in schema.as_object().into_iter().flatten() {
            match (word.as_str(), value) {
                ("properties" | "$defs", Value::Object(named)) => {
                    self.members += if word == "properties" { named.len() } else { 0 };
                    for (name, schema) in named {
                        self.names += name.chars().count();
                        self.add(schema);
                    }
                }
                ("anyOf", Value::Array(branches)) => {
                    branches.iter().for_each(|branch| self.add(branch));
                }
                ("items", schema) => self.add(schema),
                ("enum", Value::Array(constants)) => {
                    self.constants += constants.len();
                    constants.iter().for_each(|constant| self.constant(constant));
                }
                ("const", constant) => self.constant(constant),
                _ => {}
            }
        }
    }

    fn constant(&mut self, constant: &Value) {
        self.names += constant.as_str().map_or(0, |text| text.chars().count());
    }
}
