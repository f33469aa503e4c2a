//! Typed calls that wait for their response.

use std::{
    fmt,
    sync::Arc,
    task::{Context, Poll, Waker},
    time::Duration,
};

use serde_json::Value;

use super::worker::{Waiter, Worker};
use crate::{
    client, error::Result, generated::v2_all::ServerNotification, retry::RetryPolicy,
    wire::ClientRequest,
};

/// Every request of the protocol, typed: [`Client`](crate::Client) without async. Clones share the
/// connection.
///
/// Each method returns a [`Call`], which [`send`](Call::send) sends:
///
/// ```no_run
/// # fn example(codex: &codex_app_server::blocking::Codex) -> codex_app_server::Result<()> {
/// use codex_app_server::generated::v2_all::ModelListParams;
///
/// let models = codex.client().model_list(ModelListParams::new().include_hidden(true)).send()?;
/// # let _ = models; Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct Client {
    inner: client::Client,
    worker: Arc<Worker>,
}

impl Client {
    pub(super) fn new(inner: client::Client, worker: Arc<Worker>) -> Self {
        Self { inner, worker }
    }

    /// The same client for what waits for it, on the runtime of its connection.
    pub(super) fn of(inner: &client::Client) -> Self {
        let worker = Worker::of(inner.connection().runtime());
        Self::new(inner.clone(), worker)
    }

    pub(super) fn worker(&self) -> &Arc<Worker> {
        &self.worker
    }

    /// Any request whose params type is known. The methods named after the protocol's are
    /// shorthands for this.
    pub fn request<R: ClientRequest>(&self, params: R) -> Call<'_, R> {
        Call { inner: self.inner.request(params), worker: &self.worker }
    }

    /// Any request, as JSON; see [`crate::Client::request_raw`].
    pub fn request_raw<'a>(&'a self, method: &'a str, params: Value) -> Call<'a, Value> {
        Call { inner: self.inner.request_raw(method, params), worker: &self.worker }
    }

    /// Tells the server something, as JSON; see [`crate::Client::notify`].
    ///
    /// # Errors
    ///
    /// Those of [`crate::Client::notify`].
    pub fn notify(&self, method: &str, params: Value) -> Result<()> {
        self.worker.run(self.inner.notify(method, params))
    }

    /// All notifications of this connection from now on, of every thread.
    #[must_use]
    pub fn events(&self) -> NotificationStream {
        NotificationStream::new(self.inner.events(), Arc::clone(&self.worker))
    }

    /// How many stray lines were skipped; see [`Client::stray_lines`](crate::Client::stray_lines).
    #[must_use]
    pub fn stray_lines(&self) -> u64 {
        self.inner.stray_lines()
    }
}

/// A request, ready to be sent: [`Call`](crate::Call) without async.
#[must_use = "a call is sent by `send`"]
pub struct Call<'a, R> {
    inner: client::Call<'a, R>,
    worker: &'a Worker,
}

impl<R: ClientRequest> Call<'_, R> {
    /// Sends the request, and waits for its response.
    ///
    /// # Errors
    ///
    /// Those of [`Call`](crate::Call).
    pub fn send(self) -> Result<R::Response> {
        self.worker.run(self.inner.into_future())
    }
}

impl Call<'_, Value> {
    /// Sends the request, and waits for its response.
    ///
    /// # Errors
    ///
    /// Those of [`Call`](crate::Call).
    pub fn send(self) -> Result<Value> {
        self.worker.run(self.inner.into_future())
    }
}

impl<R> Call<'_, R> {
    /// Waits no longer than `duration` for the response.
    pub fn timeout(self, duration: Duration) -> Self {
        Self { inner: self.inner.timeout(duration), ..self }
    }

    /// Waits as long as it takes.
    pub fn no_timeout(self) -> Self {
        Self { inner: self.inner.no_timeout(), ..self }
    }

    /// Tries again when the server is overloaded; see [`crate::Call::retry`].
    pub fn retry(self, policy: RetryPolicy) -> Self {
        Self { inner: self.inner.retry(policy), ..self }
    }
}

impl<'a, R> fmt::Debug for Call<'a, R>
where
    client::Call<'a, R>: fmt::Debug,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}

/// Notifications, in the order of the server: [`NotificationStream`](crate::NotificationStream) as
/// an iterator, which waits for the next.
#[derive(Debug)]
pub struct NotificationStream {
    inner: client::NotificationStream,
    waiter: Waiter,
}

impl NotificationStream {
    pub(super) fn new(inner: client::NotificationStream, worker: Arc<Worker>) -> Self {
        Self { inner, waiter: Waiter::new(worker) }
    }
}

impl Iterator for NotificationStream {
    type Item = Result<ServerNotification>;

    fn next(&mut self) -> Option<Self::Item> {
        next(&mut self.waiter, &mut self.inner)
    }
}

/// The next item of a stream. What is there already is taken without waking anybody.
pub(super) fn next<S, T>(waiter: &mut Waiter, stream: &mut S) -> Option<Result<T>>
where
    S: futures_core::Stream<Item = Result<T>> + Unpin,
{
    let mut poll = |cx: &mut Context<'_>| std::pin::Pin::new(&mut *stream).poll_next(cx);
    if let Poll::Ready(item) = poll(&mut Context::from_waker(Waker::noop())) {
        return item;
    }
    waiter.wait(std::future::poll_fn(poll))
}
