//! Approvals: when codex asks before it acts, and how a program replies.
//!
//! Two settings decide. The *sandbox* ([`Sandbox`](crate::Sandbox)) says what commands may touch;
//! the *policy* ([`ApprovalMode`](crate::ApprovalMode), or the finer
//! [`approval_policy`](crate::ThreadConfig::approval_policy)) says whether somebody is asked when
//! that is not enough.
//!
//! | mode | policy | who replies |
//! |---|---|---|
//! | [`DenyAll`](crate::ApprovalMode::DenyAll) | `never` | nobody is asked |
//! | [`AutoReview`](crate::ApprovalMode::AutoReview) | `on-request` | a model of the server |
//! | [`Ask`](crate::ApprovalMode::Ask) | `on-request` | the program |
//!
//! # Which mode asks when
//!
//! What the pinned codex does with what the agent wants; a test asks it for each field.
//!
//! - *asks*: the server asks before it happens, and what is declined does not happen;
//! - *runs*: it happens, and nobody is asked;
//! - *fails*: it is tried, and the sandbox stops it;
//! - *refused*: the server refuses, and tells the model so.
//!
//! | policy, sandbox | read | write | write out | leave | patch | patch out | `rm -rf` |
//! |---|---|---|---|---|---|---|---|
//! | untrusted, read-only | asks | asks | asks | asks | asks | asks | asks |
//! | untrusted, workspace-write | asks | asks | asks | asks | asks | asks | asks |
//! | untrusted, danger-full-access | asks | asks | asks | asks | asks | asks | asks |
//! | on-request, read-only | runs | fails | fails | asks | asks | asks | asks |
//! | on-request, workspace-write | runs | runs | fails | asks | runs | asks | asks |
//! | on-request, danger-full-access | runs | runs | runs | runs | runs | runs | asks |
//! | never, read-only | runs | fails | fails | refused | refused | refused | refused |
//! | never, workspace-write | runs | runs | fails | refused | runs | refused | refused |
//! | never, danger-full-access | runs | runs | runs | refused | runs | runs | refused |
//!
//! The first four are commands: one that only *reads* (`ls`), one that *writes* a file in the
//! working folder, the same *out* of it, and one that the agent wants to run outside of the sandbox
//! (to *leave* it), for a reason that it gives. A *patch* is a change of files that the agent makes
//! itself. `rm -rf` stands for what codex takes for dangerous.
//!
//! So with `Ask` a program hears of what the sandbox would not let happen, and of nothing else; to
//! be asked about each command, set the policy `untrusted`.
//!
//! # How to reply
//!
//! A handler per kind of request
//! ([`on_command_approval`](crate::CodexBuilder::on_command_approval) and its neighbours) is called
//! on a task of its own with an [`Asked`](crate::Asked): the params, the ids, the item that the
//! request is about, and the replies that it allows, each in a word.
//!
//! ```no_run
//! # async fn example() -> codex_app_server::Result<()> {
//! use codex_app_server::{ApprovalMode, Codex, Sandbox, ThreadConfig};
//!
//! let codex = Codex::builder()
//!     .on_command_approval(|request| async move {
//!         match request.shell_command().as_deref() {
//!             Some("cargo test") => request.accept(),
//!             _ => request.decline(), // or `cancel`, which stops the turn
//!         }
//!     })
//!     .on_file_change_approval(|request| async move {
//!         for change in request.changes().unwrap_or_default() {
//!             println!("{}\n{}", change.path, change.diff);
//!         }
//!         request.accept_for_session()
//!     })
//!     .connect_stdio()
//!     .await?;
//! let config = ThreadConfig::new()
//!     .sandbox(Sandbox::WorkspaceWrite)
//!     .approval_mode(ApprovalMode::Ask);
//! let thread = codex.thread_start(config).await?;
//! # Ok(()) }
//! ```
//!
//! - A request that lists the decisions that it is open to takes no others: a reply that it does
//!   not allow is an [`InvalidInput`](crate::Error::InvalidInput) that names those that it does.
//!   The pinned codex offers `accept`, `acceptWithExecpolicyAmendment` and `cancel` for most
//!   commands; declining is always open.
//! - Nothing is approved without the program's word: an error, a panic, a reply to another request,
//!   and a request that nobody takes are all declined.
//! - When somebody else replies, or the turn is interrupted, the handler's future is dropped where
//!   it waits. A blocking handler runs on, and its reply is not sent.
//! - The command of a request can be of many lines, with anything in it that a shell understands.
//!   Compare [`shell_command`](crate::CommandApproval::shell_command) whole; what begins with
//!   `cargo test` may go on with `; rm -rf ~`.
//!
//! # Without handlers
//!
//! A program that has a loop of its own can take requests there. With
//! [`hold_requests`](crate::CodexBuilder::hold_requests) those that have no handler wait:
//!
//! - [`Codex::server_requests`](crate::Codex::server_requests) is a stream of all of them,
//! - [`TurnHandle::next_event`](crate::TurnHandle::next_event) gives those of a turn among its
//!   notifications, each after what the server sent before it.
//!
//! Both give a [`PendingRequest`](crate::PendingRequest), which whoever comes first has alone. One
//! that nobody takes in time is declined. Reading a turn with `next` or `run` takes none.
//! [`respond`](crate::PendingRequest::respond) replies, dropping it declines, and
//! [`resolved`](crate::PendingRequest::resolved) tells when no reply is needed any more.
//!
//! # Sub-agents
//!
//! An agent that the agent has started works on a thread of its own, and what it asks for comes to
//! the same handlers; [`parent_thread_id`](crate::Asked::parent_thread_id) says whose it is.
