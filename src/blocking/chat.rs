//! Chats, without async.

use std::sync::Arc;

use super::{
    client::next,
    codex::Codex,
    thread::Thread,
    turn::TurnControl,
    worker::{Waiter, Worker},
};
use crate::{
    chat::{CancelResult, ChatEvent, ChatOptions, ChatResult, ConversationStep},
    error::Result,
    input::Input,
    result::ChatContinuation,
};

/// A turn as its steps: [`Chat`](crate::Chat) as an iterator, which waits for the next.
#[derive(Debug)]
pub struct Chat {
    inner: crate::Chat,
    waiter: Waiter,
}

impl Chat {
    fn new(inner: crate::Chat, worker: &Arc<Worker>) -> Self {
        Self { inner, waiter: Waiter::new(Arc::clone(worker)) }
    }

    /// The id of the thread.
    #[must_use]
    pub fn thread_id(&self) -> &str {
        self.inner.thread_id()
    }

    /// The id of the turn.
    #[must_use]
    pub fn turn_id(&self) -> &str {
        self.inner.turn_id()
    }

    /// The next step, or the next piece of one; see [`crate::Chat::next_event`].
    pub fn next_event(&mut self) -> Option<Result<ChatEvent>> {
        self.waiter.wait(self.inner.next_event())
    }

    /// Where this is just now; see [`crate::Chat::continuation`].
    #[must_use]
    pub fn continuation(&self) -> ChatContinuation {
        self.inner.continuation()
    }

    /// What steers and interrupts the turn from elsewhere, while this is being read.
    #[must_use]
    pub fn control(&self) -> TurnControl {
        TurnControl::new(self.inner.control(), Arc::clone(self.waiter.worker()))
    }

    /// Ends the turn, and gives what of it is unread; see [`crate::Chat::cancel`].
    ///
    /// # Errors
    ///
    /// Those of [`crate::Chat::cancel`].
    pub fn cancel(self) -> Result<CancelResult> {
        let worker = Arc::clone(self.waiter.worker());
        worker.run(self.inner.cancel())
    }
}

impl Iterator for Chat {
    type Item = Result<ConversationStep>;

    fn next(&mut self) -> Option<Self::Item> {
        next(&mut self.waiter, &mut self.inner)
    }
}

impl Thread {
    /// Starts a turn, and gives its steps as they are complete.
    ///
    /// # Errors
    ///
    /// Those of [`crate::Thread::chat`].
    pub fn chat(&self, input: impl Into<Input>) -> Result<Chat> {
        self.chat_with(input, ChatOptions::new())
    }

    /// The same with options.
    ///
    /// # Errors
    ///
    /// Those of [`crate::Thread::chat_with`].
    pub fn chat_with(&self, input: impl Into<Input>, options: ChatOptions) -> Result<Chat> {
        let chat = self.worker.run(self.inner.chat_with(input, options))?;
        Ok(Chat::new(chat, &self.worker))
    }

    /// Runs one turn to its end, and gives the agent's last message.
    ///
    /// # Errors
    ///
    /// Those of [`crate::Thread::chat_once`].
    pub fn chat_once(&self, input: impl Into<Input>) -> Result<ChatResult> {
        self.worker.run(self.inner.chat_once(input))
    }

    /// The same with options.
    ///
    /// # Errors
    ///
    /// Those of [`crate::Thread::chat_once_with`].
    pub fn chat_once_with(
        &self,
        input: impl Into<Input>,
        options: ChatOptions,
    ) -> Result<ChatResult> {
        self.worker.run(self.inner.chat_once_with(input, options))
    }
}

impl Codex {
    /// [`Thread::chat`] in a new thread.
    ///
    /// # Errors
    ///
    /// Those of [`crate::Codex::chat`].
    pub fn chat(&self, input: impl Into<Input>) -> Result<Chat> {
        self.chat_with(input, ChatOptions::new())
    }

    /// The same with options.
    ///
    /// # Errors
    ///
    /// Those of [`crate::Codex::chat_with`].
    pub fn chat_with(&self, input: impl Into<Input>, options: ChatOptions) -> Result<Chat> {
        let chat = self.worker().run(self.inner.chat_with(input, options))?;
        Ok(Chat::new(chat, self.worker()))
    }

    /// [`Thread::chat_once`] in a new thread.
    ///
    /// # Errors
    ///
    /// Those of [`crate::Codex::chat_once`].
    pub fn chat_once(&self, input: impl Into<Input>) -> Result<ChatResult> {
        self.worker().run(self.inner.chat_once(input))
    }

    /// The same with options.
    ///
    /// # Errors
    ///
    /// Those of [`crate::Codex::chat_once_with`].
    pub fn chat_once_with(
        &self,
        input: impl Into<Input>,
        options: ChatOptions,
    ) -> Result<ChatResult> {
        self.worker().run(self.inner.chat_once_with(input, options))
    }

    /// Goes on with a turn where somebody has stopped to read it.
    ///
    /// # Errors
    ///
    /// Those of [`crate::Codex::continue_chat`].
    pub fn continue_chat(&self, continuation: impl Into<ChatContinuation>) -> Result<Chat> {
        let chat = self.worker().run(self.inner.continue_chat(continuation))?;
        Ok(Chat::new(chat, self.worker()))
    }

    /// Goes on to wait for the end of a turn.
    ///
    /// # Errors
    ///
    /// Those of [`crate::Codex::continue_chat_once`].
    pub fn continue_chat_once(
        &self,
        continuation: impl Into<ChatContinuation>,
    ) -> Result<ChatResult> {
        self.worker().run(self.inner.continue_chat_once(continuation))
    }

    /// Ends a turn that somebody has stopped to read, and gives what of it is unread.
    ///
    /// # Errors
    ///
    /// Those of [`crate::Codex::cancel`].
    pub fn cancel(&self, continuation: impl Into<ChatContinuation>) -> Result<CancelResult> {
        self.worker().run(self.inner.cancel(continuation))
    }
}
