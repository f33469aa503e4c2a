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

#[cfg(feature = "blocking")]
pub(crate) use self::methods::client_methods;
pub(crate) use self::notifications::decode_next;
pub use self::{call::Call, notifications::NotificationStream};
use crate::{
    error::{Error, Result},
    generated::v2_all::TurnStartParams,
    json::{decode, encode},
    retry::RetryPolicy,
    rpc::{
        Connection, Deadline, Interest, Lane, Link, Options, Orphan, StartedTurn, Subscription,
        Topic,
    },
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
    /// program replies when it asks for approval.
    pub(crate) fn open(
        transport: Transport,
        retry: Option<RetryPolicy>,
        approves: bool,
        options: impl FnOnce(WeakClient) -> Options,
    ) -> Self {
        let options = |session| options(WeakClient { session });
        let session = Session::open(transport, retry, approves, options);
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
        let request = encode(method, &params)?;
        drop(params);
        let sent = self.connection().request(method, request, Lane::Short, Deadline::Default);
        let response = sent.await?;
        decode(method, &response)
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

    /// Starts a turn, and hears all of it. The params do not live as long as the future: they may
    /// be large. `orphan` gets a turn for which the future was dropped too late.
    pub(crate) fn start_turn(
        &self,
        params: TurnStartParams,
        interest: Interest,
        orphan: Option<Orphan>,
    ) -> impl Future<Output = Result<StartedTurn>> + Send {
        let request = self.session.turn_start(&params);
        let thread = params.thread_id;
        async move {
            let connection = self.connection();
            connection.request_turn("turn/start", request?, thread, interest, orphan).await
        }
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
