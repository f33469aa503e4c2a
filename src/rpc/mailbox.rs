//! The events that one subscriber has not read yet, within bounds.
//!
//! A slow reader delays nobody. Its unread deltas are merged, so that text stays whole; when that
//! is not enough deltas are dropped, and the reader is told so at that place; and past a hard limit
//! the subscription ends.

use std::{
    collections::VecDeque,
    ops::Range,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
};

use super::envelope::Event;
use crate::error::{Closed, Error};

/// Chunks of lines that a subscriber may hold on to. Each may have but one line that is unread.
const CHUNKS: usize = 64;

/// Unread bytes from which deltas are merged.
const MERGE_FROM: usize = 1 << 20;

/// The hard limit, as a multiple of the limit for deltas.
const HARD_FACTOR: usize = 4;

/// What a subscriber wants to see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Interest {
    All,
    /// No deltas: whoever only wants the result does not pay for them.
    Results,
    /// The notifications of one method.
    Only(&'static str),
}

impl Interest {
    fn wants(self, event: &Event, delta: bool) -> bool {
        match self {
            Self::All => true,
            Self::Results => !delta,
            Self::Only(method) => event.is(method),
        }
    }
}

pub(crate) struct Mailbox {
    interest: Interest,
    limit: usize,
    queue: Mutex<Queue>,
}

#[derive(Default)]
struct Queue {
    entries: VecDeque<Entry>,
    bytes: usize,
    /// Unread bytes at which the next merge is due.
    merge_at: usize,
    /// Chunks that the entries behind the first `detached` hold on to.
    chunks: usize,
    detached: usize,
    /// Where the last line ended in memory.
    line_end: usize,
    end: Option<End>,
    waker: Option<Waker>,
}

pub(crate) enum Entry {
    Event(Event),
    /// Deltas that are missing here.
    Skipped(u64),
    /// A line that was not a message.
    Stray(String),
}

/// Why nothing more will come.
#[derive(Clone)]
enum End {
    Done,
    Closed(Arc<Closed>),
    Overflow { unread: usize, limit: usize },
}

impl Mailbox {
    pub(crate) fn new(interest: Interest, limit: usize) -> Arc<Self> {
        Arc::new(Self {
            interest,
            limit,
            queue: Mutex::new(Queue { merge_at: MERGE_FROM.min(limit / 2), ..Queue::default() }),
        })
    }

    /// Adds an event. Gives the reader's waker, if it waits: to be woken when the whole batch is
    /// there.
    pub(crate) fn push(&self, event: Event) -> Option<Waker> {
        let delta = event.is_delta();
        if !self.interest.wants(&event, delta) {
            return None;
        }
        let mut queue = self.queue();
        if queue.end.is_some() {
            return None;
        }
        if queue.bytes + event.size() > queue.merge_at {
            queue.merge();
        }
        if queue.bytes + event.size() > self.limit && delta {
            queue.skip();
        } else if queue.bytes + event.size() > HARD_FACTOR * self.limit {
            queue.end = Some(End::Overflow {
                unread: queue.bytes + event.size(),
                limit: HARD_FACTOR * self.limit,
            });
        } else {
            queue.bytes += event.size();
            match self.interest {
                Interest::All => queue.keep(event),
                // Few of many lines are kept: the rest of their chunks is not.
                Interest::Results | Interest::Only(_) => {
                    queue.entries.push_back(Entry::Event(event.detached()));
                }
            }
        }
        queue.waker.take()
    }

    /// Adds the beginning of a line that was not a message.
    pub(crate) fn push_stray(&self, line: &str) {
        let mut queue = self.queue();
        if self.interest == Interest::All && queue.bytes + line.len() <= self.limit {
            queue.bytes += line.len();
            queue.entries.push_back(Entry::Stray(line.to_owned()));
            queue.wake();
        }
    }

    /// Says that nothing more follows: after what is unread the stream ends.
    pub(crate) fn finish(&self) {
        self.end(End::Done);
    }

    /// Ends with the error that everybody gets.
    pub(crate) fn close(&self, closed: &Arc<Closed>) {
        self.end(End::Closed(Arc::clone(closed)));
    }

    fn end(&self, end: End) {
        let mut queue = self.queue();
        queue.end.get_or_insert(end);
        queue.wake();
    }

