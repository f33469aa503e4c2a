//! The notifications that one subscriber has not read yet, within bounds.
//!
//! A slow reader delays nobody. Its unread deltas are merged, so that text stays whole; when that
//! is not enough deltas are dropped, and the reader is told so at that place; and past a hard limit
//! the subscription ends. A single message is delivered, however long it is.

use std::{
    collections::{HashMap, VecDeque},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, Waker},
};

use super::{
    merge::{Delta, Run},
    message::Payload,
};
use crate::{
    error::{Closed, Error},
    transport::Surplus,
};

/// Unread bytes from which deltas are merged, each as it comes.
const MERGE_FROM: usize = 1 << 20;

/// The hard limit, as a multiple of the limit for deltas.
const HARD_FACTOR: usize = 4;

/// What an entry takes besides its message: its place in a queue that grows by doubling.
const OVERHEAD: usize = 2 * size_of::<Entry>();

/// Runs that are open at once; more items than that do not run at the same time.
const OPEN: usize = 1024;

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
    /// Whether something came that the subscriber does not want to see.
    passed_over: AtomicBool,
}

#[derive(Default)]
struct Unread {
    entries: VecDeque<Entry>,
    /// What the entries take in memory.
    bytes: usize,
    /// The same of those that the reader has taken and may still have before it.
    taken: usize,
    /// The runs of deltas that the next delta may continue, by their key: the place of each in all
    /// entries that ever were. None while there are few entries, which are not merged.
    open: Option<HashMap<u64, usize>>,
    /// How many entries were taken so far.
    gone: usize,
    /// What the entries behind the first `detached` keep in memory besides themselves.
    surplus: Surplus,
    detached: usize,
    end: Option<End>,
    waker: Option<Waker>,
}

