//! Types of all kinds, what is sent for them, and what is made of answers.

mod answers;
mod refusals;
mod samples;
mod strict;
mod types;

use std::fmt::Debug;

use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::output_schema;
use crate::{Error, Result, RunResult};

/// What an answer is as a `T`.
fn decode<T: JsonSchema + DeserializeOwned>(answer: &Value) -> Result<T> {
    output_schema::<T>().unwrap().decode(&RunResult::from_answer(answer.to_string()))
}

/// What is said against a `T`.
#[track_caller]
fn refusal<T: JsonSchema + DeserializeOwned>() -> String {
    match output_schema::<T>() {
        Err(Error::InvalidInput { message, .. }) => message,
        Err(other) => panic!("{other:?}"),
        Ok(schema) => panic!("it was taken: {}", schema.json()),
    }
}

/// A type's schema is in strict mode, and each answer that fits it is a value of the type.
#[track_caller]
fn check<T: JsonSchema + DeserializeOwned + Debug>() {
    let schema = output_schema::<T>().unwrap();
    strict::check(schema.json());
    let samples = samples::of(schema.json());
    assert!(samples.len() > 1 || std::mem::size_of::<T>() == 0, "{samples:?}");
    for answer in samples {
        if let Err(error) = decode::<T>(&answer) {
            panic!("{answer} of {}: {error:?}", schema.json());
        }
    }
}
