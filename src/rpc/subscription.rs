//! The reading end of a mailbox.

use std::{
    collections::VecDeque,
    future::poll_fn,
    sync::Arc,
    task::{Context, Poll, ready},
};

use super::{
    Connection,
    envelope::Event,
    mailbox::{Entry, Mailbox},
    router::Topic,
};
use crate::{
    error::{Error, Result},
    generated::v2_all::ServerNotification,
};

/// Events of one topic, in order, from the moment of subscribing. Dropping it frees what is unread.
pub(crate) struct Subscription {
    connection: Connection,
    topic: Topic,
    mailbox: Arc<Mailbox>,
    /// Taken from the mailbox, a batch at a time.
    ready: VecDeque<Entry>,
}

impl Subscription {
    pub(super) fn new(connection: Connection, topic: Topic, mailbox: Arc<Mailbox>) -> Self {
        Self { connection, topic, mailbox, ready: VecDeque::new() }
    }

    /// Tells, apart from this, whether nothing more will come.
    pub(crate) fn probe(&self) -> impl Fn() -> bool + Send + Sync + use<> {
        // What is unread goes with the subscription, and so does the end.
        let mailbox = Arc::downgrade(&self.mailbox);
        move || mailbox.upgrade().is_some_and(|mailbox| mailbox.is_over())
    }

    /// The next event. An error that [`is_closed`](Error::is_closed) or
    /// [`Overflow`](Error::Overflow) comes again on each further call.
    pub(crate) fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Event>>> {
        let entry = match self.ready.pop_front() {
            Some(entry) => entry,
            None => match ready!(self.mailbox.poll_take(cx, &mut self.ready)) {
                Some(Ok(entry)) => entry,
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => return Poll::Ready(None),
            },
        };
        Poll::Ready(Some(match entry {
            Entry::Event(event) => Ok(event),
            Entry::Skipped(skipped) => Err(Error::Lagged { skipped }),
            Entry::Stray(line) => Err(Error::StrayOutput { line }),
        }))
    }

    /// The same as a future. Dropping it loses nothing.
    pub(crate) async fn next(&mut self) -> Option<Result<Event>> {
        poll_fn(|cx| self.poll_next(cx)).await
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        let mut router = self.connection.shared().router();
        router.unsubscribe(&self.topic, &self.mailbox);
    }
}

/// An event as a stream gives it; notes whether it is the last.
pub(crate) fn shown(event: Result<Event>, ended: &mut bool) -> Option<Result<ServerNotification>> {
    *ended = matches!(&event, Err(error) if error.ends_stream());
    Some(event.map(|event| event.notification()))
}
