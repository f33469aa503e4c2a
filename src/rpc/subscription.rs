//! The reading end of a mailbox.

use std::{
    collections::VecDeque,
    sync::Arc,
    task::{Context, Poll, ready},
};

use super::{
    link::Shared,
    mailbox::{Entry, Mailbox},
    message::Payload,
    router::Topic,
};
use crate::error::{Error, Result};

/// Notifications of one topic, in order, from the moment of subscribing. Dropping it frees what is
/// unread.
pub(crate) struct Subscription {
    shared: Arc<Shared>,
    topic: Topic,
    mailbox: Arc<Mailbox>,
    /// Taken from the mailbox, a batch at a time.
    ready: VecDeque<Entry>,
}

impl Subscription {
    pub(super) fn new(shared: Arc<Shared>, topic: Topic, mailbox: Arc<Mailbox>) -> Self {
        Self { shared, topic, mailbox, ready: VecDeque::new() }
    }

    /// Whether nothing more will come, beyond what is unread.
    pub(crate) fn is_over(&self) -> bool {
        self.mailbox.is_over()
    }

    /// Whether something came since this was asked last that is not among what it wants to see.
    pub(crate) fn take_passed_over(&self) -> bool {
        self.mailbox.take_passed_over()
    }

    /// Tells, apart from this, whether what it is about has ended.
    pub(crate) fn probe(&self) -> impl Fn() -> bool + Send + Sync + use<> {
        // What is unread goes with the subscription, and so does the end.
        let mailbox = Arc::downgrade(&self.mailbox);
        move || mailbox.upgrade().is_some_and(|mailbox| mailbox.is_finished())
    }

    /// What ends it apart from this, after what is unread.
    pub(crate) fn closer(&self) -> impl Fn() + Send + Sync + use<> {
        let mailbox = Arc::downgrade(&self.mailbox);
        move || mailbox.upgrade().iter().for_each(|mailbox| mailbox.finish())
    }

    /// The next notification. An error that [`is_closed`](Error::is_closed) or
    /// [`Overflow`](Error::Overflow) comes again on each further call.
    pub(crate) fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Payload>>> {
        let entry = match self.ready.pop_front() {
            Some(entry) => entry,
            None => match ready!(self.mailbox.poll_take(cx, &mut self.ready)) {
                Some(Ok(entry)) => entry,
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => return Poll::Ready(None),
            },
        };
        Poll::Ready(Some(match entry {
            Entry::Notification(payload) => Ok(payload),
            Entry::Run(run) => Ok(run.finish()),
            Entry::Skipped(skipped) => Err(Error::Lagged { skipped }),
            Entry::Stray(line) => Err(Error::StrayOutput { line }),
            Entry::Gap => Err(Error::Reconnected),
        }))
    }

    /// Puts notifications that were read back, to be read again before all others.
    pub(crate) fn put_back(&mut self, payloads: VecDeque<Payload>) {
        for payload in payloads.into_iter().rev() {
            self.ready.push_front(Entry::Notification(payload));
        }
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        let mut router = self.shared.router();
        router.unsubscribe(&self.topic, &self.mailbox);
    }
}
