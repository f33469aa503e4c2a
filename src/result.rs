//! What a turn has come to.

mod continuation;
mod json;

use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use self::continuation::{ChatContinuation, ChatMode};
use crate::{
    generated::v2_all::{MessagePhase, ThreadItem, ThreadTokenUsage, TurnError, TurnStatus},
    wire::UnknownMessage,
};

/// The result of a turn.
///
/// # As JSON
///
/// With serde it can be written to a file and read again, by this SDK or in another language: an
/// object with the fields in camel case, each always there. `items`, `error`, `usage` and `status`
/// are what the protocol says of them; `startedAt` and `completedAt` are seconds since 1970, and
/// `durationMs` is in milliseconds, as in the protocol's own `turn`. `unread` is a list of
/// `method`, `params` and `reason`. Reading takes what later versions add or leave out: only
/// `status` has to be there. What does not fit its type is kept as unknown again; its reason may
/// name another column.
///
/// # In tests
///
/// [`from_items`](Self::from_items) and [`from_answer`](Self::from_answer) make one for tests of
/// functions that take a result; the fields can be set. So does its JSON, which holds whatever is
/// wanted:
///
/// ```
/// # use codex_app_server::RunResult;
/// # use serde_json::json;
/// let interrupted: RunResult = serde_json::from_value(json!({
///     "status": "interrupted",
///     "items": [{"type": "plan", "id": "p", "text": "1. Look around."}],
/// }))?;
/// # assert_eq!(interrupted.items.len(), 1);
/// # Ok::<_, serde_json::Error>(())
/// ```
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct RunResult {
    /// The turn's id.
    #[serde(default)]
    pub id: String,
    /// The id of its thread.
    #[serde(default)]
    pub thread_id: String,
    /// How it ended: completed or interrupted (failed only within `Error::TurnFailed`). In progress
    /// only if the server did not end it after its [deadline](crate::TurnOverrides::deadline).
    /// Where the server did not say it in a way that can be read, `Unknown`.
    pub status: TurnStatus,
    /// Why it failed.
    #[serde(default, deserialize_with = "json::sent")]
    pub error: Option<TurnError>,
    /// The agent's answer: its last message marked as the final answer, else its last one without
    /// any mark; comments on the way do not count.
    #[serde(default)]
    pub final_response: Option<String>,
    /// Everything that was completed in the turn, in order. Items that were cut off by an interrupt
    /// or a failure are not among them. One that does not fit its type is here as
    /// [`ThreadItem::Unknown`], with the reason.
    #[serde(default, deserialize_with = "json::sent")]
    pub items: Vec<ThreadItem>,
    /// The tokens used by the turn and the thread, as last reported.
    #[serde(default, deserialize_with = "json::sent")]
    pub usage: Option<ThreadTokenUsage>,
    /// When the turn began, to the second.
    #[serde(default, with = "json::epoch")]
    pub started_at: Option<SystemTime>,
    /// When it ended, to the second.
    #[serde(default, with = "json::epoch")]
    pub completed_at: Option<SystemTime>,
    /// How long it took, to the millisecond.
    #[serde(default, rename = "durationMs", with = "json::millis")]
    pub duration: Option<Duration>,
    /// The notifications that do not fit their types, with their JSON and the reasons; usually
    /// none. What could be read of them is in the other fields.
    #[serde(default, with = "json::messages")]
    pub unread: Vec<UnknownMessage>,
    /// Whether the input has joined a turn that ran already, of this program or of another client.
    /// What that turn had done before is not in this result. That of another client which has begun
    /// in the same moment is known where [`when_busy`](crate::TurnOverrides::when_busy) is set.
    /// Always false for goals.
    #[serde(default)]
    pub joined: bool,
    /// Whether the turn did not complete because its [deadline](crate::TurnOverrides::deadline)
    /// passed. An interrupted turn without this was interrupted by somebody.
    #[serde(default)]
    pub deadline_passed: bool,
}

