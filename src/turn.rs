//! A turn: one run of the agent, while it runs.

mod control;
mod ending;
mod event;
mod inactivity;
mod reader;

use std::{
    collections::VecDeque,
    fmt,
    future::poll_fn,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use futures_core::Stream;
use tokio::time::Instant;

use self::ending::{InterruptOnDrop, TurnDeadline};
pub use self::{control::TurnControl, event::TurnEvent};
pub(crate) use self::{
    control::{begin_interrupt, found_turn, interrupt, not_active, steer},
    ending::interrupt_at,
    reader::{MapPayload, TurnReader},
};
use crate::{
    client::{Client, NotificationStream},
    collector::Collector,
    error::{Error, Result},
    generated::v2_all::{ServerNotification, ThreadItem},
    handlers::PendingReader,
    input::Input,
    result::{ChatContinuation, ChatMode, RunResult},
    rpc::{Origin, Subscription},
};

/// A turn that is running, or has just ended.
///
/// It is a [`Stream`] of the turn's notifications, in the order of the server, complete from the
/// first to `turn/completed`, which is the last. Some errors do not end the stream:
/// [`Error::Lagged`](crate::Error::Lagged), where this reader was so slow that deltas had to be
/// dropped, [`Error::StrayOutput`](crate::Error::StrayOutput),
/// [`Error::Reconnected`](crate::Error::Reconnected), where the connection was lost and came back,
/// and [`Error::TurnInactive`](crate::Error::TurnInactive), where nothing was heard for some time.
///
/// Dropping the handle frees what is unread and leaves the turn running, unless it is told to
/// [interrupt it](Self::interrupt_on_drop).
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
    /// Dropped before the reader, which knows whether the turn has ended.
    on_drop: Option<InterruptOnDrop>,
    deadline: Option<Arc<TurnDeadline>>,
    origin: Arc<Origin>,
    /// The id of the message that was to start the turn.
    message: Option<String>,
    control: TurnControl,
    reader: TurnReader,
    /// What takes the server's requests of this turn, once somebody wants them.
    requests: Option<PendingReader>,
}

impl TurnHandle {
    pub(crate) fn new(
        client: Client,
        thread_id: String,
        id: String,
        mut notifications: NotificationStream,
        origin: Arc<Origin>,
    ) -> Self {
        let is_over = notifications.subscription().probe();
        let limit = client.session().inactivity_timeout();
        let turn = Self {
            on_drop: None,
            deadline: None,
            origin,
            message: None,
            control: TurnControl::new(client, thread_id, id, is_over),
            reader: TurnReader::new(notifications, ()),
            requests: None,
        };
        turn.inactivity_timeout(limit)
    }

    /// A turn that is read on, by somebody who takes part in it.
    pub(crate) fn resumed(
        client: Client,
        thread_id: String,
        id: String,
        notifications: NotificationStream,
        collector: Collector,
    ) -> Self {
        let mut turn =
            Self::new(client, thread_id, id, notifications, Arc::new(Origin::of_other()));
        turn.reader.put_back(VecDeque::new(), collector);
        turn
    }

    /// What is needed to read on later. `None` if dropping this is to interrupt the turn.
    pub(crate) fn into_unread(self) -> Option<(Subscription, Collector)> {
        let is_left_running = self.on_drop.is_none();
        let (notifications, collector) = self.reader.into_parts();
        is_left_running.then(|| (notifications.into_subscription(), collector))
    }

    pub(crate) fn reader(&mut self) -> &mut TurnReader {
        &mut self.reader
    }

    /// Names the message with which the turn was to begin.
    pub(crate) fn begun_by(self, message: Option<String>) -> Self {
        Self { message, ..self }
    }

    /// Has the turn interrupted at a moment.
    pub(crate) fn end_by(mut self, at: Instant) -> Self {
        let close = self.reader.closer();
        self.deadline = Some(TurnDeadline::watch(&self.control, at, close));
        self
    }

    /// How long the turn may be silent before its reader is told so, as
    /// [`TurnOverrides::inactivity_timeout`](crate::TurnOverrides::inactivity_timeout) sets it from
    /// the start of the turn on; `None` for ever.
    #[must_use]
    pub fn inactivity_timeout(mut self, limit: impl Into<Option<Duration>>) -> Self {
        let runtime = self.control.client().connection().runtime();
        let place = ChatContinuation::new(self.thread_id(), self.id(), ChatMode::Stream);
        self.reader.limit_silence(limit.into(), runtime, place);
        self
    }

    /// Whether dropping this handle before the end of the turn interrupts it, once, also within
    /// [`run`](Self::run) in a `tokio::time::timeout` or a task that is aborted. A task of the
    /// connection sees to it, which has to stay open for a moment; a server that was started for
    /// the connection ends its turns with it. A turn that is known to be [joined](Self::joined) is
    /// left running: it is somebody else's.
    ///
    /// [`TurnOverrides::interrupt_on_drop`](crate::TurnOverrides::interrupt_on_drop) does the same
    /// from the start of the turn on.
    #[must_use]
    pub fn interrupt_on_drop(mut self, interrupt: bool) -> Self {
        let on_drop = || InterruptOnDrop::new(self.control.clone(), Arc::clone(&self.origin));
        match (interrupt, &mut self.on_drop) {
            (true, None) => self.on_drop = Some(on_drop()),
            (true, Some(_)) => {}
            (false, on_drop) => on_drop.take().into_iter().for_each(InterruptOnDrop::release),
        }
        self
    }

