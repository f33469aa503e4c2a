//! Step 4: what each definition becomes in Rust, which response belongs to which method, and
//! everything else there is to decide.
//!
//! [`outline`] says what each definition is, still in terms of the schema; with the names and types
//! of the fields, which typify has found, each outline becomes a type.

pub mod objects;
pub mod outline;
pub mod pairing;
pub mod sent;

mod accessors;
mod context;
mod cycles;
mod defaults;
mod docs;
mod facts;
mod fields;
mod messages;
pub(crate) mod names;
mod payloads;
mod refusals;
mod secrets;
mod sizes;
mod types;

use crate::{
    error::Error,
    load::{Facts, FieldTypes, Schema},
    model::{Api, Expr, Request, ServerRequest, Ty, Type},
};
use context::Context;
use objects::Objects;
use outline::{Outline, Outlines};
use pairing::{Methods, Pair};
use std::collections::{BTreeMap, BTreeSet};

/// Plans the whole protocol. What `stable` lacks is experimental; without it nothing is.
///
/// # Errors
///
/// When a definition has a shape the generator does not know, the field types are those of another
/// schema, or methods and what is known about them do not fit together.
pub fn api(
    experimental: &Schema,
    stable: Option<&Schema>,
    facts: &Facts,
    field_types: &FieldTypes,
    version: String,
) -> Result<Api, Error> {
    let outlines = outline::all(&experimental.definitions)?;
    let stable_outlines = stable.map(|stable| outline::all(&stable.definitions)).transpose()?;
    objects::check_names(&outlines)?;
    Objects::of(&outlines).check(field_types)?;
    let methods = pairing::pair(experimental, stable, facts)?;
    facts::check(facts, &methods)?;
    payloads::check(&methods, &outlines)?;

    let params = || methods.requests.iter().map(|request| request.params.as_str());
    let responses = methods.server_requests.iter().map(|request| request.response.as_str());
    let context = Context {
        stable: stable_outlines.as_ref(),
        field_types,
        params: request_params(&outlines, &params().collect()),
        sent: sent::sent(&outlines, params().chain(responses)),
        roles: roles(&methods),
        outlines: &outlines,
    };
    let mut types = Vec::new();
    for (name, outline) in &outlines {
        types.push(types::plan(&context, name, outline)?);
    }
    types.extend(payloads::markers(&methods, &outlines)?);
    types.sort_by(|left, right| left.name.cmp(&right.name));
    cycles::cut(&mut types)?;
    accessors::add(&mut types);

    let server_requests = server_requests(&methods.server_requests, facts, &types)?;
    let incoming = vec![
        messages::notifications(&methods.notifications, &experimental.notifications, &types)?,
        messages::server_requests(&server_requests, &experimental.server_requests, &types)?,
    ];
    let requests = methods.requests.iter().map(|pair| request(pair, facts));
    Ok(Api {
        version,
        requests: requests.collect::<Result<_, _>>()?,
        server_requests,
        notifications: methods.notifications,
        incoming,
        types,
    })
}

/// The structs whose fields are params of requests: those of methods, and the branches of unions
/// that are.
fn request_params(outlines: &Outlines, params: &BTreeSet<&str>) -> BTreeSet<String> {
    let is_params = |name: &str, outline: &Outline| {
        params.contains(name)
            || outline
                .branch_of
                .as_ref()
                .is_some_and(|branch| params.contains(branch.union.as_str()))
    };
    let found = outlines.iter().filter(|(name, outline)| is_params(name, outline));
    found.map(|(name, _)| name.clone()).collect()
}

/// What each type is to the methods: a sentence each.
fn roles(methods: &Methods<'_>) -> BTreeMap<String, Vec<String>> {
    let mut roles: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut add = |ty: &str, role: String| roles.entry(ty.to_owned()).or_default().push(role);
    for Pair { method, params, response, .. } in &methods.requests {
        if method.params.is_some() {
            add(params, format!("The params of `{}`.", method.name));
        }
        add(response, format!("The response to `{}`.", method.name));
    }
    for Pair { method, params, response, .. } in &methods.server_requests {
        add(params, format!("The params of the server request `{}`.", method.name));
        add(response, format!("The response to the server request `{}`.", method.name));
    }
    for notification in &methods.notifications {
        add(
            &notification.params,
            format!("The params of the notification `{}`.", notification.method),
        );
    }
    roles
}

fn request(pair: &Pair<'_>, facts: &Facts) -> Result<Request, Error> {
    let Pair { method, params, response, experimental } = pair;
    let name = names::method(&method.name);
    names::check(&name, &format!("the method of `{}`", method.name))?;
    let mut paragraphs = vec![format!("Sends `{}`; the response is [`{response}`].", method.name)];
    let description = docs::clean(&method.description);
    if !description.is_empty() {
        paragraphs.push(description);
    }
    Ok(Request {
        name,
        takes_params: method.params.is_some(),
        docs: docs::item(paragraphs, *experimental),
        experimental: *experimental,
        deadline: !facts.no_deadline.contains(&method.name),
        read_only: facts.read_only.contains(&method.name),
        control: facts.control.contains(&method.name),
        method: method.name.clone(),
        params: params.clone(),
        response: response.clone(),
    })
}

fn server_requests(
    pairs: &[Pair<'_>],
    facts: &Facts,
    types: &[Type],
) -> Result<Vec<ServerRequest>, Error> {
    let types: BTreeMap<&str, &Type> = types.iter().map(|ty| (ty.name.as_str(), ty)).collect();
    let request = |pair: &Pair<'_>| {
        Ok(ServerRequest {
            refusal: refusal(pair, facts, &types)?,
            method: pair.method.name.clone(),
            params: pair.params.clone(),
            response: pair.response.clone(),
            experimental: pair.experimental,
        })
    };
    pairs.iter().map(request).collect()
}

fn refusal(
    pair: &Pair<'_>,
    facts: &Facts,
    types: &BTreeMap<&str, &Type>,
) -> Result<Option<Expr>, Error> {
    let method = &pair.method.name;
    let Some(value) = facts.refusals.get(method).filter(|value| !value.is_null()) else {
        return Ok(None);
    };
    match refusals::expression(types, &Ty::Named(pair.response.clone()), value) {
        Ok(refusal) => Ok(Some(refusal)),
        Err(problem) => Err(Error::Methods(format!(
            "schema/methods.json refuses `{method}` with what is no `{}`: {problem}; correct it in `refusals`",
            pair.response
        ))),
    }
}
