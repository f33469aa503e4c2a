//! The Rust SDK for `codex app-server`, the server mode of OpenAI's Codex coding agent: start
//! threads, run turns, stream what happens, reply to the agent's questions, and get typed results.
//!
//! ```no_run
//! use codex_app_server::{Codex, ThreadConfig};
//!
//! #[tokio::main]
//! async fn main() -> codex_app_server::Result<()> {
//!     let codex = Codex::connect().await?; // starts `codex app-server`
//!     let thread = codex.thread_start(ThreadConfig::new()).await?;
//!     let result = thread.run("Explain this repository in three bullets.").await?;
//!     println!("{}", result.final_response.as_deref().unwrap_or("(no answer)"));
//!     Ok(())
//! }
//! ```
//!
//! - [`Codex`] reaches a server and opens threads; [`CodexBuilder`] has the options of a
//!   connection, [`AppServerConfig`] those of the server process.
//! - [`Thread`] is a conversation: [`run`](Thread::run) a turn to its [`RunResult`], or start one
//!   and keep its [`TurnHandle`], a stream of typed notifications that can be steered and
//!   interrupted.
//! - [`Client`] has one method per request of the protocol, and [`protocol`] the types, made from
//!   the JSON schema of codex [`CODEX_VERSION`].
//! - [`Error`] says in which phase something failed.
//! - [`guide`] tells what holds everywhere: order, cancellation, bounds, and who replies to the
//!   server's own requests.
//!
//! # Layout
//!
//! Each module knows only those below it, which a test holds.
//!
//! ```text
//! blocking                                  the same API without async
//! guide                                     prose that compiles
//! server                                    servers that are started for many connections
//! connect                                   a connection's options, and the handshake
//! chat                                      conversation steps, and turns that are read on later
//! codex                                     the entry: what opens threads
//! goal login typed                          what stands on threads and turns
//! thread                                    conversations
//! turn                                      running turns
//! policy                                    what is decided before a handler is asked
//! handlers                                  who replies to the server's requests
//! settings                                  options of threads and turns
//! tools                                     functions that the agent may call
//! client                                    typed calls, streams of notifications
//! session                                   what one connection remembers
//! reconnect history                         how lost connections come back
//! collector                                 from notifications to a result
//! rpc                                       JSON-RPC on one connection
//! transport                                 whole messages, over whatever moves them
//! config input reply retry         values
//! version runtime json                      which server; where its binary is; JSON and back
//! error                                     what can go wrong
//! result                                    what a turn has come to
//! generated                                 the protocol, written by the build script
//! wire                                      how its types meet JSON
//! redact unwind                             what may be shown of a text; panics as errors
//! ```
//!
//! # Features
//!
//! None is on by default.
//!
//! - `blocking`: the same API without async.
//! - `schemars`: final answers as values of a type ([`Thread`]`::run_typed`), and tools whose
//!   arguments are ([`Tool`]`::new`).
//! - `websocket`: servers that run already, at a URL ([`CodexBuilder`]`::connect_websocket`) or on
//!   a unix socket (`connect_unix`), and servers that are started to listen (`ManagedServer`).
//! - `tls`: `wss://`, with rustls and the certificates that this machine trusts.

// The badges of docs.rs, which builds with a nightly compiler.
#![cfg_attr(docsrs, feature(doc_cfg))]
// Nothing that input can reach may panic.
#![warn(clippy::expect_used, clippy::unwrap_used)]

#[cfg(feature = "blocking")]
pub mod blocking;
mod chat;
mod client;
mod codex;
mod collector;
mod config;
mod connect;
mod error;
pub mod generated;
mod goal;
pub mod guide;
mod handlers;
mod history;
mod input;
mod json;
mod login;
mod policy;
mod reconnect;
mod redact;
mod reply;
mod result;
mod retry;
mod rpc;
mod runtime;
#[cfg(feature = "websocket")]
mod server;
mod session;
mod settings;
mod thread;
mod tools;
pub mod transport;
mod turn;
#[cfg(feature = "schemars")]
mod typed;
mod unwind;
mod version;
pub mod wire;

pub use chat::{
    CancelResult, Chat, ChatDelta, ChatEvent, ChatOptions, ChatResult, CompletionSource,
    ConversationStep, StepData, StepType,
};
pub use client::{Call, Client, NotificationStream};
pub use codex::{Codex, ServerMetadata};
pub use config::AppServerConfig;
#[cfg(feature = "websocket")]
pub use config::{ManagedServerConfig, WebsocketConfig};
pub use connect::CodexBuilder;
pub use error::{CloseReason, Closed, Error, Result, RpcError, RpcErrorKind};
pub use generated::v2_all as protocol;
pub use goal::{GoalControl, GoalHandle};
pub use handlers::{
    Asked, AttestationRequest, AuthTokensRefresh, CommandApproval, CurrentTimeRequest, Elicitation,
    FileChangeApproval, IntoReply, LegacyCommandApproval, LegacyPatchApproval, PendingRequest,
    PendingRequests, PermissionsRequest, Question, ToolCall, UserInputRequest,
};
pub use input::{
    AudioInput, ExternalMessage, ImageInput, Input, InputItem, LocalAudioInput, LocalImageInput,
    MentionInput, SkillInput, TextInput,
};
pub use login::{BrowserLogin, DeviceCodeLogin};
pub use policy::{Policy, Rules};
pub use reconnect::{ConnectionEvent, Missing, Reconnect, Restored};
pub use reply::Reply;
pub use result::{ChatContinuation, ChatMode, RunResult};
pub use retry::{RetryPolicy, retry_on_overload};
#[cfg(feature = "websocket")]
pub use server::ManagedServer;
pub use settings::{ApprovalMode, IntoSandboxMode, Sandbox, ThreadConfig, TurnOverrides, WhenBusy};
pub use thread::{Thread, ThreadDefaults};
pub use tools::{IntoToolOutput, Json, Tool, ToolContext, ToolOutput, Tools};
pub use turn::{TurnControl, TurnEvent, TurnHandle};
#[cfg(feature = "schemars")]
pub use typed::{OutputSchema, TypedResult, TypedTurn, output_schema};
pub use version::VersionPolicy;
pub use wire::maybe::Maybe;

/// The version of codex whose protocol this is.
pub const CODEX_VERSION: &str = generated::v2_all::CODEX_VERSION;

/// The README's programs compile.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
