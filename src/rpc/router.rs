//! Who waits for what on one connection: pending requests, and subscribers of turns, threads and
//! the connection.
//!
//! Plain data under one lock, which is held for one batch of messages at a time and never while
//! anything is decoded.

use std::{collections::HashMap, sync::Arc, task::Waker};

use bytes::Bytes;
use serde::Deserialize;
use serde_json::value::RawValue;
use tokio::{sync::oneshot, task::AbortHandle};

use super::{
    mailbox::Mailbox,
    message::{ErrorObject, Payload},
};
use crate::{
    error::Closed,
    json::{OnlyId, decode},
};

/// What a response says, undecoded.
pub(crate) type RawResponse = Result<Bytes, ErrorObject>;

#[derive(Default)]
pub(super) struct Router {
    /// Our requests.
    pending: HashMap<u64, Pending>,
    /// How many of them start a turn.
    starts: usize,
    /// By the bytes of the id, which need not be read as text for this.
    turns: HashMap<Vec<u8>, Vec<Arc<Mailbox>>>,
    threads: HashMap<Vec<u8>, Vec<Arc<Mailbox>>>,
    connection: Vec<Arc<Mailbox>>,
    /// The turn that runs on each thread, as far as its start was heard.
    running: HashMap<Vec<u8>, Vec<u8>>,
    /// The server's requests, with the tasks of their handlers.
    incoming: HashMap<String, AbortHandle>,
    closed: Option<Arc<Closed>>,
    /// Readers to be woken at the end of the batch.
    wakers: Vec<Waker>,
}

/// A request that has no response yet.
pub(super) enum Pending {
    Request(oneshot::Sender<RawResponse>),
    /// One that starts a turn, with what has been heard of its thread since it was written.
    TurnStart {
        sender: oneshot::Sender<RawResponse>,
        thread: String,
        mailbox: Arc<Mailbox>,
    },
}

/// Whose notifications.
#[derive(Clone, Debug)]
pub(crate) enum Topic {
    Turn(String),
    Thread(String),
    Connection,
}

impl Router {
    pub(super) fn closed(&self) -> Option<&Arc<Closed>> {
        self.closed.as_ref()
    }

    /// Expects a response to the request `id`.
    pub(super) fn register(&mut self, id: u64, pending: Pending) {
        self.starts += usize::from(matches!(pending, Pending::TurnStart { .. }));
        self.pending.insert(id, pending);
    }

    /// Hands a response to whoever waits for it. The response to the start of a turn makes its
    /// mailbox a subscriber of the turn that it names, with no gap between what was heard before
    /// and what comes next.
    pub(super) fn complete(&mut self, id: u64, response: RawResponse) {
        let sender = match self.take(id) {
            Some(Pending::Request(sender)) => sender,
            Some(Pending::TurnStart { sender, thread, mailbox }) => {
                if let Ok(result) = &response {
                    self.subscribe_started(result, thread, mailbox);
                }
                sender
            }
            None => return tracing::debug!(id, "a response that nobody waits for"),
        };
        // The caller may have gone away in this very moment.
        let _ = sender.send(response);
    }

    /// Forgets a request that nobody waits for any more.
    pub(super) fn cancel(&mut self, id: u64) {
        self.take(id);
    }

    fn take(&mut self, id: u64) -> Option<Pending> {
        let pending = self.pending.remove(&id)?;
        self.starts -= usize::from(matches!(pending, Pending::TurnStart { .. }));
        Some(pending)
    }

    fn subscribe_started(&mut self, result: &[u8], thread: String, mailbox: Arc<Mailbox>) {
        let Ok(TurnStarted { turn }) = decode("turn/start", result) else {
            // The caller decodes it too, and reports it.
            return;
        };
        mailbox.retain_turn(&turn.id);
        if mailbox.has_unread("turn/completed") {
            mailbox.finish();
        } else {
            self.running.insert(thread.into_bytes(), turn.id.clone().into_bytes());
            self.subscribe(&Topic::Turn(turn.id), mailbox);
        }
    }

    pub(super) fn subscribe(&mut self, topic: &Topic, mailbox: Arc<Mailbox>) {
        let (map, id) = match topic {
            Topic::Turn(id) => (&mut self.turns, id),
            Topic::Thread(id) => (&mut self.threads, id),
            Topic::Connection => return self.connection.push(mailbox),
        };
        let subscribers = map.entry(id.clone().into_bytes()).or_default();
        subscribers.push(mailbox);
    }

    pub(super) fn unsubscribe(&mut self, topic: &Topic, mailbox: &Arc<Mailbox>) {
        let (map, id) = match topic {
            Topic::Turn(id) => (&mut self.turns, id),
            Topic::Thread(id) => (&mut self.threads, id),
            Topic::Connection => {
                return self.connection.retain(|other| !Arc::ptr_eq(other, mailbox));
            }
        };
        if let Some(subscribers) = map.get_mut(id.as_bytes()) {
            subscribers.retain(|other| !Arc::ptr_eq(other, mailbox));
            if subscribers.is_empty() {
                map.remove(id.as_bytes());
            }
        }
    }

