//! A step, made of an item that is complete, and the pieces of one that is not.

use std::{convert::Infallible, fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use crate::{
    generated::v2_all::ThreadItem,
    redact::{Shown, ShownJson},
    rpc::Payload,
};

/// Which kind of block a step is.
///
/// ```
/// use codex_app_server::StepType;
///
/// assert_eq!(StepType::from_item_type("commandExecution"), StepType::Exec);
/// assert_eq!(StepType::from_item_type("webSearch").as_str(), "webSearch");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum StepType {
    /// The agent has reasoned.
    Thinking,
    /// It has run a command.
    Exec,
    /// It says something.
    Codex,
    /// It has called a tool of an MCP server.
    Tool,
    /// It has changed files.
    File,
    /// Any other item, by its type: `userMessage`, `plan`, `webSearch`, ….
    Other(String),
}

impl StepType {
    /// That of an item of this type.
    #[must_use]
    pub fn from_item_type(item_type: &str) -> Self {
        match item_type {
            "reasoning" => Self::Thinking,
            "commandExecution" => Self::Exec,
            "agentMessage" => Self::Codex,
            "mcpToolCall" => Self::Tool,
            "fileChange" => Self::File,
            other => Self::Other(other.to_owned()),
        }
    }

    /// `thinking`, `exec`, `codex`, `tool`, `file`, or the type of the item.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Thinking => "thinking",
            Self::Exec => "exec",
            Self::Codex => "codex",
            Self::Tool => "tool",
            Self::File => "file",
            Self::Other(item_type) => item_type,
        }
    }
}

impl fmt::Display for StepType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// The opposite of [`as_str`](StepType::as_str).
impl FromStr for StepType {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(match text {
            "thinking" => Self::Thinking,
            "exec" => Self::Exec,
            "codex" => Self::Codex,
            "tool" => Self::Tool,
            "file" => Self::File,
            other => Self::Other(other.to_owned()),
        })
    }
}

impl Serialize for StepType {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for StepType {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Ok(step_type) = String::deserialize(deserializer)?.parse();
        Ok(step_type)
    }
}

/// One block of a conversation: an item of a turn that is complete.
#[derive(Clone, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ConversationStep {
    /// The id of the thread.
    pub thread_id: String,
    /// The id of the turn.
    pub turn_id: String,
    /// The id of the item.
    pub item_id: String,
    /// Which kind of block it is.
    pub step_type: StepType,
    /// The type of the item on the wire.
    pub item_type: String,
    /// `completed`: this tells that the item is complete, and not how it went. That is in the item.
    pub status: String,
    /// What there is to show of it: what was said or thought, the command that was run; `None`
    /// where that is no text.
    pub text: Option<String>,
    /// All of it.
    pub data: StepData,
}

/// All that the server has said of a step.
#[derive(Clone, Deserialize, PartialEq, Serialize)]
#[non_exhaustive]
pub struct StepData {
    /// The params of the notification `item/completed`.
    pub params: Value,
}

impl StepData {
    /// The item, as JSON.
    #[must_use]
    pub fn item(&self) -> &Value {
        &self.params["item"]
    }
}

impl ConversationStep {
    pub(super) fn read(payload: &Payload) -> Self {
        let params: Value = serde_json::from_str(&payload.params()).unwrap_or_default();
        let item = &params["item"];
        let text_of = |member: &str| item[member].as_str().unwrap_or_default().to_owned();
        let (item_id, item_type) = (text_of("id"), text_of("type"));
        Self {
            thread_id: payload.thread_id().unwrap_or_default().to_owned(),
            turn_id: payload.turn_id().unwrap_or_default().to_owned(),
            item_id,
            step_type: StepType::from_item_type(&item_type),
            text: text(item, &item_type),
            item_type,
            status: "completed".to_owned(),
            data: StepData { params },
        }
    }

    /// The item as its type. One that does not fit is
    /// [`Unknown`](ThreadItem::Unknown), with the reason.
    #[must_use]
    pub fn item(&self) -> Option<ThreadItem> {
        serde_json::from_value(self.data.item().clone()).ok()
    }
}

/// Without what looks like a secret.
impl fmt::Debug for ConversationStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConversationStep")
            .field("thread_id", &self.thread_id)
            .field("turn_id", &self.turn_id)
            .field("item_id", &self.item_id)
            .field("step_type", &self.step_type)
            .field("item_type", &self.item_type)
            .field("status", &self.status)
            .field("text", &self.text.as_deref().map(Shown))
            .field("data", &self.data)
            .finish()
    }
}

