//! A turn: one run of the agent, while it runs.

mod control;
mod reader;

use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll},
};

use futures_core::Stream;

pub use self::control::TurnControl;
pub(crate) use self::{
    control::{found_turn, interrupt, not_active, steer},
    reader::{MapPayload, TurnReader},
};
use crate::{
    client::{Client, NotificationStream},
    error::Result,
    generated::v2_all::ServerNotification,
    input::Input,
    result::RunResult,
};

/// A turn that is running, or has just ended.
///
/// It is a [`Stream`] of the turn's notifications, in the order of the server, complete from the
/// first to `turn/completed`, which is the last. Two kinds of error do not end the stream:
/// [`Error::Lagged`](crate::Error::Lagged), where this reader was so slow that deltas had to be
/// dropped, and [`Error::StrayOutput`](crate::Error::StrayOutput).
///
/// Dropping the handle frees what is unread and leaves the turn running.
///
/// ```no_run
/// # async fn example(thread: codex_app_server::Thread) -> codex_app_server::Result<()> {
/// use codex_app_server::generated::v2_all::ServerNotification;
///
/// let mut turn = thread.turn("Tell me a story.").await?;
/// while let Some(event) = turn.next().await {
///     if let ServerNotification::ItemAgentMessageDelta(delta) = event? {
///         print!("{}", delta.delta);
///     }
/// }
/// let result = turn.run().await?;
/// # Ok(()) }
/// ```
pub struct TurnHandle {
    control: TurnControl,
    reader: TurnReader,
}

impl TurnHandle {
    pub(crate) fn new(
        client: Client,
        thread_id: String,
        id: String,
        mut notifications: NotificationStream,
    ) -> Self {
        let is_over = notifications.subscription().probe();
        Self {
            control: TurnControl::new(client, thread_id, id, is_over),
            reader: TurnReader::new(notifications, ()),
        }
    }

    /// The turn's id.
    #[must_use]
    pub fn id(&self) -> &str {
        self.control.id()
    }

    /// The id of its thread.
    #[must_use]
    pub fn thread_id(&self) -> &str {
        self.control.thread_id()
    }

    /// The next notification; `None` after the end. Dropping the future loses nothing.
    ///
    /// # Errors
    ///
    /// [`Error::Closed`](crate::Error::Closed) and [`Error::Overflow`](crate::Error::Overflow) end
    /// the stream; [`Error::Lagged`](crate::Error::Lagged) does not.
    pub async fn next(&mut self) -> Option<Result<ServerNotification>> {
        self.reader.next().await
    }

    /// The next piece of the agent's messages, as it is written; `None` after the end of the turn.
    /// Other notifications are passed over, and still count for [`run`](Self::run). Dropping the
    /// future loses nothing.
    ///
    /// ```no_run
    /// # async fn example(thread: codex_app_server::Thread) -> codex_app_server::Result<()> {
    /// let mut turn = thread.turn("Tell me a story.").await?;
    /// while let Some(text) = turn.next_text().await {
    ///     print!("{}", text?);
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`next`](Self::next).
    pub async fn next_text(&mut self) -> Option<Result<String>> {
        self.reader.next_text().await
    }

    /// Waits for the end of the turn, and gives its result. What has been streamed before is part
    /// of it. After the end it gives the same again.
    ///
    /// Dropping the future loses nothing: the turn goes on, and so can this.
    ///
    /// # Errors
    ///
    /// [`Error::TurnFailed`](crate::Error::TurnFailed) if the turn ends as failed, and
    /// [`Error::Closed`](crate::Error::Closed) or [`Error::Overflow`](crate::Error::Overflow) if
    /// its end cannot be seen any more. What does not fit its type is none: the result [lists
    /// it](RunResult::unread).
    pub async fn run(&mut self) -> Result<RunResult> {
        self.reader.run(self.control.thread_id(), self.control.id()).await
    }

    /// The same, for a handle that is not needed any more.
    pub(crate) async fn into_result(self) -> Result<RunResult> {
        self.reader.into_result(self.control.thread_id(), self.control.id()).await
    }

    /// Adds input to the running turn; see [`TurnControl::steer`].
    ///
    /// # Errors
    ///
    /// Those of [`TurnControl::steer`].
    pub async fn steer(&self, input: impl Into<Input>) -> Result<String> {
        self.control.steer(input).await
    }

    /// Stops the turn, from the first poll of the future on; see [`TurnControl::interrupt`].
    ///
    /// # Errors
    ///
    /// Those of [`TurnControl::interrupt`].
    pub async fn interrupt(&self) -> Result<()> {
        self.control.interrupt().await
    }

    /// What steers and interrupts the turn from elsewhere, while this handle is being read.
    #[must_use]
    pub fn control(&self) -> TurnControl {
        self.control.clone()
    }
}

impl Stream for TurnHandle {
    type Item = Result<ServerNotification>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.reader.poll_decoded(cx)
    }
}

impl fmt::Debug for TurnHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TurnHandle")
            .field("thread_id", &self.thread_id())
            .field("id", &self.id())
            .field("ended", &self.reader.has_ended())
            .finish_non_exhaustive()
    }
}
