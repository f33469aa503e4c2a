//! Our own requests, until they have a response.

use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
    time::Duration,
};

use bytes::Bytes;
use tokio::{sync::oneshot, time::Instant};

use crate::rpc::{
    mailbox::Mailbox,
    message::{ErrorObject, Payload},
    origin::Origin,
    slots::Slot,
};

/// How long a request that was given up keeps its place, if no response comes: the server may still
/// be at work on it, and loses others when it has too many.
const GIVEN_UP: Duration = Duration::from_secs(60);

/// Turns of one thread that are kept for a pending start. A thread runs one after another.
const HEARD: usize = 4;

/// What a response says, undecoded.
pub(in crate::rpc) type RawResponse = Result<Bytes, ErrorObject>;

/// Our requests that have no response yet, by their ids.
#[derive(Default)]
pub(in crate::rpc) struct PendingRequests {
    sent: HashMap<u64, Sent>,
    /// How many of them start a turn.
    starts: usize,
}

struct Sent {
    pending: Pending,
    /// Its place among those that are under way.
    slot: Slot,
}

/// What waits for a response.
pub(in crate::rpc) enum Pending {
    Request(oneshot::Sender<RawResponse>),
    TurnStart(TurnStart),
    /// Nobody, since then.
    GivenUp(Instant),
}

impl Pending {
    fn given_up(&self) -> Option<Instant> {
        match self {
            Self::Request(_) => None,
            Self::TurnStart(start) => start.given_up,
            Self::GivenUp(since) => Some(*since),
        }
    }
}

impl PendingRequests {
    /// Expects a response to the request `id`.
    pub(in crate::rpc) fn register(&mut self, id: u64, pending: Pending, slot: Slot) {
        self.starts += usize::from(matches!(pending, Pending::TurnStart(_)));
        self.sent.insert(id, Sent { pending, slot });
    }

    /// Takes out a request whose response has come, or that was not sent.
    pub(in crate::rpc) fn take(&mut self, id: u64) -> Option<Pending> {
        let Sent { pending, .. } = self.sent.remove(&id)?;
        self.starts -= usize::from(matches!(pending, Pending::TurnStart(_)));
        Some(pending)
    }

    /// Expects a response that nobody waits for any more. A turn that it starts is still known as
    /// one that runs.
    pub(in crate::rpc) fn give_up(&mut self, id: u64) {
        let now = Instant::now();
        match self.sent.get_mut(&id) {
            Some(Sent { pending: Pending::TurnStart(start), .. }) => start.give_up(now),
            Some(sent) if sent.slot.is_some() => sent.pending = Pending::GivenUp(now),
            _ => drop(self.take(id)),
        }
    }

    /// Frees the places of those that were given up long ago, and says when that may next be due.
    pub(in crate::rpc) fn free_given_up(&mut self) -> Instant {
        let now = Instant::now();
        let mut next = now + GIVEN_UP;
        let starts = &mut self.starts;
        self.sent.retain(|_, sent| match sent.pending.given_up() {
            Some(since) if since + GIVEN_UP <= now => {
                *starts -= usize::from(matches!(sent.pending, Pending::TurnStart(_)));
                false
            }
            Some(since) => {
                next = next.min(since + GIVEN_UP);
                true
            }
            None => true,
        });
        next
    }

    /// Keeps a notification of a turn for those who wait for the start of one on its thread: it may
    /// be theirs.
    pub(super) fn hear(&mut self, turn: &[u8], payload: &Payload) {
        if self.starts == 0 {
            return;
        }
        for sent in self.sent.values_mut() {
            if let Pending::TurnStart(start) = &mut sent.pending {
                start.hear(turn, payload);
            }
        }
    }

    /// Whether a turn is about to be started on a thread.
    pub(super) fn starts_on(&self, thread: &str) -> bool {
        self.sent.values().any(|sent| match &sent.pending {
            Pending::TurnStart(start) => {
                let is_due = |since: Instant| since.elapsed() < GIVEN_UP;
                start.thread == thread && start.given_up.is_none_or(is_due)
            }
            Pending::Request(_) | Pending::GivenUp(_) => false,
        })
    }