impl fmt::Debug for StepData {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StepData").field("params", &ShownJson(&self.params)).finish()
    }
}

/// What there is to show of an item.
fn text(item: &Value, item_type: &str) -> Option<String> {
    let own = match item_type {
        "agentMessage" => texts(&item["text"]).or_else(|| texts(&item["content"])),
        "reasoning" => {
            let parts = [texts(&item["summary"]), texts(&item["content"])];
            let parts: Vec<_> = parts.into_iter().flatten().collect();
            (!parts.is_empty()).then(|| parts.join("\n"))
        }
        "commandExecution" => texts(&item["command"]),
        _ => None,
    };
    let common = ["text", "message", "content", "summary"];
    own.or_else(|| common.into_iter().find_map(|member| texts(&item[member])))
}

/// A text, or the texts of a list, one in each line; also those of parts like the user's input.
fn texts(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Array(parts) => {
            let part = |part: &'_ Value| {
                let text = part.as_str().or_else(|| part.get("text")?.as_str());
                text.map(str::to_owned)
            };
            let parts: Vec<_> = parts.iter().filter_map(part).collect();
            (!parts.is_empty()).then(|| parts.join("\n"))
        }
        _ => None,
    }
}

/// A piece of a step that is not complete.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct ChatDelta {
    /// The id of the item.
    pub item_id: String,
    /// Which kind of block it will be.
    pub step_type: StepType,
    /// The wire method, which says what of the item this is: `item/reasoning/summaryTextDelta`, ….
    pub method: String,
    /// What is added.
    pub text: String,
}

impl ChatDelta {
    pub(super) fn read(payload: &Payload) -> Option<Self> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Delta {
            item_id: String,
            delta: String,
        }
        let Delta { item_id, delta } = serde_json::from_str(&payload.params()).ok()?;
        let item_type = payload.method().split('/').nth(1).unwrap_or_default();
        Some(Self {
            item_id,
            step_type: StepType::from_item_type(item_type),
            method: payload.method().to_owned(),
            text: delta,
        })
    }
}

impl fmt::Debug for ChatDelta {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChatDelta")
            .field("item_id", &self.item_id)
            .field("step_type", &self.step_type)
            .field("method", &self.method)
            .field("text", &Shown(&self.text))
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn step(item: &Value) -> ConversationStep {
        let params = json!({"threadId": "t", "turnId": "u", "item": item});
        let message = json!({"method": "item/completed", "params": params});
        ConversationStep::read(&Payload::from_json(&message).unwrap())
    }

    #[test]
    fn each_kind_of_item_has_its_step_and_its_text() {
        for (item, step_type, text) in [
            (json!({"type": "agentMessage", "text": "Hi"}), "codex", Some("Hi")),
            (json!({"type": "agentMessage", "content": ["a", "b"]}), "codex", Some("a\nb")),
            (
                json!({"type": "reasoning", "summary": ["a", "b"], "content": ["c"]}),
                "thinking",
                Some("a\nb\nc"),
            ),
            (json!({"type": "reasoning", "summary": [], "content": []}), "thinking", None),
            (json!({"type": "commandExecution", "command": "ls"}), "exec", Some("ls")),
            (json!({"type": "mcpToolCall", "tool": "x"}), "tool", None),
            (json!({"type": "fileChange", "changes": []}), "file", None),
            (json!({"type": "plan", "text": "1."}), "plan", Some("1.")),
            (
                json!({"type": "userMessage", "content": [{"type": "text", "text": "Go"}]}),
                "userMessage",
                Some("Go"),
            ),
            (json!({"type": "news", "message": "m", "content": "c"}), "news", Some("m")),
            (json!({"type": "news", "summary": "s"}), "news", Some("s")),
        ] {
            let step = step(&item);
            assert_eq!((step.step_type.as_str(), step.text.as_deref()), (step_type, text));
            assert_eq!(step.item_type, item["type"].as_str().unwrap());
            assert_eq!((step.status.as_str(), step.data.item()), ("completed", &item));
            let json = serde_json::to_value(&step).unwrap();
            assert_eq!(serde_json::from_value::<ConversationStep>(json).unwrap(), step);
        }
    }

    #[test]
    fn steps_show_no_secrets() {
        let step = step(&json!({"type": "plan", "id": "p", "text": "use sk-abcdefghijklmnop1234"}));
        let shown = format!("{step:?}");
        assert!(!shown.contains("abcdefghijklmnop"), "{shown}");
        assert!(step.text.unwrap().contains("sk-abcdefghijklmnop1234"));
    }
}
