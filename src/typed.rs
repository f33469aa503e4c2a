//! Answers as values of a type: its JSON schema goes to the model in the form that the API accepts,
//! and the answer comes back decoded.

use schemars::{JsonSchema, Schema, generate::SchemaSettings};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use crate::{Error, Input, Result, RunResult, Thread, TurnOverrides, json::without_secrets};

/// String formats that the API knows. Others would be refused.
const FORMATS: &[&str] =
    &["date", "date-time", "duration", "email", "hostname", "ipv4", "ipv6", "time", "uuid"];

/// The member that holds a type which is not an object itself.
const WRAPPER: &str = "value";

/// What [`Thread::run_typed`] gives.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct TypedResult<T> {
    /// The answer.
    pub value: T,
    /// The turn that it is from.
    pub result: RunResult,
}

impl Thread {
    /// Runs one turn whose final answer is a value of type `T`.
    ///
    /// The JSON schema of `T` is sent as the turn's output schema, in the form that the API takes:
    /// objects are closed, all members are required (an `Option` may be null), and a type that is
    /// not an object is wrapped in one.
    ///
    /// ```no_run
    /// # async fn example(thread: codex_app_server::Thread) -> codex_app_server::Result<()> {
    /// #[derive(schemars::JsonSchema, serde::Deserialize)]
    /// struct Review {
    ///     /// 1 (bad) to 5 (good).
    ///     score: u8,
    ///     remarks: Vec<String>,
    /// }
    ///
    /// let review = thread.run_typed::<Review>("Review the last commit.").await?;
    /// println!("{} of 5", review.value.score);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::TypedOutput`] with the raw text if the answer does not fit (an interrupted turn has
    /// none), and those of [`run`](Self::run).
    pub async fn run_typed<T>(&self, input: impl Into<Input>) -> Result<TypedResult<T>>
    where
        T: JsonSchema + DeserializeOwned,
    {
        self.run_typed_with(input, TurnOverrides::new()).await
    }

    /// The same with overrides, whose `output_schema` is replaced.
    ///
    /// # Errors
    ///
    /// Those of [`run_typed`](Self::run_typed).
    pub async fn run_typed_with<T>(
        &self,
        input: impl Into<Input>,
        overrides: TurnOverrides,
    ) -> Result<TypedResult<T>>
    where
        T: JsonSchema + DeserializeOwned,
    {
        let (schema, wrapped) = output_schema::<T>();
        let result = self.run_with(input, overrides.output_schema(schema)).await?;
        let raw = result.final_response.clone().unwrap_or_default();
        match parse(&raw, wrapped) {
            Ok(value) => Ok(TypedResult { value, result }),
            Err(source) => Err(Error::TypedOutput { raw, source: without_secrets(source).into() }),
        }
    }
}

fn parse<T: DeserializeOwned>(raw: &str, wrapped: bool) -> serde_json::Result<T> {
    if !wrapped {
        return serde_json::from_str(raw);
    }
    let mut object: Map<String, Value> = serde_json::from_str(raw)?;
    serde_json::from_value(object.remove(WRAPPER).unwrap_or_default())
}

/// The schema of `T` as the API takes it, and whether it had to be wrapped.
fn output_schema<T: JsonSchema>() -> (Value, bool) {
    let generator = SchemaSettings::draft2020_12()
        .with(|settings| settings.meta_schema = None)
        .into_generator();
    let schema: Schema = generator.into_root_schema_for::<T>();
    let mut schema = Value::from(schema);
    close(&mut schema);
    // References out of the root are to its definitions, which have to stay there.
    let wrapped = schema["type"] != "object";
    if wrapped {
        let definitions = schema.as_object_mut().and_then(|root| root.remove("$defs"));
        schema = json!({
            "type": "object",
            "properties": { WRAPPER: schema },
            "required": [WRAPPER],
            "additionalProperties": false,
        });
        if let Some(definitions) = definitions {
            schema["$defs"] = definitions;
        }
    }
    (schema, wrapped)
}

