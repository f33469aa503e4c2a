//! The same API without async, for programs that have no runtime.
//!
//! Every type here is the one of the same name at the top of the crate, with methods that wait. A
//! connection runs on a thread of its own, which ends, and is waited for, when the last value that
//! belongs to it is dropped. A handler that is at work then is left alone, and its reply is not
//! sent. Values may be shared between threads and used at the same time.
//!
//! Calls in async code are refused with [`Error::InvalidInput`](crate::Error::InvalidInput):
//! blocking there would stop the program. The threads of `tokio::task::spawn_blocking`, and
//! handlers, may call and wait.
//!
//! ```no_run
//! use codex_app_server::{ThreadConfig, blocking::Codex, generated::v2_all::ServerNotification};
//!
//! # fn main() -> codex_app_server::Result<()> {
//! let codex = Codex::connect()?;
//! let thread = codex.thread_start(ThreadConfig::new())?;
//! let mut turn = thread.turn("Tell me a story.")?;
//! for event in &mut turn {
//!     if let ServerNotification::ItemAgentMessageDelta(delta) = event? {
//!         print!("{}", delta.delta);
//!     }
//! }
//! let result = turn.run()?;
//! # Ok(()) }
//! ```

mod chat;
mod client;
mod codex;
mod connect;
mod goal;
mod handlers;
mod login;
mod methods;
mod requests;
mod retry;
#[cfg(feature = "websocket")]
mod server;
mod thread;
mod tools;
mod turn;
#[cfg(feature = "schemars")]
mod typed;
mod worker;

pub use self::{
    chat::Chat,
    client::{Call, Client, NotificationStream},
    codex::Codex,
    connect::CodexBuilder,
    goal::{GoalControl, GoalHandle},
    login::{BrowserLogin, DeviceCodeLogin},
    requests::PendingRequests,
    retry::retry_on_overload,
    thread::Thread,
    turn::{TurnControl, TurnHandle},
};
#[cfg(feature = "websocket")]
pub use server::ManagedServer;
#[cfg(feature = "schemars")]
pub use typed::TypedTurn;
