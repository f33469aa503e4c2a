//! Conversation steps: a turn as blocks, and what to do about one that is silent.
//!
//! # Steps
//!
//! A [`TurnHandle`](crate::TurnHandle) gives each notification of a turn. A program that shows a
//! conversation wants less: what the agent has thought, run, changed and said, each as one block.
//! [`Thread::chat`](crate::Thread::chat) gives these, each item of the turn once, in order, when it
//! is complete:
//!
//! ```no_run
//! # async fn example(thread: codex_app_server::Thread) -> codex_app_server::Result<()> {
//! use codex_app_server::StepType;
//!
//! let mut chat = thread.chat("Fix the failing test.").await?;
//! while let Some(step) = chat.next().await {
//!     let step = step?;
//!     match step.step_type {
//!         StepType::Codex => println!("{}", step.text.unwrap_or_default()),
//!         StepType::Exec => println!("$ {}", step.text.unwrap_or_default()),
//!         other => println!("({other})"),
//!     }
//! }
//! # Ok(()) }
//! ```
//!
//! | item | step |
//! |---|---|
//! | `reasoning` | `thinking` |
//! | `commandExecution` | `exec` |
//! | `agentMessage` | `codex` |
//! | `mcpToolCall` | `tool` |
//! | `fileChange` | `file` |
//! | any other | the item's own type, such as `userMessage`, `plan`, `webSearch` |
//!
//! [`ChatOptions`](crate::ChatOptions) has what may be set: who asks, metadata, overrides of the
//! turn, and [`deltas`](crate::ChatOptions::deltas), with which
//! [`Chat::next_event`](crate::Chat::next_event) gives the pieces as they come.
//! [`Codex::chat`](crate::Codex::chat) does the same in a new thread, or in one that it picks up.
//!
//! # One answer
//!
//! [`Thread::chat_once`](crate::Thread::chat_once) waits for the end and gives the agent's last
//! message. It is not [`Thread::run`](crate::Thread::run) by another name:
//!
//! | | `run` | `chat`, `chat_once` |
//! |---|---|---|
//! | the answer | the last of the phase `final_answer`, else without one | the last message |
//! | no answer | `None` | `Error::NoAnswer`, once the thread was read |
//! | interrupted | a result whose status says so | `Error::TurnInterrupted` |
//! | failed | `Error::TurnFailed` | the same |
//!
//! # Silence
//!
//! A turn may be silent for long: a model thinks, a command runs, or the network has gone. An
//! inactivity timeout says after what time somebody wants to know. It is an option of
//! [turns](crate::TurnOverrides::inactivity_timeout),
//! [chats](crate::ChatOptions::inactivity_timeout) and
//! [connections](crate::CodexBuilder::inactivity_timeout), and each event of the turn begins it
//! anew. [`Error::TurnInactive`](crate::Error::TurnInactive) ends nothing: the turn goes on at the
//! server, the handle can be read on, and it is told again each time.
//!
//! Its continuation is for those who let go of the handle meanwhile:
//!
//! ```no_run
//! # async fn example(codex: codex_app_server::Codex) -> codex_app_server::Result<()> {
//! use std::time::Duration;
//! use codex_app_server::{ChatOptions, Error};
//!
//! let minute = ChatOptions::new().inactivity_timeout(Duration::from_secs(60));
//! let mut answer = codex.chat_once_with("Port this to Rust.", minute).await;
//! for _ in 0..10 {
//!     let Err(Error::TurnInactive { continuation, .. }) = answer else { break };
//!     answer = codex.continue_chat_once(continuation).await;
//! }
//! if let Err(Error::TurnInactive { continuation, .. }) = &answer {
//!     let cancelled = codex.cancel(continuation).await?;
//!     println!("given up after {} steps", cancelled.steps.len());
//! }
//! # Ok(()) }
//! ```
//!
//! # Elsewhere
//!
//! A [`ChatContinuation`](crate::ChatContinuation) can be written down with serde.
//! [`Chat::continuation`](crate::Chat::continuation) gives one at any time, also after the
//! connection has ended.
//!
//! - On the same connection, what came since was kept, that of the latest 16 chats. Nothing is
//!   lost, of ephemeral threads either.
//! - On a connection that [comes back](crate::CodexBuilder::reconnect) a chat goes on by itself.
//! - On another connection, and in another process, the thread is picked up, the server is asked
//!   for the items of the turn, and those come whose ids were not seen; then what is new. A server
//!   that was started for one connection ends with it, and its turns are interrupted: there, what
//!   was complete until then is given, and then
//!   [`Error::TurnInterrupted`](crate::Error::TurnInterrupted).
//! - What is not there: the deltas and other notifications of the time between; ephemeral threads;
//!   a turn that was reverted, or is none of the latest 100. In threads that were stored by old
//!   versions of codex the items have other ids than when they were heard: where some were seen
//!   already, that is an error, and [`Thread::read_with_turns`](crate::Thread::read_with_turns) has
//!   all.
