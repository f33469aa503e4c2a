//! Messages by method: what the server sends, the tables of all methods, and the methods of the
//! clients.

use super::{Context, EXPERIMENTAL, Output, doc_lines, part_docs, unions};
use crate::{
    Error,
    model::{Api, Field, Notification, Presence, Request, Shape},
    names,
};

pub(super) fn all(out: &mut Output, api: &Api, context: &Context<'_>) -> Result<(), Error> {
    let notifications: Vec<_> = api.notifications.iter().map(Message::from).collect();
    let requests: Vec<_> = api.server_requests.iter().map(Message::from).collect();
    let docs = "/// A notification of the server, by method.\n";
    messages(out, context, "ServerNotification", docs, &notifications)?;
    let docs = "/// A request of the server, by method. Each params type says what answers it.\n";
    messages(out, context, "ServerRequest", docs, &requests)?;
    let rows = api.notifications.iter().map(|notification| {
        format!(
            "Method {{ name: {:?}, params: {:?}, response: \"\", experimental: {} }},",
            notification.method, notification.params, notification.experimental
        )
    });
    out.item(&format!(
        "/// Every notification the server can send.\npub const NOTIFICATIONS: &[Method] = &[{}];",
        rows.collect::<String>()
    ))?;
    let rows = api.server_requests.iter().map(|request| {
        format!(
            "    {} -> {} = {:?}, {};\n",
            request.params, request.response, request.method, request.experimental
        )
    });
    out.call(&format!("\nserver_requests! {{\n{}}}", rows.collect::<String>()));
    let rows = api.requests.iter().map(|request| {
        format!(
            "    {} -> {} = {:?}, {};\n",
            request.params, request.response, request.method, request.experimental
        )
    });
    out.call(&format!("\nclient_requests! {{\n{}}}", rows.collect::<String>()));
    Ok(())
}

/// The call of `client_methods!`.
pub(super) fn methods(out: &mut Output, api: &Api) {
    let rows = api.requests.iter().map(client_method);
    out.call(&format!("client_methods! {{\n{}}}", rows.collect::<String>()));
}

/// A row of `client_methods!`.
fn client_method(request: &Request) -> String {
    let mut paragraphs =
        vec![format!("Sends `{}`, answered by [`{}`].", request.method, request.response)];
    if !request.docs.is_empty() {
        paragraphs.push(request.docs.clone());
    }
    if request.experimental {
        paragraphs.push(EXPERIMENTAL.to_owned());
    }
    let docs: String =
        doc_lines(&paragraphs.join("\n\n")).lines().map(|line| format!("    {line}\n")).collect();
    let given = if request.takes_params { ": params" } else { "" };
    format!(
        "{docs}    {}({}{given}) -> {};\n",
        names::method(&request.method),
        request.params,
        request.response,
    )
}

/// A message that the server sends.
struct Message<'a> {
    method: &'a str,
    params: &'a str,
    /// True where large params are boxed: notifications are many, requests are few.
    boxed: bool,
    docs: String,
    experimental: bool,
}

impl<'a> From<&'a Notification> for Message<'a> {
    fn from(notification: &'a Notification) -> Self {
        let docs = if notification.listed {
            notification.docs.clone()
        } else {
            "The server sends it, although the schema does not list it.".to_owned()
        };
        Self {
            method: &notification.method,
            params: &notification.params,
            boxed: true,
            docs,
            experimental: notification.experimental,
        }
    }
}

impl<'a> From<&'a Request> for Message<'a> {
    fn from(request: &'a Request) -> Self {
        Self {
            method: &request.method,
            params: &request.params,
            boxed: false,
            docs: request.docs.clone(),
            experimental: request.experimental,
        }
    }
}

