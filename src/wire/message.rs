//! Messages by method: requests with their responses, and what the server sends.

use crate::redact::{Shown, ShownJson};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::value::RawValue;
use std::fmt;

/// The params of a client request, with what is needed to send it and to read the response.
pub trait ClientRequest: Serialize {
    /// The method on the wire, like `thread/start`.
    const METHOD: &'static str;

    /// True when the server takes it only with `experimental_api` on.
    const EXPERIMENTAL: bool;

    /// True when the server responds at once, so that the deadline of all requests holds; false
    /// when it takes as long as its work.
    const DEADLINE: bool = true;

    /// True when it changes nothing, so that it may be repeated.
    const READ_ONLY: bool = false;

    /// True when it ends what another request has begun, so that it waits for none.
    const CONTROL: bool = false;

    /// What the server responds with.
    type Response: DeserializeOwned;
}

/// How a request is treated, as [`ClientRequest`] says it.
pub(crate) struct Treatment {
    pub(crate) deadline: bool,
    pub(crate) read_only: bool,
    pub(crate) control: bool,
}

/// The params of a server request, with what the client responds with.
pub trait ServerRequestParams: DeserializeOwned {
    /// The method on the wire, like `item/tool/call`.
    const METHOD: &'static str;

    /// What the client responds with.
    type Response: Serialize + DeserializeOwned;

    /// The response that grants nothing; `None` where only an error refuses.
    fn refusal() -> Option<Self::Response>;
}

/// One method of the protocol, as listed in the tables of the generated module.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Method {
    /// The method on the wire.
    pub name: &'static str,
    /// The type of its params in the generated module.
    pub params: &'static str,
    /// The type of its response in the generated module; empty for notifications.
    pub response: &'static str,
    /// True when it needs `experimental_api`.
    pub experimental: bool,
}

/// A message of an unknown method, or one that does not fit its type.
#[derive(Clone)]
#[non_exhaustive]
pub struct UnknownMessage {
    /// The method on the wire.
    pub method: String,
    /// The params, exactly as they came.
    pub params: Box<RawValue>,
    /// Why a message of a known method could not be read; `None` for an unknown method.
    pub reason: Option<String>,
}

impl UnknownMessage {
    pub(crate) fn new(method: &str, params: &str, reason: Option<String>) -> Self {
        let params = RawValue::from_string(params.to_owned())
            .or_else(|_| serde_json::value::to_raw_value(params))
            .unwrap_or_else(|_| RawValue::NULL.to_owned());
        Self { method: method.to_owned(), params, reason }
    }

    /// The thread the message names, if it does so where others do.
    pub fn thread_id(&self) -> Option<&str> {
        let ids = self.ids()?;
        ids.thread_id.or(ids.thread.and_then(|thread| thread.id))
    }

    /// The turn the message names, if it does so where others do.
    pub fn turn_id(&self) -> Option<&str> {
        let ids = self.ids()?;
        ids.turn_id.or(ids.turn.and_then(|turn| turn.id))
    }

    /// The item the message names, if it does so where others do.
    pub fn item_id(&self) -> Option<&str> {
        let ids = self.ids()?;
        ids.item_id.or(ids.item.and_then(|item| item.id))
    }

    fn ids(&self) -> Option<Ids<'_>> {
        serde_json::from_str(self.params.get()).ok()
    }
}

impl fmt::Debug for UnknownMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UnknownMessage")
            .field("method", &self.method)
            .field("params", &ShownJson(&self.params))
            .field("reason", &self.reason.as_ref().map(Shown))
            .finish()
    }
}

/// The params are compared as JSON: how they are laid out does not count.
impl PartialEq for UnknownMessage {
    fn eq(&self, other: &Self) -> bool {
        let value =
            |params: &RawValue| serde_json::from_str::<serde_json::Value>(params.get()).ok();
        self.method == other.method
            && self.reason == other.reason
            && (self.params.get() == other.params.get()
                || value(&self.params).is_some_and(|own| Some(own) == value(&other.params)))
    }
}

/// Where messages keep the ids of what they are about.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Ids<'a> {
    thread_id: Option<&'a str>,
    turn_id: Option<&'a str>,
    item_id: Option<&'a str>,
    #[serde(borrow)]
    thread: Option<Id<'a>>,
    turn: Option<Id<'a>>,
    item: Option<Id<'a>>,
}

#[derive(Deserialize)]
struct Id<'a> {
    id: Option<&'a str>,
}

/// A message as one JSON object.
#[derive(Deserialize, Serialize)]
pub(crate) struct Envelope<M, P> {
    pub(crate) method: M,
    pub(crate) params: P,
}

