//! Placeholders in the strings of a script; see [`Script`](super::Script).

use serde_json::Value;

/// The values of the placeholders for the actions of one message.
#[derive(Default)]
pub(super) struct Context {
    pub(super) request_id: Value,
    pub(super) thread_id: Value,
    pub(super) turn_id: Value,
    pub(super) params: Value,
}

impl Context {
    pub(super) fn fill(&self, template: &Value) -> Value {
        match template {
            Value::String(text) => self.fill_string(text),
            Value::Array(items) => items.iter().map(|item| self.fill(item)).collect(),
            Value::Object(members) => {
                members.iter().map(|(name, value)| (name.clone(), self.fill(value))).collect()
            }
            other => other.clone(),
        }
    }

    /// A string that is nothing but a placeholder becomes its value, whatever its type.
    fn fill_string(&self, text: &str) -> Value {
        let name = text.strip_prefix("{{").and_then(|rest| rest.strip_suffix("}}"));
        match name.and_then(|name| self.value(name)) {
            Some(value) => value.clone(),
            None => Value::String(self.fill_text(text)),
        }
    }

    pub(super) fn fill_text(&self, text: &str) -> String {
        let mut filled = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("{{") {
            filled.push_str(before);
            match after.split_once("}}").and_then(|(name, after)| Some((self.value(name)?, after)))
            {
                Some((Value::String(value), after)) => {
                    filled.push_str(value);
                    rest = after;
                }
                Some((value, after)) => {
                    filled.push_str(&value.to_string());
                    rest = after;
                }
                None => {
                    filled.push_str("{{");
                    rest = after;
                }
            }
        }
        filled.push_str(rest);
        filled
    }

    fn value(&self, name: &str) -> Option<&Value> {
        match name {
            "requestId" => Some(&self.request_id),
            "threadId" => Some(&self.thread_id),
            "turnId" => Some(&self.turn_id),
            _ => name.strip_prefix("params.").map(|name| &self.params[name]),
        }
    }
}