fn messages(
    out: &mut Output,
    context: &Context<'_>,
    name: &str,
    docs: &str,
    messages: &[Message<'_>],
) -> Result<(), Error> {
    let variants = messages.iter().map(|message| {
        let otherwise = format!("`{}` on the wire.", message.method);
        let docs = part_docs(&message.docs, &otherwise, Some(message.method), message.experimental);
        let params =
            if message.boxed { context.boxed(message.params) } else { message.params.to_owned() };
        format!("{docs}{}({params}),\n", names::variant(message.method),)
    });
    out.item(&format!(
        "{docs}#[derive(Clone, Debug, PartialEq)]\n#[non_exhaustive]\npub enum {name} {{\n{}/// A message of an unknown method, or one that does not fit its type.\nUnknown(UnknownMessage),\n}}",
        variants.collect::<String>()
    ))?;
    let rows = messages.iter().map(|message| {
        format!("{}({}) = {:?};", names::variant(message.method), message.params, message.method)
    });
    out.table(&format!("messages!({name}"), rows);
    let accessors: String = [
        ("thread", &["threadId", "conversationId"][..]),
        ("turn", &["turnId"]),
        ("item", &["itemId"]),
    ]
    .iter()
    .map(|(of, names)| id_accessor(context, messages, of, names))
    .collect();
    out.item(&format!("impl {name} {{\n{accessors}}}"))
}

/// A method that reads the id of what a message is about: `thread_id`, `turn_id` or `item_id`.
fn id_accessor(
    context: &Context<'_>,
    messages: &[Message<'_>],
    of: &str,
    names: &[&str],
) -> String {
    let mut arms = String::new();
    let mut complete = true;
    for message in messages {
        let variant = names::variant(message.method);
        match id_expression(context, message.params, of, names) {
            Some(id) => arms.push_str(&format!("Self::{variant}(params) => {id},\n")),
            None => complete = false,
        }
    }
    let rest = if complete { "" } else { "_ => None,\n" };
    format!(
        "/// The id of the {of} this is about, if it names one.\npub fn {of}_id(&self) -> Option<&str> {{\nmatch self {{\n{arms}Self::Unknown(message) => message.{of}_id(),\n{rest}}}\n}}\n"
    )
}

fn id_expression(context: &Context<'_>, params: &str, of: &str, names: &[&str]) -> Option<String> {
    let shape = &context.types.get(params)?.shape;
    match shape {
        Shape::Struct(fields) => {
            let by_id = fields.iter().find(|field| names.contains(&field.wire.as_str()));
            if let Some(expression) = by_id.and_then(|field| {
                text_expression(context, field, &format!("params.{}", field.name))
            }) {
                return Some(expression);
            }
            let whole = fields
                .iter()
                .find(|field| field.wire == of && field.presence == Presence::Required)?;
            match &context.types.get(whole.ty.as_str())?.shape {
                Shape::Struct(inner) => {
                    let id = inner.iter().find(|field| field.wire == "id")?;
                    text_expression(context, id, &format!("params.{}.{}", whole.name, id.name))
                }
                Shape::Tagged { branches, .. } => unions::common_fields(context, branches)
                    .iter()
                    .any(|field| field.wire == "id" && field.ty == "String")
                    .then(|| format!("params.{}.id()", whole.name)),
                _ => None,
            }
        }
        Shape::Tagged { branches, .. } => {
            let common = unions::common_fields(context, branches);
            let field = common
                .iter()
                .find(|field| names.contains(&field.wire.as_str()) && field.ty == "String")?;
            Some(format!("params.{}()", field.name))
        }
        _ => None,
    }
}

/// A string field as `Option<&str>`.
fn text_expression(context: &Context<'_>, field: &Field, place: &str) -> Option<String> {
    let is_text = field.ty == "String"
        || context.types.get(field.ty.as_str()).is_some_and(|ty| matches!(ty.shape, Shape::Text));
    match &field.presence {
        Presence::Required if is_text => Some(format!("Some({place}.as_str())")),
        Presence::Nullable | Presence::Optional if is_text => Some(format!("{place}.as_deref()")),
        _ => None,
    }
}
