//! Typed calls: one method per request of the protocol, and the way to those that this version of
//! the crate does not know.

mod methods;

use std::{
    fmt,
    future::IntoFuture,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use futures_core::Stream;
use serde_json::{Value, value::RawValue};

use crate::{
    error::{Error, Result},
    generated::v2_all::{ClientRequest, ServerNotification},
    json::{decode, encode},
    retry::{RetryPolicy, retry_on_overload},
    rpc::{Connection, Deadline, Interest, Subscription, Topic, shown},
};

/// Every request of the protocol, typed. Clones share the connection.
///
/// Reached through [`Codex::client`](crate::Codex::client). Each method returns a [`Call`], which
/// is sent when it is awaited:
///
/// ```no_run
/// # async fn example(codex: &codex_app_server::Codex) -> codex_app_server::Result<()> {
/// use codex_app_server::generated::v2_all::ModelListParams;
///
/// let models = codex.client().model_list(ModelListParams::new().include_hidden(true)).await?;
/// # let _ = models; Ok(()) }
/// ```
#[derive(Clone)]
pub struct Client {
    connection: Connection,
}

impl Client {
    pub(crate) fn new(connection: Connection) -> Self {
        Self { connection }
    }

    pub(crate) fn connection(&self) -> &Connection {
        &self.connection
    }

    /// Any request whose params type is known. The methods named after the protocol's are
    /// shorthands for this.
    pub fn request<R: ClientRequest>(&self, params: R) -> Call<'_, R> {
        Call {
            client: self,
            params,
            deadline: if R::DEADLINE { Deadline::Default } else { Deadline::Never },
            retry: self.connection.retry_policy().filter(|_| R::READ_ONLY).cloned(),
        }
    }

    /// A request that this version of the crate does not know, as JSON.
    ///
    /// # Errors
    ///
    /// Those of [`Call`].
    pub async fn request_raw(&self, method: &str, params: Value) -> Result<Value> {
        if !params.is_object() {
            return Err(Error::invalid(
                "params",
                format!(
                    "`{method}` was given {params}; the server takes objects only, `{{}}` for none"
                ),
            ));
        }
        let params = encode(&params)?;
        let answer = self.connection.request(method, &params, Deadline::Default).await?;
        decode(method, &answer)
    }

    /// What is common to all calls.
    async fn call(
        &self,
        method: &str,
        params: &RawValue,
        deadline: Deadline,
        retry: Option<RetryPolicy>,
    ) -> Result<Bytes> {
        let call = || self.connection.request(method, params, deadline);
        match retry {
            Some(policy) => retry_on_overload(policy, call).await,
            None => call().await,
        }
    }

    /// All notifications of this connection from now on, of every thread.
    #[must_use]
    pub fn events(&self) -> Events {
        Events::new(self.connection.subscribe(Topic::Connection, Interest::All))
    }

    /// How many lines the server process has printed on stdout that were not messages. They are
    /// skipped; [`events`](Self::events) shows each.
    #[must_use]
    pub fn stray_lines(&self) -> u64 {
        self.connection.stray_lines()
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").finish_non_exhaustive()
    }
}

/// A request, ready to be sent: `.await` it.
///
/// # Errors
///
/// - [`Error::Rpc`] if the server refuses,
/// - [`Error::RequestTimeout`] if it does not answer within the deadline (30 seconds unless set
///   otherwise; none for requests that take as long as their work, such as `command/exec`),
/// - [`Error::Decode`] if the answer does not fit its type,
/// - [`Error::Closed`] if the connection ends first.
///
/// # Cancellation and order
///
/// Dropping the future before its answer forgets the request; the server may still act on it.
/// Requests are sent in the order in which they are first polled, at most 64 are under way at once,
/// and the others wait.
#[must_use = "a call is sent when it is awaited"]
#[derive(Debug)]
pub struct Call<'a, R> {
    client: &'a Client,
    params: R,
    deadline: Deadline,
    retry: Option<RetryPolicy>,
}

impl<R> Call<'_, R> {
    /// Waits no longer than `duration` for the answer.
    pub fn timeout(mut self, duration: Duration) -> Self {
        self.deadline = Deadline::After(duration);
        self
    }

    /// Tries again when the server is overloaded. Only for what may be done twice.
    /// [`CodexBuilder::retry`](crate::CodexBuilder::retry) sets it for all requests that only read.
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.retry = Some(policy);
        self
    }

    /// Waits as long as it takes.
    pub fn no_timeout(mut self) -> Self {
        self.deadline = Deadline::Never;
        self
    }
}

impl<'a, R: ClientRequest> IntoFuture for Call<'a, R> {
    type Output = Result<R::Response>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send + 'a>>;

    fn into_future(self) -> Self::IntoFuture {
        let Self { client, params, deadline, retry } = self;
        let params = encode(&params);
        Box::pin(async move {
            let answer = client.call(R::METHOD, &params?, deadline, retry).await?;
            decode(R::METHOD, &answer)
        })
    }
}

/// A stream of notifications, in the order of the server.
///
/// Nothing is decoded before it is read. Two kinds of error are part of the stream and do not end
/// it: [`Error::Lagged`], where this reader was so slow that deltas had to be dropped; and
/// [`Error::StrayOutput`]. Any other error is the last item.
pub struct Events {
    subscription: Subscription,
    ended: bool,
}

impl Events {
    pub(crate) fn new(subscription: Subscription) -> Self {
        Self { subscription, ended: false }
    }

    /// The next notification; `None` after the end. Dropping the future loses nothing.
    ///
    /// # Errors
    ///
    /// See [`Events`].
    pub async fn next(&mut self) -> Option<Result<ServerNotification>> {
        std::future::poll_fn(|cx| self.poll(cx)).await
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<ServerNotification>>> {
        if self.ended {
            return Poll::Ready(None);
        }
        self.subscription.poll_next(cx).map(|event| shown(event?, &mut self.ended))
    }
}

impl Stream for Events {
    type Item = Result<ServerNotification>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll(cx)
    }
}

impl fmt::Debug for Events {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Events").finish_non_exhaustive()
    }
}
