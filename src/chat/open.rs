//! How chats begin.

use super::{Chat, ChatOptions, ChatResult};
use crate::{
    codex::Codex,
    error::{Error, Result},
    input::Input,
    result::{ChatContinuation, ChatMode},
    rpc::Interest,
    thread::Thread,
};

impl Thread {
    /// Starts a turn, and gives its steps as they are complete (`turn/start`).
    ///
    /// ```no_run
    /// # async fn example(thread: codex_app_server::Thread) -> codex_app_server::Result<()> {
    /// let mut chat = thread.chat("Fix the failing test.").await?;
    /// while let Some(step) = chat.next().await {
    ///     println!("{}", step?.step_type);
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`turn`](Self::turn); those of the turn itself are items of the [`Chat`].
    pub async fn chat(&self, input: impl Into<Input>) -> Result<Chat> {
        self.chat_with(input, ChatOptions::new()).await
    }

    /// The same with options.
    ///
    /// # Errors
    ///
    /// Those of [`chat`](Self::chat), and [`Error::InvalidInput`] for a
    /// [thread](ChatOptions::thread) or its [config](ChatOptions::config): it is this one, as it
    /// is.
    pub async fn chat_with(&self, input: impl Into<Input>, options: ChatOptions) -> Result<Chat> {
        for (is_set, name) in
            [(options.thread.is_some(), "thread"), (options.config.is_some(), "config")]
        {
            if is_set {
                return Err(Error::invalid(
                    name,
                    "it is for the chats of `Codex`; this thread is there already",
                ));
            }
        }
        let deltas = options.deltas;
        let interest = if deltas { Interest::All } else { Interest::Results };
        let mut turn = self.start(input.into(), options.turn(), interest).await?;
        let mut place = ChatContinuation::new(self.id(), turn.id(), ChatMode::Stream);
        place.set_deltas(deltas);
        place.set_limit(turn.reader().silence_limit());
        Ok(Chat::new(self.client(), turn, place))
    }

    /// Runs one turn to its end, and gives the agent's last message. It differs from
    /// [`run`](Self::run) in what counts as an answer: the last message, whatever its phase. And a
    /// turn that has none, or was interrupted, is an error.
    ///
    /// ```no_run
    /// # async fn example(thread: codex_app_server::Thread) -> codex_app_server::Result<()> {
    /// println!("{}", thread.chat_once("What is this?").await?.final_text);
    /// # Ok(()) }
    /// ```
    ///
    /// Dropping the future leaves the turn running.
    ///
    /// # Errors
    ///
    /// - [`Error::TurnFailed`] and [`Error::TurnInterrupted`], with the result,
    /// - [`Error::NoAnswer`], with the result, if the agent has said nothing,
    /// - [`Error::TurnInactive`] if the turn is silent for as long as
    ///   [`ChatOptions::inactivity_timeout`] says; it goes on, and
    ///   [`Codex::continue_chat_once`] waits for its end,
    /// - [`Error::Closed`] if the connection ends first,
    /// - those of [`turn`](Self::turn).
    pub async fn chat_once(&self, input: impl Into<Input>) -> Result<ChatResult> {
        self.chat_once_with(input, ChatOptions::new()).await
    }

    /// The same with options.
    ///
    /// # Errors
    ///
    /// Those of [`chat_once`](Self::chat_once) and [`chat_with`](Self::chat_with).
    pub async fn chat_once_with(
        &self,
        input: impl Into<Input>,
        options: ChatOptions,
    ) -> Result<ChatResult> {
        let mut chat = self.chat_with(input, options).await?;
        chat.place.set_mode(ChatMode::Once);
        chat.into_result().await
    }
}

impl Codex {
    /// [`Thread::chat`] in a new thread.
    ///
    /// # Errors
    ///
    /// Those of [`thread_start`](Self::thread_start) and [`Thread::chat`].
    pub async fn chat(&self, input: impl Into<Input>) -> Result<Chat> {
        self.chat_with(input, ChatOptions::new()).await
    }

    /// [`Thread::chat_with`] in a new thread, or in one that is picked up
    /// ([`ChatOptions::thread`]).
    ///
    /// ```no_run
    /// # use codex_app_server::{Codex, Result};
    /// # async fn example(codex: Codex, id: String) -> Result<()> {
    /// use codex_app_server::ChatOptions;
    ///
    /// let mut chat = codex.chat_with("And now?", ChatOptions::new().thread(id)).await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`thread_start`](Self::thread_start) or [`thread_resume`](Self::thread_resume): a
    /// thread that cannot be picked up is never replaced by a new one; and those of
    /// [`Thread::chat`].
    pub async fn chat_with(
        &self,
        input: impl Into<Input>,
        mut options: ChatOptions,
    ) -> Result<Chat> {
        let thread = self.thread_for(&mut options).await?;
        thread.chat_with(input, options).await
    }

    /// [`Thread::chat_once`] in a new thread.
    ///
    /// # Errors
    ///
    /// Those of [`thread_start`](Self::thread_start) and [`Thread::chat_once`].
    pub async fn chat_once(&self, input: impl Into<Input>) -> Result<ChatResult> {
        self.chat_once_with(input, ChatOptions::new()).await
    }

    /// [`Thread::chat_once_with`] in a new thread, or in one that is picked up
    /// ([`ChatOptions::thread`]).
    ///
    /// # Errors
    ///
    /// Those of [`chat_with`](Self::chat_with) and [`Thread::chat_once`].
    pub async fn chat_once_with(
        &self,
        input: impl Into<Input>,
        mut options: ChatOptions,
    ) -> Result<ChatResult> {
        let thread = self.thread_for(&mut options).await?;
        thread.chat_once_with(input, options).await
    }

    /// Opens the thread that a chat is to be in.
    async fn thread_for(&self, options: &mut ChatOptions) -> Result<Thread> {
        let config = options.config.take().unwrap_or_default();
        match options.thread.take() {
            Some(id) => self.thread_resume(id, config).await,
            None => self.thread_start(config).await,
        }
    }
}
