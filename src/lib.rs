#![doc = include_str!("../README.md")]

#[cfg(feature = "blocking")]
pub mod blocking;
pub mod client;
mod codex;
mod config;
mod error;
pub mod generated;
mod goal;
mod input;
mod login;
mod reply;
mod result;
mod retry;
mod rpc;
mod runtime;
mod settings;
mod thread;
pub mod transport;
mod turn;
#[cfg(feature = "schemars")]
mod typed;
mod version;
pub mod wire;

pub use client::{Call, Client, Events};
pub use codex::{Codex, CodexBuilder, ServerMetadata};
pub use config::AppServerConfig;
pub use error::{CloseReason, Closed, Error, Result, RpcError, RpcErrorKind};
pub use generated::v2_all::CODEX_VERSION;
pub use goal::GoalHandle;
pub use input::{
    AudioInput, ExternalMessage, ImageInput, Input, InputItem, LocalAudioInput, LocalImageInput,
    MentionInput, SkillInput, TextInput,
};
pub use login::{BrowserLogin, DeviceCodeLogin};
pub use reply::Reply;
pub use result::RunResult;
pub use retry::{RetryPolicy, retry_on_overload};
pub use settings::{ApprovalMode, Sandbox, ThreadConfig, TurnOverrides};
pub use thread::Thread;
pub use turn::TurnHandle;
#[cfg(feature = "schemars")]
pub use typed::TypedResult;
pub use version::VersionPolicy;
pub use wire::Maybe;
