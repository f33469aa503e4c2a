//! Why something failed, as programs tell it apart.
//!
//! The reasons are known by their words on the wire: newer servers have more of them, and older
//! schemas fewer.

use std::io;

use serde_json::Value;

use super::{Error, rpc::has_overload_marker};
use crate::{
    generated::v2_all::{CodexErrorInfo, TurnError},
    result::RunResult,
};

/// How codex says that the stream of the model's answer was cut. It has no reason of its own.
const CUT: &str = "stream disconnected before completion";

/// How it says that it does not know a thread or a turn.
const NOT_FOUND: &[&str] = &[
    "thread not found",
    "thread not loaded",
    "turn not found",
    "no rollout found",
    "no archived rollout found",
    "invalid thread id",
    "invalid session id",
];

/// How it says that the turn which runs takes no input.
const NOT_STEERABLE: &str = "ActiveTurnNotSteerable";

/// What to ask of an error; the table at [`Error`] says which failure is which.
impl Error {
    /// Whether the same may succeed when it is tried a little later. A request that was refused for
    /// this can be sent again. A turn that has failed has left its prompt in the thread:
    /// [`Thread::run_retrying`](crate::Thread::run_retrying) takes that out first.
    ///
    /// So is a server that cannot be [connected](Self::Connect) to because nobody is there yet, or
    /// because it is too busy; not one that refuses this client, or whose certificate is not
    /// trusted.
    ///
    /// Not after a timeout of a request or the end of the connection: what was asked for may have
    /// been done.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        let passes = |status: u16| matches!(status, 408 | 425 | 429 | 500..=599);
        match self {
            Self::TurnFailed(_) => self.reason().is_some_and(|reason| match &*reason.name {
                "serverOverloaded"
                | "rateLimitExceeded"
                | "internalServerError"
                | "flexUnavailable"
                | "policyCapacityUnavailable" => true,
                "httpConnectionFailed"
                | "responseStreamConnectionFailed"
                | "responseStreamDisconnected"
                | "responseTooManyFailedAttempts" => reason.status.is_none_or(passes),
                "other" => reason.message.starts_with(CUT),
                _ => false,
            }),
            Self::ConnectionLost { sent, .. } => !sent,
            Self::Connect { status: Some(status), .. } => passes(*status),
            Self::Connect { source: Some(source), .. } => is_absence(source),
            _ => self.is_refusal_by_overload(),
        }
    }

    /// Whether a server has refused a request because it had too many, without beginning with it.
    pub(crate) fn is_refusal_by_overload(&self) -> bool {
        match self {
            Self::Rpc(error) => error.is_overload(),
            Self::Handshake { source } => source.is_refusal_by_overload(),
            _ => false,
        }
    }

    /// Whether too many others want the same: the app-server has too many requests, or the model's
    /// service is at capacity.
    #[must_use]
    pub fn is_overloaded(&self) -> bool {
        let is_overload = |info: &CodexErrorInfo| has_overload_marker(&wire(info));
        self.is_refusal_by_overload()
            || self.codex_error_info().is_some_and(is_overload)
            || matches!(self.http_status(), Some(503 | 529))
    }

    /// Whether this account asks the model too often, which passes soon. A plan or a budget that is
    /// used up [is another thing](Self::is_usage_limit_exceeded).
    #[must_use]
    pub fn is_rate_limited(&self) -> bool {
        self.has_reason("rateLimitExceeded") || self.http_status() == Some(429)
    }

    /// Whether a plan, quota or budget is used up.
    #[must_use]
    pub fn is_usage_limit_exceeded(&self) -> bool {
        self.has_reason("usageLimitExceeded") || self.has_reason("sessionBudgetExceeded")
    }

    /// Whether the thread is too long for its model; [`Thread::compact`](crate::Thread::compact)
    /// makes room.
    #[must_use]
    pub fn is_context_window_exceeded(&self) -> bool {
        self.has_reason("contextWindowExceeded")
    }

    /// Whether a login is missing, or is none any more.
    #[must_use]
    pub fn is_unauthorized(&self) -> bool {
        self.has_reason("unauthorized") || self.http_status() == Some(401)
    }

    /// Whether the server knows no such thread, or no such turn.
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        let is_unknown = |message: &str| NOT_FOUND.iter().any(|words| message.contains(words));
        matches!(self, Self::Rpc(error) if is_unknown(&error.message))
    }

    /// Whether a turn that runs on the thread is in the way:
    /// [`WhenBusy::Refuse`](crate::WhenBusy::Refuse) was asked for, or that turn takes no more
    /// input, such as one that compacts the thread.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        match self {
            Self::Busy { .. } => true,
            Self::Rpc(error) => error.message.contains(NOT_STEERABLE),
            _ => false,
        }
    }

    /// What a turn had done before this error, if it is about a turn that ran.
    #[must_use]
    pub fn turn_result(&self) -> Option<&RunResult> {
        match self {
            Self::TurnFailed(result) | Self::TypedOutput { result, .. } => Some(result),
            Self::NotRetried { source, .. } => source.turn_result(),
            _ => None,
        }
    }

    /// The reason of a failed turn, as codex tells programs.
    #[must_use]
    pub fn codex_error_info(&self) -> Option<&CodexErrorInfo> {
        self.turn_error()?.codex_error_info.as_ref()
    }

    /// The status with which the model's service has failed a turn, where codex tells it; or the
    /// one with which a server has refused a [connection](Self::Connect).
    #[must_use]
    pub fn http_status(&self) -> Option<u16> {
        match self {
            Self::Connect { status, .. } => *status,
            _ => self.reason()?.status,
        }
    }

    fn turn_error(&self) -> Option<&TurnError> {
        self.turn_result()?.error.as_ref()
    }

    fn has_reason(&self, name: &str) -> bool {
        self.reason().is_some_and(|reason| reason.name == name)
    }

    fn reason(&self) -> Option<Reason<'_>> {
        let error = self.turn_error()?;
        let info = wire(error.codex_error_info.as_ref()?);
        let (name, status) = match info {
            Value::String(name) => (name, None),
            Value::Object(members) => {
                let (name, details) = members.into_iter().next()?;
                (name, details["httpStatusCode"].as_u64())
            }
            _ => return None,
        };
        let status = status.and_then(|status| u16::try_from(status).ok());
        Some(Reason { name, status, message: &error.message })
    }
}

/// What is told of the reason of a failed turn.
struct Reason<'a> {
    name: String,
    status: Option<u16>,
    message: &'a str,
}

/// Whether nobody was at the other end, or is not any more.
fn is_absence(error: &io::Error) -> bool {
    use io::ErrorKind;
    matches!(
        error.kind(),
        ErrorKind::ConnectionRefused
            | ErrorKind::ConnectionReset
            | ErrorKind::ConnectionAborted
            | ErrorKind::BrokenPipe
            | ErrorKind::UnexpectedEof
            | ErrorKind::HostUnreachable
            | ErrorKind::NetworkUnreachable
            | ErrorKind::NetworkDown
            // A unix socket that no server has made yet.
            | ErrorKind::NotFound
            | ErrorKind::TimedOut
    )
}

fn wire(info: &CodexErrorInfo) -> Value {
    serde_json::to_value(info).unwrap_or_default()
}
