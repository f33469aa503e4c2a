//! A type as the output schema of a turn, and its answers decoded.

use std::{fmt, marker::PhantomData, sync::Arc};

use schemars::JsonSchema;
use serde::{
    Deserialize, Serialize,
    de::{DeserializeOwned, Error as _},
};
use serde_json::Value;

use super::{form::Plan, read, refuse};
use crate::{
    error::{Error, Result},
    json::{schema, without_secrets},
    result::RunResult,
};

/// What [`Thread::run_typed`](crate::Thread::run_typed) gives.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[non_exhaustive]
pub struct TypedResult<T> {
    /// The answer.
    pub value: T,
    /// The turn that it is from.
    pub result: RunResult,
}

/// The JSON schema of `T` as the API takes it, for turns that are started in another way than with
/// [`Thread::run_typed`](crate::Thread::run_typed).
///
/// serde's types travel in what [strict mode][strict] knows, and are turned back when the answer is
/// decoded:
///
/// | in `T` | in the schema and the answer |
/// |---|---|
/// | a struct | a closed object, all of whose members are required |
/// | `Option`, `#[serde(default)]` | may be null |
/// | an enum, tagged in any way | `anyOf`, with a constant for each variant without data |
/// | `#[serde(flatten)]` | the members, in each of the objects that can come of them |
/// | a map | a list of `{"key": …, "value": …}` |
/// | a tuple | an object with the members `"0"`, `"1"`, … |
/// | a type that refers to itself | `$ref` |
/// | what is not an object itself, such as a list | an object with the one member `"value"` |
///
/// Where a type has no null itself, null is a member that is missing, and becomes the default;
/// where it has one, such as an `Option`, null is that.
///
/// Ranges of numbers, patterns, numbers of items and the formats that the API knows are kept; other
/// limits, such as the length of a text, are told to the model in the description.
///
/// ```
/// use codex_app_server::{TurnOverrides, output_schema};
///
/// #[derive(schemars::JsonSchema, serde::Deserialize)]
/// struct Review {
///     score: u8,
///     #[serde(default)]
///     remarks: Vec<String>,
/// }
///
/// let schema = output_schema::<Review>()?;
/// assert_eq!(schema.json()["required"], serde_json::json!(["remarks", "score"]));
/// let overrides = TurnOverrides::new().output_schema(schema.json().clone());
/// // … run a turn with them, and then: schema.decode(&result)?
/// # Ok::<_, codex_app_server::Error>(())
/// ```
///
/// # Errors
///
/// [`Error::InvalidInput`](crate::Error::InvalidInput) for a type that strict mode cannot take,
/// with its place (`Review.files[].meta`) and what to do: any JSON (`serde_json::Value`), a map
/// that is flattened, a type that is larger than the API takes.
///
/// [strict]: https://platform.openai.com/docs/guides/structured-outputs
pub fn output_schema<T: JsonSchema + DeserializeOwned>() -> Result<OutputSchema<T>> {
    let plan = read::read(&T::schema_name(), &schema::<T>())?;
    let json = plan.schema();
    refuse::too_large(&plan.name, &json)?;
    Ok(OutputSchema { json, plan, of: PhantomData })
}

/// What [`output_schema`] gives: a schema, and what decodes the answers to it.
pub struct OutputSchema<T> {
    json: Value,
    plan: Plan,
    of: PhantomData<fn() -> T>,
}

impl<T: DeserializeOwned> OutputSchema<T> {
    /// The JSON schema, for [`TurnOverrides::output_schema`](crate::TurnOverrides::output_schema).
    #[must_use]
    pub fn json(&self) -> &Value {
        &self.json
    }

    /// The final answer of a turn that was run with this schema.
    ///
    /// # Errors
    ///
    /// [`Error::TypedOutput`](crate::Error::TypedOutput) if it does not fit, or there is none.
    pub fn decode(&self, result: &RunResult) -> Result<T> {
        self.value(result).map_err(|source| misfit(result.clone(), source))
    }

    /// The same, with the result.
    pub(crate) fn read(&self, result: RunResult) -> Result<TypedResult<T>> {
        match self.value(&result) {
            Ok(value) => Ok(TypedResult { value, result }),
            Err(source) => Err(misfit(result, source)),
        }
    }

    fn value(&self, result: &RunResult) -> Result<T, Option<serde_json::Error>> {
        let answer = result.final_response.as_deref().ok_or(None)?;
        let answer = serde_json::from_str(answer).map_err(without_secrets)?;
        let restored = self.plan.restore(answer)?;
        serde_path_to_error::deserialize(restored).map_err(|error| {
            let path = error.path().to_string();
            let error = error.into_inner();
            // At the root there is nothing to say.
            let error = match path.as_str() {
                "." => error,
                path => serde_json::Error::custom(format_args!("{path}: {error}")),
            };
            Some(without_secrets(error))
        })
    }
}

fn misfit(result: RunResult, source: Option<serde_json::Error>) -> Error {
    Error::TypedOutput { result: Arc::new(result), source: source.map(Arc::new) }
}

impl<T> Clone for OutputSchema<T> {
    fn clone(&self) -> Self {
        Self { json: self.json.clone(), plan: self.plan.clone(), of: PhantomData }
    }
}

impl<T> fmt::Debug for OutputSchema<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OutputSchema").field("json", &self.json).finish_non_exhaustive()
    }
}
