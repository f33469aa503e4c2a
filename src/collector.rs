//! From the notifications of a turn to its result.

use std::{
    collections::VecDeque,
    mem::take,
    sync::Arc,
    time::{Duration, SystemTime},
};

use serde::{Deserialize, de::DeserializeOwned};
use serde_json::value::RawValue;

use crate::{
    error::{Error, Result},
    generated::v2_all::{ThreadItem, ThreadTokenUsage, TurnError, TurnStatus},
    result::{RunResult, final_response},
    rpc::Payload,
    wire::{UnknownMessage, read_sent},
};

/// Gathers a [`RunResult`] from a turn's notifications. Only what counts is kept, and decoded when
/// somebody wants the result. Nothing fails: what cannot be read is listed.
#[derive(Clone, Default)]
pub(crate) struct Collector {
    /// Completed items that nobody has decoded yet.
    pending: VecDeque<Payload>,
    items: Vec<ThreadItem>,
    usage: Option<Payload>,
    end: Option<TurnEnd>,
    unread: Vec<UnknownMessage>,
}

#[derive(Deserialize)]
struct Completed {
    item: ThreadItem,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Usage {
    token_usage: ThreadTokenUsage,
}

impl Collector {
    pub(crate) fn add(&mut self, payload: &Payload) {
        if payload.is_delta() {
            return;
        }
        match payload.method() {
            "item/completed" => self.pending.push_back(payload.to_detached()),
            "thread/tokenUsage/updated" => self.usage = Some(payload.to_detached()),
            "turn/completed" => {
                let mut misfit = None;
                self.end = Some(TurnEnd::read(payload, &mut misfit));
                self.note(payload, misfit);
            }
            _ => {}
        }
    }

    pub(crate) fn is_complete(&self) -> bool {
        self.end.is_some()
    }

    /// Says that no more is waited for, if the end has not come.
    pub(crate) fn give_up(&mut self) {
        self.end.get_or_insert_with(TurnEnd::none);
    }

    /// Decodes the items that have come in, and lets go of their JSON.
    pub(crate) fn read(&mut self) {
        for payload in take(&mut self.pending) {
            let completed: Option<Completed> = self.decode(&payload);
            self.items.extend(completed.map(|it| it.item));
        }
    }

    /// The result; an error while it [is not complete](Self::is_complete). What was gathered moves
    /// into it: an item may be large.
    pub(crate) fn into_result(mut self, thread_id: &str, id: &str) -> Result<RunResult> {
        self.read();
        let Some(end) = self.end.take() else {
            return Err(Error::invalid("turn", "it has not ended yet"));
        };
        let usage = self.usage.take().and_then(|payload| self.decode::<Usage>(&payload));
        let result = RunResult {
            id: id.to_owned(),
            thread_id: thread_id.to_owned(),
            final_response: final_response(&self.items),
            items: self.items,
            usage: usage.map(|it| it.token_usage),
            started_at: end.started_at.and_then(from_epoch),
            completed_at: end.completed_at.and_then(from_epoch),
            duration: end.duration_ms.map(Duration::from_millis),
            status: end.status,
            error: end.error,
            unread: self.unread,
            joined: false,
            deadline_passed: false,
        };
        match result.status {
            TurnStatus::Failed => Err(Error::TurnFailed(Arc::new(result))),
            _ => Ok(result),
        }
    }

    /// What can be read of a payload.
    fn decode<T: DeserializeOwned>(&mut self, payload: &Payload) -> Option<T> {
        let reading = read_sent(&payload.params());
        self.note(payload, reading.misfit);
        reading.value
    }

    /// Lists a payload that does not fit.
    fn note(&mut self, payload: &Payload, misfit: Option<serde_json::Error>) {
        if let Some(misfit) = misfit {
            let (method, params) = (payload.method(), payload.params());
            self.unread.push(UnknownMessage::new(method, &params, Some(misfit.to_string())));
        }
    }
}

/// What `turn/completed` says of the end itself. Its items, which may be large, only repeat some of
/// what was completed before.
#[derive(Clone)]
pub(crate) struct TurnEnd {
    pub(crate) status: TurnStatus,
    error: Option<TurnError>,
    pub(crate) started_at: Option<i64>,
    pub(crate) completed_at: Option<i64>,
    duration_ms: Option<u64>,
}

impl TurnEnd {
    /// That of a turn that has none yet.
    fn none() -> Self {
        Self {
            status: TurnStatus::InProgress,
            error: None,
            started_at: None,
            completed_at: None,
            duration_ms: None,
        }
    }

    /// Reads each member on its own: one that does not fit, the first of which is told, is as if it
    /// were missing.
    pub(crate) fn read(payload: &Payload, misfit: &mut Option<serde_json::Error>) -> Self {
        #[derive(Deserialize)]
        struct Completed<'a> {
            #[serde(borrow)]
            turn: Turn<'a>,
        }
        #[derive(Default, Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Turn<'a> {
            #[serde(borrow)]
            status: Option<&'a RawValue>,
            error: Option<&'a RawValue>,
            started_at: Option<&'a RawValue>,
            completed_at: Option<&'a RawValue>,
            duration_ms: Option<&'a RawValue>,
        }

        let params = payload.params();
        let turn = match serde_json::from_str::<Completed<'_>>(&params) {
            Ok(completed) => completed.turn,
            Err(error) => {
                *misfit = Some(error);
                Turn::default()
            }
        };
        if turn.status.is_none() && misfit.is_none() {
            *misfit = Some(serde::de::Error::missing_field("status"));
        }
        let status = read_member(turn.status, misfit);
        Self {
            status: status.unwrap_or_else(|| {
                TurnStatus::Unknown(turn.status.map_or("", RawValue::get).to_owned())
            }),
            error: read_member(turn.error, misfit),
            started_at: read_member(turn.started_at, misfit),
            completed_at: read_member(turn.completed_at, misfit),
            duration_ms: read_member(turn.duration_ms, misfit),
        }
    }
}

fn read_member<T: DeserializeOwned>(
    json: Option<&RawValue>,
    misfit: &mut Option<serde_json::Error>,
) -> Option<T> {
    let reading = read_sent(json?.get());
    *misfit = misfit.take().or(reading.misfit);
    reading.value
}

fn from_epoch(seconds: i64) -> Option<SystemTime> {
    let seconds = u64::try_from(seconds).ok()?;
    SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(seconds))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_item_that_does_not_fit_is_kept_in_its_place_and_listed() {
        let mut collector = Collector::default();
        for item in [
            json!({"type": "agentMessage", "id": "a", "text": 7}),
            json!({"type": "agentMessage", "id": "b", "text": "kept"}),
            json!({"type": "agentMessage", "id": "c", "text": "odd", "phase": 7}),
        ] {
            let params = json!({"threadId": "t", "turnId": "u", "item": item});
            let message = json!({"method": "item/completed", "params": params});
            collector.add(&Payload::from_json(&message).unwrap());
        }
        collector.read();
        let [ThreadItem::Unknown(a), ThreadItem::AgentMessage(b), ThreadItem::Unknown(_)] =
            &collector.items[..]
        else {
            panic!("{:?}", collector.items);
        };
        assert_eq!((a["text"].as_i64(), b.text.as_str()), (Some(7), "kept"));
        assert!(a.reason.as_deref().is_some_and(|reason| reason.contains("invalid type")));
        assert_eq!(collector.unread.len(), 2);
        assert_eq!(collector.unread[0].method, "item/completed");
        // The text of the last one can be read.
        assert_eq!(final_response(&collector.items).as_deref(), Some("odd"));
    }
}