    /// Drops what the server will not respond to any more, which wakes the callers. The turns that
    /// were to start with a message that has an id may be found again.
    pub(in crate::rpc) fn lose(&mut self) {
        let starts = &mut self.starts;
        self.sent.retain(|_, sent| match &sent.pending {
            Pending::TurnStart(start) => {
                let stays = start.message.is_some() && start.given_up.is_none();
                *starts -= usize::from(!stays);
                stays
            }
            Pending::Request(_) | Pending::GivenUp(_) => false,
        });
    }

    /// The starts that may be found again: their threads and messages.
    pub(in crate::rpc) fn starts(&self) -> impl Iterator<Item = (&str, &str)> {
        self.sent.values().filter_map(|sent| match &sent.pending {
            Pending::TurnStart(start) => Some((&*start.thread, start.message.as_deref()?)),
            Pending::Request(_) | Pending::GivenUp(_) => None,
        })
    }

    /// The request that was to start a turn with a message.
    pub(in crate::rpc) fn start_with(&self, message: &str) -> Option<u64> {
        let found = self.sent.iter().find(|(_, sent)| match &sent.pending {
            Pending::TurnStart(start) => start.message.as_deref() == Some(message),
            Pending::Request(_) | Pending::GivenUp(_) => false,
        });
        found.map(|(id, _)| *id)
    }

    /// Drops them all, which wakes the callers; gives the mailboxes of turns that are started.
    pub(super) fn close(&mut self) -> impl Iterator<Item = Arc<Mailbox>> {
        self.starts = 0;
        self.sent.drain().filter_map(|(_, sent)| match sent.pending {
            Pending::TurnStart(start) => Some(start.mailbox),
            Pending::Request(_) | Pending::GivenUp(_) => None,
        })
    }
}

/// A request that starts a turn. Which one only its response says: until then every turn of the
/// thread that is heard of has a mailbox of its own.
pub(in crate::rpc) struct TurnStart {
    pub(super) sender: oneshot::Sender<RawResponse>,
    pub(super) thread: String,
    /// The id of the message that the turn begins with.
    message: Option<String>,
    pub(super) mailbox: Arc<Mailbox>,
    pub(super) origin: Arc<Origin>,
    /// Since when nobody waits for the response. The turn is then only to be known.
    pub(super) given_up: Option<Instant>,
    pub(super) heard: VecDeque<Heard>,
    /// What was heard of more turns than are kept, in bytes.
    pub(super) forgotten: usize,
}

/// What was heard of one turn.
pub(super) struct Heard {
    pub(super) turn: Box<[u8]>,
    pub(super) mailbox: Arc<Mailbox>,
    pub(super) started: bool,
    pub(super) ended: bool,
}

impl TurnStart {
    pub(in crate::rpc) fn new(
        sender: oneshot::Sender<RawResponse>,
        thread: String,
        message: Option<String>,
        mailbox: Arc<Mailbox>,
        origin: Arc<Origin>,
    ) -> Self {
        let heard = VecDeque::new();
        Self { sender, thread, message, mailbox, origin, given_up: None, heard, forgotten: 0 }
    }

    /// Notes that nobody waits for it any more, and frees what was heard.
    fn give_up(&mut self, now: Instant) {
        self.given_up = Some(now);
        self.heard.iter_mut().for_each(|heard| heard.mailbox = self.mailbox.another());
    }

    fn hear(&mut self, turn: &[u8], payload: &Payload) {
        if payload.thread().is_some_and(|thread| thread != self.thread.as_bytes()) {
            return;
        }
        let known = self.heard.iter().position(|heard| *heard.turn == *turn);
        let at = known.unwrap_or_else(|| {
            if self.heard.len() == HEARD {
                let oldest = self.heard.pop_front();
                self.forgotten += oldest.map_or(0, |heard| heard.mailbox.bytes());
            }
            let mailbox = self.mailbox.another();
            let (turn, started, ended) = (turn.into(), false, false);
            self.heard.push_back(Heard { turn, mailbox, started, ended });
            self.heard.len() - 1
        });
        let heard = &mut self.heard[at];
        if self.given_up.is_none() {
            heard.mailbox.push(payload.clone());
        }
        heard.started |= payload.is("turn/started");
        heard.ended |= payload.is("turn/completed");
    }
}
