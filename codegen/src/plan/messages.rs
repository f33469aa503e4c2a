//! What the server sends: an enum of notifications and one of requests.

use super::{docs, sizes::Sizes};
use crate::{
    load::Method,
    model::{
        Field, IdAccessor, IdPlace, Message, Messages, Notification, Presence, Returns,
        ServerRequest, Shape, Ty, Type,
    },
    names::{self, Names},
};
use std::collections::BTreeMap;

/// What messages are about, with the names of the fields that tell.
const IDS: [(&str, &[&str]); 3] =
    [("thread", &["threadId", "conversationId"]), ("turn", &["turnId"]), ("item", &["itemId"])];

/// The enum of notifications.
pub(super) fn notifications(
    notifications: &[Notification],
    listed: &[Method],
    types: &[Type],
) -> Messages {
    let mut sizes = Sizes::new(types);
    let variants = names::variants(notifications.iter().map(|message| message.method.as_str()));
    let messages = notifications.iter().map(|notification| {
        let description = if notification.listed {
            description(listed, &notification.method)
        } else {
            "The server sends it, although the schema does not list it."
        };
        // Large params are boxed: notifications are many.
        let boxed = sizes.is_boxed(&notification.params);
        let Notification { method, params, experimental, .. } = notification;
        message(&variants, method, params, description, *experimental, boxed)
    });
    let messages: Vec<Message> = messages.collect();
    Messages {
        name: "ServerNotification",
        docs: "A notification of the server, by method.",
        ids: ids(&messages, types),
        variants: messages,
    }
}

/// The enum of the server's requests.
pub(super) fn server_requests(
    requests: &[ServerRequest],
    listed: &[Method],
    types: &[Type],
) -> Messages {
    let variants = names::variants(requests.iter().map(|message| message.method.as_str()));
    let messages = requests.iter().map(|request| {
        let ServerRequest { method, params, experimental, .. } = request;
        message(&variants, method, params, description(listed, method), *experimental, false)
    });
    let messages: Vec<Message> = messages.collect();
    Messages {
        name: "ServerRequest",
        docs: "A request of the server, by method. Each params type says what the response is.",
        ids: ids(&messages, types),
        variants: messages,
    }
}

fn description<'a>(listed: &'a [Method], method: &str) -> &'a str {
    let method = listed.iter().find(|listed| listed.name == method);
    method.map_or("", |method| &method.description)
}

fn message(
    variants: &Names,
    method: &str,
    params: &str,
    description: &str,
    experimental: bool,
    boxed: bool,
) -> Message {
    let otherwise = format!("{} on the wire.", docs::code(method));
    Message {
        docs: docs::part(description, &otherwise, Some(method), experimental),
        method: method.to_owned(),
        variant: variants.get(method).cloned().unwrap_or_default(),
        params: params.to_owned(),
        boxed,
    }
}

fn ids(messages: &[Message], types: &[Type]) -> Vec<IdAccessor> {
    let types: BTreeMap<&str, &Type> = types.iter().map(|ty| (ty.name.as_str(), ty)).collect();
    let accessor = |(of, names): &(&'static str, &[&str])| {
        let places = messages.iter().filter_map(|message| {
            Some((message.variant.clone(), place(&types, &message.params, of, names)?))
        });
        IdAccessor { of, places: places.collect() }
    };
    IDS.iter().map(accessor).collect()
}

/// Where params hold the id: in a field named for it, or in the `id` of what it identifies.
fn place(types: &BTreeMap<&str, &Type>, params: &str, of: &str, names: &[&str]) -> Option<IdPlace> {
    match &types.get(params)?.shape {
        Shape::Struct(own) => {
            let named = own.fields.iter().find(|field| names.contains(&field.wire.as_str()));
            if let Some(place) = named.and_then(|field| text(types, field, Vec::new())) {
                return Some(place);
            }
            let whole = own
                .fields
                .iter()
                .find(|field| field.wire == of && field.presence == Presence::Required)?;
            let path = vec![whole.name.clone()];
            match &types.get(whole.ty.named()?)?.shape {
                Shape::Struct(inner) => {
                    let id = inner.fields.iter().find(|field| field.wire == "id")?;
                    text(types, id, path)
                }
                shape => accessor(shape, &["id"], path),
            }
        }
        shape => accessor(shape, names, Vec::new()),
    }
}

/// A string field.
fn text(types: &BTreeMap<&str, &Type>, field: &Field, mut path: Vec<String>) -> Option<IdPlace> {
    let is_text = match &field.ty {
        Ty::String => true,
        Ty::Named(name) => {
            types.get(name.as_str()).is_some_and(|ty| matches!(ty.shape, Shape::Text { .. }))
        }
        _ => false,
    };
    path.push(field.name.clone());
    match field.presence {
        Presence::Required if is_text => Some(IdPlace::Text(path)),
        Presence::Nullable | Presence::Optional if is_text => Some(IdPlace::OptionalText(path)),
        _ => None,
    }
}

/// A string that can be read of every branch of a union.
fn accessor(shape: &Shape, names: &[&str], mut path: Vec<String>) -> Option<IdPlace> {
    let Shape::Tagged { accessors, .. } = shape else {
        return None;
    };
    let is_id = |wire: &str| names.contains(&wire);
    let found = accessors
        .iter()
        .find(|accessor| is_id(&accessor.wire) && accessor.returns == Returns::Str)?;
    path.push(found.method.clone());
    Some(IdPlace::Accessor(path))
}
