//! What can go wrong, by the phase in which it did.

mod closed;
mod made;
mod reason;
mod rpc;

use std::{fmt, io, path::PathBuf, process::ExitStatus, sync::Arc, time::Duration};

use self::closed::of_server;
pub use self::{
    closed::{CloseReason, Closed},
    rpc::{RpcError, RpcErrorKind},
};
use crate::{
    generated::v2_all::TurnStatus,
    redact::{Shown, redact},
    result::{ChatContinuation, RunResult},
};

/// A result of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Everything that can fail. The variant says in which phase; the predicates
/// ([`is_retryable`](Error::is_retryable), [`is_closed`](Error::is_closed),
/// [`is_timeout`](Error::is_timeout), [`is_not_found`](Error::is_not_found), …) tell what programs
/// usually ask.
///
/// `{}` shows what failed, and its cause is the [`source`](std::error::Error::source); `{:?}` shows
/// both in one line.
///
/// `Display` and `Debug` hide what looks like a secret, by its name (`apiKey`, `…_TOKEN`) or its
/// form (`Bearer …`, `sk-…`). The fields, such as `raw`, are whole: they are for programs, and not
/// to be logged.
///
/// What codex 0.163.0 and later say when something fails, and which predicates hold then:
///
/// | what happened | `codexErrorInfo` | predicates |
/// |---|---|---|
/// | the server has too many requests (-32001) | none, nothing has begun | overloaded, retryable |
/// | HTTP 429 | `responseTooManyFailedAttempts`, 429 | rate limited, retryable |
/// | `rate_limit_exceeded`, `slow_down` | `rateLimitExceeded` | rate limited, retryable |
/// | HTTP 429: `usage_limit_reached`, `insufficient_quota` | `usageLimitExceeded` | usage limit |
/// | HTTP 500 | `internalServerError`, without a status | retryable |
/// | HTTP 503, 529 | `httpConnectionFailed`, with the status | overloaded, retryable |
/// | `server_is_overloaded` | `serverOverloaded` | overloaded, retryable |
/// | HTTP 408, 502, 504 | `httpConnectionFailed`, with the status | retryable |
/// | the service is not there | `httpConnectionFailed`, without a status | retryable |
/// | the stream of the answer is cut | `other`, with words that say so | retryable |
/// | HTTP 401 | `httpConnectionFailed`, 401, or `unauthorized` | unauthorized |
/// | HTTP 400, or an answer that is not whole | `other` | none |
/// | `context_length_exceeded` | `contextWindowExceeded` | context window |
/// | an unknown thread or turn | none, refused | not found |
/// | nobody takes connections yet, or HTTP 503 | none, not connected | retryable |
/// | a token that is wrong or missing | none, not connected, 401 | unauthorized |
///
/// codex itself tries again before it fails a turn: what is here was so each time.
#[derive(Clone, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// No codex binary was found where one may be.
    #[error(
        "no codex binary found; looked at:\n{}\ninstall it with `npm install -g @openai/codex@{}`, \
         or set CODEX_BIN to the path of the binary",
        looked_at.iter().map(|place| format!("  - {place}")).collect::<Vec<_>>().join("\n"),
        crate::CODEX_VERSION
    )]
    #[non_exhaustive]
    RuntimeNotFound {
        /// The places, in the order in which they were tried.
        looked_at: Vec<String>,
    },

    /// The server process could not be started.
    #[error("cannot start {}", program.display())]
    #[non_exhaustive]
    Spawn {
        /// The program that was to run.
        program: PathBuf,
        /// What the operating system said.
        source: Arc<io::Error>,
    },

    /// No connection was made to a server that runs already.
    #[error("cannot connect to {address}: {}", Shown(reason))]
    #[non_exhaustive]
    Connect {
        /// Where the server was to be.
        address: String,
        /// What went wrong, and what to do.
        reason: String,
        /// The HTTP status of a server that has refused to open a websocket.
        status: Option<u16>,
        /// What the operating system, TLS or the websocket said, if it came to no status.
        source: Option<Arc<io::Error>>,
    },

    /// A server that was started to listen did not come to that, or one could not be stopped.
    #[error("{}", of_server(reason, *exit_status, stderr))]
    #[non_exhaustive]
    ManagedServer {
        /// What went wrong.
        reason: String,
        /// How its process ended, if it has.
        exit_status: Option<ExitStatus>,
        /// The last lines that it printed on stderr, whole.
        stderr: String,
        /// What the operating system said.
        source: Option<Arc<io::Error>>,
    },

    /// The server did not complete the `initialize` handshake.
    #[error("the app-server did not complete the handshake")]
    #[non_exhaustive]
    Handshake {
        /// What ended it.
        source: Box<Error>,
    },

    /// The connection is closed; nothing more can be sent or will arrive.
    #[error("{0}")]
    Closed(Arc<Closed>),

    /// The connection was lost before the server responded, and is being opened again: see
    /// [`CodexBuilder::reconnect`](crate::CodexBuilder::reconnect).
    #[error("`{method}` has no response: {}", lost(*sent, closed))]
    #[non_exhaustive]
    ConnectionLost {
        /// The wire method.
        method: String,
        /// Whether the request was given to the transport: then the server may have done what was
        /// asked, or may do it still. If not, it has not.
        sent: bool,
        /// How the connection was lost.
        closed: Arc<Closed>,
    },

    /// In a stream: the connection was lost here, and is back. Deltas may be missing at this place,
    /// of which the whole item tells later; the stream goes on.
    #[error("the connection was lost and is back; deltas may be missing here")]
    Reconnected,

    /// The server did not respond in time. It may still do what was asked, if it was sent.
    #[error("{}", in_time(method, *after, *unsent_behind))]
    #[non_exhaustive]
    RequestTimeout {
        /// The wire method.
        method: String,
        /// The deadline.
        after: Duration,
        /// The request was never sent, because this many others were under way all the time.
        unsent_behind: Option<usize>,
    },

    /// The server responded with an error.
    #[error("{0}")]
    Rpc(Box<RpcError>),

    /// The server sent something that does not fit its type.
    #[error("the payload of `{method}` does not fit its type; it begins with: {}", shorten(raw))]
    #[non_exhaustive]
    Decode {
        /// The wire method.
        method: String,
        /// The whole JSON text.
        raw: String,
        /// Where and why it does not fit.
        source: Arc<serde_json::Error>,
    },

    /// The turn ran and ended as failed. What it had done until then is in the result.
    #[error(
        "the turn {} failed: {}",
        .0.id,
        Shown(.0.error.as_ref().map_or("the server gave no reason", |error| error.message.as_str()))
    )]
    TurnFailed(Arc<RunResult>),

    /// The turn was interrupted, and what was asked for needs its end: a
    /// [chat](crate::Thread::chat). [`Thread::run`](crate::Thread::run) gives such a turn as a
    /// normal result. What it had done until then is in the result.
    #[error("the turn {} was interrupted before its end", .0.id)]
    TurnInterrupted(Arc<RunResult>),

    /// Nothing was heard of the turn for as long as its
    /// [inactivity timeout](crate::TurnOverrides::inactivity_timeout) says. It goes on at the
    /// server, and so can reading it: by the same handle, or from the continuation
    /// ([`Codex::continue_chat`](crate::Codex::continue_chat)), which also
    /// [cancels](crate::Codex::cancel) it.
    #[error(
        "nothing was heard of the turn {} for {idle:?}; it goes on at the server: read on, \
         continue it later with `Codex::continue_chat`, or end it with `Codex::cancel`",
        continuation.turn_id()
    )]
    #[non_exhaustive]
    TurnInactive {
        /// How long nothing was heard of it.
        idle: Duration,
        /// Where it can be read on.
        continuation: ChatContinuation,
    },

    /// The turn was completed and has no message of the agent in it, or an empty one.
    #[error(
        "the turn {} ended without an answer; ask for one, or look at the result's items",
        .0.id
    )]
    NoAnswer(Arc<RunResult>),

    /// A turn that failed for a reason that may pass was not tried again. The
    /// [`source`](std::error::Error::source) is its failure.
    #[error("the turn was not tried again: {}", Shown(reason))]
    #[non_exhaustive]
    NotRetried {
        /// Why not.
        reason: String,
        /// How the turn failed.
        source: Box<Error>,
    },

    /// A turn runs on the thread, and none was to be started then. No input was sent.
    #[error(
        "the thread {thread_id} is busy{}; wait for its turn to end, or let the input join that: \
         `TurnOverrides::when_busy` says which",
        turn_id.as_ref().map(|turn| format!(" with the turn {turn}")).unwrap_or_default()
    )]
    #[non_exhaustive]
    Busy {
        /// The thread.
        thread_id: String,
        /// The turn, if it is known.
        turn_id: Option<String>,
    },

    /// This reader was slower than the server, and the limit for unread events was reached:
    /// `skipped` deltas are missing at this place. Only deltas are ever dropped, and the stream
    /// goes on.
    #[error("{skipped} deltas were dropped because they were not read in time")]
    #[non_exhaustive]
    Lagged {
        /// How many.
        skipped: u64,
    },

    /// This subscription ended because its unread events passed the hard limit. The turn itself
    /// goes on at the server.
    #[error(
        "the subscription ended: {unread} bytes of events were not read, more than the limit of {limit}"
    )]
    #[non_exhaustive]
    Overflow {
        /// Bytes that were waiting.
        unread: usize,
        /// The hard limit in bytes.
        limit: usize,
    },

    /// The server process printed a line on stdout that is not a message. It was skipped; the
    /// stream goes on.
    #[error("the app-server printed a line that is not a message: {}", Shown(line))]
    #[non_exhaustive]
    StrayOutput {
        /// The beginning of the line, without what looks like a secret.
        line: String,
    },

    /// The server is of a version that the [`VersionPolicy`](crate::VersionPolicy) does not accept.
    #[error(
        "the app-server is version {found}, but {required} is required; install that one, or relax the version policy"
    )]
    #[non_exhaustive]
    Version {
        /// What the policy asks for.
        required: String,
        /// What the server is.
        found: String,
    },

    /// A turn ended without a final answer of the type that was asked for: it was interrupted
    /// before, has given none, or one that does not fit.
    #[error("{}", no_value(result))]
    #[non_exhaustive]
    TypedOutput {
        /// The turn. Its [`final_response`](RunResult::final_response) is the whole answer, if
        /// there is one, and its [`status`](RunResult::status) says whether it was interrupted.
        result: Arc<RunResult>,
        /// Where and why the answer does not fit; `None` where there is none.
        source: Option<Arc<serde_json::Error>>,
    },

    /// An argument was refused before anything was sent.
    #[error("invalid `{argument}`: {}", Shown(message))]
    #[non_exhaustive]
    InvalidInput {
        /// Which argument.
        argument: &'static str,
        /// What is wrong with it, and what would be right.
        message: String,
    },
}

