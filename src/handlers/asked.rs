//! A request of the server as its handler gets it: its params, and what they refer to.

use std::{borrow::Cow, fmt, ops::Deref, sync::OnceLock};

use serde::Deserialize;

use crate::{
    client::Client,
    error::Result,
    generated::v2_all::ThreadItem,
    reply::Reply,
    rpc::{Payload, Recalled},
    wire::ServerRequestParams,
};

/// A request of the server: its params (`P`, which it dereferences to), what they refer to, and the
/// replies that it allows.
///
/// Each kind has a name of its own, such as [`CommandApproval`](super::CommandApproval), and its
/// own words to reply with. All of them give a [`Reply`], which the handler returns; a reply that
/// this request does not allow is an [`InvalidInput`](crate::Error::InvalidInput), and nothing is
/// sent before the handler has returned.
///
/// ```no_run
/// # async fn example() -> codex_app_server::Result<()> {
/// use codex_app_server::Codex;
///
/// let codex = Codex::builder()
///     .on_command_approval(|request| async move {
///         match request.shell_command().as_deref() {
///             Some("cargo test") => request.accept(),
///             _ => request.decline(),
///         }
///     })
///     .connect_stdio()
///     .await?;
/// # Ok(()) }
/// ```
pub struct Asked<P> {
    params: P,
    client: Client,
    thread: Option<String>,
    turn: Option<String>,
    item_id: Option<String>,
    recalled: Recalled,
    item: OnceLock<Option<Box<ThreadItem>>>,
}

impl<P: ServerRequestParams> Asked<P> {
    /// Reads a request.
    ///
    /// # Errors
    ///
    /// When its params do not fit.
    pub(super) fn read(payload: &Payload, client: Client) -> Result<Self> {
        Ok(Self::new(payload.read()?, payload, client))
    }

    /// Declines: the safe reply, which is also given when there is no handler
    /// ([`Reply::decline`]).
    ///
    /// # Errors
    ///
    /// None; it is a `Result` as those of the other replies are.
    pub fn decline(&self) -> Result<Reply> {
        Ok(Reply::decline_method(P::METHOD))
    }

    /// The response of this kind.
    pub(super) fn reply(&self, response: P::Response) -> Reply {
        Reply::to(&self.params, response)
    }
}

impl<P> Asked<P> {
    pub(super) fn new(params: P, payload: &Payload, client: Client) -> Self {
        let json = payload.params();
        let ids: Ids<'_> = serde_json::from_str(&json).unwrap_or_default();
        let thread = payload.thread_id().or(ids.conversation_id.as_deref());
        let (turn, item) = (payload.turn_id(), ids.item_id.or(ids.call_id));
        Self {
            recalled: client.connection().recall(thread, turn, item.as_deref()),
            thread: thread.map(str::to_owned),
            turn: turn.map(str::to_owned),
            item_id: item.map(Cow::into_owned),
            item: OnceLock::new(),
            params,
            client,
        }
    }

    /// The id of the thread that asks, if this kind of request names one.
    #[must_use]
    pub fn thread_id(&self) -> Option<&str> {
        self.thread.as_deref()
    }

    /// The id of the turn that asks, if the request names one.
    #[must_use]
    pub fn turn_id(&self) -> Option<&str> {
        self.turn.as_deref()
    }

    /// The id of the item that the request is about, if it names one.
    #[must_use]
    pub fn item_id(&self) -> Option<&str> {
        self.item_id.as_deref()
    }

    /// The id of the thread that has started the one that asks, if that is a sub-agent's whose
    /// start this connection has heard of.
    #[must_use]
    pub fn parent_thread_id(&self) -> Option<&str> {
        self.recalled.parent.as_deref()
    }

    /// The item that the request is about, as it was started (`item/started`): a command with its
    /// folder, a file change with its diffs. `None` if the request is about none, or this
    /// connection has not heard of it: a request that was sent again after a thread was resumed, or
    /// one of very many.
    pub fn item(&self) -> Option<&ThreadItem> {
        #[derive(Deserialize)]
        struct Started {
            item: ThreadItem,
        }
        let read = || {
            let started: Started = self.recalled.item.as_ref()?.read().ok()?;
            Some(Box::new(started.item))
        };
        self.item.get_or_init(read).as_deref()
    }

    /// The client of the connection, for what a handler has to ask itself. It does not keep the
    /// connection open: after its end calls fail with [`Error::Closed`](crate::Error::Closed).
    #[must_use]
    pub fn client(&self) -> &Client {
        &self.client
    }
}

/// The params.
impl<P> Deref for Asked<P> {
    type Target = P;

    fn deref(&self) -> &P {
        &self.params
    }
}

impl<P: fmt::Debug> fmt::Debug for Asked<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Asked")
            .field("params", &self.params)
            .field("parent_thread_id", &self.recalled.parent)
            .finish_non_exhaustive()
    }
}

/// Where the kinds of requests keep the ids that route no message.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Ids<'a> {
    #[serde(borrow)]
    item_id: Option<Cow<'a, str>>,
    #[serde(borrow)]
    call_id: Option<Cow<'a, str>>,
    #[serde(borrow)]
    conversation_id: Option<Cow<'a, str>>,
}

/// Why a handler gives no reply.
pub(super) type Refusal = Box<dyn std::error::Error + Send + Sync>;

/// What a handler may return: a [`Reply`], or a `Result` of one. An error declines, and is logged.
pub trait IntoReply {
    /// The reply, or why there is none.
    ///
    /// # Errors
    ///
    /// Those of the handler.
    fn into_reply(self) -> Result<Reply, Refusal>;
}

impl IntoReply for Reply {
    fn into_reply(self) -> Result<Reply, Refusal> {
        Ok(self)
    }
}

impl<E: Into<Refusal>> IntoReply for Result<Reply, E> {
    fn into_reply(self) -> Result<Reply, Refusal> {
        self.map_err(Into::into)
    }
}