impl RunResult {
    /// A completed turn that has done this, for tests; see [above](Self#in-tests). The
    /// [`final_response`](Self::final_response) is found among the items, as of a real turn.
    ///
    /// ```
    /// use codex_app_server::{RunResult, protocol::ThreadItem};
    /// use serde_json::json;
    ///
    /// let item = |json| serde_json::from_value::<ThreadItem>(json);
    /// let result = RunResult::from_items([
    ///     item(json!({"type": "contextCompaction", "id": "1"}))?,
    ///     item(json!({"type": "agentMessage", "id": "2", "text": "Done."}))?,
    /// ]);
    /// assert_eq!(result.final_response.as_deref(), Some("Done."));
    /// # Ok::<_, serde_json::Error>(())
    /// ```
    pub fn from_items(items: impl IntoIterator<Item = ThreadItem>) -> Self {
        let items: Vec<_> = items.into_iter().collect();
        Self {
            id: "turn".to_owned(),
            thread_id: "thread".to_owned(),
            status: TurnStatus::Completed,
            error: None,
            final_response: final_response(&items),
            items,
            usage: None,
            started_at: None,
            completed_at: None,
            duration: None,
            unread: Vec::new(),
            joined: false,
            deadline_passed: false,
        }
    }

    /// A completed turn that has only said this, for tests.
    pub fn from_answer(text: impl Into<String>) -> Self {
        Self { final_response: Some(text.into()), ..Self::from_items([]) }
    }
}

/// The last message of the phase `final_answer`, else the last without one.
pub(crate) fn final_response(items: &[ThreadItem]) -> Option<String> {
    let last = |wanted: Option<&MessagePhase>| {
        let mut messages = items.iter().rev().filter_map(message);
        messages.find(|(phase, _)| *phase == wanted.map(MessagePhase::as_str))
    };
    let found = last(Some(&MessagePhase::FinalAnswer)).or_else(|| last(None));
    found.map(|(_, text)| text.to_owned())
}

/// The phase and the text of a message of the agent, also of one that does not fit elsewhere.
fn message(item: &ThreadItem) -> Option<(Option<&str>, &str)> {
    match item {
        ThreadItem::AgentMessage(message) => {
            Some((message.phase.as_ref().map(MessagePhase::as_str), &message.text))
        }
        ThreadItem::Unknown(item) if item.get("type")? == "agentMessage" => {
            Some((item.get("phase").and_then(Value::as_str), item.get("text")?.as_str()?))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn messages(list: &[(&str, Option<&str>)]) -> Vec<ThreadItem> {
        list.iter()
            .map(|(text, phase)| {
                let item = json!({"type": "agentMessage", "id": "i", "text": text, "phase": phase});
                serde_json::from_value(item).unwrap()
            })
            .collect()
    }

    #[test]
    fn the_final_response_is_resolved_by_phase() {
        for (list, expected) in [
            (&[][..], None),
            (&[("a", None), ("b", None)], Some("b")),
            (&[("a", Some("final_answer")), ("b", None)], Some("a")),
            (&[("a", Some("commentary"))], None),
            (&[("a", None), ("b", Some("commentary"))], Some("a")),
            (&[("a", Some("of the future"))], None),
            (&[("", Some("final_answer"))], Some("")),
        ] {
            assert_eq!(final_response(&messages(list)).as_deref(), expected, "{list:?}");
        }
    }

    #[test]
    fn its_json_is_stable_and_is_read_again() {
        let json = json!({
            "id": "u",
            "threadId": "t",
            "status": "failed",
            "error": {
                "message": "no",
                "codexErrorInfo": "serverOverloaded",
                "of": "later",
            },
            "finalResponse": null,
            "items": [
                {"type": "plan", "id": "p", "text": "1."},
                {"type": "agentMessage", "id": "b", "text": 7},
                {"type": "later", "x": 1.5, "y": [{}]},
            ],
            "usage": null,
            "startedAt": 1_700_000_000,
            "completedAt": -7,
            "durationMs": 1234,
            "unread": [{"method": "a/b", "params": {"x": [null]}, "reason": "why"}],
            "joined": true,
            "deadlinePassed": true,
        });
        let result: RunResult = serde_json::from_str(&json.to_string()).unwrap();
        assert_eq!(result.duration, Some(Duration::from_millis(1234)));
        let started = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
        assert_eq!(result.started_at, Some(started));
        let [ThreadItem::Plan(_), ThreadItem::Unknown(misfit), ThreadItem::Unknown(later)] =
            &result.items[..]
        else {
            panic!("{:?}", result.items);
        };
        assert!(misfit.reason.is_some() && later.reason.is_none());
        assert_eq!(result.unread[0].reason.as_deref(), Some("why"));

        let written = serde_json::to_value(&result).unwrap();
        assert_eq!(written, json);
        assert_eq!(serde_json::from_value::<RunResult>(written).unwrap(), result);
        let empty: RunResult = serde_json::from_value(json!({"status": "completed"})).unwrap();
        assert_eq!(empty.items, []);
    }
}
