//! One request.

use std::{fmt, future::IntoFuture, pin::Pin, time::Duration};

use bytes::Bytes;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::{
    error::{Error, Result},
    generated::v2_all::treatment,
    json::{decode, encode},
    redact::ShownJson,
    retry::{RetryPolicy, retry_on_overload},
    rpc::{Deadline, Lane},
    session::Session,
    wire::{ClientRequest, Treatment},
};

/// A request, ready to be sent: `.await` it.
///
/// # Errors
///
/// - [`Error::Rpc`](crate::Error::Rpc) if the server refuses,
/// - [`Error::RequestTimeout`](crate::Error::RequestTimeout) if it does not respond within the
///   deadline (30 seconds unless set otherwise; none for requests that take as long as their work,
///   such as `command/exec`),
/// - [`Error::Decode`](crate::Error::Decode) if the response does not fit its type,
/// - [`Error::Closed`](crate::Error::Closed) if the connection ends first.
///
/// # Cancellation and order
///
/// Dropping the future before its response forgets the request; the server may still act on it.
/// Requests are sent in the order in which they are first polled, at most 64 are under way at once,
/// and the others wait. One that was sent and given up counts until its response comes, or for a
/// minute. Those that take as long as their work have places of their own, 32, and those that end
/// the work of another (`turn/interrupt`, `command/exec/terminate`, …) wait for no place.
#[must_use = "a call is sent when it is awaited"]
pub struct Call<'a, R> {
    session: &'a Session,
    method: &'a str,
    params: R,
    lane: Lane,
    deadline: Deadline,
    retry: Option<RetryPolicy>,
}

impl<'a, R> Call<'a, R> {
    fn treated(session: &'a Session, method: &'a str, params: R, treatment: Treatment) -> Self {
        let Treatment { deadline, read_only, control } = treatment;
        Self {
            session,
            method,
            params,
            lane: match (control, deadline) {
                (true, _) => Lane::Control,
                (false, true) => Lane::Short,
                (false, false) => Lane::Long,
            },
            deadline: if deadline { Deadline::Default } else { Deadline::Never },
            retry: session.retry_policy().filter(|_| read_only).cloned(),
        }
    }

    fn encoded(self, request: Result<Vec<u8>>) -> Encoded<'a> {
        let Self { session, method, lane, deadline, retry, .. } = self;
        Encoded { session, method, request, lane, deadline, retry }
    }
}

impl<'a> Call<'a, Value> {
    /// One whose method may be unknown. One that is known is treated as that.
    pub(super) fn raw(session: &'a Session, method: &'a str, params: Value) -> Self {
        let unknown = Treatment { deadline: true, read_only: false, control: false };
        Self::treated(session, method, params, treatment(method).unwrap_or(unknown))
    }
}

impl<'a, R: ClientRequest> Call<'a, R> {
    pub(super) fn new(session: &'a Session, params: R) -> Self {
        let treatment =
            Treatment { deadline: R::DEADLINE, read_only: R::READ_ONLY, control: R::CONTROL };
        Self::treated(session, R::METHOD, params, treatment)
    }

    /// Sends it, and reads `T` out of the response: a type with less in it than its own.
    pub(crate) fn read<T: DeserializeOwned>(self) -> impl Future<Output = Result<T>> + Send + 'a {
        let encoded = self.encode();
        async move { decode(R::METHOD, &encoded.send().await?) }
    }

    fn encode(self) -> Encoded<'a> {
        let request = encode(R::METHOD, &self.params);
        self.encoded(request)
    }
}

impl<R> Call<'_, R> {
    /// Waits no longer than `duration` for the response.
    pub fn timeout(mut self, duration: Duration) -> Self {
        self.deadline = Deadline::After(duration);
        self
    }

    /// Waits as long as it takes.
    pub fn no_timeout(mut self) -> Self {
        self.deadline = Deadline::Never;
        self.lane = self.lane.without_deadline();
        self
    }

    /// Tries again when the server is overloaded. Only for what may be done twice.
    /// [`CodexBuilder::retry`](crate::CodexBuilder::retry) sets it for all requests that only read.
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.retry = Some(policy);
        self
    }
}

impl<'a, R: ClientRequest> IntoFuture for Call<'a, R> {
    type Output = Result<R::Response>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send + 'a>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.read())
    }
}

impl<'a> IntoFuture for Call<'a, Value> {
    type Output = Result<Value>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send + 'a>>;

    fn into_future(self) -> Self::IntoFuture {
        let (method, request) = (self.method, encode_raw(self.method, &self.params));
        let encoded = self.encoded(request);
        Box::pin(async move { decode(method, &encoded.send().await?) })
    }
}

/// Writes a message that is given as JSON, as [`encode`] does.
pub(super) fn encode_raw(method: &str, params: &Value) -> Result<Vec<u8>> {
    if !params.is_object() {
        return Err(Error::invalid(
            "params",
            format!(
                "`{method}` was given {params}; the server takes objects only, `{{}}` for none"
            ),
        ));
    }
    encode(method, params)
}

/// What is common to all calls, and so is compiled once.
struct Encoded<'a> {
    session: &'a Session,
    method: &'a str,
    request: Result<Vec<u8>>,
    lane: Lane,
    deadline: Deadline,
    retry: Option<RetryPolicy>,
}

impl Encoded<'_> {
    async fn send(self) -> Result<Bytes> {
        let request = self.request?;
        let connection = self.session.connection();
        let send = |request| connection.request(self.method, request, self.lane, self.deadline);
        match self.retry {
            Some(policy) => retry_on_overload(policy, || send(request.clone())).await,
            None => send(request).await,
        }
    }
}

impl<R: ClientRequest + fmt::Debug> fmt::Debug for Call<'_, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.show(&self.params, f)
    }
}

impl fmt::Debug for Call<'_, Value> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.show(&ShownJson(&self.params), f)
    }
}

impl<R> Call<'_, R> {
    fn show(&self, params: &dyn fmt::Debug, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call")
            .field("method", &self.method)
            .field("params", params)
            .field("deadline", &self.deadline)
            .field("retry", &self.retry)
            .finish_non_exhaustive()
    }
}
