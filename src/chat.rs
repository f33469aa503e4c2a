//! Conversation steps: a turn as the blocks that it consists of, which may be read on later, by
//! this program or another one.
//!
//! It stands on [`TurnHandle`] and its reader. `open` begins a turn, `step` makes a step of an
//! item, `once` waits for the end, `resume` goes on where somebody has stopped, if need be with
//! what `catch_up` has from the server, and `cancel` ends that.

mod cancel;
mod catch_up;
mod once;
mod open;
mod options;
mod resume;
mod step;

use std::{
    fmt,
    future::poll_fn,
    pin::Pin,
    sync::atomic::{AtomicBool, Ordering},
    task::{Context, Poll, ready},
};

use futures_core::Stream;

pub use self::{
    cancel::CancelResult,
    once::{ChatResult, CompletionSource},
    options::ChatOptions,
    step::{ChatDelta, ConversationStep, StepData, StepType},
};
use crate::{
    client::Client,
    error::{Error, Result},
    generated::v2_all::TurnStatus,
    result::{ChatContinuation, ChatMode, RunResult},
    rpc::Payload,
    session::KeptTurn,
    turn::{TurnControl, TurnHandle},
};

/// A turn as a [`Stream`] of its steps: what the agent has thought, run, changed and said, each
/// once, in order, when it is complete.
///
/// It ends after the end of a turn that was completed. One that has failed ends the stream with
/// [`Error::TurnFailed`](crate::Error::TurnFailed), and one that was interrupted with
/// [`Error::TurnInterrupted`](crate::Error::TurnInterrupted), which [`Thread::run`] gives as a
/// normal result; both after the steps that came before.
///
/// [`Error::TurnInactive`](crate::Error::TurnInactive), of a turn that is silent for as long as
/// [`ChatOptions::inactivity_timeout`] says, does not end the stream: reading it on goes on with
/// the turn. So does its continuation, at any later time: once one was given, what a dropped chat
/// has not read is kept for it, that of the latest 16 chats of a connection.
///
/// Dropping it leaves the turn running.
///
/// ```no_run
/// # async fn example(thread: codex_app_server::Thread) -> codex_app_server::Result<()> {
/// let mut chat = thread.chat("Fix the failing test.").await?;
/// while let Some(step) = chat.next().await {
///     let step = step?;
///     println!("[{}] {}", step.step_type, step.text.as_deref().unwrap_or_default());
/// }
/// # Ok(()) }
/// ```
///
/// [`Thread::run`]: crate::Thread::run
pub struct Chat {
    client: Client,
    control: TurnControl,
    /// None after the end.
    turn: Option<TurnHandle>,
    /// How far it was read.
    place: ChatContinuation,
    /// What was read, if it is to be in a result.
    events: Vec<Payload>,
    /// Whether somebody may read it on.
    is_told: AtomicBool,
}

/// What [`Chat::next_event`] gives.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum ChatEvent {
    /// A step is complete.
    Step(ConversationStep),
    /// A piece of one that is not, with [`ChatOptions::deltas`].
    Delta(ChatDelta),
}

/// What becomes of a notification that was read.
enum Read {
    Event(ChatEvent),
    /// Nobody is told.
    Noted,
    /// The turn was completed.
    End(Box<RunResult>),
}

impl Chat {
    fn new(client: &Client, turn: TurnHandle, place: ChatContinuation) -> Self {
        Self {
            client: client.clone(),
            control: turn.control(),
            turn: Some(turn),
            place,
            events: Vec::new(),
            is_told: AtomicBool::new(false),
        }
    }

    /// The id of the thread.
    #[must_use]
    pub fn thread_id(&self) -> &str {
        self.place.thread_id()
    }

    /// The id of the turn.
    #[must_use]
    pub fn turn_id(&self) -> &str {
        self.place.turn_id()
    }

    /// The next step; `None` after the end. Dropping the future loses nothing.
    ///
    /// # Errors
    ///
    /// See [`Chat`]; also [`Error::Closed`](crate::Error::Closed) if the connection ends first,
    /// after which a [continuation](Self::continuation) goes on in another.
    pub async fn next(&mut self) -> Option<Result<ConversationStep>> {
        poll_fn(|cx| self.poll_step(cx)).await
    }

