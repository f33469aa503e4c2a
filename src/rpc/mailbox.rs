//! The notifications that one subscriber has not read yet, within bounds.
//!
//! A slow reader delays nobody. Its unread deltas are merged, so that text stays whole; when that
//! is not enough deltas are dropped, and the reader is told so at that place; and past a hard limit
//! the subscription ends. A single message is delivered, however long it is.

#[cfg(test)]
mod tests;

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