/// `Display`, and the same of each [`source`](std::error::Error::source): what a `main` that
/// returns the error, or an `unwrap`, shows to somebody who needs the advice in it.
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&WithSources(self), f)
    }
}

/// Any error with each of its sources, in one line.
pub(crate) struct WithSources<'a>(pub(crate) &'a dyn std::error::Error);

impl fmt::Display for WithSources<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)?;
        let mut source = self.0.source();
        while let Some(cause) = source {
            write!(f, ": {cause}")?;
            source = cause.source();
        }
        Ok(())
    }
}

impl Error {
    pub(crate) fn spawn(program: impl Into<PathBuf>, source: io::Error) -> Self {
        Self::Spawn { program: program.into(), source: Arc::new(source) }
    }

    #[cfg(feature = "websocket")]
    pub(crate) fn connect(address: &str, reason: impl Into<String>, source: io::Error) -> Self {
        let (address, source) = (address.to_owned(), Some(Arc::new(source)));
        Self::Connect { address, reason: reason.into(), status: None, source }
    }

    /// A transport of the program's own could not be opened.
    pub(crate) fn not_opened(source: io::Error) -> Self {
        let reason = "what `connect_by` was given has failed".to_owned();
        let (address, source) = ("the app-server".to_owned(), Some(Arc::new(source)));
        Self::Connect { address, reason, status: None, source }
    }

