//! Who waits for what on one connection: pending requests, and subscribers of turns, threads and
//! the connection.
//!
//! Plain data under one lock, which is held for one batch of messages at a time and never while
//! anything is decoded.

mod away;
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
    progress::{Backlog, Progress},
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
    /// Output of commands, by the id of the process.
    processes: HashMap<Vec<u8>, Vec<Arc<Mailbox>>>,
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

/// Whose notifications.
#[derive(Clone, Debug)]
pub(crate) enum Topic {
    Turn(String),
    Thread(String),
    /// What a command writes.
    Process(String),
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

    /// The thread on which a turn runs, as far as this connection has heard, and the id that the
    /// server has for it there.
    pub(super) fn find_turn(&self, turn: &str) -> Option<(String, String)> {
        let (thread, turn) = self.running.find(turn)?;
        let text = |id: &[u8]| String::from_utf8(id.to_vec()).ok();
        Some((text(thread)?, text(turn)?))
    }

    pub(super) fn subscribe(&mut self, topic: &Topic, mailbox: Arc<Mailbox>) {
        let (map, id) = match topic {
            Topic::Turn(id) => (&mut self.turns, id),
            Topic::Thread(id) => (&mut self.threads, id),
            Topic::Process(id) => (&mut self.processes, id),
            Topic::Connection => return self.connection.push(mailbox),
        };
        let subscribers = map.entry(id.clone().into_bytes()).or_default();
        subscribers.push(mailbox);
    }

    pub(super) fn unsubscribe(&mut self, topic: &Topic, mailbox: &Arc<Mailbox>) {
        let (map, id) = match topic {
            Topic::Turn(id) => (&mut self.turns, id),
            Topic::Thread(id) => (&mut self.threads, id),
            Topic::Process(id) => (&mut self.processes, id),
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
    #[inline]
    pub(super) fn deliver(&mut self, payload: Payload) {
        if let Some(progress) = &mut self.progress {
            if let Some(backlog) = &mut self.away {
                return backlog.add(payload);
            }
            progress.hear(&payload);
        }
        self.hand_out(payload);
    }

    fn hand_out(&mut self, payload: Payload) {
        if let Some(turn) = payload.turn() {
            self.pending.hear(turn, &payload);
        }
        if !payload.is_delta() {
            return self.note_and_hand_out(payload);
        }
        // Most are deltas, which tell nothing but whom they are for.
        let of_turn = payload.turn().and_then(|turn| self.turns.get(turn));
        let of_thread = payload.thread().and_then(|thread| self.threads.get(thread));
        let subscribers = of_turn.into_iter().chain(of_thread).flatten().chain(&self.connection);
        pass_on(payload, subscribers, &mut self.wakers);
    }

    fn note_and_hand_out(&mut self, payload: Payload) {
        let (thread, mut turn) = (payload.thread(), payload.turn());
        if let Some(recall) = &mut self.recall {
            recall.hear(&payload);
        }
        let (mut ended, mut process) = (None, None);
        let known_as;
        match (payload.method_bytes(), thread, turn) {
            (b"turn/completed", _, _) => {
                let known = thread.and_then(|thread| self.running.end(thread, turn));
                // An end that names no turn is that of the one that runs on its thread.
                ended = turn.map(<[u8]>::to_vec).or(known);
                turn = ended.as_deref();
            }
            (b"turn/started", Some(thread), Some(started)) => {
                // One decoded payload per turn.
                let root = payload.read::<Started>().ok().and_then(|it| it.turn.root_turn_id);
                let root = root.map(String::into_bytes);
                known_as = self.running.hear_start(thread, started, root);
                turn = known_as.as_deref().or(turn);
            }
            // No end of a turn will be heard of it.
            (b"thread/closed", Some(thread), _) => drop(self.running.end(thread, None)),
            (b"serverRequest/resolved", _, _) => self.server_requests.resolve(&payload),
            (COMMAND_OUTPUT, _, _) if !self.processes.is_empty() => {
                process = payload.read::<Output>().ok().map(|output| output.process_id);
            }
            _ => {}
        }
        let of_turn = turn.and_then(|turn| self.turns.get(turn));
        // What a command writes is of no thread.
        let of_other = match process {
            None => thread.and_then(|thread| self.threads.get(thread)),
            Some(process) => self.processes.get(process.as_bytes()),
        };
        let subscribers = of_turn.into_iter().chain(of_other).flatten().chain(&self.connection);
        pass_on(payload, subscribers, &mut self.wakers);
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
        let processes = self.processes.drain().flat_map(|(_, list)| list);
        let subscribers = turns.chain(threads).chain(processes).chain(self.connection.drain(..));
        for mailbox in pending.chain(subscribers) {
            mailbox.close(&closed);
        }
        self.server_requests.close();
        self.away = None;
        self.closed = Some(closed);
    }
}

/// Gives a notification to each of these. Most have one reader: that one gets it without a copy.
#[inline]
fn pass_on<'a>(
    payload: Payload,
    mut subscribers: impl Iterator<Item = &'a Arc<Mailbox>>,
    wakers: &mut Vec<Waker>,
) {
    if let Some(first) = subscribers.next() {
        for other in subscribers {
            wakers.extend(other.push(payload.clone()));
        }
        wakers.extend(first.push(payload));
    }
}

/// What a command writes is told by this.
const COMMAND_OUTPUT: &[u8] = b"command/exec/outputDelta";

/// All that is needed of it here.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Output {
    process_id: String,
}

/// All that is needed of a turn that has begun.
#[derive(Deserialize)]
struct Started {
    turn: OnlyRoot,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct OnlyRoot {
    root_turn_id: Option<String>,
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
