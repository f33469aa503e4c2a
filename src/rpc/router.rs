//! Who waits for what on one connection: pending requests, and subscribers of turns, threads and
//! the connection.
//!
//! Plain data under one lock, which is held for one batch of messages at a time and never while
//! anything is decoded.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    task::Waker,
};

use bytes::Bytes;
use serde::Deserialize;
use tokio::{
    sync::{oneshot, watch},
    task::AbortHandle,
};

use super::{
    envelope::{ErrorReply, Event},
    mailbox::Mailbox,
};
use crate::{
    error::{Closed, Error},
    json::decode,
};

/// The raw outcome of a request.
pub(crate) type Outcome = Result<Bytes, ErrorReply>;

/// What several callers learn about one interrupt.
pub(crate) type Shared = watch::Receiver<Option<Result<(), Error>>>;

#[derive(Default)]
pub(crate) struct Router {
    pending: HashMap<u64, oneshot::Sender<Outcome>>,
    /// `turn/start` requests that have no answer yet, and what has been heard of their thread since
    /// they were written.
    starts: HashMap<u64, Start>,
    /// By the bytes of the id, which need not be read as text for this.
    turns: HashMap<Vec<u8>, Vec<Arc<Mailbox>>>,
    threads: HashMap<Vec<u8>, Vec<Arc<Mailbox>>>,
    connection: Vec<Arc<Mailbox>>,
    /// Handlers at work, by the id of the server's request.
    handlers: HashMap<String, AbortHandle>,
    /// Interrupts that were sent: the server answers only the first of a turn.
    interrupts: HashMap<Vec<u8>, Shared>,
    /// Threads on which a goal is being pursued.
    goals: HashSet<String>,
    closed: Option<Arc<Closed>>,
    /// Readers to be woken at the end of the batch.
    wakers: Vec<Waker>,
}

struct Start {
    thread: String,
    mailbox: Arc<Mailbox>,
}

/// Whose events.
#[derive(Clone, Debug)]
pub(crate) enum Topic {
    Turn(String),
    Thread(String),
    Connection,
}

impl Router {
    pub(crate) fn closed(&self) -> Option<&Arc<Closed>> {
        self.closed.as_ref()
    }

    /// Registers a request.
    pub(crate) fn expect(&mut self, id: u64, reply: oneshot::Sender<Outcome>) {
        self.pending.insert(id, reply);
    }

    /// Registers a `turn/start` request together with the mailbox that hears its turn from now on.
    pub(crate) fn expect_turn(&mut self, id: u64, thread: &str, mailbox: &Arc<Mailbox>) {
        let start = Start { thread: thread.to_owned(), mailbox: Arc::clone(mailbox) };
        self.starts.insert(id, start);
    }

    /// Forgets a request that nobody waits for any more.
    pub(crate) fn forget(&mut self, id: u64) {
        self.pending.remove(&id);
        self.starts.remove(&id);
    }

    pub(crate) fn subscribe(&mut self, topic: &Topic, mailbox: Arc<Mailbox>) {
        let (map, id) = match topic {
            Topic::Turn(id) => (&mut self.turns, id),
            Topic::Thread(id) => (&mut self.threads, id),
            Topic::Connection => return self.connection.push(mailbox),
        };
        let subscribers = map.entry(id.clone().into_bytes()).or_default();
        subscribers.push(mailbox);
    }

