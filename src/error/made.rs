//! Errors for tests of programs that handle them.

use std::{sync::Arc, time::Duration};

use super::{CloseReason, Closed, Error, RpcError};

/// For tests of what a program does about an error. Others can be had in the way that gives them:
/// `Error::TurnFailed(Arc::new(result))`, or `decode` of an output schema.
impl Error {
    /// The server responded with an error.
    ///
    /// ```
    /// use codex_app_server::Error;
    ///
    /// let busy = Error::rpc("turn/start", -32001, "Server overloaded; retry later.");
    /// assert!(busy.is_retryable());
    /// ```
    pub fn rpc(method: impl Into<String>, code: i64, message: impl Into<String>) -> Self {
        let (method, message) = (method.into(), message.into());
        Self::Rpc(Box::new(RpcError { method, code, message, data: None }))
    }

    /// The connection is closed.
    pub fn closed(reason: CloseReason) -> Self {
        Self::Closed(Arc::new(Closed { reason, exit_status: None, stderr: String::new() }))
    }

    /// The server did not respond in time to a request that was sent.
    pub fn request_timeout(method: impl Into<String>, after: Duration) -> Self {
        Self::RequestTimeout { method: method.into(), after, unsent_behind: None }
    }
}
