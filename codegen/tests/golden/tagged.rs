
/// What the agent says.
///
/// The `agentMessage` branch of [`ThreadItem`].
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct AgentMessageItem {
    /// `id` on the wire.
    pub id: String,
    /// `startedAtMs` on the wire.
    pub started_at_ms: Option<i64>,
    /// `text` on the wire.
    pub text: String,
    /// Fields that this version of the SDK does not know.
    pub unknown_fields: UnknownFields,
}
object!(AgentMessageItem {
    id: "id" required;
    started_at_ms: "startedAtMs" optional;
    text: "text" required;
});

/// The `externalSandbox` branch of [`SandboxPolicy`].
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct ExternalSandboxPolicy {
    /// `network` on the wire.
    pub network: Option<bool>,
    /// Fields that this version of the SDK does not know.
    pub unknown_fields: UnknownFields,
}
object!(ExternalSandboxPolicy {
    network: "network" optional;
});

/// The `image` branch of [`ThreadItem`].
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct ImageItem {
    /// `fileId` on the wire.
    pub file_id: Option<String>,
    /// `id` on the wire.
    pub id: String,
    /// `result` on the wire.
    pub result: Option<String>,
    /// `startedAtMs` on the wire.
    pub started_at_ms: Option<i64>,
    /// Fields that this version of the SDK does not know.
    pub unknown_fields: UnknownFields,
}
object!(ImageItem {
    file_id: "fileId" optional;
    id: "id" required;
    result: "result" optional;
    started_at_ms: "startedAtMs" optional;
});

/// The schema has it, but no message does.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum SandboxPolicy {
    /// `readOnly` on the wire.
    ReadOnly,
    /// `externalSandbox` on the wire.
    ExternalSandbox(ExternalSandboxPolicy),
    /// `unknown` on the wire.
    Unspecified(UnspecifiedSandboxPolicy),
    /// What this version of the SDK does not know, or what does not fit, as it came.
    Unknown(UnknownValue),
}
tagged_union!(SandboxPolicy by "type" {
    ReadOnly = "readOnly";
    ExternalSandbox(ExternalSandboxPolicy) = "externalSandbox";
    Unspecified(UnspecifiedSandboxPolicy) = "unknown";
});

/// An item.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum ThreadItem {
    /// What the agent says.
    ///
    /// On the wire: `agentMessage`.
    AgentMessage(AgentMessageItem),
    /// `image` on the wire.
    Image(ImageItem),
    /// What this version of the SDK does not know, or what does not fit, as it came.
    Unknown(UnknownValue),
}
tagged_union!(ThreadItem by "type" {
    AgentMessage(AgentMessageItem) = "agentMessage";
    Image(ImageItem) = "image";
});

impl ThreadItem {
    /// The `id`, which every branch has.
    pub fn id(&self) -> Option<&str> {
        match self {
            Self::AgentMessage(content) => Some(&content.id),
            Self::Image(content) => Some(&content.id),
            Self::Unknown(value) => value.get("id").and_then(Value::as_str),
        }
    }
    /// The `startedAtMs`, which every branch has.
    pub fn started_at_ms(&self) -> Option<i64> {
        match self {
            Self::AgentMessage(content) => content.started_at_ms,
            Self::Image(content) => content.started_at_ms,
            Self::Unknown(value) => value.get("startedAtMs").and_then(Value::as_i64),
        }
    }
}

/// The `unknown` branch of [`SandboxPolicy`].
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct UnspecifiedSandboxPolicy {
    /// `path` on the wire.
    pub path: String,
    /// Fields that this version of the SDK does not know.
    pub unknown_fields: UnknownFields,
}
object!(UnspecifiedSandboxPolicy {
    path: "path" required;
});
