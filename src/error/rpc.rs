//! Error responses of the server.

use std::fmt;

use serde_json::Value;

use crate::redact::{Shown, ShownJson};

/// An error response of the server.
#[derive(Clone, PartialEq, thiserror::Error)]
#[error("`{method}` failed: {} (code {code})", Shown(message))]
#[non_exhaustive]
pub struct RpcError {
    /// The wire method that failed.
    pub method: String,
    /// The JSON-RPC code. codex refuses nearly everything with -32600.
    pub code: i64,
    /// The server's words.
    pub message: String,
    /// Whatever the server added.
    pub data: Option<Value>,
}

impl fmt::Debug for RpcError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RpcError")
            .field("method", &self.method)
            .field("code", &self.code)
            .field("message", &Shown(&self.message))
            .field("data", &self.data.as_ref().map(ShownJson))
            .finish()
    }
}

impl RpcError {
    /// What kind of error this is.
    #[must_use]
    pub fn kind(&self) -> RpcErrorKind {
        let gave_up = {
            let message = self.message.to_ascii_lowercase();
            message.contains("retry limit") || message.contains("too many failed attempts")
        };
        match self.code {
            -32700 => RpcErrorKind::Parse,
            -32600 => RpcErrorKind::InvalidRequest,
            -32601 => RpcErrorKind::MethodNotFound,
            -32602 => RpcErrorKind::InvalidParams,
            -32603 => RpcErrorKind::Internal,
            -32099..=-32000 if gave_up => RpcErrorKind::RetryLimitExceeded,
            -32001 => RpcErrorKind::ServerBusy,
            -32099..=-32000 if self.is_overload() => RpcErrorKind::ServerBusy,
            -32099..=-32000 => RpcErrorKind::Server,
            _ => RpcErrorKind::Other,
        }
    }

    /// Code -32001, or an overload marker anywhere in the data.
    pub(super) fn is_overload(&self) -> bool {
        self.code == -32001 || self.data.as_ref().is_some_and(has_overload_marker)
    }
}

/// Kinds of error responses, by their JSON-RPC code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RpcErrorKind {
    /// -32700: the server could not read the message.
    Parse,
    /// -32600: what codex responds to nearly every refused request.
    InvalidRequest,
    /// -32601.
    MethodNotFound,
    /// -32602.
    InvalidParams,
    /// -32603.
    Internal,
    /// -32001 or a server error marked as overload: try again later.
    ServerBusy,
    /// The server itself has retried, and given up.
    RetryLimitExceeded,
    /// Another server error, -32099 to -32000.
    Server,
    /// Any other code.
    Other,
}

/// A string `server_overloaded` or `serverOverloaded`, in any letter case, as a value or a key
/// anywhere.
pub(super) fn has_overload_marker(data: &Value) -> bool {
    let marked = |text: &str| {
        text.eq_ignore_ascii_case("server_overloaded")
            || text.eq_ignore_ascii_case("serverOverloaded")
    };
    match data {
        Value::String(text) => marked(text),
        Value::Array(values) => values.iter().any(has_overload_marker),
        Value::Object(map) => {
            map.iter().any(|(key, value)| marked(key) || has_overload_marker(value))
        }
        _ => false,
    }
}
