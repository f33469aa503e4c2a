//! Notifications as a stream.

use std::{
    fmt,
    future::poll_fn,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use futures_core::Stream;

use crate::{
    error::Result,
    generated::v2_all::ServerNotification,
    rpc::{Link, Payload, Subscription},
};

/// A stream of notifications, in the order of the server.
///
/// Nothing is decoded before it is read. Some errors are part of the stream and do not end it:
/// [`Error::Lagged`](crate::Error::Lagged), where this reader was so slow that deltas had to be
/// dropped; [`Error::StrayOutput`](crate::Error::StrayOutput); and
/// [`Error::Reconnected`](crate::Error::Reconnected), where the connection was lost and came back.
/// Any other error is the last item.
pub struct NotificationStream {
    subscription: Subscription,
    ended: bool,
    /// A stream keeps the connection open.
    _link: Option<Arc<Link>>,
}

impl NotificationStream {
    pub(crate) fn new(subscription: Subscription, link: Option<Arc<Link>>) -> Self {
        Self { subscription, ended: false, _link: link }
    }

    /// The next notification; `None` after the end. Dropping the future loses nothing.
    ///
    /// # Errors
    ///
    /// See [`NotificationStream`].
    pub async fn next(&mut self) -> Option<Result<ServerNotification>> {
        poll_fn(|cx| self.poll_decoded(cx)).await
    }

    fn poll_decoded(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<ServerNotification>>> {
        if self.ended {
            return Poll::Ready(None);
        }
        self.poll_payload(cx).map(|next| decode_next(next?, &mut self.ended))
    }

    /// The next notification, undecoded. What ended the stream comes again on each call.
    pub(crate) fn poll_payload(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Payload>>> {
        self.subscription.poll_next(cx)
    }

    /// The same as a future. Dropping it loses nothing.
    pub(crate) async fn next_payload(&mut self) -> Option<Result<Payload>> {
        poll_fn(|cx| self.poll_payload(cx)).await
    }

    /// The same without what keeps the connection open.
    pub(crate) fn into_subscription(self) -> Subscription {
        self.subscription
    }

    pub(crate) fn subscription(&mut self) -> &mut Subscription {
        &mut self.subscription
    }
}

impl Stream for NotificationStream {
    type Item = Result<ServerNotification>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll_decoded(cx)
    }
}

impl fmt::Debug for NotificationStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NotificationStream").finish_non_exhaustive()
    }
}

/// The item of a stream for what was read; notes whether it is the last.
// A notification is large, and is written where it is wanted only if this is inlined.
#[inline]
pub(crate) fn decode_next(
    next: Result<Payload>,
    ended: &mut bool,
) -> Option<Result<ServerNotification>> {
    *ended = matches!(&next, Err(error) if error.ends_stream());
    Some(next.map(|payload| ServerNotification::decode(payload.method(), &payload.params())))
}
