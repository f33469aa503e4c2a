//! Waits for the end of a turn, and gives the agent's last message.

use std::{fmt, future::poll_fn};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Chat, Read};
use crate::{
    error::{Error, Result},
    generated::v2_all::{ThreadItem, ThreadReadParams},
    redact::{Shown, ShownJson},
    result::RunResult,
    rpc::Payload,
};

/// What a turn has come to, as [`Thread::chat_once`](crate::Thread::chat_once) gives it.
#[derive(Clone, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ChatResult {
    /// The id of the thread.
    pub thread_id: String,
    /// The id of the turn.
    pub turn_id: String,
    /// The last message of the agent, whatever its phase, without the white space around it. Never
    /// empty.
    pub final_text: String,
    /// The notifications of the turn as the server has sent them, in order: objects with `method`
    /// and `params`. With [`ChatOptions::deltas`](crate::ChatOptions::deltas) deltas are among
    /// them. Of a turn that was picked up from the server, these are the items that it had, and
    /// what came later.
    pub raw_events: Vec<Value>,
    /// The id of that message.
    pub assistant_item_id: Option<String>,
    /// Where that message was found.
    pub completion_source: CompletionSource,
}

/// Where the final message was found.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum CompletionSource {
    /// Among the items of the turn, as they were completed.
    ItemCompleted,
    /// In the thread, which was read after the end of the turn (`thread/read`).
    ThreadReadFallback,
}

impl CompletionSource {
    /// `item_completed` or `thread_read_fallback`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ItemCompleted => "item_completed",
            Self::ThreadReadFallback => "thread_read_fallback",
        }
    }
}

impl Chat {
    /// Reads to the end.
    pub(super) async fn into_result(mut self) -> Result<ChatResult> {
        let turn = loop {
            match poll_fn(|cx| self.poll_read(cx)).await {
                Some(Ok(Read::End(result))) => break *result,
                Some(Err(error @ Error::TurnInactive { .. })) => return Err(error),
                Some(Err(error)) if error.ends_stream() => return Err(error),
                Some(_) => {}
                None => return Err(Error::invalid("chat", "it has ended already")),
            }
        };
        let live = turn.items.iter().rev().find_map(message).and_then(filled);
        let (message, completion_source) = match live {
            Some(message) => (message, CompletionSource::ItemCompleted),
            None => (self.read_message(&turn).await?, CompletionSource::ThreadReadFallback),
        };
        let (id, text) = message;
        Ok(ChatResult {
            thread_id: self.thread_id().to_owned(),
            turn_id: self.turn_id().to_owned(),
            final_text: text,
            raw_events: self.events.iter().map(raw).collect(),
            assistant_item_id: Some(id).filter(|id| !id.is_empty()),
            completion_source,
        })
    }

    /// The last message of a turn in which none was heard.
    async fn read_message(&self, turn: &RunResult) -> Result<Message> {
        #[derive(Deserialize)]
        struct Read {
            thread: Value,
        }
        let params = ThreadReadParams::new(self.thread_id()).include_turns(true);
        let thread = match self.client.request(params).read::<Read>().await {
            Ok(read) => read.thread,
            // The server stores no turns of this thread.
            Err(Error::Rpc(error)) => {
                tracing::debug!(%error, "the turn is not read again");
                Value::Null
            }
            Err(error) => return Err(error),
        };
        let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
        let this = list(&thread["turns"]).into_iter().find(|it| it["id"] == self.turn_id());
        let items = list(&this.unwrap_or_default()["items"]);
        let message = items.iter().rev().find_map(message_in_json).and_then(filled);
        message.ok_or_else(|| Error::NoAnswer(turn.clone().into()))
    }
}

/// The id and the text of a message.
type Message = (String, String);

fn message(item: &ThreadItem) -> Option<Message> {
    match item {
        ThreadItem::AgentMessage(message) => Some((message.id.clone(), message.text.clone())),
        ThreadItem::Unknown(item) => message_in_json(&serde_json::to_value(item).ok()?),
        _ => None,
    }
}

fn message_in_json(item: &Value) -> Option<Message> {
    let text_of = |member: &str| item[member].as_str().unwrap_or_default().to_owned();
    (item["type"] == "agentMessage").then(|| (text_of("id"), text_of("text")))
}

/// The message as it is shown, if it says anything.
fn filled((id, text): Message) -> Option<Message> {
    let text = text.trim();
    (!text.is_empty()).then(|| (id, text.to_owned()))
}

/// A notification as it came.
pub(super) fn raw(payload: &Payload) -> Value {
    let params = payload.params();
    let params = serde_json::from_str(&params).unwrap_or_else(|_| Value::from(params.as_ref()));
    json!({"method": payload.method(), "params": params})
}

/// Without what looks like a secret.
impl fmt::Debug for ChatResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChatResult")
            .field("thread_id", &self.thread_id)
            .field("turn_id", &self.turn_id)
            .field("final_text", &Shown(&self.final_text))
            .field("raw_events", &self.raw_events.iter().map(ShownJson).collect::<Vec<_>>())
            .field("assistant_item_id", &self.assistant_item_id)
            .field("completion_source", &self.completion_source)
            .finish()
    }
}
