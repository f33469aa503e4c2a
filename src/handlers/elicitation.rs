//! What MCP servers ask the user.

use serde_json::Value;

use super::kinds::Elicitation;
use crate::{
    error::{Error, Result},
    generated::v2_all::{
        McpServerElicitationAction as Action, McpServerElicitationRequestParams as Params,
        McpServerElicitationRequestResponse,
    },
    reply::Reply,
};

/// Something that an MCP server asks: a form to be filled in, or an address to be visited.
impl Elicitation {
    /// Accepts, with what was filled in: an object with a member for each property of the form
    /// (`requested_schema`), or null where there is no form.
    ///
    /// Only the outside is checked: that the members are those of the form, that none that has to
    /// be there is missing, and that each is of its type and one of its choices.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInput`] if this does not fit the form.
    pub fn accept(&self, content: impl Into<Value>) -> Result<Reply> {
        let content = content.into();
        if let Some(schema) = schema(self)?
            && let Some(problem) = misfit(&schema, &content)
        {
            return Err(Error::invalid("content", problem));
        }
        self.act(Action::Accept, content)
    }

    /// Closes the question without an answer.
    ///
    /// # Errors
    ///
    /// None; it is a `Result` as those of the other replies are.
    pub fn cancel(&self) -> Result<Reply> {
        self.act(Action::Cancel, Value::Null)
    }

    fn act(&self, action: Action, content: Value) -> Result<Reply> {
        let response = McpServerElicitationRequestResponse::new(action);
        Ok(self.reply(response.content(content).meta(Value::Null)))
    }
}

/// The JSON schema of the form, if there is one.
fn schema(params: &Params) -> Result<Option<Value>> {
    let schema = match params {
        Params::Form(form) => serde_json::to_value(&form.requested_schema),
        Params::OpenaiForm(form) => Ok(form.requested_schema.clone()),
        Params::LegacyOpenaiForm(form) => Ok(form.requested_schema.clone()),
        _ => return Ok(None),
    };
    schema.map(Some).map_err(|error| {
        Error::invalid("content", format!("the form itself cannot be understood: {error}"))
    })
}

/// Why `content` does not fit a form.
fn misfit(schema: &Value, content: &Value) -> Option<String> {
    let Some(content) = content.as_object() else {
        return Some("the form takes an object".to_owned());
    };
    let required = schema.get("required").and_then(Value::as_array).into_iter().flatten();
    for name in required.filter_map(Value::as_str) {
        if !content.contains_key(name) {
            return Some(format!("the form requires {name:?}"));
        }
    }
    // A schema that is put together in another way is not looked into.
    let known = schema.get("properties")?.as_object()?;
    content.iter().find_map(|(name, value)| match known.get(name) {
        None => Some(format!("the form has no {name:?}")),
        Some(property) if fits(property, value) => None,
        Some(property) => Some(format!("{name:?} does not fit what the form asks for: {property}")),
    })
}

/// Whether a value has the type of a property, and is one of its choices.
fn fits(property: &Value, value: &Value) -> bool {
    let of_type = match property.get("type").and_then(Value::as_str) {
        Some("string") => value.is_string(),
        Some("boolean") => value.is_boolean(),
        Some("integer") => value.is_i64() || value.is_u64(),
        Some("number") => value.is_number(),
        Some("array") => value.as_array().is_some_and(|chosen| {
            let items = property.get("items").unwrap_or(&Value::Null);
            chosen.iter().all(|value| is_chosen(items, value))
        }),
        Some("object") => value.is_object(),
        _ => true,
    };
    of_type && is_chosen(property, value)
}

/// Whether a value is one of the choices, where there are any.
fn is_chosen(property: &Value, value: &Value) -> bool {
    let list = |name| property.get(name).and_then(Value::as_array);
    if let Some(choices) = list("enum") {
        return choices.contains(value);
    }
    match list("oneOf").or(list("anyOf")) {
        Some(choices) if choices.iter().all(|choice| choice.get("const").is_some()) => {
            choices.iter().any(|choice| choice.get("const") == Some(value))
        }
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn content_fits_the_form_on_the_outside() {
        let schema = json!({
            "type": "object",
            "properties": {
                "name": {"type": "string"},
                "age": {"type": "integer"},
                "colour": {"type": "string", "enum": ["red", "blue"]},
                "size": {"type": "string", "oneOf": [{"const": "s", "title": "Small"}]},
                "tags": {"type": "array", "items": {"anyOf": [{"const": "x", "title": "X"}]}},
                "ok": {"type": "boolean"},
            },
            "required": ["name"],
        });
        for content in [
            json!({"name": "n"}),
            json!({"name": "n", "age": 3, "colour": "red", "size": "s", "tags": ["x"], "ok": true}),
        ] {
            assert_eq!(misfit(&schema, &content), None, "{content}");
        }
        for content in [
            json!(null),
            json!("n"),
            json!({}),
            json!({"name": 1}),
            json!({"name": "n", "other": 1}),
            json!({"name": "n", "age": 1.5}),
            json!({"name": "n", "colour": "green"}),
            json!({"name": "n", "size": "Small"}),
            json!({"name": "n", "tags": ["y"]}),
            json!({"name": "n", "ok": "yes"}),
        ] {
            assert!(misfit(&schema, &content).is_some(), "{content}");
        }
        assert_eq!(misfit(&json!(true), &json!({"anything": 1})), None);
    }
}
