//! What a tool knows of the call that it runs for.

use std::fmt;

use tokio::sync::watch;

use crate::client::Client;

/// The call that a tool runs for.
#[derive(Clone)]
pub struct ToolContext {
    pub(super) thread_id: String,
    pub(super) turn_id: String,
    pub(super) call_id: String,
    pub(super) client: Client,
    /// Its sender lives as long as somebody waits for the output.
    pub(super) waited_for: watch::Receiver<()>,
}

impl ToolContext {
    /// The id of the thread whose agent calls.
    #[must_use]
    pub fn thread_id(&self) -> &str {
        &self.thread_id
    }

    /// The id of the turn.
    #[must_use]
    pub fn turn_id(&self) -> &str {
        &self.turn_id
    }

    /// The id of the call, which is that of its item.
    #[must_use]
    pub fn call_id(&self) -> &str {
        &self.call_id
    }

    /// The client of the connection, for what a tool has to ask itself. It does not keep the
    /// connection open: after its end calls fail with [`Error::Closed`](crate::Error::Closed).
    #[must_use]
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Whether nobody waits for the output any more: the turn was interrupted, the connection has
    /// ended, or the tool's time is over. The tool's own future is dropped then; this is for what
    /// goes on beside it.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.waited_for.has_changed().is_err()
    }

    /// Waits until nobody waits for the output any more.
    pub async fn cancelled(&self) {
        let mut waited_for = self.waited_for.clone();
        // Nothing is ever sent: this ends when the sender is dropped.
        while waited_for.changed().await.is_ok() {}
    }
}

impl fmt::Debug for ToolContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ToolContext")
            .field("thread_id", &self.thread_id)
            .field("turn_id", &self.turn_id)
            .field("call_id", &self.call_id)
            .finish_non_exhaustive()
    }
}