    pub(crate) fn invalid(argument: &'static str, message: impl Into<String>) -> Self {
        Self::InvalidInput { argument, message: message.into() }
    }

    /// Whether the connection is gone. A new one is needed.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        match self {
            Self::Closed(_) => true,
            Self::Handshake { source } => source.is_closed(),
            _ => false,
        }
    }

    /// Whether this, as an item of a stream, is its last.
    pub(crate) fn ends_stream(&self) -> bool {
        let goes_on = matches!(
            self,
            Self::Lagged { .. }
                | Self::StrayOutput { .. }
                | Self::Reconnected
                | Self::TurnInactive { .. }
        );
        !goes_on
    }

    /// Whether a deadline passed: that of a request, of connecting, or of a silent turn.
    #[must_use]
    pub fn is_timeout(&self) -> bool {
        match self {
            Self::RequestTimeout { .. } | Self::TurnInactive { .. } => true,
            Self::Connect { source: Some(source), .. }
            | Self::ManagedServer { source: Some(source), .. } => {
                source.kind() == io::ErrorKind::TimedOut
            }
            Self::Handshake { source } => source.is_timeout(),
            _ => false,
        }
    }

    /// The kind of the server's error response, if this is one.
    #[must_use]
    pub fn rpc_kind(&self) -> Option<RpcErrorKind> {
        match self {
            Self::Rpc(error) => Some(error.kind()),
            Self::Handshake { source } => source.rpc_kind(),
            _ => None,
        }
    }
}

