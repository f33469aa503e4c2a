//! Why and how connections end.

use std::{fmt, process::ExitStatus};

use crate::redact::{Shown, redact};

/// Why and how a connection ended.
#[derive(Clone)]
#[non_exhaustive]
pub struct Closed {
    /// What ended it.
    pub reason: CloseReason,
    /// How the server process exited, if we started it and it has.
    pub exit_status: Option<ExitStatus>,
    /// The last lines that the server printed on stderr, whole.
    pub stderr: String,
}

impl fmt::Display for Closed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&of_server(&self.reason.to_string(), self.exit_status, &self.stderr))
    }
}

impl fmt::Debug for Closed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Closed")
            .field("reason", &self.reason)
            .field("exit_status", &self.exit_status)
            .field("stderr", &Shown(&self.stderr))
            .finish()
    }
}

/// What ended a connection.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum CloseReason {
    /// This side closed it.
    Requested,
    /// The server closed its end: it exited, crashed or was killed.
    ServerClosed,
    /// Reading or writing failed.
    Io(String),
    /// The server sent something that is not a JSON-RPC message; its beginning is kept.
    BadMessage(String),
    /// The tokio runtime in which the connection was made has ended, and with it the tasks that
    /// read and write.
    RuntimeEnded,
    /// One of these tasks has panicked, in this crate or in a transport of the program's own.
    Panicked,
    /// The connection was lost, and [could not be opened
    /// again](crate::CodexBuilder::reconnect): how it was lost, and why it did not come back.
    NotReconnected(String),
    /// The connection was lost and is back, but what was read here is not known to the server any
    /// more, or was not told.
    NotRecovered(String),
}

/// Without what looks like a secret.
impl fmt::Debug for CloseReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Requested => f.write_str("Requested"),
            Self::ServerClosed => f.write_str("ServerClosed"),
            Self::Io(error) => f.debug_tuple("Io").field(&Shown(error)).finish(),
            Self::BadMessage(line) => f.debug_tuple("BadMessage").field(&Shown(line)).finish(),
            Self::RuntimeEnded => f.write_str("RuntimeEnded"),
            Self::Panicked => f.write_str("Panicked"),
            Self::NotReconnected(why) => {
                f.debug_tuple("NotReconnected").field(&Shown(why)).finish()
            }
            Self::NotRecovered(why) => f.debug_tuple("NotRecovered").field(&Shown(why)).finish(),
        }
    }
}

impl fmt::Display for CloseReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Requested => f.write_str("the connection was closed by this program"),
            Self::ServerClosed => f.write_str("the app-server closed the connection"),
            Self::Io(error) => {
                write!(f, "the connection to the app-server failed: {}", Shown(error))
            }
            Self::BadMessage(line) => {
                write!(f, "the app-server sent something that is not a message: {}", Shown(line))
            }
            Self::RuntimeEnded => f.write_str(
                "the connection is gone: its runtime has ended; use it in the runtime that made it",
            ),
            Self::Panicked => f.write_str("the connection is gone: a task of it has panicked"),
            Self::NotReconnected(why) => {
                write!(f, "the connection was lost and did not come back: {}", Shown(why))
            }
            Self::NotRecovered(why) => {
                write!(
                    f,
                    "the connection was lost, and the next one knows no more of this: {}",
                    Shown(why)
                )
            }
        }
    }
}

/// What happened to a server, with how its process ended and what that said.
pub(super) fn of_server(reason: &str, exit_status: Option<ExitStatus>, stderr: &str) -> String {
    let mut text = redact(reason).into_owned();
    if let Some(status) = exit_status {
        text.push_str(&format!("; the process ended with {status}"));
    }
    if !stderr.is_empty() {
        text.push_str(&format!("; its last words:\n{}", Shown(stderr)));
    }
    text
}