    /// Keeps only the events of `turn`; others were heard while it had no id.
    pub(crate) fn retain_turn(&self, turn: &str) {
        let mut queue = self.queue();
        queue
            .entries
            .retain(|entry| matches!(entry, Entry::Event(event) if event.turn_id() == Some(turn)));
        queue.bytes = queue.entries.iter().map(Entry::size).sum();
        queue.detached = 0;
    }

    /// Whether an event of `method` is unread.
    pub(crate) fn has_heard(&self, method: &str) -> bool {
        let is_it = |entry: &Entry| matches!(entry, Entry::Event(event) if event.is(method));
        self.queue().entries.iter().any(is_it)
    }

    /// Whether nothing more will come, beyond what is unread.
    pub(crate) fn is_over(&self) -> bool {
        self.queue().end.is_some()
    }

    /// Takes everything unread, the first and then, in `ready`, which is empty, the rest; or
    /// registers to be woken. `None` is the end.
    pub(crate) fn poll_take(
        &self,
        cx: &mut Context<'_>,
        ready: &mut VecDeque<Entry>,
    ) -> Poll<Option<Result<Entry, Error>>> {
        let mut queue = self.queue();
        if let Some(first) = queue.entries.pop_front() {
            if !queue.entries.is_empty() {
                std::mem::swap(&mut queue.entries, ready);
            }
            queue.bytes = 0;
            queue.merge_at = MERGE_FROM.min(self.limit / 2);
            (queue.chunks, queue.detached) = (0, 0);
            return Poll::Ready(Some(Ok(first)));
        }
        match queue.end.clone() {
            None => {
                queue.waker = Some(cx.waker().clone());
                Poll::Pending
            }
            Some(End::Done) => Poll::Ready(None),
            Some(End::Closed(closed)) => Poll::Ready(Some(Err(Error::Closed(closed)))),
            Some(End::Overflow { unread, limit }) => {
                Poll::Ready(Some(Err(Error::Overflow { unread, limit })))
            }
        }
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Entry {
    fn size(&self) -> usize {
        match self {
            Self::Event(event) => event.size(),
            Self::Skipped(_) => 0,
            Self::Stray(line) => line.len(),
        }
    }
}

impl Queue {
    fn wake(&mut self) {
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }

    /// Adds an event with the chunk that it was read with. Of too many chunks only what is unread
    /// is kept.
    fn keep(&mut self, event: Event) {
        let (start, end) = event.addresses();
        if start != self.line_end + 1 || self.entries.is_empty() {
            self.chunks += 1;
        }
        self.line_end = end;
        self.entries.push_back(Entry::Event(event));
        if self.chunks > CHUNKS {
            for entry in self.entries.iter_mut().skip(self.detached) {
                if let Entry::Event(event) = entry {
                    *event = event.clone().detached();
                }
            }
            (self.chunks, self.detached) = (0, self.entries.len());
        }
    }

    fn skip(&mut self) {
        match self.entries.back_mut() {
            Some(Entry::Skipped(count)) => *count += 1,
            _ => self.entries.push_back(Entry::Skipped(1)),
        }
    }

    /// Merges each run of deltas that differ in nothing but their text. The next merge is due when
    /// as much again has come in, which keeps the cost per event constant.
    fn merge(&mut self) {
        let mut merged = VecDeque::new();
        let mut open: Option<Run> = None;
        for entry in self.entries.drain(..) {
            match (Run::begin(entry), &mut open) {
                (Ok(next), Some(run)) if run.continues(&next) => run.append(&next),
                (Ok(next), _) => merged.extend(open.replace(next).map(Run::finish)),
                (Err(entry), _) => {
                    merged.extend(open.take().map(Run::finish));
                    merged.push_back(entry);
                }
            }
        }
        merged.extend(open.map(Run::finish));
        self.entries = merged;
        self.detached = 0;
        self.bytes = self.entries.iter().map(Entry::size).sum();
        self.merge_at = self.merge_at.max(2 * self.bytes);
    }
}

/// Deltas that become one. Their text is joined as it stands in the JSON.
struct Run {
    first: Event,
    /// Where its own text stands.
    text: Range<usize>,
    /// The text of the others.
    more: Vec<u8>,
}

impl Run {
    /// Starts with a delta; gives back what is none.
    fn begin(entry: Entry) -> Result<Self, Entry> {
        let Entry::Event(first) = entry else {
            return Err(entry);
        };
        match first.delta() {
            Some(text) => Ok(Self { first, text, more: Vec::new() }),
            None => Err(Entry::Event(first)),
        }
    }

    /// Whether `next` differs in nothing but its text.
    fn continues(&self, next: &Self) -> bool {
        self.first.around(&self.text) == next.first.around(&next.text)
    }

    fn append(&mut self, next: &Self) {
        self.more.extend_from_slice(next.first.slice(&next.text));
    }

    fn finish(self) -> Entry {
        Entry::Event(if self.more.is_empty() {
            self.first
        } else {
            self.first.with_inserted(self.text.end, &self.more)
        })
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use bytes::Bytes;
    use serde_json::Value;

    use super::*;
    use crate::rpc::envelope::Incoming;

    fn event(method: &str, delta: &str) -> Event {
        let params = serde_json::json!({"turnId": "u", "itemId": "i", "delta": delta});
        let line = serde_json::json!({"method": method, "params": params}).to_string();
        match Incoming::parse(Bytes::from(line)).unwrap() {
            Incoming::Event(event) => event,
            other => panic!("{other:?}"),
        }
    }

    async fn drain(mailbox: &Mailbox) -> (String, u64, Vec<String>) {
        let (mut text, mut skipped, mut others) = (String::new(), 0, Vec::new());
        let mut ready = VecDeque::new();
        while let Some(Ok(first)) = poll_fn(|cx| mailbox.poll_take(cx, &mut ready)).await {
            for entry in std::iter::once(first).chain(ready.drain(..)) {
                match entry {
                    Entry::Skipped(count) => skipped += count,
                    Entry::Event(event) if event.is_delta() => {
                        let params: Value = serde_json::from_str(&event.params()).unwrap();
                        text.push_str(params["delta"].as_str().unwrap());
                    }
                    Entry::Event(event) => others.push(event.method().to_owned()),
                    Entry::Stray(line) => panic!("{line}"),
                }
            }
        }
        (text, skipped, others)
    }

    #[tokio::test]
    async fn unread_deltas_are_merged_and_their_text_stays_whole() {
        let mailbox = Mailbox::new(Interest::All, 64 << 20);
        let mut whole = String::new();
        for n in 0..50_000 {
            let piece = format!("{n} \"ä\n");
            whole.push_str(&piece);
            mailbox.push(event("item/agentMessage/delta", &piece));
            if n == 40_000 {
                mailbox.push(event("item/completed", ""));
            }
        }
        mailbox.finish();
        assert!(mailbox.queue().entries.len() < 30_000, "nothing was merged");
        let (text, skipped, others) = drain(&mailbox).await;
        assert!(text == whole, "text was lost or reordered");
        assert_eq!((skipped, others.len()), (0, 1));
    }

    #[tokio::test]
    async fn beyond_the_limit_deltas_are_dropped_and_counted_and_nothing_else() {
        let mailbox = Mailbox::new(Interest::All, 10_000);
        let text = "x".repeat(100);
        for _ in 0..1000 {
            mailbox.push(event("item/agentMessage/delta", &text));
        }
        mailbox.push(event("item/completed", ""));
        mailbox.finish();
        let (kept, skipped, others) = drain(&mailbox).await;
        assert_eq!(kept.len() as u64 + 100 * skipped, 100_000);
        assert!(skipped > 0);
        assert_eq!(others, ["item/completed"]);
    }

    #[tokio::test]
    async fn beyond_the_hard_limit_the_subscription_ends_with_an_error() {
        let mailbox = Mailbox::new(Interest::All, 1000);
        for _ in 0..100 {
            mailbox.push(event("item/completed", &"x".repeat(100)));
        }
        let mut ready = VecDeque::new();
        let first = poll_fn(|cx| mailbox.poll_take(cx, &mut ready)).await;
        assert!(matches!(first, Some(Ok(_))));
        let then = poll_fn(|cx| mailbox.poll_take(cx, &mut ready)).await;
        assert!(matches!(then, Some(Err(Error::Overflow { limit: 4000, .. }))));
    }

    #[tokio::test]
    async fn who_wants_results_gets_no_deltas() {
        let mailbox = Mailbox::new(Interest::Results, 1000);
        mailbox.push(event("item/agentMessage/delta", "x"));
        mailbox.push(event("turn/completed", ""));
        mailbox.finish();
        assert_eq!(drain(&mailbox).await, (String::new(), 0, vec!["turn/completed".into()]));
    }
}
