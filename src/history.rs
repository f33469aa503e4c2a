//! What a server still knows of the turns of a thread.

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::{json, value::RawValue};

use crate::{
    error::{Error, Result},
    generated::v2_all::TurnStatus,
    json::{decode, encode},
    rpc::Payload,
};

/// Turns that are asked for at once, the newest first.
const PAGE: u32 = 20;

/// A turn as the server has it. Of its items there are those that are complete.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct StoredTurn {
    pub(crate) id: String,
    pub(crate) status: TurnStatus,
    started_at: Option<i64>,
    items: Vec<Box<RawValue>>,
}

/// What is looked at of an item.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct StoredItem {
    id: String,
    client_id: Option<String>,
    started_at_ms: Option<i64>,
    completed_at_ms: Option<i64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Page {
    data: Vec<Box<RawValue>>,
    next_cursor: Option<String>,
}

/// The latest turns of a thread, the newest first, back to the one at which `reaches` says so
/// (`thread/turns/list`); each with the JSON that it was read from.
pub(crate) async fn latest_turns<F: Future<Output = Result<Bytes>>>(
    thread: &str,
    request: impl Fn(&'static str, Vec<u8>) -> F,
    mut reaches: impl FnMut(&StoredTurn) -> bool,
) -> Result<Vec<(StoredTurn, Box<RawValue>)>> {
    const METHOD: &str = "thread/turns/list";
    let (mut turns, mut cursor) = (Vec::new(), None);
    loop {
        let params = json!({
            "threadId": thread,
            "itemsView": "full",
            "sortDirection": "desc",
            "limit": PAGE,
            "cursor": cursor,
        });
        let response = request(METHOD, encode(METHOD, &params)?).await?;
        let page: Page = decode(METHOD, &response)?;
        for raw in page.data {
            let turn: StoredTurn = decode(METHOD, raw.get().as_bytes())?;
            let is_last = reaches(&turn);
            turns.push((turn, raw));
            if is_last {
                return Ok(turns);
            }
        }
        match page.next_cursor {
            Some(next) if cursor.as_ref() != Some(&next) => cursor = Some(next),
            _ => return Ok(turns),
        }
    }
}

impl StoredTurn {
    /// Whether it has ended.
    pub(crate) fn has_ended(&self) -> bool {
        self.status != TurnStatus::InProgress
    }

    /// The ids of its items.
    pub(crate) fn item_ids(&self) -> Vec<String> {
        self.items.iter().map(|item| StoredItem::read(item).id).collect()
    }

    /// The same turn, of whose items nothing is told.
    pub(crate) fn without_items(self) -> Self {
        Self { items: Vec::new(), ..self }
    }

    /// Whether a message with this id is part of it.
    pub(crate) fn has_message(&self, id: &str) -> bool {
        let mut items = self.items.iter();
        items.any(|item| StoredItem::read(item).client_id.as_deref() == Some(id))
    }

    /// The notifications that tell of it, as the server sends them while it runs: all but deltas
    /// and the use of tokens. `raw` is its own JSON.
    pub(crate) fn notifications(&self, thread_id: &str, raw: &RawValue) -> Result<Vec<Payload>> {
        let turn = json!({
            "id": self.id,
            "items": [],
            "itemsView": "notLoaded",
            "startedAt": self.started_at,
            "status": "inProgress",
        });
        let mut told = vec![notification("turn/started", &TurnTold { thread_id, turn: &turn })?];
        for item in &self.items {
            let StoredItem { started_at_ms, completed_at_ms, .. } = StoredItem::read(item);
            let completed_at_ms = completed_at_ms.unwrap_or_default();
            let started = ItemTime::Started(started_at_ms.unwrap_or(completed_at_ms));
            let completed = ItemTime::Completed(completed_at_ms);
            for (method, at) in [("item/started", started), ("item/completed", completed)] {
                let turn_id = &self.id;
                told.push(notification(method, &ItemTold { thread_id, turn_id, item, at })?);
            }
        }
        if self.has_ended() {
            told.push(notification("turn/completed", &TurnTold { thread_id, turn: raw })?);
        }
        Ok(told)
    }
}

impl StoredItem {
    fn read(item: &RawValue) -> Self {
        serde_json::from_str(item.get()).unwrap_or_default()
    }
}

#[derive(Serialize)]
struct Notification<'a, P> {
    method: &'a str,
    params: &'a P,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct TurnTold<'a, T: ?Sized> {
    thread_id: &'a str,
    turn: &'a T,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ItemTold<'a> {
    thread_id: &'a str,
    turn_id: &'a str,
    item: &'a RawValue,
    #[serde(flatten)]
    at: ItemTime,
}

#[derive(Clone, Copy, Serialize)]
enum ItemTime {
    #[serde(rename = "startedAtMs")]
    Started(i64),
    #[serde(rename = "completedAtMs")]
    Completed(i64),
}

fn notification(method: &str, params: &impl Serialize) -> Result<Payload> {
    let json = serde_json::to_string(&Notification { method, params });
    let told = json.ok().and_then(|json| Payload::from_json(&json));
    told.ok_or_else(|| Error::invalid("turn", "what the server says of it cannot be written"))
}
