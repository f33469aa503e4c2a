//! The notifications that one subscriber has not read yet, within bounds.
//!
//! A slow reader delays nobody. Its unread deltas are merged, so that text stays whole; when that
//! is not enough deltas are dropped, and the reader is told so at that place; and past a hard limit
//! the subscription ends. A single message is delivered, however long it is.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
};

use super::{merge::Run, message::Payload};
use crate::{
    error::{Closed, Error},
    transport::Surplus,
};

/// Unread bytes from which deltas are merged.
const MERGE_FROM: usize = 1 << 20;

/// The hard limit, as a multiple of the limit for deltas.
const HARD_FACTOR: usize = 4;

/// What an entry takes besides its message: its place in a queue that grows by doubling.
const OVERHEAD: usize = 2 * size_of::<Entry>();

/// Entries for which an empty queue keeps room: as many as there are before they are merged.
const ROOM: usize = MERGE_FROM / OVERHEAD;

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
    fn wants(self, payload: &Payload, delta: bool) -> bool {
        match self {
            Self::All => true,
            Self::Results => !delta,
            Self::Only(method) => payload.is(method),
        }
    }
}

pub(crate) struct Mailbox {
    interest: Interest,
    limit: usize,
    unread: Mutex<Unread>,
}

#[derive(Default)]
struct Unread {
    entries: VecDeque<Entry>,
    /// What the entries take in memory.
    bytes: usize,
    /// The same of those that the reader has taken and may still have before it.
    taken: usize,
    /// Unread bytes at which the next merge is due.
    merge_at: usize,
    /// What the entries behind the first `detached` keep in memory besides themselves.
    surplus: Surplus,
    detached: usize,
    end: Option<End>,
    waker: Option<Waker>,
}

