//! Who waits for what on one connection: pending requests, and subscribers of turns, threads and
//! the connection.
//!
//! Plain data under one lock, which is held for one batch of messages at a time and never while
//! anything is decoded.

use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
    task::Waker,
    time::Duration,
};

use bytes::Bytes;
use serde::Deserialize;
use serde_json::value::RawValue;
use tokio::{sync::oneshot, task::AbortHandle, time::Instant};

use super::{
    mailbox::Mailbox,
    message::{ErrorObject, Payload, Request},
    origin::Origin,
    recall::Recall,
    slots::Slot,
};
use crate::{
    error::Closed,
    json::{OnlyId, decode},
};

/// Requests of the server that wait for a place, and the bytes that they may take.
const WAITING: usize = 1024;
const WAITING_BYTES: usize = 16 << 20;

/// What a response says, undecoded.
pub(crate) type RawResponse = Result<Bytes, ErrorObject>;

#[derive(Default)]
pub(super) struct Router {
    /// Our requests.
    pending: HashMap<u64, Sent>,
    /// How many of them start a turn.
    starts: usize,
    /// By the bytes of the id, which need not be read as text for this.
    turns: HashMap<Vec<u8>, Vec<Arc<Mailbox>>>,
    threads: HashMap<Vec<u8>, Vec<Arc<Mailbox>>>,
    connection: Vec<Arc<Mailbox>>,
    /// The turn that runs on each thread, as far as its start was heard.
    running: HashMap<Vec<u8>, Running>,
    /// The server's requests.
    incoming: HashMap<String, Asking>,
    /// Those that wait, and what they take in memory. Some may not be `incoming` any more.
    waiting: VecDeque<Request>,
    waiting_bytes: usize,
    /// What the server's requests refer to, if somebody is to see it.
    recall: Option<Recall>,
    closed: Option<Arc<Closed>>,
    /// Readers to be woken at the end of the batch.
    wakers: Vec<Waker>,
}

/// The turn that runs on a thread.
struct Running {
    turn: Vec<u8>,
    /// That of our request that has started it, if one has.
    started_by: Option<Arc<Origin>>,
}

/// A request of the server that has no reply yet.
struct Asking {
    /// The turn that it is about, if it names one.
    turn: Option<Box<[u8]>>,
    /// The task of its handler; none while it waits.
    handler: Option<AbortHandle>,
}

impl Asking {
    /// Nobody waits for the reply: our handler has nothing to say any more.
    fn cancel(self) {
        if let Some(handler) = self.handler {
            handler.abort();
        }
    }
}

/// A request that has no response yet.
struct Sent {
    pending: Pending,
    /// Its place among those that are under way.
    slot: Slot,
}

/// How long a request that was given up keeps its place, if no response comes: the server may still
/// be at work on it, and loses others when it has too many.
const GIVEN_UP: Duration = Duration::from_secs(60);