/// Brings a schema, and all within it, into the form of the API.
fn close(schema: &mut Value) {
    let Value::Object(members) = schema else {
        return;
    };
    members.remove("default");
    // The API knows `anyOf` only; a value never fits two of ours.
    if let Some(branches) = members.remove("oneOf") {
        members.insert("anyOf".into(), branches);
    }
    if let Some(format) = members.get("format").and_then(Value::as_str)
        && !FORMATS.contains(&format)
    {
        members.remove("format");
    }
    if members.contains_key("properties") {
        close_object(members);
    }
    for (key, value) in members.iter_mut() {
        match (key.as_str(), value) {
            ("properties" | "$defs", Value::Object(schemas)) => {
                schemas.values_mut().for_each(close);
            }
            ("anyOf" | "allOf" | "prefixItems", Value::Array(schemas)) => {
                schemas.iter_mut().for_each(close);
            }
            ("items", schema) => close(schema),
            _ => {}
        }
    }
}

/// All members required, no others; what was optional may be null.
fn close_object(members: &mut Map<String, Value>) {
    let required = members.get("required").cloned().unwrap_or_default();
    let Some(Value::Object(properties)) = members.get_mut("properties") else {
        return;
    };
    let is_required = |name: &str| {
        let listed = required.as_array().into_iter().flatten();
        listed.filter_map(Value::as_str).any(|listed| listed == name)
    };
    for (name, property) in properties.iter_mut() {
        if !is_required(name) && !allows_null(property) {
            *property = json!({ "anyOf": [property.take(), { "type": "null" }] });
        }
    }
    let all: Vec<_> = properties.keys().cloned().collect();
    members.insert("required".into(), all.into());
    members.insert("additionalProperties".into(), false.into());
}

fn allows_null(schema: &Value) -> bool {
    let is_null = |kind: &Value| kind == "null";
    is_null(&schema["type"])
        || schema["type"].as_array().is_some_and(|kinds| kinds.iter().any(is_null))
        || schema["anyOf"].as_array().is_some_and(|branches| branches.iter().any(allows_null))
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize, JsonSchema, PartialEq)]
    #[allow(dead_code)]
    struct Review {
        /// From 1 to 5.
        score: u8,
        note: Option<String>,
        #[serde(default)]
        tags: Vec<String>,
        verdict: Verdict,
    }

    #[derive(Debug, Deserialize, JsonSchema, PartialEq)]
    #[serde(tag = "kind", rename_all = "camelCase")]
    enum Verdict {
        Accept,
        Reject { reason: Option<Box<Verdict>> },
    }

    /// Every object within is closed and requires all of its members.
    fn check(schema: &Value) {
        match schema {
            Value::Object(members) => {
                if let Some(Value::Object(properties)) = members.get("properties") {
                    assert_eq!(members["additionalProperties"], false, "{schema}");
                    let names: Vec<_> = properties.keys().collect();
                    assert_eq!(members["required"], json!(names), "{schema}");
                }
                for banned in ["oneOf", "default"] {
                    assert!(!members.contains_key(banned), "{schema}");
                }
                members.values().for_each(check);
            }
            Value::Array(values) => values.iter().for_each(check),
            _ => {}
        }
    }

    #[test]
    fn schemas_are_closed_to_the_last_object() {
        let (schema, wrapped) = output_schema::<Review>();
        assert!(!wrapped);
        check(&schema);
        assert!(schema["$defs"]["Verdict"].is_object(), "{schema}");
        assert!(allows_null(&schema["properties"]["note"]));
        assert!(allows_null(&schema["properties"]["tags"]));
        assert!(schema["properties"]["score"].get("format").is_none());
    }

    #[test]
    fn what_is_no_object_is_wrapped() {
        let (schema, wrapped) = output_schema::<Vec<Verdict>>();
        assert!(wrapped);
        check(&schema);
        assert_eq!(schema["properties"]["value"]["type"], "array");
        assert!(schema["$defs"]["Verdict"].is_object(), "{schema}");
        let verdicts: Vec<Verdict> = parse(r#"{"value":[{"kind":"accept"}]}"#, true).unwrap();
        assert_eq!(verdicts, [Verdict::Accept]);
        assert!(parse::<Vec<Verdict>>("[]", true).is_err());
    }
}
