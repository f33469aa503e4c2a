//! Who waits for what on one connection: pending requests, and subscribers of turns, threads and
//! the connection.
//!
//! Plain data under one lock, which is held for one batch of messages at a time and never while
//! anything is decoded.

mod pending;
mod running;
mod server_requests;

use std::{collections::HashMap, sync::Arc, task::Waker};

use serde::Deserialize;

use self::{pending::PendingRequests, running::RunningTurns, server_requests::ServerRequests};
pub(super) use self::{
    pending::{Pending, RawResponse, TurnStart},
    server_requests::Again,
};
use super::{
    mailbox::Mailbox,
    message::Payload,
    progress::{MissedThread, Progress},
    recall::Recall,
};
use crate::{
    error::Closed,
    json::{OnlyId, decode},
};

#[derive(Default)]
pub(super) struct Router {
    /// Our requests.
    pub(super) pending: PendingRequests,
    /// The server's requests.
    pub(super) server_requests: ServerRequests,
    /// By the bytes of the id, which need not be read as text for this.
    turns: HashMap<Vec<u8>, Vec<Arc<Mailbox>>>,
    threads: HashMap<Vec<u8>, Vec<Arc<Mailbox>>>,
    connection: Vec<Arc<Mailbox>>,
    running: RunningTurns,
    /// What the server's requests refer to, if somebody is to see it.
    recall: Option<Recall>,
    /// What was heard of the turns, if the connection is opened again when it is lost.
    pub(super) progress: Option<Progress>,
    /// What comes while the connection is being brought back. Requests wait for the end of that.
    away: Option<Backlog>,
    /// Why the connection was lost, the last time.
    lost: Option<Arc<Closed>>,
    closed: Option<Arc<Closed>>,
    /// Readers to be woken at the end of the batch.
    wakers: Vec<Waker>,
}

/// Notifications that wait until what came before them is known.
#[derive(Default)]
struct Backlog {
    payloads: Vec<Payload>,
    bytes: usize,
}

/// Whose notifications.
#[derive(Clone, Debug)]
pub(crate) enum Topic {
    Turn(String),
    Thread(String),
    Connection,
}

impl Router {
    /// `recall` keeps what the server's requests refer to; `progress` what there is to know when
    /// the connection is opened again.
    pub(super) fn new(recall: bool, progress: bool) -> Self {
        Self {
            recall: recall.then(Recall::default),
            progress: progress.then(Progress::default),
            server_requests: if progress { ServerRequests::kept() } else { Default::default() },
            ..Self::default()
        }
    }

    pub(super) fn recall(&self) -> Option<&Recall> {
        self.recall.as_ref()
    }

    pub(super) fn closed(&self) -> Option<&Arc<Closed>> {
        self.closed.as_ref()
    }

    /// Hands a response to whoever waits for it. The response to the start of a turn makes its
    /// mailbox a subscriber of the turn that it names, with no gap between what was heard before
    /// and what comes next.
    pub(super) fn complete(&mut self, id: u64, response: RawResponse) {
        let sender = match self.pending.take(id) {
            Some(Pending::Request(sender)) => sender,
            Some(Pending::TurnStart(start)) => {
                if let Ok(result) = &response {
                    self.subscribe_started(result, &start);
                }
                start.sender
            }
            Some(Pending::GivenUp(_)) | None => {
                return tracing::debug!(id, "a response that nobody waits for");
            }
        };
        // The caller may have gone away in this very moment.
        let _ = sender.send(response);
    }

    fn subscribe_started(&mut self, result: &[u8], start: &TurnStart) {
        let Ok(TurnStarted { turn }) = decode("turn/start", result) else {
            // The caller decodes it too, and reports it.
            return;
        };
        let heard = start.heard.iter().find(|heard| *heard.turn == *turn.id.as_bytes());
        match heard {
            Some(heard) => start.mailbox.adopt(&heard.mailbox),
            // It may have been among those.
            None if start.forgotten > 0 => start.mailbox.overflow(start.forgotten),
            None => {}
        }
        if let Some(progress) = self.progress.as_mut().filter(|_| heard.is_none()) {
            progress.expect(&start.thread, &turn.id);
        }
        let started = heard.is_some_and(|heard| heard.started);
        self.running.tell(&start.origin, &start.thread, &turn.id, started);
        if heard.is_some_and(|heard| heard.ended) {
            start.mailbox.finish();
            return;
        }
        if !start.origin.has_joined() {
            self.running.begin(&start.thread, &turn.id, &start.origin);
        }
        if start.given_up.is_none() {
            self.subscribe(&Topic::Turn(turn.id), Arc::clone(&start.mailbox));
        }
    }

