//! Requests that the program takes itself, where and when it wants to, and replies to.

use std::{
    fmt,
    future::poll_fn,
    ops::Deref,
    pin::Pin,
    task::{Context, Poll},
};

use futures_core::Stream;
use tokio::sync::oneshot;

use super::kinds::Question;
use crate::{
    client::Client,
    error::{Error, Result},
    reply::Reply,
    rpc::{HeldReader, Payload},
};

/// A request of the server that waits for [`respond`](Self::respond). It dereferences to the
/// [`Question`], which has the replies that are allowed.
///
/// Dropping it declines.
#[must_use = "dropping it declines"]
pub struct PendingRequest {
    question: Question,
    reply: oneshot::Sender<Reply>,
}

impl PendingRequest {
    /// What is asked.
    #[must_use]
    pub fn question(&self) -> &Question {
        &self.question
    }

    /// Replies.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInput`] if the reply is to another kind of request, which declines, or if
    /// the request needs none any more: somebody else has replied, or its turn or the connection
    /// has ended.
    pub fn respond(self, reply: Reply) -> Result<()> {
        let method = self.question.method();
        if !reply.fits(method) {
            return Err(Error::invalid(
                "reply",
                format!("it is to another kind of request than `{method}`; declined"),
            ));
        }
        self.reply.send(reply).map_err(|_| {
            Error::invalid(
                "request",
                "it needs no reply any more: somebody else has replied, or its turn or the \
                 connection has ended",
            )
        })
    }

    /// Waits until the request needs no reply any more, because somebody else has replied, or its
    /// turn or the connection has ended: what asks a person may stop then. Dropping the future
    /// changes nothing.
    pub async fn resolved(&mut self) {
        self.reply.closed().await;
    }

    /// Whether the request needs no reply any more.
    #[must_use]
    pub fn is_resolved(&self) -> bool {
        self.reply.is_closed()
    }
}

impl Deref for PendingRequest {
    type Target = Question;

    fn deref(&self) -> &Question {
        &self.question
    }
}

impl fmt::Debug for PendingRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PendingRequest").field("question", &self.question).finish_non_exhaustive()
    }
}

/// Takes requests that are held.
pub(crate) struct PendingReader {
    client: Client,
    held: HeldReader,
}

impl PendingReader {
    pub(crate) fn new(client: Client) -> Self {
        Self { held: client.connection().held(), client }
    }

    /// Takes the first request that `wants` says yes to; `None` after the end of the connection.
    pub(crate) fn poll_take(
        &self,
        cx: &mut Context<'_>,
        wants: impl Fn(&Payload) -> bool,
    ) -> Poll<Option<PendingRequest>> {
        self.held.poll_take(cx, wants).map(|taken| {
            let taken = taken?;
            let client = self.client.without_link();
            let question = Question::read(&taken.payload, client);
            Some(PendingRequest { question, reply: taken.reply })
        })
    }
}

/// The server's requests that no handler takes, of all threads, as a stream: see
/// [`Codex::server_requests`](crate::Codex::server_requests). It ends with the connection, which it
/// keeps open.
pub struct PendingRequests(PendingReader);

impl PendingRequests {
    pub(crate) fn new(client: Client) -> Self {
        Self(PendingReader::new(client))
    }

    /// The next request; `None` after the end of the connection. Dropping the future loses nothing.
    pub async fn next(&mut self) -> Option<PendingRequest> {
        poll_fn(|cx| self.0.poll_take(cx, |_| true)).await
    }
}

impl Stream for PendingRequests {
    type Item = PendingRequest;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<PendingRequest>> {
        self.0.poll_take(cx, |_| true)
    }
}

impl fmt::Debug for PendingRequests {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PendingRequests").finish_non_exhaustive()
    }
}
