//! Replies to the server's own requests.

use std::fmt;

use bytes::Bytes;
use serde_json::{
    Value, json,
    value::{RawValue, to_raw_value},
};

use crate::{
    generated::v2_all::{SERVER_REQUESTS, ServerRequest, refusal},
    redact::{HIDDEN, ShownJson},
    wire::ServerRequestParams,
};

/// What the client says to a [`ServerRequest`]: a typed response, a raw one, or an error.
///
/// ```
/// use codex_app_server::{Reply, generated::v2_all::*};
///
/// fn reply(request: &ServerRequest) -> Reply {
///     match request {
///         ServerRequest::ItemCommandExecutionRequestApproval(params) => {
///             let decision = CommandExecutionApprovalDecision::Accept;
///             Reply::to(params, CommandExecutionRequestApprovalResponse::new(decision))
///         }
///         other => Reply::decline(other),
///     }
/// }
/// ```
#[derive(Clone, Debug)]
pub struct Reply {
    /// The method that this responds to; none for errors, which fit any.
    method: Option<&'static str>,
    outcome: Outcome,
}

#[derive(Clone)]
enum Outcome {
    Result(Box<RawValue>),
    Error(Value),
}

/// What is replied may be a password or a token, whatever the members are called.
impl fmt::Debug for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Result(_) => f.debug_tuple("Result").field(&format_args!("{HIDDEN}")).finish(),
            Self::Error(error) => f.debug_tuple("Error").field(&ShownJson(error)).finish(),
        }
    }
}

impl Reply {
    /// The response to the request with these `params`.
    #[must_use]
    pub fn to<P: ServerRequestParams>(_params: &P, response: P::Response) -> Self {
        Self::response(Some(P::METHOD), to_raw_value(&response))
    }

    /// A response as JSON, to a request that has no type here ([`ServerRequest::Unknown`]): its
    /// method is not known, or its params do not fit. Nothing checks whether it is what the server
    /// expects.
    ///
    /// ```
    /// use codex_app_server::{Reply, generated::v2_all::ServerRequest};
    /// use serde_json::json;
    ///
    /// fn reply(request: &ServerRequest) -> Reply {
    ///     match request {
    ///         ServerRequest::Unknown(message) if message.method == "item/dream" => {
    ///             Reply::raw(json!({"dreamt": true}))
    ///         }
    ///         other => Reply::decline(other),
    ///     }
    /// }
    /// ```
    #[must_use]
    pub fn raw(response: impl Into<Value>) -> Self {
        Self::response(None, to_raw_value(&response.into()))
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

    /// The safe reply, which is also given when there is no handler, or when it panics: approvals
    /// and elicitations are declined, permissions are not granted, a tool call fails, and what
    /// cannot be declined gets an error. Nothing is approved.
    #[must_use]
    pub fn decline(request: &ServerRequest) -> Self {
        Self::decline_method(request.method())
    }

    /// The same for a request that was not decoded, or does not fit its type.
    pub(crate) fn decline_method(method: &str) -> Self {
        match refusal(method) {
            Some(response) => Self::response(None, RawValue::from_string(response.to_owned())),
            None if SERVER_REQUESTS.iter().any(|known| known.name == method) => {
                Self::error(-32000, format!("this client has no handler for `{method}`"))
            }
            None => Self::error(-32601, format!("this client does not know `{method}`")),
        }
    }

    fn response(method: Option<&'static str>, response: serde_json::Result<Box<RawValue>>) -> Self {
        match response {
            Ok(result) => Self { method, outcome: Outcome::Result(result) },
            Err(error) => Self::error(-32603, format!("the response cannot be written: {error}")),
        }
    }

    /// Whether this fits a request of `method`.
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generated::v2_all::typed_refusal;

    #[test]
    fn each_request_is_refused_in_its_own_way() {
        let denied = json!({"decision": {"denied": {"rejection": "This client declines."}}});
        let declined = json!({"decision": "decline"});
        let no_tool = json!({"type": "inputText", "text": "This client offers no such tool."});
        let elicited = json!({"action": "decline", "content": null, "_meta": null});
        for (method, expected) in [
            ("account/chatgptAuthTokens/refresh", Err(-32000)),
            ("applyPatchApproval", Ok(denied.clone())),
            ("attestation/generate", Err(-32000)),
            ("currentTime/read", Err(-32000)),
            ("execCommandApproval", Ok(denied)),
            ("item/commandExecution/requestApproval", Ok(declined.clone())),
            ("item/fileChange/requestApproval", Ok(declined)),
            ("item/permissions/requestApproval", Ok(json!({"permissions": {}, "scope": "turn"}))),
            ("item/tool/call", Ok(json!({"success": false, "contentItems": [no_tool]}))),
            ("item/tool/requestUserInput", Err(-32000)),
            ("mcpServer/elicitation/request", Ok(elicited)),
            ("item/dream", Err(-32601)),
        ] {
            let refusal = match Reply::decline_method(method).outcome {
                Outcome::Result(result) => Ok(serde_json::from_str::<Value>(result.get()).unwrap()),
                Outcome::Error(error) => Err(error["code"].as_i64().unwrap()),
            };
            assert_eq!(refusal, expected, "{method}");
            let typed = typed_refusal(method).map(|json| json.unwrap());
            assert_eq!(typed, expected.ok(), "{method}");
        }
    }
}
