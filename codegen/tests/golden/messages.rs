
/// The `a` branch of [`Item`].
///
/// Experimental: it requires `experimental_api`.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct AItem {
    /// `id` on the wire.
    pub id: String,
    /// Fields that this version of the SDK does not know.
    pub unknown_fields: UnknownFields,
}
object!(AItem {
    id: "id" required;
});

/// The params of the server request [`item/approve`](crate::protocol::ServerRequest::ItemApprove).
///
/// Experimental: it requires `experimental_api`.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct ApproveParams {
    /// `conversationId` on the wire.
    pub conversation_id: String,
    /// Fields that this version of the SDK does not know.
    pub unknown_fields: UnknownFields,
}
object!(ApproveParams {
    conversation_id: "conversationId" required;
});

/// The response to the server request [`item/approve`](crate::protocol::ServerRequest::ItemApprove).
///
/// Experimental: it requires `experimental_api`.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Approved {
    /// `ok` on the wire.
    pub ok: bool,
    /// `why` on the wire.
    pub why: Option<String>,
    /// Fields that this version of the SDK does not know.
    pub unknown_fields: UnknownFields,
}
object!(Approved {
    ok: "ok" required;
    why: "why" optional;
});

impl Approved {
    /// With what is required.
    pub fn new(ok: bool) -> Self {
        Self {
            ok,
            why: None,
            unknown_fields: UnknownFields::default(),
        }
    }
}
setters!(Approved {
    option why: String, "Sets `why`.";
});

/// The params of the server request [`item/ask`](crate::protocol::ServerRequest::ItemAsk).
///
/// Experimental: it requires `experimental_api`.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct AskParams {
    /// Fields that this version of the SDK does not know.
    pub unknown_fields: UnknownFields,
}
object!(AskParams {});

/// The response to the server request [`item/ask`](crate::protocol::ServerRequest::ItemAsk).
///
/// Experimental: it requires `experimental_api`.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct AskResponse {
    /// Fields that this version of the SDK does not know.
    pub unknown_fields: UnknownFields,
}
object!(AskResponse {});

impl AskResponse {
    /// With nothing set.
    pub fn new() -> Self {
        <Self as Default>::default()
    }
}
setters!(AskResponse {});

/// The `b` branch of [`Item`].
///
/// Experimental: it requires `experimental_api`.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct BItem {
    /// `id` on the wire.
    pub id: String,
    /// Fields that this version of the SDK does not know.
    pub unknown_fields: UnknownFields,
}
object!(BItem {
    id: "id" required;
});

/// The params of [`account/gatewayOAuth/read`](crate::Client::account_gateway_oauth_read).
///
/// Experimental: it requires `experimental_api`.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct GatewayOAuthReadParams {
    /// `deep` on the wire.
    pub deep: Option<bool>,
    /// Fields that this version of the SDK does not know.
    pub unknown_fields: UnknownFields,
}
object!(GatewayOAuthReadParams {
    deep: "deep" optional;
});

impl GatewayOAuthReadParams {
    /// With nothing set.
    pub fn new() -> Self {
        <Self as Default>::default()
    }
}
setters!(GatewayOAuthReadParams {
    option deep: bool, "Sets `deep`.";
});

/// The response to [`account/gatewayOAuth/read`](crate::Client::account_gateway_oauth_read).
///
/// Experimental: it requires `experimental_api`.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct GatewayOAuthReadResponse {
    /// `ok` on the wire.
    pub ok: bool,
    /// Fields that this version of the SDK does not know.
    pub unknown_fields: UnknownFields,
}
object!(GatewayOAuthReadResponse {
    ok: "ok" required;
});

/// The value of [`field@ItemDone::item`].
///
/// Experimental: it requires `experimental_api`.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Item {
    /// `a` on the wire.
    A(AItem),
    /// `b` on the wire.
    B(BItem),
    /// What this version of the SDK does not know, or what does not fit, as it came.
    Unknown(UnknownValue),
}
tagged_union!(Item by "type" {
    A(AItem) = "a";
    B(BItem) = "b";
});

impl Item {
    /// The `id`, which every branch has.
    pub fn id(&self) -> Option<&str> {
        match self {
            Self::A(content) => Some(&content.id),
            Self::B(content) => Some(&content.id),
            Self::Unknown(value) => value.get("id").and_then(Value::as_str),
        }
    }
}

/// What the notification [`item/done`](crate::protocol::ServerNotification::ItemDone) tells.
///
/// Experimental: it requires `experimental_api`.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct ItemDone {
    /// `item` on the wire.
    pub item: Item,
    /// `turnId` on the wire.
    pub turn_id: Option<String>,
    /// Fields that this version of the SDK does not know.
    pub unknown_fields: UnknownFields,
}
object!(ItemDone {
    item: "item" required;
    turn_id: "turnId" optional;
});

/// What the notification [`raw`](crate::protocol::ServerNotification::Raw) tells.
///
/// Experimental: it requires `experimental_api`.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Raw {
    /// `threadId` on the wire.
    pub thread_id: Option<String>,
    /// Fields that this version of the SDK does not know.
    pub unknown_fields: UnknownFields,
}
object!(Raw {
    thread_id: "threadId" optional;
});

