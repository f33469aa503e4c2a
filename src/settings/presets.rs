//! Choices that stand for several settings, or for one that has a type of its own in each request.

use crate::{
    generated::v2_all::{
        ApprovalsReviewer, AskForApproval, ReadOnlySandboxPolicy, SandboxMode, SandboxPolicy,
        WorkspaceWriteSandboxPolicy,
    },
    wire::{Maybe, UnknownValue},
};

/// Who approves what the agent asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ApprovalMode {
    /// Nobody is asked; what would need approval does not happen.
    DenyAll,
    /// The agent asks, and the server's reviewing model answers.
    AutoReview,
    /// The agent asks, and the program answers: its [policy](crate::Policy), its handlers, or
    /// whoever takes the requests that [are held](crate::CodexBuilder::hold_requests). Without any
    /// of them, starting a thread or a turn is refused with
    /// [`Error::InvalidInput`](crate::Error::InvalidInput); where another client of the server
    /// answers, set the `approval_policy` alone. [The guide](crate::guide::approvals) says what is
    /// asked in which sandbox.
    Ask,
}

impl ApprovalMode {
    pub(super) fn policy(self) -> AskForApproval {
        match self {
            Self::DenyAll => AskForApproval::Never,
            Self::AutoReview | Self::Ask => AskForApproval::OnRequest,
        }
    }

    pub(super) fn reviewer(self) -> Maybe<ApprovalsReviewer> {
        match self {
            Self::DenyAll => Maybe::Unset,
            Self::AutoReview => Maybe::Value(ApprovalsReviewer::AutoReview),
            Self::Ask => Maybe::Value(ApprovalsReviewer::User),
        }
    }

    /// Whether these settings are those of [`Ask`](Self::Ask): the user is named, and asked. Then
    /// somebody has to be there who replies.
    pub(crate) fn is_ask(
        policy: &Maybe<AskForApproval>,
        reviewer: &Maybe<ApprovalsReviewer>,
    ) -> bool {
        policy.as_option() == Some(&Self::Ask.policy()) && *reviewer == Self::Ask.reviewer()
    }
}

/// What commands may touch, as a preset for threads and turns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Sandbox {
    /// Reads anything, writes nothing, no network.
    ReadOnly,
    /// Writes inside the working folder, no network.
    WorkspaceWrite,
    /// No limits at all.
    DangerFullAccess,
}

impl From<Sandbox> for SandboxMode {
    fn from(sandbox: Sandbox) -> Self {
        match sandbox {
            Sandbox::ReadOnly => Self::ReadOnly,
            Sandbox::WorkspaceWrite => Self::WorkspaceWrite,
            Sandbox::DangerFullAccess => Self::DangerFullAccess,
        }
    }
}

impl From<Sandbox> for SandboxPolicy {
    fn from(sandbox: Sandbox) -> Self {
        match sandbox {
            Sandbox::ReadOnly => ReadOnlySandboxPolicy::new().into(),
            Sandbox::WorkspaceWrite => WorkspaceWriteSandboxPolicy::new().into(),
            Sandbox::DangerFullAccess => Self::DangerFullAccess,
        }
    }
}

impl From<Sandbox> for Maybe<SandboxPolicy> {
    fn from(sandbox: Sandbox) -> Self {
        Self::Value(sandbox.into())
    }
}

/// The policy that a thread started in this mode has.
impl From<SandboxMode> for Maybe<SandboxPolicy> {
    fn from(mode: SandboxMode) -> Self {
        Self::Value(match mode {
            SandboxMode::ReadOnly => Sandbox::ReadOnly.into(),
            SandboxMode::WorkspaceWrite => Sandbox::WorkspaceWrite.into(),
            SandboxMode::DangerFullAccess => Sandbox::DangerFullAccess.into(),
            SandboxMode::Unknown(mode) => {
                SandboxPolicy::Unknown(UnknownValue::from(serde_json::json!({ "type": mode })))
            }
        })
    }
}

/// What [`ThreadConfig::sandbox`](crate::ThreadConfig::sandbox) takes: a [`Sandbox`], a
/// [`SandboxMode`], `None` for null. No text, which may be misspelt.
pub trait IntoSandboxMode {
    /// The mode as a field.
    fn into_sandbox_mode(self) -> Maybe<SandboxMode>;
}

impl IntoSandboxMode for Sandbox {
    fn into_sandbox_mode(self) -> Maybe<SandboxMode> {
        Maybe::Value(self.into())
    }
}

impl IntoSandboxMode for SandboxMode {
    fn into_sandbox_mode(self) -> Maybe<SandboxMode> {
        Maybe::Value(self)
    }
}

impl IntoSandboxMode for Option<Sandbox> {
    fn into_sandbox_mode(self) -> Maybe<SandboxMode> {
        Maybe::<Sandbox>::from(self).into_sandbox_mode()
    }
}

impl IntoSandboxMode for Maybe<Sandbox> {
    fn into_sandbox_mode(self) -> Maybe<SandboxMode> {
        self.map(SandboxMode::from)
    }
}

impl IntoSandboxMode for Maybe<SandboxMode> {
    fn into_sandbox_mode(self) -> Self {
        self
    }
}