/// Implements decoding by method, the ids of what messages are about, and serde's traits, for an
/// enum of messages. Each table after the first says which messages name an id, and where.
macro_rules! messages {
    (
        $name:ident { $($variant:ident($params:ident) = $method:literal;)* }
        $($of:ident $id:ident { $($about:ident($content:ident): $place:expr;)* })*
    ) => {
        #[allow(unreachable_patterns, reason = "all messages may name an id")]
        impl $name {
            $(
                #[doc = concat!("The id of the ", stringify!($of), " this is about, if it names one.")]
                pub fn $id(&self) -> Option<&str> {
                    match self {
                        $(Self::$about($content) => $place,)*
                        Self::Unknown(message) => message.$id(),
                        _ => None,
                    }
                }
            )*
        }

        impl $name {
            /// Reads the params of a message. This never fails: an unknown method and params that
            /// do not fit become `Unknown`, with the JSON as it came. Where a smaller part can be
            /// kept as unknown, such as an item, only that is.
            pub fn decode(method: &str, params: &str) -> Self {
                let decoded = match method {
                    $($method => $crate::wire::decode_sent(params).map(Self::$variant).map_err(Some),)*
                    _ => Err(None),
                };
                decoded.unwrap_or_else(|error: Option<::serde_json::Error>| {
                    let reason = error.map(|error| error.to_string());
                    Self::Unknown($crate::wire::UnknownMessage::new(method, params, reason))
                })
            }

            /// The method on the wire.
            pub fn method(&self) -> &str {
                match self {
                    $(Self::$variant(_) => $method,)*
                    Self::Unknown(message) => &message.method,
                }
            }
        }

        impl<'de> ::serde::Deserialize<'de> for $name {
            fn deserialize<D: ::serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let message = $crate::wire::message::Envelope::<String, Box<::serde_json::value::RawValue>>::deserialize(
                    deserializer,
                )?;
                Ok(Self::decode(&message.method, message.params.get()))
            }
        }

        impl ::serde::Serialize for $name {
            fn serialize<S: ::serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                use $crate::wire::message::Envelope;
                match self {
                    $(Self::$variant(params) => Envelope { method: $method, params }.serialize(serializer),)*
                    Self::Unknown(message) => {
                        Envelope { method: &message.method, params: &message.params }.serialize(serializer)
                    }
                }
            }
        }
    };
}
pub(crate) use messages;

/// Implements [`ClientRequest`] for the params of each request, and the table of all.
macro_rules! client_requests {
    ($(
        $params:ident -> $response:ident = $method:literal,
        experimental: $experimental:literal, deadline: $deadline:literal,
        read_only: $read_only:literal, control: $control:literal;
    )*) => {
        $(
            impl $crate::wire::ClientRequest for $params {
                const METHOD: &'static str = $method;
                const EXPERIMENTAL: bool = $experimental;
                const DEADLINE: bool = $deadline;
                const READ_ONLY: bool = $read_only;
                const CONTROL: bool = $control;
                type Response = $response;
            }
        )*

        /// How a request is treated, for one that is known by its method alone.
        pub(crate) fn treatment(method: &str) -> Option<$crate::wire::Treatment> {
            match method {
                $($method => Some($crate::wire::Treatment {
                    deadline: $deadline,
                    read_only: $read_only,
                    control: $control,
                }),)*
                _ => None,
            }
        }

        /// Every request a client can send.
        pub const CLIENT_REQUESTS: &[$crate::wire::Method] = &[$($crate::wire::Method {
            name: $method,
            params: stringify!($params),
            response: stringify!($response),
            experimental: $experimental,
        }),*];
    };
}
pub(crate) use client_requests;

/// Implements [`ServerRequestParams`] for the params of each server request, the refusals by
/// method, and the table of all.
macro_rules! server_requests {
    ($(
        $params:ident -> $response:ident = $method:literal,
        experimental: $experimental:literal, refusal: $refusal:expr $(, $json:literal)?;
    )*) => {
        $(
            impl $crate::wire::ServerRequestParams for $params {
                const METHOD: &'static str = $method;
                type Response = $response;

                fn refusal() -> Option<$response> {
                    $refusal
                }
            }
        )*

        /// The JSON of [`ServerRequestParams::refusal`], by method; `None` also for a method that
        /// is not known. It is here as text, for programs that handle no request.
        pub(crate) fn refusal(method: &str) -> Option<&'static str> {
            match method {
                $($($method => Some($json),)?)*
                _ => None,
            }
        }

        /// The same of the typed response.
        #[cfg(test)]
        pub(crate) fn typed_refusal(method: &str) -> Option<::serde_json::Result<::serde_json::Value>> {
            match method {
                $($method => {
                    let response = <$params as $crate::wire::ServerRequestParams>::refusal();
                    response.map(::serde_json::to_value)
                })*
                _ => None,
            }
        }

        /// Every request the server can send.
        pub const SERVER_REQUESTS: &[$crate::wire::Method] = &[$($crate::wire::Method {
            name: $method,
            params: stringify!($params),
            response: stringify!($response),
            experimental: $experimental,
        }),*];
    };
}
pub(crate) use server_requests;