fn lost(sent: bool, closed: &Closed) -> String {
    let fate = if sent {
        "it was sent, so look whether the server has done it before it is asked again"
    } else {
        "it was not sent, and can be asked again"
    };
    format!("{fate}; the connection was lost: {closed}")
}

fn in_time(method: &str, after: Duration, unsent_behind: Option<usize>) -> String {
    match unsent_behind {
        None => format!("no response to `{method}` within {after:?}"),
        Some(others) => format!(
            "`{method}` was not sent within {after:?}: it waited for one of {others} others that \
             are under way to end"
        ),
    }
}

/// Why there is no value of the type that was asked for.
fn no_value(turn: &RunResult) -> String {
    let (id, interrupted) = (&turn.id, turn.status == TurnStatus::Interrupted);
    match &turn.final_response {
        None if interrupted => format!("the turn {id} was interrupted before its final answer"),
        None => format!(
            "the turn {id} ended without a final answer; ask for one, or look at the result's items"
        ),
        Some(answer) if interrupted => format!(
            "the turn {id} was interrupted, and what it had said until then is no whole answer: {}",
            shorten(answer)
        ),
        Some(answer) => {
            format!("the final answer does not fit its type; it is: {}", shorten(answer))
        }
    }
}

/// The beginning of `text` as it may be shown, for error messages.
pub(crate) fn shorten(text: &str) -> String {
    const MAX: usize = 200;
    match text.char_indices().nth(MAX) {
        Some((end, _)) => format!("{}… ({} bytes)", redact(&text[..end]), text.len()),
        None => redact(text).into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn rpc(code: i64, message: &str, data: Option<Value>) -> Error {
        Error::Rpc(Box::new(RpcError {
            method: "thread/read".into(),
            code,
            message: message.into(),
            data,
        }))
    }

    #[test]
    fn codes_map_to_kinds() {
        for (code, kind) in [
            (-32700, RpcErrorKind::Parse),
            (-32600, RpcErrorKind::InvalidRequest),
            (-32601, RpcErrorKind::MethodNotFound),
            (-32602, RpcErrorKind::InvalidParams),
            (-32603, RpcErrorKind::Internal),
            (-32001, RpcErrorKind::ServerBusy),
            (-32042, RpcErrorKind::Server),
            (7, RpcErrorKind::Other),
        ] {
            assert_eq!(rpc(code, "no", None).rpc_kind(), Some(kind), "{code}");
        }
        let marked = json!({"a": [{"codexErrorInfo": "Server_Overloaded"}]});
        let error = rpc(-32042, "no", Some(marked.clone()));
        assert_eq!(error.rpc_kind(), Some(RpcErrorKind::ServerBusy));
        let error = rpc(-32042, "Retry limit reached", Some(marked));
        assert_eq!(error.rpc_kind(), Some(RpcErrorKind::RetryLimitExceeded));
    }

    #[test]
    fn overload_is_retryable_with_and_without_data() {
        assert!(rpc(-32001, "busy", None).is_retryable());
        assert!(rpc(-32600, "no", Some(json!({"serverOverloaded": {}}))).is_retryable());
        assert!(!rpc(-32600, "server_overloaded", Some(json!({"x": 1}))).is_retryable());
    }

    #[test]
    fn long_text_is_shortened_at_a_character() {
        let text = "ä".repeat(500);
        let short = shorten(&text);
        assert!(short.starts_with("ää") && short.ends_with("… (1000 bytes)"));
    }
}
