//! Questions that programs come with, and short answers.
//!
//! # A thread or a turn?
//!
//! A [`Thread`](crate::Thread) is a conversation: it has a history, a model and settings, is stored
//! by the server, and can be resumed by its id on another day. A turn is one run of the agent in
//! it: it takes an input, works until it has an answer, and ends. What a later question builds on
//! belongs into the same thread. Work that has nothing to do with each other gets threads of its
//! own, which then run side by side; [`ephemeral`](crate::ThreadConfig::ephemeral) ones leave
//! nothing behind.
//!
//! # `run` or a stream?
//!
//! [`Thread::run`](crate::Thread::run) where only the result counts: a test, a pipeline, a bot.
//! [`Thread::turn`](crate::Thread::turn) where somebody watches, or where the turn is steered: its
//! [`TurnHandle`](crate::TurnHandle) is a stream, and its
//! [`run`](crate::TurnHandle::run) gives the same result at any time, what was streamed included.
//! For text alone, as it is written, there is [`next_text`](crate::TurnHandle::next_text).
//!
//! # Why does it hang?
//!
//! Nothing here waits without a reason. These are the usual ones:
//!
//! - *The turn is long.* A turn has no deadline unless it is given one:
//!   [`TurnOverrides::deadline`](crate::TurnOverrides::deadline) interrupts it, and gives what was
//!   done until then. `tokio::time::timeout` around [`Thread::run`](crate::Thread::run) does not
//!   stop the turn; with [`interrupt_on_drop`](crate::TurnOverrides::interrupt_on_drop) it does.
//! - *The thread is busy.* Input for a thread whose turn still runs joins that turn, and ends with
//!   it. [`when_busy`](crate::TurnOverrides::when_busy) says what else to do;
//!   [`RunResult::joined`](crate::RunResult::joined) says what was done.
//! - *The server waits for a reply.* A handler that waits for the end of the turn that it holds up
//!   never returns; neither does one that waits for a person who has left. Without a handler
//!   nothing is waited for: the request is declined.
//! - *The model's service does not answer.* codex tries again by itself. The `Error` notifications
//!   of the turn say so, with `will_retry`.
//! - *Nobody polls.* A future that is made and not awaited does nothing.
//!
//! `RUST_LOG=codex_app_server=debug` with a subscriber of `tracing` shows what goes on.
//!
//! # What may be tried again?
//!
//! - A *request* that the server refused because it is overloaded was not begun:
//!   [`retry_on_overload`](crate::retry_on_overload) sends it again, and so does
//!   [`Call::retry`](crate::Call::retry).
//! - A *turn* that failed stands in the thread, with its prompt: to say the prompt again would ask
//!   the model twice. [`Thread::run_retrying`](crate::Thread::run_retrying) takes the failed turn
//!   out first.
//! - A request that timed out may have been carried out. Ask for the outcome
//!   ([`Thread::read`](crate::Thread::read)) before it is sent again.
//! - [`Error::is_retryable`](crate::Error::is_retryable) tells what may pass by itself.
//!
//! # Which policy asks?
//!
//! None of its own accord: without [`ApprovalMode::Ask`](crate::ApprovalMode::Ask), or an approval
//! policy in the configuration of codex, the program is not asked. What is asked in which sandbox
//! is in a table of [the page on approvals](super::approvals). What nobody replies to is declined.
//!
//! # One process or many?
//!
//! One, as a rule. A connection has one server, which runs any number of threads and turns at once;
//! [`Codex`](crate::Codex) is cheap to clone, and all clones share it. Several servers are for what
//! one process shares: its environment, its `CODEX_HOME` (configuration, login, stored threads), a
//! crash. Two servers with the same `CODEX_HOME` see the same threads, but one thread is open in
//! one of them at a time.
//!
//! # MCP servers and `CODEX_HOME` for a thread?
//!
//! What stands in `config.toml` can be set for one thread:
//! [`ThreadConfig::config_value`](crate::ThreadConfig::config_value) takes its dotted keys, also
//! those of MCP servers.
//!
//! ```no_run
//! # async fn example(codex: codex_app_server::Codex) -> codex_app_server::Result<()> {
//! use codex_app_server::ThreadConfig;
//! use serde_json::json;
//!
//! let config = ThreadConfig::new()
//!     .config_value("model_reasoning_effort", "high")
//!     .config_value("mcp_servers.docs", json!({"command": "docs-mcp", "args": ["--stdio"]}));
//! let thread = codex.thread_start(config).await?;
//! # Ok(()) }
//! ```
//!
//! `CODEX_HOME` belongs to the process. A program whose users each have a login of their own starts
//! a server for each, `AppServerConfig::new().env("CODEX_HOME", folder)`; the folder has to exist.
//!
//! # How is a program tested?
//!
//! With the real codex and a stand-in for the model: `codex-app-server-testkit` has both, and the
//! example `23_tested` shows how.
