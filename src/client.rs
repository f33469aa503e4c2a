//! Typed calls: one method per request of the protocol, and the way to those that this version of
//! the crate does not know.

mod call;
mod methods;
mod notifications;

use std::{
    fmt,
    sync::{Arc, Weak},
};

use serde_json::Value;

use self::call::encode_raw;
#[cfg(feature = "blocking")]
pub(crate) use self::methods::client_methods;
pub(crate) use self::notifications::decode_next;
pub use self::{call::Call, notifications::NotificationStream};
use crate::{
    error::Result,
    retry::RetryPolicy,
    rpc::{Connection, Interest, Link, Options, Reconnect, Subscription, Topic},
    session::Session,
    transport::Transport,
    wire::ClientRequest,
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
    session: Arc<Session>,
    /// None for the client of a handler, which does not keep the connection open.
    link: Option<Arc<Link>>,
}

impl Client {
    /// Takes over a transport, without a word to the server. `approves` says whether the
    /// program replies when it asks for approval, `reconnect` opens another transport when this is
    /// lost.
    pub(crate) fn open(
        transport: Transport,
        retry: Option<RetryPolicy>,
        approves: bool,
        reconnect: Option<Box<dyn Reconnect>>,
        options: impl FnOnce(WeakClient) -> Options,
    ) -> Self {
        let options = |session| options(WeakClient { session });
        let session = Session::open(transport, retry, approves, reconnect, options);
        let link = session.connection().link();
        Self { session, link: Some(link) }
    }

    /// What the connection remembers.
    pub(crate) fn session(&self) -> &Arc<Session> {
        &self.session
    }

    /// Any request whose params type is known. The methods named after the protocol's are
    /// shorthands for this.
    pub fn request<R: ClientRequest>(&self, params: R) -> Call<'_, R> {
        Call::new(&self.session, params)
    }

    /// Any request, as JSON: one that this version of the crate does not know, or one whose types
    /// are in the way. A method that is known has the deadline, the place among the requests under
    /// way and the [retries](crate::CodexBuilder::retry) that it has as a typed call; another is
    /// treated as one that the server responds to at once.
    ///
    /// ```no_run
    /// # async fn example(codex: codex_app_server::Codex) -> codex_app_server::Result<()> {
    /// use std::time::Duration;
    /// use serde_json::json;
    ///
    /// let client = codex.client();
    /// let slow = client.request_raw("future/method", json!({"deep": true}));
    /// let response = slow.timeout(Duration::from_secs(300)).await?;
    /// # let _ = response; Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`Call`]; [`Error::InvalidInput`](crate::Error::InvalidInput) for params that are
    /// no object.
    pub fn request_raw<'a>(&'a self, method: &'a str, params: Value) -> Call<'a, Value> {
        Call::raw(&self.session, method, params)
    }

    /// Tells the server something, as JSON. Nobody responds: what the server does not know it
    /// passes over. The protocol has one notification of clients, `initialized`, which connecting
    /// has sent; this is for those of other versions.
    ///
    /// ```no_run
    /// # async fn example(codex: codex_app_server::Codex) -> codex_app_server::Result<()> {
    /// codex.client().notify("future/seen", serde_json::json!({"threadId": "…"})).await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Closed`](crate::Error::Closed) if the connection has ended,
    /// [`Error::InvalidInput`](crate::Error::InvalidInput) for params that are no object. Dropping
    /// the future before its end sends all of it or nothing.
    pub async fn notify(&self, method: &str, params: Value) -> Result<()> {
        let mut message = encode_raw(method, &params)?;
        message.push(b'}');
        self.connection().notify(method, message).await
    }

    /// All notifications of this connection from now on, of every thread.
    #[must_use]
    pub fn events(&self) -> NotificationStream {
        self.subscribe(Topic::Connection, Interest::All)
    }

    /// Some notifications from now on.
    pub(crate) fn subscribe(&self, topic: Topic, interest: Interest) -> NotificationStream {
        self.stream(self.connection().subscribe(topic, interest))
    }

    /// What a subscription of this connection gives, as a stream.
    pub(crate) fn stream(&self, subscription: Subscription) -> NotificationStream {
        NotificationStream::new(subscription, self.link.clone())
    }

    /// How many lines the server process has printed on stdout that were not messages. They are
    /// skipped; [`events`](Self::events) shows each.
    #[must_use]
    pub fn stray_lines(&self) -> u64 {
        self.connection().stray_lines()
    }

    /// The same for somebody who does not keep the connection open.
    pub(crate) fn without_link(&self) -> Self {
        Self { session: Arc::clone(&self.session), link: None }
    }

    /// What makes clients that do not keep the connection open.
    pub(crate) fn downgrade(&self) -> WeakClient {
        WeakClient { session: Arc::downgrade(&self.session) }
    }

    pub(crate) fn connection(&self) -> &Connection {
        self.session.connection()
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").finish_non_exhaustive()
    }
}

/// What makes clients that do not keep the connection open.
#[derive(Clone)]
pub(crate) struct WeakClient {
    session: Weak<Session>,
}

impl WeakClient {
    /// The client, unless the connection has been given up.
    pub(crate) fn upgrade(&self) -> Option<Client> {
        Some(Client { session: self.session.upgrade()?, link: None })
    }
}