    /// The same for a turn of which nobody has been told yet.
    pub(super) fn unsubscribe_turns(&mut self, mailbox: &Arc<Mailbox>) {
        self.turns.retain(|_, subscribers| {
            subscribers.retain(|other| !Arc::ptr_eq(other, mailbox));
            !subscribers.is_empty()
        });
    }

    /// Hands a notification to everybody whom it concerns.
    pub(super) fn deliver(&mut self, payload: Payload) {
        let (thread, mut turn) = (payload.thread(), payload.turn());
        if self.starts > 0 && turn.is_some() {
            self.deliver_to_starts(&payload);
        }
        let mut ended = None;
        if payload.is("turn/completed") {
            let known = thread.and_then(|thread| self.running.remove(thread));
            // An end that names no turn is that of the one that runs on its thread.
            ended = turn.map(<[u8]>::to_vec).or(known);
            turn = ended.as_deref();
        } else if let (Some(thread), Some(turn)) = (thread, turn)
            && payload.is("turn/started")
        {
            self.running.insert(thread.to_vec(), turn.to_vec());
        }
        if payload.is("serverRequest/resolved") {
            self.cancel_incoming(&payload);
        }
        let of_turn = turn.and_then(|turn| self.turns.get(turn));
        let of_thread = thread.and_then(|thread| self.threads.get(thread));
        let subscribers = of_turn.into_iter().chain(of_thread).flatten();
        let mut subscribers = subscribers.chain(&self.connection);
        // Most notifications have one reader: that one gets it without a copy.
        if let Some(first) = subscribers.next() {
            for other in subscribers {
                self.wakers.extend(other.push(payload.clone()));
            }
            self.wakers.extend(first.push(payload));
        }
        if let Some(turn) = ended {
            for mailbox in self.turns.remove(&turn).into_iter().flatten() {
                mailbox.finish();
            }
        }
    }

    /// Hands a notification of a turn to those who wait for the start of one on its thread: it may
    /// be theirs.
    fn deliver_to_starts(&self, payload: &Payload) {
        for pending in self.pending.values() {
            if let Pending::TurnStart { thread, mailbox, .. } = pending
                && payload.thread().is_none_or(|id| id == thread.as_bytes())
            {
                mailbox.push(payload.clone());
            }
        }
    }

    /// Reports a line that was not a message.
    pub(super) fn deliver_stray(&self, line: &str) {
        for mailbox in &self.connection {
            mailbox.push_stray(line);
        }
    }

    /// The readers that have something new to read.
    pub(super) fn take_wakers(&mut self) -> Vec<Waker> {
        std::mem::take(&mut self.wakers)
    }

    /// Remembers the handler of a request of the server, so that it can be stopped.
    pub(super) fn register_incoming(&mut self, id: String, handler: AbortHandle) {
        self.incoming.insert(id, handler);
    }

    /// Whether a handler is at work on the request already: codex sends one again that waits for a
    /// reply when its thread is resumed.
    pub(super) fn has_incoming(&self, id: &str) -> bool {
        self.incoming.contains_key(id)
    }

    /// Whether the request still waits for a reply; it no longer does after this.
    pub(super) fn complete_incoming(&mut self, id: &str) -> bool {
        self.incoming.remove(id).is_some()
    }

    /// Somebody else has replied: our handler has nothing to say any more.
    fn cancel_incoming(&mut self, resolved: &Payload) {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Resolved<'a> {
            #[serde(borrow)]
            request_id: &'a RawValue,
        }
        if let Ok(resolved) = serde_json::from_str::<Resolved<'_>>(&resolved.params())
            && let Some(handler) = self.incoming.remove(resolved.request_id.get())
        {
            handler.abort();
        }
    }

    /// Tells everybody why nothing more will come. The first reason counts.
    pub(super) fn close(&mut self, closed: Closed) {
        if self.closed.is_some() {
            return;
        }
        let closed = Arc::new(closed);
        tracing::debug!(%closed, "connection closed");
        // Dropping the senders wakes the callers, who then read the reason.
        let pending = self.pending.drain().filter_map(|(_, pending)| match pending {
            Pending::TurnStart { mailbox, .. } => Some(mailbox),
            Pending::Request(_) => None,
        });
        self.starts = 0;
        let turns = self.turns.drain().flat_map(|(_, list)| list);
        let threads = self.threads.drain().flat_map(|(_, list)| list);
        for mailbox in pending.chain(turns).chain(threads).chain(self.connection.drain(..)) {
            mailbox.close(&closed);
        }
        for (_, handler) in self.incoming.drain() {
            handler.abort();
        }
        self.closed = Some(closed);
    }
}

/// All that is needed of a response that starts a turn.
#[derive(Deserialize)]
pub(super) struct TurnStarted {
    pub(super) turn: OnlyId,
}