    /// Whether a turn runs on a thread or is about to, as far as this connection has heard; and
    /// which one, if that is known.
    pub(super) fn busy(&self, thread: &str) -> Option<Option<String>> {
        match self.running.on(thread) {
            Some(turn) => Some(String::from_utf8(turn.to_vec()).ok()),
            None => self.pending.starts_on(thread).then_some(None),
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

    /// Hands a notification to everybody whom it concerns, now or when the connection is back.
    pub(super) fn deliver(&mut self, payload: Payload) {
        if let Some(progress) = &mut self.progress {
            if let Some(backlog) = &mut self.away {
                backlog.bytes += payload.message().len();
                return backlog.payloads.push(payload);
            }
            progress.hear(&payload);
        }
        self.hand_out(payload);
    }

    fn hand_out(&mut self, payload: Payload) {
        let (thread, mut turn) = (payload.thread(), payload.turn());
        if let Some(recall) = &mut self.recall {
            recall.hear(&payload);
        }
        if let Some(turn) = turn {
            self.pending.hear(turn, &payload);
        }
        let mut ended = None;
        match (payload.method_bytes(), thread, turn) {
            (b"turn/completed", _, _) => {
                let known = thread.and_then(|thread| self.running.end(thread, turn));
                // An end that names no turn is that of the one that runs on its thread.
                ended = turn.map(<[u8]>::to_vec).or(known);
                turn = ended.as_deref();
            }
            (b"turn/started", Some(thread), Some(turn)) => self.running.hear_start(thread, turn),
            // No end of a turn will be heard of it.
            (b"thread/closed", Some(thread), _) => drop(self.running.end(thread, None)),
            (b"serverRequest/resolved", _, _) => self.server_requests.resolve(&payload),
            _ => {}
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
            if let Some(recall) = &mut self.recall {
                recall.end_turn(&turn);
            }
            self.server_requests.end_turn(&turn);
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

    /// Whether the connection is being brought back.
    pub(super) fn is_away(&self) -> bool {
        self.away.is_some()
    }

    /// What has come meanwhile and was not handed out, in bytes.
    pub(super) fn backlog(&self) -> usize {
        self.away.as_ref().map_or(0, |backlog| backlog.bytes)
    }

    /// Why the connection was lost, the last time.
    pub(super) fn lost(&self) -> Option<&Arc<Closed>> {
        self.lost.as_ref()
    }

    /// Tells everybody that the connection is lost, and may come back.
    pub(super) fn lose(&mut self, closed: Closed) {
        tracing::warn!(%closed, "the connection is lost, and will be opened again");
        self.lost = Some(Arc::new(closed));
        // What came of an attempt that has failed comes again, and readers were told of the gap.
        if self.away.replace(Backlog::default()).is_none() {
            let turns = self.turns.values().flatten();
            let readers = turns.chain(self.threads.values().flatten()).chain(&self.connection);
            readers.for_each(|mailbox| mailbox.push_gap());
        }
        self.pending.lose();
        self.server_requests.lose();
    }

    /// The threads of which something may be missed.
    pub(super) fn missed(&self) -> Vec<MissedThread> {
        let mut missed = self.progress.as_ref().map(Progress::missed).unwrap_or_default();
        for (thread, message) in self.pending.starts() {
            let at = missed.iter().position(|missed| missed.id == thread).unwrap_or_else(|| {
                missed.push(MissedThread::new(thread));
                missed.len() - 1
            });
            missed[at].starts.push(message.to_owned());
        }
        missed
    }

    /// Hands out a notification unless what it says is known; says whether it did.
    pub(super) fn recover(&mut self, payload: Payload) -> bool {
        let is_new = self.progress.as_mut().is_none_or(|progress| {
            if payload.is_delta() {
                progress.wants_delta(&payload)
            } else {
                progress.hear(&payload)
            }
        });
        if is_new {
            self.hand_out(payload);
        }
        is_new
    }

    /// The connection is back: what has come meanwhile is handed out.
    pub(super) fn come_back(&mut self) {
        for payload in self.away.take().unwrap_or_default().payloads {
            self.recover(payload);
        }
    }

    /// A turn, or all turns of a thread, will not be heard of any more.
    pub(super) fn give_up(&mut self, thread: &str, turn: Option<&str>, closed: Closed) {
        let Some(progress) = &mut self.progress else {
            return;
        };
        let turns = match turn {
            Some(turn) => vec![turn.to_owned()],
            None => progress.running(thread),
        };
        match turn {
            Some(turn) => progress.forget(thread, turn),
            None => progress.give_up(thread, closed.reason.to_string()),
        }
        let closed = Arc::new(closed);
        for turn in turns {
            drop(self.running.end(thread.as_bytes(), Some(turn.as_bytes())));
            self.server_requests.end_turn(turn.as_bytes());
            for mailbox in self.turns.remove(turn.as_bytes()).into_iter().flatten() {
                mailbox.close(&closed);
            }
        }
    }

    /// Tells everybody why nothing more will come. The first reason counts.
    pub(super) fn close(&mut self, closed: Closed) {
        if self.closed.is_some() {
            return;
        }
        let closed = Arc::new(closed);
        tracing::debug!(%closed, "connection closed");
        // This wakes the callers, who then read the reason.
        let pending = self.pending.close();
        let turns = self.turns.drain().flat_map(|(_, list)| list);
        let threads = self.threads.drain().flat_map(|(_, list)| list);
        for mailbox in pending.chain(turns).chain(threads).chain(self.connection.drain(..)) {
            mailbox.close(&closed);
        }
        self.server_requests.close();
        self.away = None;
        self.closed = Some(closed);
    }
}

/// All that is needed of a response that starts a turn.
#[derive(Deserialize)]
pub(super) struct TurnStarted {
    pub(super) turn: OnlyId,
}

#[cfg(test)]
mod tests {
    use std::{
        collections::VecDeque,
        task::{Context, Poll},
    };

    use tokio::sync::oneshot;

    use super::*;
    use crate::{
        error::Error,
        rpc::mailbox::{Entry, Interest},
    };

    fn event(method: &str, turn: &str, text: &str) -> Payload {
        let params =
            serde_json::json!({"threadId": "t", "turnId": turn, "itemId": text, "delta": text});
        Payload::from_json(&serde_json::json!({"method": method, "params": params})).unwrap()
    }

    /// A pending start on the thread `t`.
    fn pending_start(router: &mut Router, limit: usize) -> Arc<Mailbox> {
        let mailbox = Mailbox::new(Interest::All, limit);
        let (sender, _) = oneshot::channel();
        let (thread, origin) = ("t".to_owned(), Arc::default());
        let start = TurnStart::new(sender, thread, None, Arc::clone(&mailbox), origin);
        router.pending.register(1, Pending::TurnStart(start), None);
        mailbox
    }

    fn started(router: &mut Router, turn: &str) {
        let response = serde_json::json!({"turn": {"id": turn}}).to_string();
        router.complete(1, Ok(response.into()));
    }

    /// What there is to read: the methods, the deltas that are missing, and the error at the end.
    fn read(mailbox: &Mailbox) -> (Vec<String>, u64, Option<Error>) {
        let (mut methods, mut skipped, mut ready) = (Vec::new(), 0, VecDeque::new());
        loop {
            let poll = mailbox.poll_take(&mut Context::from_waker(Waker::noop()), &mut ready);
            let first = match poll {
                Poll::Ready(Some(Ok(first))) => first,
                Poll::Ready(Some(Err(error))) => return (methods, skipped, Some(error)),
                _ => return (methods, skipped, None),
            };
            for entry in std::iter::once(first).chain(ready.drain(..)) {
                match entry {
                    Entry::Notification(payload) => methods.push(payload.method().to_owned()),
                    Entry::Run(run) => methods.push(run.finish().method().to_owned()),
                    Entry::Skipped(count) => skipped += count,
                    Entry::Stray(line) => panic!("{line}"),
                    Entry::Gap => panic!("the connection was lost"),
                }
            }
        }
    }

    #[test]
    fn a_turn_that_was_heard_before_its_start_says_what_is_missing() {
        let mut router = Router::default();
        let mailbox = pending_start(&mut router, 10_000);
        for n in 0..1000 {
            // Each of an item of its own, so that none are merged.
            router.deliver(event("item/agentMessage/delta", "mine", &format!("{n:0100}")));
        }
        started(&mut router, "mine");
        router.deliver(event("turn/completed", "mine", ""));
        let (mut methods, skipped, end) = read(&mailbox);
        assert_eq!(methods.pop().as_deref(), Some("turn/completed"));
        assert!(!methods.is_empty() && skipped > 0 && end.is_none());
        assert_eq!(methods.len() as u64 + skipped, 1000);
    }

    #[test]
    fn other_turns_do_not_end_a_start() {
        let mut router = Router::default();
        let mailbox = pending_start(&mut router, 1000);
        for _ in 0..1000 {
            router.deliver(event("item/completed", "other", ""));
        }
        router.deliver(event("turn/started", "mine", ""));
        router.deliver(event("turn/completed", "other", ""));
        started(&mut router, "mine");
        router.deliver(event("item/completed", "other", ""));
        router.deliver(event("turn/completed", "mine", ""));
        let (methods, skipped, end) = read(&mailbox);
        assert_eq!(methods, ["turn/started", "turn/completed"]);
        assert!(skipped == 0 && end.is_none() && mailbox.is_over());
    }

    #[test]
    fn a_start_keeps_few_turns_and_says_so_if_it_has_forgotten_its_own() {
        for (turn, forgotten) in [("turn 0", true), ("turn 99", false)] {
            let mut router = Router::default();
            let mailbox = pending_start(&mut router, 1000);
            for n in 0..100 {
                router.deliver(event("turn/started", &format!("turn {n}"), ""));
            }
            started(&mut router, turn);
            let (methods, _, end) = read(&mailbox);
            assert_eq!(methods.is_empty(), forgotten);
            assert_eq!(matches!(end, Some(Error::Overflow { .. })), forgotten);
        }
    }
}
