//! Who replies to the server's own requests, without async.

use std::{sync::Arc, time::Duration};

use super::{client::Client, connect::CodexBuilder, worker::unblock};
use crate::{
    generated::v2_all::ServerRequest,
    handlers::{Asked, IntoReply, kinds},
    policy::Policy,
    reply::Reply,
};

macro_rules! setters {
    ($($doc:literal $on:ident $name:ident($params:ident) = $variant:ident;)*) => {
        /// Handlers of one kind of request each, as [`crate::CodexBuilder`] has them. Each call has
        /// a thread of its own to block on, and may use [`Asked::blocking_client`]. One whose
        /// request was resolved elsewhere runs on, and its reply is not sent.
        impl CodexBuilder {
            $(
                #[doc = concat!("Replies when the server asks ", $doc, ". The [`", stringify!($name), "`](crate::", stringify!($name), ") has the replies that it allows.")]
                pub fn $on<F, R>(self, handler: F) -> Self
                where
                    F: Fn(crate::$name) -> R + Send + Sync + 'static,
                    R: IntoReply + Send + 'static,
                {
                    let handler = Arc::new(handler);
                    Self(self.0.$on(move |request| {
                        let handler = Arc::clone(&handler);
                        async move {
                            let reply = unblock(move || handler(request)).await;
                            reply.ok_or("it was stopped")?.into_reply()
                        }
                    }))
                }
            )*
        }
    };
}
kinds!(setters);

impl CodexBuilder {
    /// Replies to the server's requests that have no handler of their own kind; see
    /// [`crate::CodexBuilder::on_server_request`]. Each call has a thread of its own to block on.
    pub fn on_server_request<F>(self, handler: F) -> Self
    where
        F: Fn(ServerRequest) -> Reply + Send + Sync + 'static,
    {
        let handler = Arc::new(handler);
        Self(self.0.on_server_request(move |request, _client| {
            let handler = Arc::clone(&handler);
            async move {
                let refusal = Reply::decline(&request);
                unblock(move || handler(request)).await.unwrap_or(refusal)
            }
        }))
    }

    /// Holds the requests that have no handler, for the program to take them; see
    /// [`crate::CodexBuilder::hold_requests`].
    pub fn hold_requests(self, limit: Duration) -> Self {
        Self(self.0.hold_requests(limit))
    }

    /// Decides on approvals before a handler is asked; see [`crate::CodexBuilder::approvals`].
    pub fn approvals(self, policy: impl Into<Policy>) -> Self {
        Self(self.0.approvals(policy))
    }
}

impl<P> Asked<P> {
    /// The client of the connection, for a handler that waits for what it asks: see
    /// [`client`](Self::client). In async code its calls are refused with
    /// [`Error::InvalidInput`](crate::Error::InvalidInput).
    #[must_use]
    pub fn blocking_client(&self) -> Client {
        Client::of(self.client())
    }
}
