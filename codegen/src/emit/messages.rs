//! Messages by method: what the server sends, the tables of all methods, and the methods of the
//! clients.

use super::{
    output::Output,
    rust::{doc_lines, docs, ident},
};
use crate::{
    error::Error,
    model::{Api, IdAccessor, IdPlace, Messages, Refusal, Request, ServerRequest},
};
use quote::quote;
use std::iter;

pub(super) fn write(out: &mut Output, api: &Api) -> Result<(), Error> {
    api.incoming.iter().try_for_each(|messages| enumeration(out, messages))?;
    let rows = api.notifications.iter().map(|notification| {
        let (name, params) = (&notification.method, &notification.params);
        let experimental = notification.experimental;
        quote!(Method { name: #name, params: #params, response: "", experimental: #experimental })
    });
    out.items(quote! {
        /// Every notification the server can send.
        pub const NOTIFICATIONS: &[Method] = &[#(#rows),*];
    })?;
    out.line("");
    out.braces("server_requests!", api.server_requests.iter().map(server_request));
    out.line("");
    out.braces("client_requests!", api.requests.iter().map(request));
    Ok(())
}

/// A row of `server_requests!`.
fn server_request(request: &ServerRequest) -> String {
    let ServerRequest { method, params, response, experimental, refusal } = request;
    let refusal = match refusal {
        Some(Refusal { value, json }) => format!("Some({value}), {json:?}"),
        None => "None".to_owned(),
    };
    format!(
        "{params} -> {response} = {method:?}, experimental: {experimental}, refusal: {refusal};"
    )
}

/// A row of `client_requests!`.
fn request(request: &Request) -> String {
    let Request { method, params, response, experimental, deadline, read_only, control, .. } =
        request;
    format!(
        "{params} -> {response} = {method:?}, experimental: {experimental}, deadline: {deadline}, \
         read_only: {read_only}, control: {control};"
    )
}

pub(super) fn client_methods(out: &mut Output, api: &Api) {
    let row = |request: &Request| {
        let Request { name, params, takes_params, response, docs, .. } = request;
        let given = if *takes_params { ": params" } else { "" };
        format!("{}{name}({params}{given}) -> {response};", doc_lines(docs))
    };
    out.braces("client_methods!", api.requests.iter().map(row));
}

fn enumeration(out: &mut Output, messages: &Messages) -> Result<(), Error> {
    let (name, docs_of) = (ident(messages.name), docs(messages.docs));
    let variants = messages.variants.iter().map(|message| {
        let (docs, variant) = (docs(&message.docs), ident(&message.variant));
        let params = ident(&message.params);
        let params = if message.boxed { quote!(Box<#params>) } else { quote!(#params) };
        quote!(#docs #variant(#params))
    });
    out.items(quote! {
        #docs_of
        #[derive(Clone, Debug, PartialEq)]
        #[non_exhaustive]
        pub enum #name {
            #(#variants,)*
            /// A message of an unknown method, or one that does not fit its type.
            Unknown(UnknownMessage),
        }
    })?;
    let rows = messages
        .variants
        .iter()
        .map(|message| format!("{}({}) = {:?};", message.variant, message.params, message.method));
    let ids = messages.ids.iter().map(|IdAccessor { of, places }| {
        (format!(" {of} {of}_id"), places.iter().map(id).collect::<Vec<_>>())
    });
    let tables = iter::once((String::new(), rows.collect())).chain(ids);
    out.tables(&format!("messages!({name}"), tables, "");
    Ok(())
}

/// A row that says where a message has the id of what it is about.
fn id((variant, place): &(String, IdPlace)) -> String {
    let (IdPlace::Text(path) | IdPlace::OptionalText(path) | IdPlace::Accessor(path)) = place;
    let path = path.join(".");
    match place {
        IdPlace::Text(_) => format!("{variant}(params): Some(params.{path}.as_str());"),
        IdPlace::OptionalText(_) => format!("{variant}(params): params.{path}.as_deref();"),
        IdPlace::Accessor(_) => format!("{variant}(params): params.{path}();"),
    }
}