/// The value of [`field@TurnCompleted::turn`].
///
/// Experimental: it requires `experimental_api`.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Turn {
    /// `id` on the wire.
    pub id: String,
    /// Fields that this version of the SDK does not know.
    pub unknown_fields: UnknownFields,
}
object!(Turn {
    id: "id" required;
});

/// What the notification [`turn/completed`](crate::protocol::ServerNotification::TurnCompleted) tells.
///
/// Experimental: it requires `experimental_api`.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct TurnCompleted {
    /// `threadId` on the wire.
    pub thread_id: String,
    /// `turn` on the wire.
    pub turn: Turn,
    /// Fields that this version of the SDK does not know.
    pub unknown_fields: UnknownFields,
}
object!(TurnCompleted {
    thread_id: "threadId" required;
    turn: "turn" required;
});

/// What the notification [`warning`](crate::protocol::ServerNotification::Warning) tells.
///
/// Experimental: it requires `experimental_api`.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Warning {
    /// `text` on the wire.
    pub text: String,
    /// Fields that this version of the SDK does not know.
    pub unknown_fields: UnknownFields,
}
object!(Warning {
    text: "text" required;
});

/// The params of `work`, which takes none: an empty object.
///
/// Experimental: it requires `experimental_api`.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct WorkParams {
    /// Fields that this version of the SDK does not know.
    pub unknown_fields: UnknownFields,
}
object!(WorkParams {});

impl WorkParams {
    /// With nothing set.
    pub fn new() -> Self {
        <Self as Default>::default()
    }
}
setters!(WorkParams {});

/// The response to [`work`](crate::Client::work).
///
/// Experimental: it requires `experimental_api`.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct WorkResponse {
    /// Fields that this version of the SDK does not know.
    pub unknown_fields: UnknownFields,
}
object!(WorkResponse {});

/// A notification of the server, by method.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum ServerNotification {
    /// An item is done.
    ///
    /// On the wire: `item/done`.
    ///
    /// Experimental: it requires `experimental_api`.
    ItemDone(ItemDone),
    /// The server sends it, although the schema does not list it.
    ///
    /// On the wire: `raw`.
    ///
    /// Experimental: it requires `experimental_api`.
    Raw(Raw),
    /// `turn/completed` on the wire.
    ///
    /// Experimental: it requires `experimental_api`.
    TurnCompleted(TurnCompleted),
    /// `warning` on the wire.
    Warning(Warning),
    /// A message of an unknown method, or one that does not fit its type.
    Unknown(UnknownMessage),
}
messages!(ServerNotification {
    ItemDone(ItemDone) = "item/done";
    Raw(Raw) = "raw";
    TurnCompleted(TurnCompleted) = "turn/completed";
    Warning(Warning) = "warning";
} thread thread_id {
    Raw(params): params.thread_id.as_deref();
    TurnCompleted(params): Some(params.thread_id.as_str());
} turn turn_id {
    ItemDone(params): params.turn_id.as_deref();
    TurnCompleted(params): Some(params.turn.id.as_str());
} item item_id {
    ItemDone(params): params.item.id();
});

/// A request of the server, by method. Each params type says what the response is.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum ServerRequest {
    /// Asks.
    ///
    /// On the wire: `item/approve`.
    ItemApprove(ApproveParams),
    /// `item/ask` on the wire.
    ///
    /// Experimental: it requires `experimental_api`.
    ItemAsk(AskParams),
    /// A message of an unknown method, or one that does not fit its type.
    Unknown(UnknownMessage),
}
messages!(ServerRequest {
    ItemApprove(ApproveParams) = "item/approve";
    ItemAsk(AskParams) = "item/ask";
} thread thread_id {
    ItemApprove(params): Some(params.conversation_id.as_str());
} turn turn_id {} item item_id {});

/// Every notification the server can send.
pub const NOTIFICATIONS: &[Method] = &[
    Method {
        name: "item/done",
        params: "ItemDone",
        response: "",
        experimental: true,
    },
    Method {
        name: "raw",
        params: "Raw",
        response: "",
        experimental: true,
    },
    Method {
        name: "turn/completed",
        params: "TurnCompleted",
        response: "",
        experimental: true,
    },
    Method {
        name: "warning",
        params: "Warning",
        response: "",
        experimental: false,
    },
];

server_requests! {
    ApproveParams -> Approved = "item/approve", experimental: false, refusal: Some(Approved::new(false).why("no")), "{\"ok\":false,\"why\":\"no\"}";
    AskParams -> AskResponse = "item/ask", experimental: true, refusal: None;
}

client_requests! {
    GatewayOAuthReadParams -> GatewayOAuthReadResponse = "account/gatewayOAuth/read", experimental: true, deadline: true, read_only: true, control: true;
    WorkParams -> WorkResponse = "work", experimental: true, deadline: false, read_only: false, control: false;
}
