//! The reading end of a mailbox.

use std::{
    collections::VecDeque,
    future::poll_fn,
    sync::Arc,
    task::{Context, Poll},
};

use super::{
    Connection,
    envelope::Event,
    mailbox::{Entry, Mailbox},
    router::Topic,
};
use crate::error::{Error, Result};

/// Events of one topic, in order, from the moment of subscribing. Dropping it
/// frees what is unread.
pub(crate) struct Subscription {
    connection: Connection,
    topic: Topic,
    mailbox: Arc<Mailbox>,
    /// Taken from the mailbox, a batch at a time.
    ready: VecDeque<Entry>,
}

impl Subscription {
    pub(super) fn new(connection: Connection, topic: Topic, mailbox: Arc<Mailbox>) -> Self {
        Self {
            connection,
            topic,
            mailbox,
            ready: VecDeque::new(),
        }
    }

    /// Tells, apart from this, whether nothing more will come.
    pub(crate) fn probe(&self) -> impl Fn() -> bool + Send + Sync + use<> {
        let mailbox = Arc::clone(&self.mailbox);
        move || mailbox.is_over()
    }

    /// The next event. An error that [`is_closed`](Error::is_closed) or
    /// [`Overflow`](Error::Overflow) comes again on each further call.
    pub(crate) fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Event>>> {
        loop {
            match self.ready.pop_front() {
                Some(Entry::Event(event)) => return Poll::Ready(Some(Ok(event))),
                Some(Entry::Skipped(skipped)) => {
                    return Poll::Ready(Some(Err(Error::Lagged { skipped })));
                }
                Some(Entry::Stray(line)) => {
                    return Poll::Ready(Some(Err(Error::StrayOutput { line })));
                }
                None => match self.mailbox.poll_take(cx, &mut self.ready) {
                    Poll::Ready(Some(Ok(()))) => {}
                    Poll::Ready(Some(Err(error))) => return Poll::Ready(Some(Err(error))),
                    Poll::Ready(None) => return Poll::Ready(None),
                    Poll::Pending => return Poll::Pending,
                },
            }
        }
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
