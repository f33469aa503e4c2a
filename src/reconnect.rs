//! Opening a connection again when it is lost: how often, and what is told of it.

mod catch_up;
mod opening;

use std::{fmt, sync::Arc, time::Duration};

pub(crate) use self::opening::{Dial, Opening, Request};
use crate::{
    error::{Closed, Error},
    retry::RetryPolicy,
};

/// That a connection is opened again when it is lost, for
/// [`CodexBuilder::reconnect`](crate::CodexBuilder::reconnect).
///
/// ```no_run
/// # async fn example() -> codex_app_server::Result<()> {
/// use codex_app_server::{Codex, ConnectionEvent, Reconnect};
///
/// let reconnect = Reconnect::new().on_event(|event| match event {
///     ConnectionEvent::Restored(restored) => {
///         for missing in &restored.missing {
///             eprintln!("lost for good: {missing}");
///         }
///     }
///     other => eprintln!("{other:?}"),
/// });
/// let codex = Codex::builder().reconnect(reconnect).connect_stdio().await?;
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct Reconnect {
    attempts: RetryPolicy,
    on_event: Option<Listener>,
}

type Listener = Arc<dyn Fn(&ConnectionEvent) + Send + Sync>;

impl Default for Reconnect {
    /// 20 attempts, the first at once, then after 100 ms doubling up to 5 s, ±20 %: for about a
    /// minute and a half.
    fn default() -> Self {
        let delays = (Duration::from_millis(100), Duration::from_secs(5));
        let attempts = RetryPolicy::new().max_attempts(20).delays(delays.0, delays.1);
        Self { attempts, on_event: None }
    }
}

impl Reconnect {
    /// The defaults.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets how often it is tried each time that the connection is lost, and the waits between
    /// attempts. Unless the policy [says when](RetryPolicy::when), what cannot pass by itself ends
    /// it: a refused token, a server of another version, no codex binary.
    #[must_use]
    pub fn attempts(mut self, policy: RetryPolicy) -> Self {
        self.attempts = policy;
        self
    }

    /// Tells of what happens, in the order in which it does. It is called by the task that reads:
    /// it must not wait for anything, least of all for this connection.
    #[must_use]
    pub fn on_event(mut self, listener: impl Fn(&ConnectionEvent) + Send + Sync + 'static) -> Self {
        self.on_event = Some(Arc::new(listener));
        self
    }

    fn tell(&self, event: &ConnectionEvent) {
        tracing::debug!(?event, "reconnecting");
        if let Some(listener) = &self.on_event {
            listener(event);
        }
    }
}

impl fmt::Debug for Reconnect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reconnect").field("attempts", &self.attempts).finish_non_exhaustive()
    }
}

/// What happens to a connection that is opened again.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum ConnectionEvent {
    /// It is lost, and is about to be opened again.
    Lost(Closed),
    /// An attempt has failed, and another follows.
    #[non_exhaustive]
    AttemptFailed {
        /// Why.
        error: Error,
        /// The wait before the next attempt.
        retry_in: Duration,
    },
    /// It is back, and everything goes on.
    Restored(Restored),
    /// It does not come back: all that waits for it ends with
    /// [`CloseReason::NotReconnected`](crate::CloseReason::NotReconnected).
    GivenUp(Error),
}

/// How a connection has come back.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Restored {
    /// How long it was away.
    pub after: Duration,
    /// The threads that go on.
    pub threads: Vec<String>,
    /// What was lost for good.
    pub missing: Vec<Missing>,
}

/// Something that a server which was reached again did not tell.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Missing {
    /// The thread.
    pub thread_id: String,
    /// The turn, if it is about one.
    pub turn_id: Option<String>,
    /// What is missing, and why.
    pub what: String,
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { thread_id, turn_id, what } = self;
        match turn_id {
            Some(turn) => write!(f, "turn {turn} of thread {thread_id}: {what}"),
            None => write!(f, "thread {thread_id}: {what}"),
        }
    }
}
