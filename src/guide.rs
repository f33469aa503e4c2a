//! What to rely on when writing a program with this crate. Text only.
//!
//! - This page: what holds everywhere, from the order of messages to newer servers.
//! - [`approvals`]: when the server asks before the agent acts, and how to reply.
//! - [`chat`]: conversation steps, one answer, and turns that are silent.
//! - [`faq`]: questions that programs come with, and short answers.
//! - [`from_python`]: the names of the official Python SDK, and what they are called here.
//!
//! # Order
//!
//! Requests are written in the order in which their futures are first polled. Responses may come in
//! any order; each reaches its own caller. Notifications reach each subscriber in the order in
//! which the server sent them.
//!
//! A [`TurnHandle`](crate::TurnHandle) sees everything that its turn does from the moment in which
//! the request that started it was written, also what comes before the response.
//! [`Thread::events`](crate::Thread::events) and [`Client::events`](crate::Client::events) begin
//! with the next notification after the call, so that subscribing first loses nothing:
//!
//! ```no_run
//! # async fn example(codex: codex_app_server::Codex) -> codex_app_server::Result<()> {
//! use codex_app_server::{ThreadConfig, protocol::ServerNotification};
//!
//! let thread = codex.thread_start(ThreadConfig::new()).await?;
//! let mut notifications = thread.events(); // before the turn that it is to see
//! let result = thread.run("List the open questions.").await?;
//! while let Some(notification) = notifications.next().await {
//!     match notification? {
//!         ServerNotification::TurnCompleted(_) => break,
//!         other => println!("{}", other.method()),
//!     }
//! }
//! # Ok(()) }
//! ```
//!
//! Any number of turns runs at once on one connection. The server lets one turn run per thread:
//! `turn/start` on a busy thread joins the turn that is running, and both handles see it to its
//! end. [`Thread::attach`](crate::Thread::attach) joins one without saying anything.
//!
//! # Cancellation
//!
//! Every future may be dropped.
//!
//! - A request that is dropped before it was written is never sent. After that, its response is
//!   thrown away, and the server may still act on it.
//! - Waiting for a notification, or for the end of a turn, loses nothing when it is dropped: the
//!   next call goes on where it left off. `tokio::select!` and `tokio::time::timeout` are safe
//!   around [`TurnHandle::next`](crate::TurnHandle::next) and
//!   [`TurnHandle::run`](crate::TurnHandle::run).
//! - Dropping a handle, or the future of [`Thread::run`](crate::Thread::run), leaves its turn
//!   running, and the next `run` on that thread joins it.
//!   [`TurnOverrides::interrupt_on_drop`](crate::TurnOverrides::interrupt_on_drop), or the same on
//!   a handle, has it interrupted, also when the future is dropped while it starts the turn. Only
//!   what the handle has started is: a turn that it [has joined](crate::RunResult::joined) goes on.
//! - [`TurnHandle::interrupt`](crate::TurnHandle::interrupt) stops a turn, and once polled is
//!   carried out even if nobody waits for it.
//! - Goals are different: [`Thread::run_goal`](crate::Thread::run_goal), and
//!   [`Thread::start_goal`](crate::Thread::start_goal) before it has given its handle, pause the
//!   goal and interrupt its turn when they are dropped: without a handle nobody else could.
//! - Dropping the last value of a connection closes it.
//!
//! A turn that is to take no longer than some time has a
//! [deadline](crate::TurnOverrides::deadline). It holds whoever listens, and what was done until
//! then is the result:
//!
//! ```no_run
//! # async fn example(thread: codex_app_server::Thread) -> codex_app_server::Result<()> {
//! use std::time::Duration;
//! use codex_app_server::TurnOverrides;
//!
//! let overrides = TurnOverrides::new().deadline(Duration::from_secs(300));
//! let result = thread.run_with("Fix the failing test.", overrides).await?;
//! if result.deadline_passed {
//!     println!("not in time; this was done: {:?}", result.items);
//! }
//! # Ok(()) }
//! ```
//!
//! One of which nothing is heard for some time can be told of, and goes on: [`chat`] says more.
//!
//! # Lost connections
//!
//! Without [`CodexBuilder::reconnect`](crate::CodexBuilder::reconnect) the end of a connection is
//! told to whoever waits for anything, with its cause, and that is all. With it the connection
//! comes back, and what runs goes on:
//!
//! - `run` and [`TurnHandle`](crate::TurnHandle) get the whole turn, however much of it passed
//!   meanwhile. The tokens that were used may be missing, and so may deltas in a stream, which says
//!   where with [`Error::Reconnected`](crate::Error::Reconnected); the stream goes on.
//! - Handlers are not called twice for one request, and a reply that was lost is sent again.
//! - Requests wait while the connection is away. One that was under way fails with
//!   [`Error::ConnectionLost`](crate::Error::ConnectionLost), which says whether the server may
//!   have got it. Nothing is sent twice.
//! - A server process that was started for the connection, and died, is started again. Its turns
//!   died with it: they end as interrupted.
//!
//! ```no_run
//! # async fn example() -> codex_app_server::Result<()> {
//! use codex_app_server::{Codex, ConnectionEvent, Reconnect};
//!
//! let reconnect = Reconnect::new().on_event(|event| match event {
//!     ConnectionEvent::Restored(restored) => {
//!         restored.missing.iter().for_each(|missing| eprintln!("missing: {missing}"));
//!     }
//!     event => eprintln!("{event:?}"),
//! });
//! let codex = Codex::builder().reconnect(reconnect).connect_stdio().await?;
//! # Ok(()) }
//! ```
//!
//! # Busy threads
//!
//! A thread runs one turn at a time. Input that comes meanwhile joins the turn that runs: it gets
//! that turn's handle and result, and [`joined`](crate::RunResult::joined) says so.
//! [`TurnOverrides::when_busy`](crate::TurnOverrides::when_busy) has it
//! [wait](crate::WhenBusy::Wait) for a turn of its own, or [refused](crate::WhenBusy::Refuse). Both
//! also know of turns of other clients. Only one that another client starts in the same moment is
//! joined all the same, and then `joined` is true.
//!
//! # Bounds
//!
//! Nothing grows without limit, and a program is told of everything that it loses.
//!
//! - At most 64 requests are under way at once; the server would lose some of more. The others
//!   wait, in order. Requests that take as long as their work have 32 places of their own, and
//!   those that end the work of another always pass.
//! - A slow reader delays nobody else. From 1 MiB on, its unread deltas are merged, item by item,
//!   up to the next event of another kind: there are fewer, with the same text. Beyond
//!   [`max_unread_bytes`](crate::CodexBuilder::max_unread_bytes) deltas are dropped, never anything
//!   else, and the stream says so at that place with [`Error::Lagged`](crate::Error::Lagged). At
//!   four times the limit the stream ends with [`Error::Overflow`](crate::Error::Overflow), and the
//!   turn goes on.
//! - Requests have a deadline of 30 seconds, except those that take as long as their work. Turns
//!   have none.
//!
//! # The server's own requests
//!
//! The server asks for approvals, for input, for the output of tools. [`approvals`] says when it
//! asks, and how to reply. A handler runs on a task of its own: it may take its time, and may call
//! the server, without holding up any notification. It must not wait for the end of the turn that
//! waits for its reply. 64 are at work at once, 1,024 more wait, and any beyond these are declined.
//!
//! Without a handler, and when one fails, panics or replies to another request than the one that it
//! was given, the reply is [`Reply::decline`](crate::Reply::decline). Nothing is ever approved
//! unless the program says so.
//!
//! # Errors
//!
//! [`Error`](crate::Error) says in which phase something failed. `{}` shows that alone, and `{:?}`
//! shows the causes as well: print that where somebody has to find out why. Predicates tell what
//! programs ask: [`is_retryable`](crate::Error::is_retryable),
//! [`is_rate_limited`](crate::Error::is_rate_limited),
//! [`is_unauthorized`](crate::Error::is_unauthorized),
//! [`is_not_found`](crate::Error::is_not_found), [`is_closed`](crate::Error::is_closed),
//! [`is_timeout`](crate::Error::is_timeout), …; a table at [`Error`](crate::Error) says which
//! failure is which.
//!
//! A failed turn is [`Error::TurnFailed`](crate::Error::TurnFailed), with everything that was done
//! until then. An interrupted turn is a result like any other, whose status says so.
//!
//! What an overloaded server refuses it has not begun with, and
//! [`retry_on_overload`](crate::retry_on_overload) sends it again. A turn that fails leaves its
//! prompt in the thread: [`Thread::run_retrying`](crate::Thread::run_retrying) takes that out
//! before it runs the turn again, or says why it cannot.
//!
//! # Newer servers
//!
//! A notification of a method that this crate does not know, or that does not fit its type, arrives
//! as [`Unknown`](crate::protocol::ServerNotification::Unknown) with its JSON. Unknown enum values,
//! kinds of items and fields are kept, and written back as they came. Requests that have no type
//! yet are made with [`Client::request_raw`](crate::Client::request_raw), and fields that have none
//! are set with `unknown_field` on any params, of which handles are made as well
//! ([`Codex::thread_start_with`](crate::Codex::thread_start_with),
//! [`Thread::turn_start_with`](crate::Thread::turn_start_with)). A request of the server that has
//! no type can be replied to with [`Reply::raw`](crate::Reply::raw).
//!
//! Where only a part does not fit, only that is unknown: an item in its place among the others, as
//! [`ThreadItem::Unknown`](crate::protocol::ThreadItem::Unknown) with the reason; a member of a
//! list of other types, such as a turn of a thread, in the
//! [`misfits`](crate::wire::UnknownFields::misfits) of the `unknown_fields` beside the list. A turn
//! and its result end when the server says so, whatever else it says:
//! [`RunResult::unread`](crate::RunResult::unread) lists what did not fit.
//!
//! What is kept for want of a type comes back to the letter, also numbers beyond 64 bits and half a
//! surrogate pair. Fields beside the tag of a kind that has none of its own (such as
//! `{"type": "idle"}`) are dropped; and where the protocol itself has a place for any JSON, such as
//! the arguments of a tool, that is a `serde_json::Value`, with numbers as an `f64` where they do
//! not fit into 64 bits.

pub mod approvals;
pub mod chat;
pub mod faq;
pub mod from_python;
