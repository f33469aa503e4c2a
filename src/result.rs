//! What a turn has come to.

use std::time::{Duration, SystemTime};

use crate::{
    Error, Result,
    generated::v2_all::{
        ItemCompletedNotification, MessagePhase, ThreadItem, ThreadTokenUsage,
        ThreadTokenUsageUpdatedNotification, TurnCompletedNotification, TurnError, TurnStatus,
    },
    rpc::Event,
};

/// The result of a turn.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct RunResult {
    /// The turn's id.
    pub id: String,
    /// The id of its thread.
    pub thread_id: String,
    /// How it ended: completed or interrupted (failed only within
    /// [`Error::TurnFailed`]).
    pub status: TurnStatus,
    /// Why it failed.
    pub error: Option<TurnError>,
    /// The agent's answer: its last message marked as the final answer, else
    /// its last one without any mark; comments on the way do not count.
    pub final_response: Option<String>,
    /// Everything that was completed in the turn, in order. Items that were
    /// cut off by an interrupt or a failure are not among them.
    pub items: Vec<ThreadItem>,
    /// The tokens used by the turn and the thread, as last reported.
    pub usage: Option<ThreadTokenUsage>,
    /// When the turn began, to the second.
    pub started_at: Option<SystemTime>,
    /// When it ended, to the second.
    pub completed_at: Option<SystemTime>,
    /// How long it took, to the millisecond.
    pub duration: Option<Duration>,
}

/// Gathers a [`RunResult`] from a turn's events. Only what counts is kept, and
/// nothing is decoded before the end.
#[derive(Default)]
pub(crate) struct Collector {
    items: Vec<Event>,
    usage: Option<Event>,
    completed: Option<Event>,
}

impl Collector {
    pub(crate) fn add(&mut self, event: &Event) {
        match event.method() {
            "item/completed" => self.items.push(event.clone().detached()),
            "thread/tokenUsage/updated" => self.usage = Some(event.clone().detached()),
            "turn/completed" => self.completed = Some(event.clone().detached()),
            _ => {}
        }
    }

    pub(crate) fn is_complete(&self) -> bool {
        self.completed.is_some()
    }

    /// The result; an error while it [is not complete](Self::is_complete).
    pub(crate) fn result(&self, thread_id: &str, id: &str) -> Result<RunResult> {
        let completed = match &self.completed {
            Some(event) => event.read::<TurnCompletedNotification>()?.turn,
            None => return Err(Error::invalid("turn", "it has not ended yet")),
        };
        let items = self
            .items
            .iter()
            .map(|event| Ok(event.read::<ItemCompletedNotification>()?.item))
            .collect::<Result<Vec<_>>>()?;
        let usage = match &self.usage {
            Some(event) => Some(
                event
                    .read::<ThreadTokenUsageUpdatedNotification>()?
                    .token_usage,
            ),
            None => None,
        };
        let result = RunResult {
            id: id.to_owned(),
            thread_id: thread_id.to_owned(),
            status: completed.status,
            error: completed.error,
            final_response: final_response(&items),
            items,
            usage,
            started_at: completed.started_at.and_then(from_epoch),
            completed_at: completed.completed_at.and_then(from_epoch),
            duration: completed
                .duration_ms
                .and_then(|ms| u64::try_from(ms).ok())
                .map(Duration::from_millis),
        };
        match result.status {
            TurnStatus::Failed => Err(Error::TurnFailed(Box::new(result))),
            _ => Ok(result),
        }
    }
}

fn from_epoch(seconds: i64) -> Option<SystemTime> {
    let seconds = u64::try_from(seconds).ok()?;
    SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(seconds))
}

/// The last message of the phase `final_answer`, else the last without one.
fn final_response(items: &[ThreadItem]) -> Option<String> {
    let last = |phase: Option<&MessagePhase>| {
        items.iter().rev().find_map(|item| match item {
            ThreadItem::AgentMessage(message) if message.phase.as_ref() == phase => {
                Some(message.text.clone())
            }
            _ => None,
        })
    };
    last(Some(&MessagePhase::FinalAnswer)).or_else(|| last(None))
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
            assert_eq!(
                final_response(&messages(list)).as_deref(),
                expected,
                "{list:?}"
            );
        }
    }
}
