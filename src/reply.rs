//! Answers to the server's own requests.

use bytes::Bytes;
use serde_json::{Value, json, value::RawValue};

use crate::{
    generated::v2_all::{SERVER_REQUESTS, ServerRequest},
    wire::ServerRequestParams,
};

/// The answer to a [`ServerRequest`]: a typed response, or an error.
///
/// ```
/// use codex_app_server::{Reply, generated::v2_all::*};
///
/// fn answer(request: &ServerRequest) -> Reply {
///     match request {
///         ServerRequest::ItemCommandExecutionRequestApproval(params) => Reply::to(
///             params,
///             CommandExecutionRequestApprovalResponse::new(CommandExecutionApprovalDecision::Accept),
///         ),
///         other => Reply::decline(other),
///     }
/// }
/// ```
#[derive(Clone, Debug)]
pub struct Reply {
    /// The method that this answers; none for errors, which fit any.
    method: Option<&'static str>,
    outcome: Outcome,
}

#[derive(Clone, Debug)]
enum Outcome {
    Result(Value),
    Error(Value),
}

impl Reply {
    /// The response to the request with these `params`.
    #[must_use]
    pub fn to<P: ServerRequestParams>(_params: &P, response: P::Response) -> Self {
        match serde_json::to_value(response) {
            Ok(result) => Self { method: Some(P::METHOD), outcome: Outcome::Result(result) },
            Err(error) => Self::error(-32603, format!("the response cannot be written: {error}")),
        }
    }

    /// An error. codex takes it as a refusal and goes on with the turn; an elicitation is better
    /// declined, because an error breaks the MCP call.
    #[must_use]
    pub fn error(code: i64, message: impl Into<String>) -> Self {
        Self {
            method: None,
            outcome: Outcome::Error(json!({ "code": code, "message": message.into() })),
        }
    }

    /// The safe answer, which is also given when there is no handler, or when it panics: approvals
    /// and elicitations are declined, permissions are not granted, a tool call fails, and what
    /// cannot be declined is answered with an error. Nothing is approved.
    #[must_use]
    pub fn decline(request: &ServerRequest) -> Self {
        Self::decline_method(request.method())
    }

    /// The same for a request that was not decoded, or does not fit its type.
    pub(crate) fn decline_method(method: &str) -> Self {
        let result = match method {
            "item/commandExecution/requestApproval" | "item/fileChange/requestApproval" => {
                json!({ "decision": "decline" })
            }
            "applyPatchApproval" | "execCommandApproval" => json!({ "decision": "denied" }),
            "mcpServer/elicitation/request" => {
                json!({ "action": "decline", "content": null, "_meta": null })
            }
            "item/permissions/requestApproval" => json!({ "permissions": {} }),
            "item/tool/call" => json!({
                "success": false,
                "contentItems": [{ "type": "inputText", "text": "This client offers no such tool." }],
            }),
            _ if SERVER_REQUESTS.iter().any(|known| known.name == method) => {
                return Self::error(-32000, format!("this client has no handler for `{method}`"));
            }
            _ => return Self::error(-32601, format!("this client does not know `{method}`")),
        };
        Self { method: None, outcome: Outcome::Result(result) }
    }

    /// Whether this can answer a request of `method`.
    pub(crate) fn fits(&self, method: &str) -> bool {
        self.method.is_none_or(|own| own == method)
    }

    /// The message that replies to the request `id`.
    pub(crate) fn into_message(self, id: &RawValue) -> Bytes {
        let message = match self.outcome {
            Outcome::Result(result) => format!(r#"{{"id":{id},"result":{result}}}"#),
            Outcome::Error(error) => format!(r#"{{"id":{id},"error":{error}}}"#),
        };
        Bytes::from(message)
    }
}