/// What waits for a response.
pub(super) enum Pending {
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

/// A request that starts a turn. Which one only its response says: until then every turn of the
/// thread that is heard of has a mailbox of its own.
pub(super) struct TurnStart {
    sender: oneshot::Sender<RawResponse>,
    thread: String,
    mailbox: Arc<Mailbox>,
    origin: Arc<Origin>,
    /// Since when nobody waits for the response. The turn is then only to be known.
    given_up: Option<Instant>,
    heard: VecDeque<Heard>,
    /// What was heard of more turns than are kept, in bytes.
    forgotten: usize,
}

/// What was heard of one turn.
struct Heard {
    turn: Box<[u8]>,
    mailbox: Arc<Mailbox>,
    started: bool,
    ended: bool,
}

/// Turns of one thread that are kept for a pending start. A thread runs one after another.
const HEARD: usize = 4;

impl TurnStart {
    pub(super) fn new(
        sender: oneshot::Sender<RawResponse>,
        thread: String,
        mailbox: Arc<Mailbox>,
        origin: Arc<Origin>,
    ) -> Self {
        let heard = VecDeque::new();
        Self { sender, thread, mailbox, origin, given_up: None, heard, forgotten: 0 }
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

/// Whose notifications.
#[derive(Clone, Debug)]
pub(crate) enum Topic {
    Turn(String),
    Thread(String),
    Connection,
}

impl Router {
    /// One that keeps what the server's requests refer to.
    pub(super) fn with_recall() -> Self {
        Self { recall: Some(Recall::default()), ..Self::default() }
    }

    pub(super) fn recall(&self) -> Option<&Recall> {
        self.recall.as_ref()
    }

    pub(super) fn closed(&self) -> Option<&Arc<Closed>> {
        self.closed.as_ref()
    }

    /// Expects a response to the request `id`.
    pub(super) fn register(&mut self, id: u64, pending: Pending, slot: Slot) {
        self.starts += usize::from(matches!(pending, Pending::TurnStart(_)));
        self.pending.insert(id, Sent { pending, slot });
    }

    /// Hands a response to whoever waits for it. The response to the start of a turn makes its
    /// mailbox a subscriber of the turn that it names, with no gap between what was heard before
    /// and what comes next.
    pub(super) fn complete(&mut self, id: u64, response: RawResponse) {
        let sent = self.take(id);
        let sender = match sent.map(|sent| sent.pending) {
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

    /// Forgets a request that was not sent.
    pub(super) fn cancel(&mut self, id: u64) {
        self.take(id);
    }

    /// Expects a response that nobody waits for any more. A turn that it starts is still known as
    /// one that runs.
    pub(super) fn give_up(&mut self, id: u64) {
        let now = Instant::now();
        match self.pending.get_mut(&id) {
            Some(Sent { pending: Pending::TurnStart(start), .. }) => start.give_up(now),
            Some(sent) if sent.slot.is_some() => sent.pending = Pending::GivenUp(now),
            _ => self.cancel(id),
        }
    }

    /// Frees the places of those that were given up long ago, and says when that may next be due.
    pub(super) fn free_given_up(&mut self) -> Instant {
        let now = Instant::now();
        let mut next = now + GIVEN_UP;
        self.pending.retain(|_, sent| match sent.pending.given_up() {
            Some(since) if since + GIVEN_UP <= now => {
                self.starts -= usize::from(matches!(sent.pending, Pending::TurnStart(_)));
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

    fn take(&mut self, id: u64) -> Option<Sent> {
        let sent = self.pending.remove(&id)?;
        self.starts -= usize::from(matches!(sent.pending, Pending::TurnStart(_)));
        Some(sent)
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
        let running = self.running.get(start.thread.as_bytes());
        let running = running.filter(|running| running.turn == turn.id.as_bytes());
        if heard.is_some_and(|heard| heard.started) {
            start.origin.hear_start();
        } else if running.is_some() {
            start.origin.join();
        }
        // Of several requests the first that has a response has started it.
        if running.is_some_and(|running| running.started_by.is_some()) {
            start.origin.join();
        }
        if heard.is_some_and(|heard| heard.ended) {
            start.mailbox.finish();
            return;
        }
        if !start.origin.has_joined() {
            let started_by = Some(Arc::clone(&start.origin));
            let running = Running { turn: turn.id.clone().into_bytes(), started_by };
            self.running.insert(start.thread.clone().into_bytes(), running);
        }
        if start.given_up.is_none() {
            self.subscribe(&Topic::Turn(turn.id), Arc::clone(&start.mailbox));
        }
    }

    /// Whether a turn runs on a thread or is about to, as far as this connection has heard; and
    /// which one, if that is known.
    pub(super) fn busy(&self, thread: &str) -> Option<Option<String>> {
        let turn = |running: &Running| String::from_utf8(running.turn.clone()).ok();
        let starts = |sent: &Sent| match &sent.pending {
            Pending::TurnStart(start) => {
                let is_due = |since: Instant| since.elapsed() < GIVEN_UP;
                start.thread == thread && start.given_up.is_none_or(is_due)
            }
            Pending::Request(_) | Pending::GivenUp(_) => false,
        };
        match self.running.get(thread.as_bytes()) {
            Some(running) => Some(turn(running)),
            None => self.pending.values().any(starts).then_some(None),
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
        if let Some(recall) = &mut self.recall {
            recall.hear(&payload);
        }
        if self.starts > 0
            && let Some(turn) = turn
        {
            deliver_to_starts(&mut self.pending, turn, &payload);
        }
        let mut ended = None;
        match (payload.method_bytes(), thread, turn) {
            (b"turn/completed", _, _) => {
                let known = thread.and_then(|thread| self.end_running(thread, turn));
                // An end that names no turn is that of the one that runs on its thread.
                ended = turn.map(<[u8]>::to_vec).or(known);
                turn = ended.as_deref();
            }
            (b"turn/started", Some(thread), Some(turn)) => match self.running.get(thread) {
                Some(Running { turn: known, started_by }) if known == turn => {
                    started_by.iter().for_each(|origin| origin.hear_start());
                }
                _ => {
                    let running = Running { turn: turn.to_vec(), started_by: None };
                    self.running.insert(thread.to_vec(), running);
                }
            },
            // No end of a turn will be heard of it.
            (b"thread/closed", Some(thread), _) => drop(self.running.remove(thread)),
            (b"serverRequest/resolved", _, _) => self.cancel_incoming(&payload),
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
            // Not all of what an interrupt has ended is resolved: calls of tools are not.
            let of_turn = |_: &String, asking: &mut Asking| asking.turn.as_deref() == Some(&turn);
            self.incoming.extract_if(of_turn).for_each(|(_, asking)| asking.cancel());
        }
    }

    /// Forgets the turn that runs on a thread: `turn`, or whichever it is. The end of another may
    /// be told after the response that starts the next, and is not the end of that.
    fn end_running(&mut self, thread: &[u8], turn: Option<&[u8]>) -> Option<Vec<u8>> {
        let running = self.running.get(thread)?;
        if turn.is_some_and(|turn| running.turn != turn) {
            return None;
        }
        self.running.remove(thread).map(|running| running.turn)
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
    pub(super) fn register_incoming(
        &mut self,
        id: String,
        turn: Option<Box<[u8]>>,
        handler: AbortHandle,
    ) {
        self.incoming.insert(id, Asking { turn, handler: Some(handler) });
    }

    /// Keeps a request of the server for later; gives it back if there are too many.
    pub(super) fn wait_incoming(&mut self, mut request: Request) -> Result<(), Request> {
        let bytes = self.waiting_bytes + request.payload.message().len();
        if self.waiting.len() == WAITING || bytes > WAITING_BYTES {
            return Err(request);
        }
        request.payload.detach();
        let turn = request.payload.turn().map(Into::into);
        let asking = Asking { turn, handler: None };
        self.incoming.insert(request.id.get().to_owned(), asking);
        self.waiting.push_back(request);
        self.waiting_bytes = bytes;
        Ok(())
    }

    pub(super) fn has_waiting(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// Takes the first that waits and that nobody has replied to yet.
    pub(super) fn next_waiting(&mut self) -> Option<Request> {
        while let Some(request) = self.waiting.pop_front() {
            self.waiting_bytes -= request.payload.message().len();
            if self.incoming.contains_key(request.id.get()) {
                return Some(request);
            }
        }
        None
    }

    /// Whether the request was delivered before and waits for a reply: codex sends such a one again
    /// when its thread is resumed.
    pub(super) fn has_incoming(&self, id: &str) -> bool {
        self.incoming.contains_key(id)
    }

    /// Whether the request still waits for a reply; it no longer does after this.
    pub(super) fn complete_incoming(&mut self, id: &str) -> bool {
        self.incoming.remove(id).is_some()
    }

    /// Somebody else has replied.
    fn cancel_incoming(&mut self, resolved: &Payload) {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Resolved<'a> {
            #[serde(borrow)]
            request_id: &'a RawValue,
        }
        if let Ok(resolved) = serde_json::from_str::<Resolved<'_>>(&resolved.params())
            && let Some(asking) = self.incoming.remove(resolved.request_id.get())
        {
            asking.cancel();
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
        let pending = self.pending.drain().filter_map(|(_, sent)| match sent.pending {
            Pending::TurnStart(start) => Some(start.mailbox),
            Pending::Request(_) | Pending::GivenUp(_) => None,
        });
        self.starts = 0;
        let turns = self.turns.drain().flat_map(|(_, list)| list);
        let threads = self.threads.drain().flat_map(|(_, list)| list);
        for mailbox in pending.chain(turns).chain(threads).chain(self.connection.drain(..)) {
            mailbox.close(&closed);
        }
        self.incoming.drain().for_each(|(_, asking)| asking.cancel());
        self.waiting.clear();
        self.waiting_bytes = 0;
        self.closed = Some(closed);
    }
}

/// Hands a notification of a turn to those who wait for the start of one on its thread: it may be
/// theirs.
fn deliver_to_starts(pending: &mut HashMap<u64, Sent>, turn: &[u8], payload: &Payload) {
    for sent in pending.values_mut() {
        if let Pending::TurnStart(start) = &mut sent.pending {
            start.hear(turn, payload);
        }
    }
}

/// All that is needed of a response that starts a turn.
#[derive(Deserialize)]
pub(super) struct TurnStarted {
    pub(super) turn: OnlyId,
}

#[cfg(test)]
mod tests {
    use std::task::{Context, Poll};

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
        let start = TurnStart::new(sender, "t".to_owned(), Arc::clone(&mailbox), Arc::default());
        router.register(1, Pending::TurnStart(start), None);
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
