//! Hides the secrets of a message that is written down, and keeps its shape: whoever reads it again
//! finds the same types.

use serde_json::Value;

use crate::redact::{HIDDEN, is_secret, redact};

/// Members that hold secrets in a way that neither their names nor their form tell: headers
/// authorize, whatever they are called.
const HOLD_SECRETS: &[&str] = &["requestHeaders"];

/// The requests whose `config` may hold keys.
const WITH_CONFIG: &[&str] = &["thread/start", "thread/resume", "thread/fork"];

/// Hides what the generated types hide in `Debug`, and what is a secret by its name or form.
pub(super) fn hide(message: &mut Value) {
    let method = message.get("method").and_then(Value::as_str).unwrap_or_default();
    if WITH_CONFIG.contains(&method)
        && let Some(config) = message.pointer_mut("/params/config")
    {
        visit(config, true);
    }
    visit(message, false);
}

/// JSON that was read is not nested deeper than its reader allows, which bounds the recursion.
fn visit(value: &mut Value, secret: bool) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                let secret = secret || is_secret(name) || HOLD_SECRETS.contains(&name.as_str());
                visit(member, secret);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| visit(item, secret)),
        Value::String(text) if secret => HIDDEN.clone_into(text),
        Value::String(text) => {
            let shown = redact(text);
            if shown != *text {
                *text = shown.into_owned();
            }
        }
        Value::Number(number) if secret => *number = 0.into(),
        // Flags and nulls are no secrets.
        Value::Number(_) | Value::Bool(_) | Value::Null => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn hidden(mut message: Value) -> Value {
        hide(&mut message);
        message
    }

    #[test]
    fn secrets_are_hidden_and_the_shape_is_kept() {
        let message = hidden(json!({
            "id": 1, "method": "thread/start",
            "params": {"config": {"a": {"b": "x"}, "on": true}, "model": "m", "env": {"A": "x"}},
        }));
        assert_eq!(message["params"]["config"], json!({"a": {"b": HIDDEN}, "on": true}));
        assert_eq!(message["params"]["env"], json!({"A": HIDDEN}));
        assert_eq!((&message["id"], &message["params"]["model"]), (&json!(1), &json!("m")));

        let message = hidden(json!({"result": {"accessToken": "x", "totalTokens": 5, "n": null}}));
        assert_eq!(message["result"], json!({"accessToken": HIDDEN, "totalTokens": 5, "n": null}));

        let text =
            hidden(json!({"params": {"delta": "I use sk-abcdefghijklmnop, and Bearer abc"}}));
        assert_eq!(text["params"]["delta"], "I use [redacted], and Bearer [redacted]");
    }

    #[test]
    fn what_the_generated_types_hide_is_hidden_here() {
        let tables: Value =
            serde_json::from_str(include_str!("../../../schema/methods.json")).unwrap();
        let rows = tables["secrets"].as_object().unwrap();
        assert!(rows.len() > 5);
        for row in rows.keys() {
            let message = match row.as_str() {
                "RequestHeader.value" => {
                    json!({"requestHeaders": [{"name": "a", "value": "text"}]})
                }
                "ThreadStartParams.config" => with_config("thread/start"),
                "ThreadResumeParams.config" => with_config("thread/resume"),
                "ThreadForkParams.config" => with_config("thread/fork"),
                // The others are known by their names, in whichever type.
                row => json!({row.rsplit('.').next().unwrap(): "text"}),
            };
            let shown = hidden(message).to_string();
            assert!(shown.contains(HIDDEN) && !shown.contains("text"), "{row}: {shown}");
        }
    }

    fn with_config(method: &str) -> Value {
        json!({"method": method, "params": {"config": {"a": "text"}}})
    }
}
