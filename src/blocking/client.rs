//! Typed calls that wait for their answer.

use std::{
    sync::Arc,
    task::{Context, Poll, Waker},
    time::Duration,
};

use serde_json::Value;

use super::worker::Worker;
use crate::{
    Result, client,
    generated::v2_all::{ClientRequest, ServerNotification},
};

/// Every request of the protocol, typed: [`Client`](crate::Client) without async. Clones share the
/// connection.
///
/// # Errors
///
/// Those of [`Call`](crate::Call), for every method.
#[derive(Clone, Debug)]
pub struct Client {
    inner: client::Client,
    worker: Arc<Worker>,
}

impl Client {
    pub(super) fn new(inner: client::Client, worker: Arc<Worker>) -> Self {
        Self { inner, worker }
    }

    /// Any request whose params type is known.
    ///
    /// # Errors
    ///
    /// Those of [`Call`](crate::Call).
    pub fn request<R>(&self, params: R) -> Result<R::Response>
    where
        R: ClientRequest + Send + Sync,
    {
        self.worker.run(async { self.inner.request(params).await })
    }

    /// The same, waiting no longer than `timeout` for the answer.
    ///
    /// # Errors
    ///
    /// Those of [`Call`](crate::Call).
    pub fn request_timeout<R>(&self, params: R, timeout: Duration) -> Result<R::Response>
    where
        R: ClientRequest + Send + Sync,
    {
        self.worker.run(async { self.inner.request(params).timeout(timeout).await })
    }

    /// A request that this version of the crate does not know, as JSON.
    ///
    /// # Errors
    ///
    /// Those of [`Call`](crate::Call).
    pub fn request_raw(&self, method: &str, params: Value) -> Result<Value> {
        self.worker.run(self.inner.request_raw(method, params))
    }

    /// All notifications of this connection from now on, of every thread.
    #[must_use]
    pub fn events(&self) -> Events {
        Events::new(self.inner.events(), Arc::clone(&self.worker))
    }

    /// How many stray lines were skipped; see [`Client::stray_lines`](crate::Client::stray_lines).
    #[must_use]
    pub fn stray_lines(&self) -> u64 {
        self.inner.stray_lines()
    }
}

/// Notifications, in the order of the server: [`Events`](crate::Events) as an iterator, which waits
/// for the next.
#[derive(Debug)]
pub struct Events {
    inner: client::Events,
    worker: Arc<Worker>,
}

impl Events {
    pub(super) fn new(inner: client::Events, worker: Arc<Worker>) -> Self {
        Self { inner, worker }
    }
}

impl Iterator for Events {
    type Item = Result<ServerNotification>;

    fn next(&mut self) -> Option<Self::Item> {
        next(&self.worker, &mut self.inner)
    }
}

/// The next item of a stream. What is there already is taken without waking anybody.
pub(super) fn next<S>(worker: &Worker, stream: &mut S) -> Option<Result<ServerNotification>>
where
    S: futures_core::Stream<Item = Result<ServerNotification>> + Unpin,
{
    let mut poll = |cx: &mut Context<'_>| std::pin::Pin::new(&mut *stream).poll_next(cx);
    if let Poll::Ready(item) = poll(&mut Context::from_waker(Waker::noop())) {
        return item;
    }
    let waiting = async { Ok(std::future::poll_fn(poll).await) };
    worker.run(waiting).unwrap_or_else(|error| Some(Err(error)))
}
