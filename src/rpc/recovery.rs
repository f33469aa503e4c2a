//! How a lost connection comes back: what opens another, and what that has to find out before the
//! program goes on.

use std::{future::pending, pin::Pin, process::ExitStatus, sync::Arc};

use bytes::Bytes;

use super::{
    connection::Connection,
    link::Shared,
    message::Payload,
    progress::MissedThread,
    request::{Awaited, Deadline},
    slots::Lane,
};
use crate::{
    error::{CloseReason, Closed, Error, Result},
    transport::Transport,
};

pub(crate) type Boxed<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Opens a connection again.
pub(crate) trait Reconnect: Send + Sync {
    /// Opens another transport, when it is time. It is called again when that is lost, too, or
    /// [`restore`](Self::restore) has failed. An error gives the connection up.
    fn dial<'a>(&'a mut self, lost: &'a Closed) -> Boxed<'a, Result<Transport, CloseReason>>;

    /// Begins anew with the server, and finds out what was missed. Until it is done notifications
    /// wait, and so do the requests of the program.
    fn restore(&mut self, recovery: Recovery) -> Boxed<'static, Result<()>>;
}

/// How a process has ended, and what it said.
pub(super) type LastWords = (Option<ExitStatus>, String);

/// What finds out what was missed, on a connection that was opened again.
pub(super) type Restoring = Boxed<'static, Result<()>>;

/// Finds out what was missed while the connection was away, and lets the program go on; ends only
/// if that fails.
pub(super) async fn restore(shared: &Shared, restoring: Option<Restoring>) -> CloseReason {
    if let Some(restoring) = restoring {
        if let Err(error) = restoring.await {
            return CloseReason::Io(format!("{error:?}"));
        }
        shared.come_back();
    }
    pending().await
}

/// A connection that is being brought back.
pub(crate) struct Recovery {
    connection: Connection,
}

impl Recovery {
    pub(super) fn new(shared: &Arc<Shared>) -> Self {
        Self { connection: Connection::of(shared) }
    }

    /// Sends a request, written by [`encode`](crate::json::encode).
    pub(crate) async fn request(&self, method: &str, request: Vec<u8>) -> Result<Bytes> {
        let (awaited, deadline) = (Awaited::passing(), Deadline::Default);
        self.connection.send(method, request, Lane::Control, deadline, awaited).await
    }

    /// Sends a notification, a whole message.
    pub(crate) async fn notify(&self, message: &'static str) -> Result<()> {
        match self.connection.shared().outbox.send(message.into()).await {
            Ok(()) => Ok(()),
            Err(_) => Err(self.connection.gone("initialized", false).await),
        }
    }

    /// The threads of which something may be missed.
    pub(crate) fn missed(&self) -> Vec<MissedThread> {
        self.connection.shared().router().missed()
    }

    /// Whether these are the ids of what was heard of a turn, or nothing was.
    pub(crate) fn knows(&self, thread: &str, turn: &str, items: &[String]) -> bool {
        let router = self.connection.shared().router();
        router.progress.as_ref().is_none_or(|progress| progress.knows(thread, turn, items))
    }

    /// Hands out what was missed, unless it is known; says whether it did.
    pub(crate) fn hear(&self, missed: Payload) -> bool {
        self.connection.shared().router().recover(missed)
    }

    /// A turn has begun with the message of a request that had no response.
    pub(crate) fn started(&self, message: &str, turn: &str) {
        let mut router = self.connection.shared().router();
        if let Some(id) = router.pending.start_with(message) {
            let response = serde_json::json!({"turn": {"id": turn}});
            router.complete(id, Ok(response.to_string().into()));
        }
    }

    /// No turn has begun with a message.
    pub(crate) fn not_started(&self, message: &str) {
        let mut router = self.connection.shared().router();
        // This wakes whoever waits for the response.
        if let Some(id) = router.pending.start_with(message) {
            drop(router.pending.take(id));
        }
    }

    /// A turn, or a thread with all its turns, will not be heard of any more.
    pub(crate) fn give_up(&self, thread: &str, turn: Option<&str>, why: &Error) {
        let reason = CloseReason::NotRecovered(format!("{why:?}"));
        let closed = Closed { reason, exit_status: None, stderr: String::new() };
        self.connection.shared().router().give_up(thread, turn, closed);
    }
}