    /// The next step, or the next piece of one if [`ChatOptions::deltas`] asks for these; `None`
    /// after the end. Dropping the future loses nothing.
    ///
    /// ```no_run
    /// # async fn example(thread: codex_app_server::Thread) -> codex_app_server::Result<()> {
    /// use codex_app_server::{ChatEvent, ChatOptions};
    ///
    /// let mut chat = thread.chat_with("Tell a story.", ChatOptions::new().deltas(true)).await?;
    /// while let Some(event) = chat.next_event().await {
    ///     match event? {
    ///         ChatEvent::Delta(delta) => print!("{}", delta.text),
    ///         ChatEvent::Step(step) => println!("\n[{} is done]", step.step_type),
    ///         _ => {}
    ///     }
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`next`](Self::next); with deltas also [`Error::Lagged`](crate::Error::Lagged) and
    /// [`Error::Reconnected`](crate::Error::Reconnected), which do not end the stream.
    pub async fn next_event(&mut self) -> Option<Result<ChatEvent>> {
        poll_fn(|cx| self.poll_event(cx)).await
    }

    /// Where this is just now: for [`Codex::continue_chat`](crate::Codex::continue_chat) and
    /// [`Codex::cancel`](crate::Codex::cancel), when this was dropped or its connection has ended.
    #[must_use]
    pub fn continuation(&self) -> ChatContinuation {
        self.is_told.store(true, Ordering::Relaxed);
        self.place.clone()
    }

    /// What steers and interrupts the turn from elsewhere, while this is being read.
    #[must_use]
    pub fn control(&self) -> TurnControl {
        self.control.clone()
    }

    fn poll_step(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<ConversationStep>>> {
        loop {
            match ready!(self.poll_event(cx)) {
                Some(Ok(ChatEvent::Step(step))) => return Poll::Ready(Some(Ok(step))),
                // No step is missing.
                Some(Ok(ChatEvent::Delta(_)) | Err(Error::Lagged { .. } | Error::Reconnected)) => {}
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => return Poll::Ready(None),
            }
        }
    }

    fn poll_event(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<ChatEvent>>> {
        loop {
            match ready!(self.poll_read(cx)) {
                Some(Ok(Read::Event(event))) => return Poll::Ready(Some(Ok(event))),
                Some(Ok(Read::Noted)) => {}
                Some(Ok(Read::End(_))) | None => return Poll::Ready(None),
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
            }
        }
    }

    /// Reads one notification. `None` after the end.
    fn poll_read(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Read>>> {
        let Some(turn) = &mut self.turn else {
            return Poll::Ready(None);
        };
        Poll::Ready(Some(match ready!(turn.reader().poll_payload(cx)) {
            Some(Ok(payload)) => Ok(self.read(&payload).map_or(Read::Noted, Read::Event)),
            Some(Err(Error::TurnInactive { idle, .. })) => {
                Err(Error::TurnInactive { idle, continuation: self.continuation() })
            }
            Some(Err(error)) => {
                if error.ends_stream() {
                    self.turn = None;
                }
                Err(error)
            }
            None => match self.turn.take().map(TurnHandle::into_collected) {
                Some(result) => result.and_then(completed).map(|end| Read::End(Box::new(end))),
                None => return Poll::Ready(None),
            },
        }))
    }

    /// Notes a notification; what is told of it.
    fn read(&mut self, payload: &Payload) -> Option<ChatEvent> {
        let is_once = self.place.mode() == ChatMode::Once;
        let step = payload.is("item/completed").then(|| ConversationStep::read(payload));
        if let Some(step) = &step
            && !step.item_id.is_empty()
            && !self.place.see(&step.item_id)
        {
            return None;
        }
        self.place.advance();
        if is_once {
            self.events.push(payload.to_detached());
            return None;
        }
        match step {
            Some(step) => Some(ChatEvent::Step(step)),
            None if self.place.has_deltas() && payload.is_delta() => {
                ChatDelta::read(payload).map(ChatEvent::Delta)
            }
            None => None,
        }
    }
}

/// The result of a turn that was completed.
fn completed(result: RunResult) -> Result<RunResult> {
    match result.status {
        TurnStatus::Interrupted | TurnStatus::InProgress => {
            Err(Error::TurnInterrupted(result.into()))
        }
        _ => Ok(result),
    }
}

impl Stream for Chat {
    type Item = Result<ConversationStep>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll_step(cx)
    }
}

/// What nobody has read is kept for whoever has a continuation.
impl Drop for Chat {
    fn drop(&mut self) {
        if !*self.is_told.get_mut() {
            return;
        }
        let unread = self.turn.take().and_then(TurnHandle::into_unread);
        if let Some((subscription, collector)) = unread {
            let (place, events) = (self.place.clone(), std::mem::take(&mut self.events));
            let kept = KeptTurn { place, subscription, collector, events };
            self.client.session().kept_turns().keep(kept);
        }
    }
}

impl fmt::Debug for Chat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Chat")
            .field("thread_id", &self.thread_id())
            .field("turn_id", &self.turn_id())
            .field("ended", &self.turn.is_none())
            .finish_non_exhaustive()
    }
}