pub(crate) enum Entry {
    Notification(Payload),
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
        let unread = Unread { merge_at: merge_from(limit), ..Unread::default() };
        Arc::new(Self { interest, limit, unread: Mutex::new(unread) })
    }

    /// Adds a notification. Gives the reader's waker, if it waits: to be woken when the whole batch
    /// is there.
    pub(crate) fn push(&self, mut payload: Payload) -> Option<Waker> {
        let delta = payload.is_delta();
        if !self.interest.wants(&payload, delta) {
            return None;
        }
        let size = payload.message().len() + OVERHEAD;
        let mut unread = self.unread();
        if unread.end.is_some() {
            return None;
        }
        if unread.bytes + size > unread.merge_at {
            unread.merge();
        }
        let held = unread.bytes + unread.taken + size;
        // What comes alone always finds room, however long it is.
        let alone = unread.entries.is_empty();
        if !alone && held > self.limit && delta {
            unread.skip();
        } else if !alone && held > self.hard_limit() {
            unread.end = Some(End::Overflow { unread: held, limit: self.hard_limit() });
        } else {
            if self.interest != Interest::All {
                // Few of many messages are kept: the rest of their chunks is not.
                payload.detach();
            }
            unread.keep(Entry::Notification(payload));
        }
        unread.waker.take()
    }

    /// Adds the beginning of a line that was not a message.
    pub(crate) fn push_stray(&self, line: &str) {
        let mut unread = self.unread();
        let entry = Entry::Stray(line.to_owned());
        let held = unread.bytes + unread.taken + entry.size();
        if self.interest == Interest::All && held <= self.limit {
            unread.keep(entry);
            unread.wake();
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

    /// Ends because of `unread` bytes that could not be kept.
    pub(crate) fn overflow(&self, unread: usize) {
        self.end(End::Overflow { unread, limit: self.hard_limit() });
    }

    /// What is unread, in bytes of memory.
    pub(crate) fn bytes(&self) -> usize {
        self.unread().bytes
    }

    fn hard_limit(&self) -> usize {
        self.limit.saturating_mul(HARD_FACTOR)
    }

    fn end(&self, end: End) {
        let mut unread = self.unread();
        unread.end.get_or_insert(end);
        unread.wake();
    }

    /// Another for the same reader, empty.
    pub(crate) fn another(&self) -> Arc<Self> {
        Self::new(self.interest, self.limit)
    }

    /// Takes over all that another was told, in place of its own.
    pub(crate) fn adopt(&self, other: &Self) {
        let adopted = std::mem::take(&mut *other.unread());
        let mut unread = self.unread();
        *unread = Unread { waker: unread.waker.take(), ..adopted };
    }

    /// Whether nothing more will come, beyond what is unread.
    pub(crate) fn is_over(&self) -> bool {
        self.unread().end.is_some()
    }

    /// Takes what is unread, the first and then, in `ready`, which is empty, the rest; or registers
    /// to be woken. `None` is the end.
    pub(crate) fn poll_take(
        &self,
        cx: &mut Context<'_>,
        ready: &mut VecDeque<Entry>,
    ) -> Poll<Option<Result<Entry, Error>>> {
        let mut unread = self.unread();
        // Whoever comes again has used up what it took before.
        unread.taken = 0;
        if let Some(first) = unread.entries.pop_front() {
            unread.take_batch(&first, merge_from(self.limit), ready);
            return Poll::Ready(Some(Ok(first)));
        }
        match unread.end.clone() {
            None => {
                unread.waker = Some(cx.waker().clone());
                Poll::Pending
            }
            Some(End::Done) => Poll::Ready(None),
            Some(End::Closed(closed)) => Poll::Ready(Some(Err(Error::Closed(closed)))),
            Some(End::Overflow { unread, limit }) => {
                Poll::Ready(Some(Err(Error::Overflow { unread, limit })))
            }
        }
    }

    fn unread(&self) -> MutexGuard<'_, Unread> {
        self.unread.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The size from which a mailbox with this limit merges. A reader takes no more at once.
fn merge_from(limit: usize) -> usize {
    MERGE_FROM.min(limit / 2)
}

impl Entry {
    /// What it takes in memory.
    fn size(&self) -> usize {
        let text = match self {
            Self::Notification(payload) => payload.message().len(),
            Self::Skipped(_) => 0,
            Self::Stray(line) => line.len(),
        };
        text + OVERHEAD
    }
}

impl Unread {
    fn wake(&mut self) {
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }

    /// Adds an entry. When the chunks that were read with the entries hold too much else, the
    /// entries are copied out of them.
    fn keep(&mut self, entry: Entry) {
        self.bytes += entry.size();
        let too_much = match &entry {
            Entry::Notification(payload) => self.surplus.add(payload.message()),
            Entry::Skipped(_) | Entry::Stray(_) => false,
        };
        self.entries.push_back(entry);
        if too_much {
            for entry in self.entries.iter_mut().skip(self.detached) {
                if let Entry::Notification(payload) = entry {
                    payload.detach();
                }
            }
            self.surplus = Surplus::default();
            self.detached = self.entries.len();
        }
    }

    /// Moves into `ready`, which is empty, what follows `first`, which has been taken: all of it,
    /// or as much as fits into `most` bytes. These go on counting until the reader comes again, so
    /// that they are few.
    fn take_batch(&mut self, first: &Entry, most: usize, ready: &mut VecDeque<Entry>) {
        self.bytes -= first.size();
        if self.bytes <= most {
            if !self.entries.is_empty() {
                self.entries.shrink_to(ROOM);
                std::mem::swap(&mut self.entries, ready);
            }
            self.taken = std::mem::take(&mut self.bytes);
            self.merge_at = most;
            (self.surplus, self.detached) = (Surplus::default(), 0);
            return;
        }
        while let Some(size) = self.entries.front().map(Entry::size)
            && self.taken + size <= most
        {
            self.taken += size;
            ready.extend(self.entries.pop_front());
        }
        self.bytes -= self.taken;
        self.detached = self.detached.saturating_sub(1 + ready.len());
    }

    fn skip(&mut self) {
        match self.entries.back_mut() {
            Some(Entry::Skipped(count)) => *count += 1,
            _ => self.keep(Entry::Skipped(1)),
        }
    }

    /// Merges each run of deltas that differ in nothing but their text. The next merge is due when
    /// as much again has come in, which keeps the cost per notification constant.
    fn merge(&mut self) {
        let mut merged = VecDeque::new();
        let mut open: Option<Run> = None;
        let finish = |run: Run| Entry::Notification(run.finish());
        for entry in self.entries.drain(..) {
            let begun = match entry {
                Entry::Notification(payload) => Run::begin(payload).map_err(Entry::Notification),
                other => Err(other),
            };
            match (begun, &mut open) {
                (Ok(next), Some(run)) if run.continues_with(&next) => run.append(&next),
                (Ok(next), _) => merged.extend(open.replace(next).map(finish)),
                (Err(entry), _) => {
                    merged.extend(open.take().map(finish));
                    merged.push_back(entry);
                }
            }
        }
        merged.extend(open.map(finish));
        self.entries = merged;
        self.recount();
        self.merge_at = self.merge_at.max(self.bytes.saturating_mul(2));
    }

    /// Counts again after entries were changed or taken out.
    fn recount(&mut self) {
        (self.bytes, self.surplus, self.detached) = (0, Surplus::default(), 0);
        for entry in std::mem::take(&mut self.entries) {
            self.keep(entry);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use serde_json::Value;

    use super::*;
    use crate::rpc::message::Incoming;

    fn payload(method: &str, delta: &str) -> Payload {
        let params = serde_json::json!({"turnId": "u", "itemId": "i", "delta": delta});
        let line = serde_json::json!({"method": method, "params": params}).to_string();
        match Incoming::parse(line.into()).unwrap() {
            Incoming::Notification(payload) => payload,
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
                    Entry::Notification(payload) if payload.is_delta() => {
                        let params: Value = serde_json::from_str(&payload.params()).unwrap();
                        text.push_str(params["delta"].as_str().unwrap());
                    }
                    Entry::Notification(payload) => others.push(payload.method().to_owned()),
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
            mailbox.push(payload("item/agentMessage/delta", &piece));
            if n == 40_000 {
                mailbox.push(payload("item/completed", ""));
            }
        }
        mailbox.finish();
        assert!(mailbox.unread().entries.len() < 30_000, "nothing was merged");
        let (text, skipped, others) = drain(&mailbox).await;
        assert!(text == whole, "text was lost or reordered");
        assert_eq!((skipped, others.len()), (0, 1));
    }

    #[tokio::test]
    async fn beyond_the_limit_deltas_are_dropped_and_counted_and_nothing_else() {
        let mailbox = Mailbox::new(Interest::All, 10_000);
        let text = "x".repeat(100);
        for _ in 0..1000 {
            mailbox.push(payload("item/agentMessage/delta", &text));
        }
        mailbox.push(payload("item/completed", ""));
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
            mailbox.push(payload("item/completed", &"x".repeat(100)));
        }
        let mut ready = VecDeque::new();
        let mut read = 0;
        let end = loop {
            match poll_fn(|cx| mailbox.poll_take(cx, &mut ready)).await {
                Some(Ok(_)) => read += 1 + ready.drain(..).len(),
                end => break end,
            }
        };
        assert!(read > 0);
        assert!(matches!(end, Some(Err(Error::Overflow { limit: 4000, .. }))));
    }

    #[tokio::test]
    async fn a_single_message_is_delivered_however_long_it_is() {
        let mailbox = Mailbox::new(Interest::All, 1000);
        let long = "x".repeat(10 * HARD_FACTOR * 1000);
        let mut ready = VecDeque::new();
        for method in ["item/agentMessage/delta", "item/completed", "item/agentMessage/delta"] {
            mailbox.push(payload(method, &long));
            let read = poll_fn(|cx| mailbox.poll_take(cx, &mut ready)).await;
            let Some(Ok(Entry::Notification(read))) = read else { panic!("it is not delivered") };
            assert!(read.is(method) && read.params().len() > long.len());
        }
        assert!(!mailbox.is_over());
    }

    #[tokio::test]
    async fn a_limit_may_be_as_large_as_a_number() {
        let mailbox = Mailbox::new(Interest::All, usize::MAX);
        mailbox.push(payload("item/agentMessage/delta", "x"));
        mailbox.push(payload("item/completed", ""));
        mailbox.push_stray("x");
        assert_eq!(mailbox.unread().entries.len(), 3);
    }

    #[tokio::test]
    async fn short_notifications_count_with_what_they_take_in_memory() {
        let mailbox = Mailbox::new(Interest::All, 100_000);
        let short = payload("warning", "");
        while !mailbox.is_over() {
            mailbox.push(short.clone());
        }
        let room = mailbox.unread().entries.capacity() * size_of::<Entry>();
        assert!(room <= HARD_FACTOR * 100_000, "{room} bytes for entries alone");
    }

    #[tokio::test]
    async fn what_a_reader_has_taken_counts_until_it_comes_again() {
        const LIMIT: usize = 100_000;
        let mailbox = Mailbox::new(Interest::All, LIMIT);
        let fill = || {
            for n in 0..1000 {
                mailbox.push(payload("item/agentMessage/delta", &format!("{n}")));
                // Nothing is merged with what comes before this.
                mailbox.push(payload("item/plan/delta", ""));
            }
        };
        let sizes = |entries: &VecDeque<Entry>| entries.iter().map(Entry::size).sum::<usize>();
        let mut ready = VecDeque::new();
        for _ in 0..4 {
            fill();
            let first = poll_fn(|cx| mailbox.poll_take(cx, &mut ready)).await;
            assert!(matches!(first, Some(Ok(_))));
            fill();
            let unread = sizes(&mailbox.unread().entries);
            assert!(!ready.is_empty() && unread > 0);
            assert!(sizes(&ready) + unread <= LIMIT + 1000, "{} and {unread}", sizes(&ready));
            ready.clear();
        }
    }

    #[tokio::test]
    async fn who_wants_results_gets_no_deltas() {
        let mailbox = Mailbox::new(Interest::Results, 1000);
        mailbox.push(payload("item/agentMessage/delta", "x"));
        mailbox.push(payload("turn/completed", ""));
        mailbox.finish();
        assert_eq!(drain(&mailbox).await, (String::new(), 0, vec!["turn/completed".into()]));
    }
}
