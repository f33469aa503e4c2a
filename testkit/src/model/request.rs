//! What codex asks the model.

use std::collections::BTreeMap;

use axum::http::HeaderMap;
use serde_json::Value;

/// One request, as it was recorded.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ModelRequest {
    /// The headers by their lowercase name, without those that carry secrets.
    pub headers: BTreeMap<String, String>,
    /// The body: `model`, `instructions`, `input`, `tools` and so on.
    pub body: Value,
}

impl ModelRequest {
    pub(super) fn new(headers: &HeaderMap, body: Value) -> Self {
        const SECRET: [&str; 4] = ["authorization", "cookie", "x-api-key", "proxy-authorization"];
        let headers = headers
            .iter()
            .filter(|(name, _)| !SECRET.contains(&name.as_str()))
            .map(|(name, value)| {
                (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned())
            })
            .collect();
        Self { headers, body }
    }

    /// The items of the conversation so far, oldest first.
    #[must_use]
    pub fn input(&self) -> &[Value] {
        self.body["input"].as_array().map_or(&[], Vec::as_slice)
    }

    /// The text of the user's last message, empty if there is none.
    #[must_use]
    pub fn user_text(&self) -> String {
        let last = self.input().iter().rev().find(|item| item["role"] == "user");
        last.map_or_else(String::new, |item| text_of(&item["content"]))
    }

    /// The text of the last tool output, if a tool was called.
    #[must_use]
    pub fn last_tool_output(&self) -> Option<String> {
        const OUTPUTS: [&str; 2] = ["function_call_output", "custom_tool_call_output"];
        let is_output = |item: &&Value| item["type"].as_str().is_some_and(|t| OUTPUTS.contains(&t));
        self.input().iter().rev().find(is_output).map(|item| text_of(&item["output"]))
    }

    /// The names of the tools that codex offers in this request.
    #[must_use]
    pub fn tool_names(&self) -> Vec<&str> {
        let tools = self.body["tools"].as_array().map_or(&[][..], Vec::as_slice);
        tools.iter().filter_map(|tool| tool["name"].as_str().or(tool["type"].as_str())).collect()
    }
}

/// The text of a content field, which is a string or a list of parts.
fn text_of(content: &Value) -> String {
    match content {
        Value::String(text) => text.clone(),
        Value::Array(parts) => parts.iter().filter_map(|part| part["text"].as_str()).collect(),
        _ => String::new(),
    }
}
