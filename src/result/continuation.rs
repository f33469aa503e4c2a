//! Where somebody has stopped to read a turn that goes on.

use std::{collections::BTreeSet, time::Duration};

use serde::{Deserialize, Serialize};

/// Where somebody has stopped to read a turn, which goes on at the server.
///
/// [`Error::TurnInactive`](crate::Error::TurnInactive) and
/// [`Chat::continuation`](crate::Chat::continuation) give it;
/// [`Codex::continue_chat`](crate::Codex::continue_chat),
/// [`continue_chat_once`](crate::Codex::continue_chat_once) and
/// [`cancel`](crate::Codex::cancel) take it. With serde it can be written down, for a later run of
/// the program. It names the thread, the turn and the items that were seen, and has nothing of
/// what was said.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct ChatContinuation(Box<Place>);

/// How a turn was read when that stopped.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum ChatMode {
    /// To its end, for one result.
    Once,
    /// Step by step, or as a stream of notifications.
    Stream,
}

impl From<&ChatContinuation> for ChatContinuation {
    fn from(continuation: &ChatContinuation) -> Self {
        continuation.clone()
    }
}

#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
struct Place {
    thread_id: String,
    turn_id: String,
    mode: ChatMode,
    #[serde(default)]
    cursor: u64,
    /// The items whose steps were given.
    #[serde(default)]
    seen: BTreeSet<String>,
    #[serde(default)]
    deltas: bool,
    #[serde(default)]
    inactivity_timeout_ms: Option<u64>,
}

impl ChatContinuation {
    /// The beginning of a turn, or wherever its reader has begun.
    pub(crate) fn new(thread_id: &str, turn_id: &str, mode: ChatMode) -> Self {
        Self(Box::new(Place {
            thread_id: thread_id.to_owned(),
            turn_id: turn_id.to_owned(),
            mode,
            cursor: 0,
            seen: BTreeSet::new(),
            deltas: false,
            inactivity_timeout_ms: None,
        }))
    }

    /// The id of the thread.
    #[must_use]
    pub fn thread_id(&self) -> &str {
        &self.0.thread_id
    }

    /// The id of the turn.
    #[must_use]
    pub fn turn_id(&self) -> &str {
        &self.0.turn_id
    }

    /// How many of the turn's notifications a chat had read; 0 for other readers.
    #[must_use]
    pub fn cursor(&self) -> u64 {
        self.0.cursor
    }

    /// How the turn was read.
    #[must_use]
    pub fn mode(&self) -> ChatMode {
        self.0.mode
    }

    /// The ids of the items whose steps were given.
    pub fn seen_items(&self) -> impl Iterator<Item = &str> {
        self.0.seen.iter().map(String::as_str)
    }

    /// How long the turn may be silent when it is read on; as before unless set. `None` is for
    /// ever.
    #[must_use]
    pub fn inactivity_timeout(mut self, limit: impl Into<Option<Duration>>) -> Self {
        self.set_limit(limit.into());
        self
    }

    pub(crate) fn limit(&self) -> Option<Duration> {
        self.0.inactivity_timeout_ms.map(Duration::from_millis)
    }

    pub(crate) fn set_limit(&mut self, limit: Option<Duration>) {
        // What no number holds is for ever.
        self.0.inactivity_timeout_ms = limit.and_then(|it| u64::try_from(it.as_millis()).ok());
    }

    pub(crate) fn set_turn(&mut self, turn_id: String) {
        self.0.turn_id = turn_id;
    }

    pub(crate) fn set_mode(&mut self, mode: ChatMode) {
        self.0.mode = mode;
    }

    pub(crate) fn has_deltas(&self) -> bool {
        self.0.deltas
    }

    pub(crate) fn set_deltas(&mut self, deltas: bool) {
        self.0.deltas = deltas;
    }

    /// Notes that one more notification was read.
    pub(crate) fn advance(&mut self) {
        self.0.cursor += 1;
    }

    /// Notes that an item is given out; whether that is the first time.
    pub(crate) fn see(&mut self, item: &str) -> bool {
        !self.0.seen.contains(item) && self.0.seen.insert(item.to_owned())
    }

    /// Begins anew.
    pub(crate) fn rewind(&mut self) {
        self.0.cursor = 0;
        self.0.seen.clear();
    }

    /// Whether both are at the same place of the same turn.
    pub(crate) fn is_at(&self, other: &Self) -> bool {
        let place = |it: &Self| (it.cursor(), it.0.seen.len());
        self.turn_id() == other.turn_id()
            && self.thread_id() == other.thread_id()
            && place(self) == place(other)
    }
}
