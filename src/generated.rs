//! The protocol, generated from the JSON schema of the pinned codex version.
//!
//! The build script reads `schema/` and writes the one module here. Nothing in it is written by
//! hand, and hand-written code neither edits nor shadows it.
//!
//! - Every type of the schema keeps its name there; fields and variants are spelled as Rust spells
//!   them.
//! - Structs keep fields they do not know ([`UnknownFields`](crate::wire::UnknownFields)), enums
//!   have an `Unknown` variant: what a newer server sends is read, and written back as it came.
//! - What users send is made by `new` and chained setters. `new` takes the value that is required;
//!   where there are several, each is given by name ([`Missing`](crate::wire::Missing)), what
//!   identifies first.
//!   Setters take what programs have: any integer, text or a path for a string type, a text for a
//!   union that may be one, a list of whatever becomes the items.
//! - [`ServerNotification`](v2_all::ServerNotification) and
//!   [`ServerRequest`](v2_all::ServerRequest) are what the server sends, by method.
//! - [`ClientRequest`](crate::wire::ClientRequest) pairs the params of each request with its
//!   response.
//!
//! ```
//! use codex_app_server::protocol::{ThreadListCwdFilter, ThreadListParams};
//!
//! let page: usize = 20;
//! let one = ThreadListParams::new().limit(page).cwd("/src/app");
//! let two = ThreadListParams::new().cwd(vec!["/src/app".to_owned(), "/src/lib".to_owned()]);
//! assert_eq!(one.cwd.into_option(), Some(ThreadListCwdFilter::from("/src/app")));
//! assert!(matches!(two.cwd.into_option(), Some(ThreadListCwdFilter::List(_))));
//! ```

/// All types of version 2 of the protocol, stable and experimental.
///
/// They are many; the modules below list them by area, with the methods of each. Programs that do
/// everyday things need few:
///
/// - to talk: [`ThreadStartParams`](v2_all::ThreadStartParams),
///   [`ThreadResumeParams`](v2_all::ThreadResumeParams),
///   [`ThreadForkParams`](v2_all::ThreadForkParams),
///   [`TurnStartParams`](v2_all::TurnStartParams), [`TurnSteerParams`](v2_all::TurnSteerParams),
///   [`TurnInterruptParams`](v2_all::TurnInterruptParams), and what a turn is given:
///   [`UserInput`](v2_all::UserInput);
/// - to look on: [`ServerNotification`](v2_all::ServerNotification), whatever happens;
///   [`ThreadItem`](v2_all::ThreadItem), what the agent does;
///   [`AgentMessageDeltaNotification`](v2_all::AgentMessageDeltaNotification), its text piece by
///   piece;
/// - to know how it went: [`Turn`](v2_all::Turn), [`TurnStatus`](v2_all::TurnStatus),
///   [`TurnError`](v2_all::TurnError), [`ThreadTokenUsage`](v2_all::ThreadTokenUsage);
/// - to allow and forbid: [`AskForApproval`](v2_all::AskForApproval),
///   [`SandboxPolicy`](v2_all::SandboxPolicy), [`ServerRequest`](v2_all::ServerRequest),
///   [`CommandExecutionRequestApprovalParams`](v2_all::CommandExecutionRequestApprovalParams),
///   [`FileChangeRequestApprovalParams`](v2_all::FileChangeRequestApprovalParams);
/// - to look around: [`ThreadListParams`](v2_all::ThreadListParams), [`Thread`](v2_all::Thread),
///   [`ModelListParams`](v2_all::ModelListParams), [`Model`](v2_all::Model),
///   [`ReasoningEffort`](v2_all::ReasoningEffort),
///   [`GetAccountResponse`](v2_all::GetAccountResponse).
#[allow(
    clippy::doc_lazy_continuation,
    clippy::doc_overindented_list_items,
    clippy::enum_variant_names,
    clippy::large_enum_variant,
    clippy::should_implement_trait,
    reason = "types are laid out, named and described as the protocol has them"
)]
pub mod v2_all {
    include!(concat!(env!("OUT_DIR"), "/v2_all.rs"));
}
