//! Goes on where somebody has stopped: with what was kept for it, else with what the server still
//! has.

use std::collections::VecDeque;

use super::{Chat, ChatResult, catch_up::catch_up};
use crate::{
    client::Client,
    codex::Codex,
    collector::Collector,
    error::Result,
    result::{ChatContinuation, ChatMode},
    session::KeptTurn,
    turn::TurnHandle,
};

impl Codex {
    /// Goes on with a turn where somebody has stopped to read it: gives the steps that were not
    /// given yet, each once.
    ///
    /// On the connection on which that was, what came meanwhile was kept, that of the latest 16
    /// chats. Otherwise (after the connection has ended, in another process, or if the continuation
    /// is not the latest) the thread is picked up (`thread/resume`), the server is asked what it
    /// has of the turn (`thread/turns/list`), and the rest comes live.
    /// Notifications that are no steps, and the deltas of before, are not among that.
    ///
    /// ```no_run
    /// # async fn example(codex: codex_app_server::Codex) -> codex_app_server::Result<()> {
    /// use codex_app_server::Error;
    ///
    /// let mut chat = codex.chat("Refactor everything.").await?;
    /// while let Some(step) = chat.next().await {
    ///     match step {
    ///         Err(Error::TurnInactive { continuation, .. }) => {
    ///             drop(chat); // or at another time, from a file
    ///             chat = codex.continue_chat(continuation).await?;
    ///         }
    ///         step => println!("{}", step?.step_type),
    ///     }
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// - Those of [`thread_resume`](Self::thread_resume); a server keeps nothing of an ephemeral
    ///   thread once its connection has ended,
    /// - [`Error::InvalidInput`](crate::Error::InvalidInput) if the server has no such turn any
    ///   more, or has given other ids to its items, so that nobody can say which were seen: it does
    ///   so with threads that were stored by old versions.
    pub async fn continue_chat(&self, continuation: impl Into<ChatContinuation>) -> Result<Chat> {
        reopen(self.client(), &continuation.into(), ChatMode::Stream).await
    }

    /// Goes on to wait for the end of a turn, as [`continue_chat`](Self::continue_chat) does.
    ///
    /// # Errors
    ///
    /// Those of [`continue_chat`](Self::continue_chat) and
    /// [`Thread::chat_once`](crate::Thread::chat_once).
    pub async fn continue_chat_once(
        &self,
        continuation: impl Into<ChatContinuation>,
    ) -> Result<ChatResult> {
        reopen(self.client(), &continuation.into(), ChatMode::Once).await?.into_result().await
    }
}

/// The chat that was left somewhere.
pub(super) async fn reopen(
    client: &Client,
    continuation: &ChatContinuation,
    mode: ChatMode,
) -> Result<Chat> {
    let kept = match client.session().kept_turns().take(continuation) {
        Some(kept) => kept,
        None => catch_up(client, continuation, mode).await?,
    };
    let KeptTurn { mut place, subscription, collector, events } = kept;
    let (thread, turn) = (place.thread_id().to_owned(), place.turn_id().to_owned());
    let stream = client.stream(subscription);
    let turn = TurnHandle::resumed(client.clone(), thread, turn, stream, collector);
    let mut turn = turn.inactivity_timeout(continuation.limit());
    let mut events = events;
    if place.mode() == ChatMode::Once && mode == ChatMode::Stream {
        // Nobody was given what was read: all of it is read again.
        turn.reader().put_back(VecDeque::from(std::mem::take(&mut events)), Collector::default());
        place.rewind();
    }
    place.set_mode(mode);
    place.set_limit(continuation.limit());
    let mut chat = Chat::new(client, turn, place);
    chat.events = events;
    Ok(chat)
}
