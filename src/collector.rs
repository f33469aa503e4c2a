//! From the notifications of a turn to its result.

use std::{
    collections::VecDeque,
    time::{Duration, SystemTime},
};

use serde::Deserialize;

use crate::{
    error::{Error, Result},
    generated::v2_all::{
        ItemCompletedNotification, MessagePhase, ThreadItem, ThreadTokenUsageUpdatedNotification,
        TurnError, TurnStatus,
    },
    result::RunResult,
    rpc::Payload,
};

/// Gathers a [`RunResult`] from a turn's notifications. Only what counts is kept, and decoded when
/// somebody wants the result.
#[derive(Clone, Default)]
pub(crate) struct Collector {
    /// Completed items that nobody has decoded yet.
    pending: VecDeque<Payload>,
    items: Vec<ThreadItem>,
    usage: Option<Payload>,
    end: Option<Result<TurnEnd>>,
}

/// What `turn/completed` says of the end itself. Its items, which may be large, only repeat some of
/// what was completed before.
#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct TurnEnd {
    status: TurnStatus,
    #[serde(default)]
    error: Option<TurnError>,
    #[serde(default)]
    started_at: Option<i64>,
    #[serde(default)]
    completed_at: Option<i64>,
    #[serde(default)]
    duration_ms: Option<u64>,
}

#[derive(Deserialize)]
struct Completed {
    turn: TurnEnd,
}

impl Collector {
    pub(crate) fn add(&mut self, payload: &Payload) {
        if payload.is_delta() {
            return;
        }
        match payload.method() {
            "item/completed" => self.pending.push_back(payload.to_detached()),
            "thread/tokenUsage/updated" => self.usage = Some(payload.to_detached()),
            "turn/completed" => self.end = Some(payload.read::<Completed>().map(|it| it.turn)),
            _ => {}
        }
    }

    pub(crate) fn is_complete(&self) -> bool {
        self.end.is_some()
    }

    /// Decodes what has come in, and lets go of its JSON.
    pub(crate) fn read(&mut self) -> Result<()> {
        while let Some(payload) = self.pending.front() {
            // One that does not fit stays, so that it is an error each time.
            let completed: ItemCompletedNotification = payload.read()?;
            self.items.push(completed.item);
            self.pending.pop_front();
        }
        Ok(())
    }

    /// The result; an error while it [is not complete](Self::is_complete). What was gathered moves
    /// into it: an item may be large.
    pub(crate) fn into_result(mut self, thread_id: &str, id: &str) -> Result<RunResult> {
        self.read()?;
        let end = match self.end {
            Some(end) => end?,
            None => return Err(Error::invalid("turn", "it has not ended yet")),
        };
        let usage = match &self.usage {
            Some(payload) => {
                Some(payload.read::<ThreadTokenUsageUpdatedNotification>()?.token_usage)
            }
            None => None,
        };
        let result = RunResult {
            id: id.to_owned(),
            thread_id: thread_id.to_owned(),
            final_response: final_response(&self.items),
            items: self.items,
            usage,
            started_at: end.started_at.and_then(from_epoch),
            completed_at: end.completed_at.and_then(from_epoch),
            duration: end.duration_ms.map(Duration::from_millis),
            status: end.status,
            error: end.error,
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
    fn an_item_that_does_not_fit_is_an_error_each_time_and_loses_no_other() {
        let mut collector = Collector::default();
        for item in [
            json!({"type": "agentMessage", "id": "a", "text": 7}),
            json!({"type": "agentMessage", "id": "b", "text": "kept"}),
        ] {
            let params = json!({"threadId": "t", "turnId": "u", "completedAtMs": 1, "item": item});
            let message = json!({"method": "item/completed", "params": params});
            collector.add(&Payload::from_json(&message).unwrap());
        }
        for _ in 0..2 {
            let error = collector.read().unwrap_err();
            assert!(matches!(error, Error::Decode { .. }), "{error}");
            assert_eq!(collector.pending.len(), 2);
        }
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
}