    /// Whether the input has joined a turn that ran already, as far as that is known by now: a
    /// server does not tell, and a turn of another client may be known by its items only.
    /// [`RunResult::joined`] knows all of it.
    ///
    /// A handle that was [attached](crate::Thread::attach) has always joined.
    #[must_use]
    pub fn joined(&self) -> bool {
        self.origin.has_joined()
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

    /// The next notification, or the next request of the server that no handler takes; `None` after
    /// the end. For connections that [hold requests](crate::CodexBuilder::hold_requests); a request
    /// comes when what the server sent before it was read. Those of sub-agents come to
    /// [`Codex::server_requests`](crate::Codex::server_requests). Dropping the future loses
    /// nothing.
    ///
    /// ```no_run
    /// # async fn example(mut turn: codex_app_server::TurnHandle) -> codex_app_server::Result<()> {
    /// use codex_app_server::{Question, TurnEvent};
    ///
    /// while let Some(event) = turn.next_event().await {
    ///     match event? {
    ///         TurnEvent::Notification(notification) => println!("{}", notification.method()),
    ///         TurnEvent::Request(pending) => {
    ///             let reply = match pending.question() {
    ///                 Question::FileChangeApproval(request) => request.accept()?,
    ///                 other => other.decline()?,
    ///             };
    ///             pending.respond(reply)?;
    ///         }
    ///         _ => {}
    ///     }
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`next`](Self::next).
    pub async fn next_event(&mut self) -> Option<Result<TurnEvent>> {
        let Self { control, reader, requests, .. } = self;
        let new = || PendingReader::new(control.client().clone());
        let requests = requests.get_or_insert_with(new);
        let (thread, turn) = (control.thread_id(), control.id());
        poll_fn(|cx| {
            if let Poll::Ready(next) = reader.poll_decoded(cx) {
                return Poll::Ready(next.map(|next| next.map(TurnEvent::Notification)));
            }
            let taken = requests.poll_take(cx, |request| match request.turn_id() {
                Some(of) => of == turn,
                None => request.thread_id() == Some(thread),
            });
            match taken {
                Poll::Ready(Some(request)) => Poll::Ready(Some(Ok(TurnEvent::Request(request)))),
                // After the end of the connection the reader says so.
                Poll::Ready(None) | Poll::Pending => Poll::Pending,
            }
        })
        .await
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
    /// [`Error::TurnFailed`](crate::Error::TurnFailed) if the turn ends as failed,
    /// [`Error::TurnInactive`](crate::Error::TurnInactive) if nothing is heard of it for some time,
    /// after which this may be called again, and [`Error::Closed`](crate::Error::Closed) or
    /// [`Error::Overflow`](crate::Error::Overflow) if its end cannot be seen any more. What
    /// does not fit its type is none: the result [lists it](RunResult::unread).
    pub async fn run(&mut self) -> Result<RunResult> {
        self.finish().await?;
        let collected = self.reader.collected().clone();
        self.note(collected.into_result(self.control.thread_id(), self.control.id()))
    }

    /// The same, for a handle that is not needed any more.
    pub(crate) async fn into_result(mut self) -> Result<RunResult> {
        // Dropped here, it is dropped whole.
        self.reader.finish().await?;
        self.into_collected()
    }

    /// The result of a turn of which there is no more to be read.
    pub(crate) fn into_collected(mut self) -> Result<RunResult> {
        self.note_end();
        let collected = self.reader.take_collected();
        self.note(collected.into_result(self.control.thread_id(), self.control.id()))
    }

    async fn finish(&mut self) -> Result<()> {
        self.reader.finish().await?;
        self.note_end();
        Ok(())
    }

    /// Takes the turn as it is if its end is not waited for any more.
    fn note_end(&mut self) {
        if self.deadline.as_ref().is_some_and(|deadline| deadline.gave_up()) {
            self.reader.give_up();
        }
    }

    /// Says in a result what only the handle knows.
    fn note(&self, result: Result<RunResult>) -> Result<RunResult> {
        let note = |result: &mut RunResult| {
            let message = self.message.as_deref();
            result.joined = self.origin.is_of_other() || !is_first(message, &result.items);
            if let Some(deadline) = &self.deadline {
                deadline.note(result);
            }
        };
        match result {
            Ok(mut result) => {
                note(&mut result);
                Ok(result)
            }
            Err(Error::TurnFailed(mut result)) => {
                // It was made just now, and nobody else has it.
                if let Some(result) = Arc::get_mut(&mut result) {
                    note(result);
                }
                Err(Error::TurnFailed(result))
            }
            other => other,
        }
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

/// Whether the message is the first of the turn, unless it is not among the items at all.
fn is_first(message: Option<&str>, items: &[ThreadItem]) -> bool {
    let mut messages = items.iter().filter_map(|item| match item {
        ThreadItem::UserMessage(message) => Some(message.client_id.as_deref()),
        _ => None,
    });
    messages.position(|id| id.is_some() && id == message).is_none_or(|place| place == 0)
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
