//! Ends a turn that somebody has stopped to read.

use std::{
    collections::VecDeque,
    fmt,
    future::poll_fn,
    mem::take,
    task::Poll,
    time::{Duration, Instant},
};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::time::timeout;

use super::{Chat, ChatEvent, ConversationStep, once::raw, resume::reopen};
use crate::{
    codex::Codex,
    collector::Collector,
    error::{Error, Result},
    generated::v2_all::TurnStatus,
    redact::ShownJson,
    result::{ChatContinuation, ChatMode},
    rpc::Payload,
    turn::TurnHandle,
};

/// How long the server may take to end the turn.
const GRACE: Duration = Duration::from_secs(30);

/// What had not been read of a turn that was cancelled, and what has become of it. One that is
/// neither completed nor interrupted has failed.
#[derive(Clone, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct CancelResult {
    /// The id of the thread.
    pub thread_id: String,
    /// The id of the turn.
    pub turn_id: String,
    /// The steps that were not given yet, in order.
    pub steps: Vec<ConversationStep>,
    /// The notifications that were not read yet, with their `method` and `params`; deltas only if
    /// the chat had some. Of a chat for one result, all.
    pub raw_events: Vec<Value>,
    /// Whether the turn was completed, before it could be interrupted.
    pub was_completed: bool,
    /// Whether it was interrupted, as the server says.
    pub was_interrupted: bool,
}

/// Without what looks like a secret.
impl fmt::Debug for CancelResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CancelResult")
            .field("thread_id", &self.thread_id)
            .field("turn_id", &self.turn_id)
            .field("steps", &self.steps)
            .field("raw_events", &self.raw_events.iter().map(ShownJson).collect::<Vec<_>>())
            .field("was_completed", &self.was_completed)
            .field("was_interrupted", &self.was_interrupted)
            .finish()
    }
}

impl Codex {
    /// Ends a turn that somebody has stopped to read, and gives what of it is unread. A turn that
    /// has ended already is only read; any other is interrupted (`turn/interrupt`), and its end is
    /// waited for. After that the thread takes the next turn.
    ///
    /// ```no_run
    /// # async fn example(codex: codex_app_server::Codex) -> codex_app_server::Result<()> {
    /// use codex_app_server::Error;
    ///
    /// if let Err(Error::TurnInactive { continuation, .. }) = codex.chat_once("Think.").await {
    ///     let cancelled = codex.cancel(continuation).await?;
    ///     println!("{} steps until then", cancelled.steps.len());
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// Dropping the future leaves the continuation as it was; the turn may be interrupted even so.
    ///
    /// # Errors
    ///
    /// Those of [`continue_chat`](Self::continue_chat), and of the interrupt
    /// ([`TurnControl::interrupt`](crate::TurnControl::interrupt));
    /// [`Error::TurnInactive`] if the turn does not end within 30 seconds after that. After any of
    /// these the continuation can be used again.
    pub async fn cancel(&self, continuation: impl Into<ChatContinuation>) -> Result<CancelResult> {
        let continuation = continuation.into();
        reopen(self.client(), &continuation, continuation.mode()).await?.cancel().await
    }
}

impl Chat {
    /// Ends the turn, and gives what of it is unread; see [`Codex::cancel`].
    ///
    /// ```no_run
    /// # async fn example(mut chat: codex_app_server::Chat) -> codex_app_server::Result<()> {
    /// let step = chat.next().await;
    /// let cancelled = chat.cancel().await?; // whatever else it was about to do
    /// # let _ = (step, cancelled); Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// Those of the interrupt ([`TurnControl::interrupt`](crate::TurnControl::interrupt)), or
    /// [`Error::TurnInactive`] if the turn does not end within 30 seconds after that; a
    /// [`continuation`](Self::continuation) that was taken before can be used then.
    /// [`Error::InvalidInput`] if all was read already.
    pub async fn cancel(self) -> Result<CancelResult> {
        let continuation = self.continuation();
        let mut draining = Draining::new(self);
        if !draining.read_unread().await? {
            draining.chat.control().interrupt().await?;
            let began = Instant::now();
            timeout(GRACE, draining.read_to_end()).await.unwrap_or_else(|_| {
                let idle = began.elapsed();
                Err(Error::TurnInactive { idle, continuation })
            })?;
        }
        draining.into_result()
    }
}

/// A chat of which all is read. Dropped before its end, it is as if nothing had been.
struct Draining {
    chat: Chat,
    read: VecDeque<Payload>,
    before: Collector,
}

impl Draining {
    fn new(mut chat: Chat) -> Self {
        // It is waited for in another way.
        chat.turn = chat.turn.take().map(|turn| turn.inactivity_timeout(None));
        let before = chat.turn.as_mut().map(|turn| turn.reader().collected().clone());
        *chat.is_told.get_mut() = true;
        Self { chat, read: VecDeque::new(), before: before.unwrap_or_default() }
    }

    /// Reads what is there; whether the end is among it.
    async fn read_unread(&mut self) -> Result<bool> {
        poll_fn(|cx| match std::pin::pin!(self.read_to_end()).poll(cx) {
            Poll::Ready(end) => Poll::Ready(end.map(|()| true)),
            Poll::Pending => Poll::Ready(Ok(false)),
        })
        .await
    }

    async fn read_to_end(&mut self) -> Result<()> {
        let Some(turn) = &mut self.chat.turn else {
            return Ok(());
        };
        while let Some(next) = poll_fn(|cx| turn.reader().poll_payload(cx)).await {
            match next {
                Ok(payload) => self.read.push_back(payload),
                Err(error) if error.ends_stream() => return Err(error),
                Err(_) => {}
            }
        }
        Ok(())
    }

    fn into_result(mut self) -> Result<CancelResult> {
        let status = match self.chat.turn.take().map(TurnHandle::into_collected) {
            Some(Ok(result)) => result.status,
            Some(Err(Error::TurnFailed(_))) => TurnStatus::Failed,
            Some(Err(error)) => return Err(error),
            None => return Err(Error::invalid("continuation", "its turn has ended")),
        };
        let (chat, read) = (&mut self.chat, take(&mut self.read));
        let mut unread: VecDeque<_> = take(&mut chat.events).into();
        if chat.place.mode() == ChatMode::Once {
            // Nobody was given a step.
            chat.place.rewind();
            chat.place.set_mode(ChatMode::Stream);
        }
        unread.extend(read);
        let events = unread.iter().filter_map(|payload| chat.read(payload));
        let steps = events.filter_map(|event| match event {
            ChatEvent::Step(step) => Some(step),
            ChatEvent::Delta(_) => None,
        });
        Ok(CancelResult {
            steps: steps.collect(),
            thread_id: self.chat.thread_id().to_owned(),
            turn_id: self.chat.turn_id().to_owned(),
            raw_events: unread.iter().map(raw).collect(),
            was_completed: status == TurnStatus::Completed,
            was_interrupted: status == TurnStatus::Interrupted,
        })
    }
}

/// The chat, dropped after this, is kept for the continuation.
impl Drop for Draining {
    fn drop(&mut self) {
        if let Some(turn) = &mut self.chat.turn {
            turn.reader().put_back(take(&mut self.read), take(&mut self.before));
        }
    }
}
