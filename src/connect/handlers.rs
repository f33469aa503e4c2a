//! Who replies to the server's own requests: an option for each kind.

use std::time::Duration;

use super::CodexBuilder;
use crate::{
    client::Client,
    generated::v2_all::ServerRequest,
    handlers::{IntoReply, kinds},
    policy::Policy,
    reply::Reply,
};

macro_rules! setters {
    ($($doc:literal $on:ident $name:ident($params:ident) = $variant:ident;)*) => {
        /// Handlers of one kind of request each.
        ///
        /// What holds for [`on_server_request`](Self::on_server_request) holds for them: each
        /// request runs on a task of its own, as many at once as there, and a handler whose request
        /// was resolved elsewhere is dropped. An error or a panic of a handler declines, and is
        /// logged. Setting one tells the server that this client takes such requests, where it has
        /// to know (`capabilities` of `initialize`), so that it sends them.
        impl CodexBuilder {
            $(
                #[doc = concat!("Replies when the server asks ", $doc, ". The [`", stringify!($name), "`](crate::", stringify!($name), ") has the replies that it allows.")]
                pub fn $on<F, A>(mut self, handler: F) -> Self
                where
                    F: Fn(crate::$name) -> A + Send + Sync + 'static,
                    A: Future<Output: IntoReply> + Send + 'static,
                {
                    self.handlers.set(handler);
                    self
                }
            )*
        }
    };
}
kinds!(setters);

impl CodexBuilder {
    /// Replies to the server's requests that have no handler of their own kind: approvals,
    /// questions, tool calls, and those that this version of the crate does not know.
    ///
    /// Each request runs on a task of its own, so that a slow handler delays nothing else, and may
    /// call the client, which does not keep the connection open: after its end the calls fail with
    /// [`Error::Closed`](crate::Error::Closed). 64 are at work at once, 1,024 more wait in order,
    /// and any beyond these are declined. A handler that panics, or whose reply is for another kind
    /// of request, declines; a request that somebody else replies to first is cancelled. Without a
    /// handler all are [declined](Reply::decline). The server is told of nothing by this one: some
    /// kinds it sends only where their own handler is set, or requests are held.
    pub fn on_server_request<F, A>(mut self, handler: F) -> Self
    where
        F: Fn(ServerRequest, Client) -> A + Send + Sync + 'static,
        A: Future<Output = Reply> + Send + 'static,
    {
        self.handlers.set_general(handler);
        self
    }

    /// Holds the requests that have no handler, for the program to take them where it wants to:
    /// from [`Codex::server_requests`](crate::Codex::server_requests), or among the events of a
    /// turn, with [`TurnHandle::next_event`](crate::TurnHandle::next_event). Whoever comes first
    /// takes a request. One that nobody takes within `limit` is declined; whoever has taken it may
    /// take longer.
    ///
    /// Reading a turn with [`next`](crate::TurnHandle::next) or [`run`](crate::TurnHandle::run)
    /// takes none. As many are held as handlers would be at work, see
    /// [`on_server_request`](Self::on_server_request), beside which this has no effect.
    pub fn hold_requests(mut self, limit: Duration) -> Self {
        self.handlers.set_hold(limit);
        self
    }

    /// Decides on approvals before a handler is asked; see [`Policy`]. What the policy does not
    /// decide goes to the handlers, or is held, as if there were no policy.
    pub fn approvals(mut self, policy: impl Into<Policy>) -> Self {
        let policy = policy.into();
        self.policy = Some(Box::new(move |mut handlers| {
            Box::pin(async move {
                let decider = policy.start().await?;
                handlers.set_policy(move |question| decider.clone().decide(question));
                Ok(handlers)
            })
        }));
        self
    }
}