    pub(crate) fn unsubscribe(&mut self, topic: &Topic, mailbox: &Arc<Mailbox>) {
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
    pub(crate) fn unsubscribe_turns(&mut self, mailbox: &Arc<Mailbox>) {
        self.turns.retain(|_, subscribers| {
            subscribers.retain(|other| !Arc::ptr_eq(other, mailbox));
            !subscribers.is_empty()
        });
    }

    /// Hands an answer to whoever asked. The answer to `turn/start` makes its mailbox a subscriber
    /// of the turn that it names, with no gap between what was heard before and what comes next.
    pub(crate) fn answer(&mut self, id: u64, outcome: Outcome) {
        let start = self.starts.remove(&id);
        let Some(reply) = self.pending.remove(&id) else {
            tracing::debug!(id, "an answer that nobody waits for");
            return;
        };
        if let (Some(start), Ok(result)) = (start, &outcome)
            && let Ok(TurnStarted { turn: Id { id: turn } }) = decode("turn/start", result)
        {
            start.mailbox.retain_turn(&turn);
            if start.mailbox.has_heard("turn/completed") {
                start.mailbox.finish()
            } else {
                self.subscribe(&Topic::Turn(turn), start.mailbox)
            }
        }
        // The caller may have gone away in this very moment.
        let _ = reply.send(outcome);
    }

    /// Hands an event to everybody whom it concerns.
    pub(crate) fn deliver(&mut self, event: Event) {
        let (thread, turn) = (event.thread(), event.turn());
        if turn.is_some() {
            for start in self.starts.values() {
                if thread.is_none_or(|thread| thread == start.thread.as_bytes()) {
                    start.mailbox.push(event.clone());
                }
            }
        }
        let ended = turn.filter(|_| event.is("turn/completed")).map(<[u8]>::to_vec);
        if event.is("serverRequest/resolved") {
            self.resolve(&event);
        }
        let of_turn = turn.and_then(|turn| self.turns.get(turn));
        let of_thread = thread.and_then(|thread| self.threads.get(thread));
        let subscribers = of_turn.into_iter().chain(of_thread).flatten();
        let mut subscribers = subscribers.chain(&self.connection);
        // Most events have one reader: that one gets it without a copy.
        if let Some(first) = subscribers.next() {
            for other in subscribers {
                self.wakers.extend(other.push(event.clone()));
            }
            self.wakers.extend(first.push(event));
        }
        if let Some(turn) = ended {
            for mailbox in self.turns.remove(&turn).into_iter().flatten() {
                mailbox.finish();
            }
            self.interrupts.remove(&turn);
        }
    }

    /// The readers that have something new to read.
    pub(crate) fn take_wakers(&mut self) -> Vec<Waker> {
        std::mem::take(&mut self.wakers)
    }

    /// Reports a line that was not a message.
    pub(crate) fn stray(&self, line: &str) {
        for mailbox in &self.connection {
            mailbox.push_stray(line);
        }
    }

    /// Remembers a handler, so that it can be stopped.
    pub(crate) fn handling(&mut self, key: String, handler: AbortHandle) {
        self.handlers.insert(key, handler);
    }

    /// Whether the request is still waiting for its handler; it no longer is after this.
    pub(crate) fn handled(&mut self, key: &str) -> bool {
        self.handlers.remove(key).is_some()
    }

    /// Somebody else has answered: our handler has nothing to say any more.
    fn resolve(&mut self, event: &Event) {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Resolved<'a> {
            #[serde(borrow)]
            request_id: &'a serde_json::value::RawValue,
        }
        if let Ok(resolved) = serde_json::from_str::<Resolved<'_>>(&event.params())
            && let Some(handler) = self.handlers.remove(resolved.request_id.get())
        {
            handler.abort();
        }
    }

    /// The interrupt of `turn` that is under way, or `start`, which becomes it.
    pub(crate) fn interrupt(&mut self, turn: &str, start: impl FnOnce() -> Shared) -> Shared {
        let known = self.interrupts.get(turn.as_bytes()).cloned();
        known.unwrap_or_else(|| {
            let shared = start();
            self.interrupts.insert(turn.into(), shared.clone());
            shared
        })
    }

    /// Forgets an interrupt that failed, so that it may be tried again.
    pub(crate) fn interrupt_failed(&mut self, turn: &str) {
        self.interrupts.remove(turn.as_bytes());
    }

    /// Threads on which a goal is being pursued.
    pub(crate) fn goals(&mut self) -> &mut HashSet<String> {
        &mut self.goals
    }

    /// Tells everybody why nothing more will come. The first reason counts.
    pub(crate) fn close(&mut self, closed: Closed) {
        if self.closed.is_some() {
            return;
        }
        let closed = Arc::new(closed);
        tracing::debug!(%closed, "connection closed");
        // Dropping the senders wakes the callers, who then read the reason.
        self.pending.clear();
        let starts = self.starts.drain().map(|(_, start)| start.mailbox);
        let turns = self.turns.drain().flat_map(|(_, list)| list);
        let threads = self.threads.drain().flat_map(|(_, list)| list);
        for mailbox in starts.chain(turns).chain(threads).chain(self.connection.drain(..)) {
            mailbox.close(&closed);
        }
        for (_, handler) in self.handlers.drain() {
            handler.abort();
        }
        self.closed = Some(closed);
    }
}

/// All that is needed of an answer to `turn/start`.
#[derive(Deserialize)]
pub(super) struct TurnStarted {
    pub(super) turn: Id,
}

/// What has an id, and more that is not needed.
#[derive(Deserialize)]
pub(crate) struct Id {
    pub(crate) id: String,
}