pub(crate) enum Entry {
    Notification(Payload),
    /// Deltas that are read as one.
    Run(Box<Run>),
    /// Deltas that are missing here.
    Skipped(u64),
    /// A line that was not a message.
    Stray(String),
    /// The connection was lost here.
    Gap,
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
        let (unread, passed_over) = (Mutex::default(), AtomicBool::default());
        Arc::new(Self { interest, limit, unread, passed_over })
    }

    /// Adds a notification. Gives the reader's waker, if it waits: to be woken when the whole batch
    /// is there.
    pub(crate) fn push(&self, mut payload: Payload) -> Option<Waker> {
        let delta = payload.is_delta();
        if !self.interest.wants(&payload, delta) {
            // Most of the time somebody has noted it before.
            if !self.passed_over.load(Ordering::Relaxed) {
                self.passed_over.store(true, Ordering::Relaxed);
            }
            return None;
        }
        let size = payload.message().len() + OVERHEAD;
        let mut unread = self.unread();
        if unread.end.is_some() {
            return None;
        }
        if unread.open.is_some() || unread.bytes + size > merge_from(self.limit) {
            match unread.merge(payload, self.limit) {
                Some(not_merged) => payload = not_merged,
                None => return unread.waker.take(),
            }
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
        self.push_own(Entry::Stray(line.to_owned()));
    }

    /// Says that the connection was lost here.
    pub(crate) fn push_gap(&self) {
        self.push_own(Entry::Gap);
    }

    /// Adds what the server has not sent, for those who want to see everything.
    fn push_own(&self, entry: Entry) {
        let mut unread = self.unread();
        let held = unread.bytes + unread.taken + entry.size();
        if self.interest == Interest::All && unread.end.is_none() && held <= self.limit {
            unread.end_runs();
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

    /// Whether something came since this was asked last that the subscriber does not want to see.
    pub(crate) fn take_passed_over(&self) -> bool {
        self.passed_over.swap(false, Ordering::Relaxed)
    }

    /// Whether nothing more will come, beyond what is unread.
    pub(crate) fn is_over(&self) -> bool {
        self.unread().end.is_some()
    }

    /// Whether what this is about has ended, and not just the subscription or the connection.
    pub(crate) fn is_finished(&self) -> bool {
        matches!(self.unread().end, Some(End::Done))
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
    /// Makes itself a run that `next` continues, if it may; says whether it did.
    fn absorb(&mut self, next: &Delta) -> bool {
        if let Self::Notification(payload) = self
            && let Ok(first) = Delta::new(payload.clone())
        {
            *self = Self::Run(Box::new(Run::new(first)));
        }
        match self {
            Self::Run(run) if run.continues_with(next) => {
                run.append(next);
                true
            }
            _ => false,
        }
    }

    /// What it takes in memory.
    fn size(&self) -> usize {
        let text = match self {
            Self::Notification(payload) => payload.message().len(),
            Self::Run(run) => run.size(),
            Self::Skipped(_) | Self::Gap => 0,
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
            Entry::Run(_) | Entry::Skipped(_) | Entry::Stray(_) | Entry::Gap => false,
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
            (self.surplus, self.detached) = (Surplus::default(), 0);
            self.open = None;
            return;
        }
        while let Some(size) = self.entries.front().map(Entry::size)
            && self.taken + size <= most
        {
            self.taken += size;
            ready.extend(self.entries.pop_front());
        }
        self.bytes -= self.taken;
        self.gone += 1 + ready.len();
        self.detached = self.detached.saturating_sub(1 + ready.len());
    }

    fn skip(&mut self) {
        match self.entries.back_mut() {
            Some(Entry::Skipped(count)) => *count += 1,
            _ => self.keep(Entry::Skipped(1)),
        }
        self.end_runs();
    }

    /// What comes next is not to be read before what is there.
    fn end_runs(&mut self) {
        if let Some(open) = &mut self.open {
            open.clear();
        }
    }

    /// Adds the text of a delta to the run that it continues, if that fits; gives back what has to
    /// be an entry of its own. Deltas of several items may come in turns, and each continues its
    /// own run. Anything else ends all runs, and so keeps its place among them.
    fn merge(&mut self, payload: Payload, limit: usize) -> Option<Payload> {
        if self.open.is_none() {
            self.begin_merging(limit);
        }
        let next = match Delta::new(payload) {
            Ok(next) => next,
            Err(other) => {
                self.end_runs();
                return Some(other);
            }
        };
        let place = self.gone + self.entries.len();
        let open = self.open.get_or_insert_default();
        if open.len() == OPEN {
            open.clear();
        }
        let key = next.key();
        let run = open.get(&key).and_then(|run| run.checked_sub(self.gone));
        let fits = self.bytes + self.taken + next.text().len() <= limit;
        if fits && let Some(entry) = run.and_then(|run| self.entries.get_mut(run)) {
            let before = entry.size();
            let absorbed = entry.absorb(&next);
            self.bytes = self.bytes - before + entry.size();
            if absorbed {
                return None;
            }
        }
        open.insert(key, place);
        let mut first = next.into_payload();
        // Its message may be the only one that is kept of its chunk.
        first.detach();
        Some(first)
    }

    /// Merges what is there. These are few: nobody waits for long.
    fn begin_merging(&mut self, limit: usize) {
        self.open = Some(HashMap::new());
        (self.bytes, self.surplus, self.detached) = (0, Surplus::default(), 0);
        for entry in std::mem::take(&mut self.entries) {
            match entry {
                Entry::Notification(payload) => {
                    if let Some(payload) = self.merge(payload, limit) {
                        self.keep(Entry::Notification(payload));
                    }
                }
                other => {
                    self.end_runs();
                    self.keep(other);
                }
            }
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

    fn text_of(delta: &Payload) -> String {
        let params: Value = serde_json::from_str(&delta.params()).unwrap();
        params["delta"].as_str().unwrap().to_owned()
    }

    async fn drain(mailbox: &Mailbox) -> (String, u64, Vec<String>) {
        let (mut text, mut skipped, mut others) = (String::new(), 0, Vec::new());
        let mut ready = VecDeque::new();
        while let Some(Ok(first)) = poll_fn(|cx| mailbox.poll_take(cx, &mut ready)).await {
            for entry in std::iter::once(first).chain(ready.drain(..)) {
                match entry {
                    Entry::Skipped(count) => skipped += count,
                    Entry::Run(run) => text.push_str(&text_of(&run.finish())),
                    Entry::Notification(payload) if payload.is_delta() => {
                        text.push_str(&text_of(&payload));
                    }
                    Entry::Notification(payload) => others.push(payload.method().to_owned()),
                    Entry::Stray(line) => panic!("{line}"),
                    Entry::Gap => others.push("gap".to_owned()),
                }
            }
        }
        (text, skipped, others)
    }

    #[tokio::test]
    async fn deltas_before_and_behind_a_gap_are_not_joined() {
        let mailbox = Mailbox::new(Interest::All, 4000);
        // Enough that they are merged.
        for _ in 0..20 {
            mailbox.push(payload("item/agentMessage/delta", "a"));
        }
        mailbox.push_gap();
        mailbox.push(payload("item/agentMessage/delta", "c"));
        let mut ready = VecDeque::new();
        let mut entries = Vec::new();
        while let Poll::Ready(Some(Ok(first))) =
            mailbox.poll_take(&mut Context::from_waker(Waker::noop()), &mut ready)
        {
            entries.extend(std::iter::once(first).chain(ready.drain(..)));
        }
        let gap = entries.iter().position(|entry| matches!(entry, Entry::Gap)).unwrap();
        assert!(gap > 0 && gap < 20 && gap + 1 < entries.len());
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
    async fn items_that_alternate_are_merged_each_with_itself_before_any_is_dropped() {
        let mailbox = Mailbox::new(Interest::All, 20_000);
        let methods = ["item/agentMessage/delta", "item/plan/delta", "item/x/delta"];
        for n in 0..3000 {
            mailbox.push(payload(methods[n % 3], "x"));
            if n == 1500 {
                mailbox.push(payload("item/completed", ""));
            }
        }
        mailbox.finish();
        // Each item has a run before the other notification, and one after it.
        assert_eq!(mailbox.unread().entries.len(), 7);
        let (text, skipped, others) = drain(&mailbox).await;
        assert_eq!((text.len(), skipped, others.len()), (3000, 0, 1));
    }

    #[tokio::test]
    async fn no_push_moves_more_than_a_little_text() {
        let mailbox = Mailbox::new(Interest::All, 64 << 20);
        let text = "x".repeat(1000);
        for _ in 0..20_000 {
            mailbox.push(payload("item/agentMessage/delta", &text));
        }
        let unread = mailbox.unread();
        let longest = unread.entries.iter().map(Entry::size).max();
        assert!(longest.is_some_and(|longest| longest < 1 << 20), "{longest:?}");
        assert!(unread.entries.len() < 200, "{}", unread.entries.len());
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
