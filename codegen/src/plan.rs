//! Step 4: what each definition becomes in Rust, which response belongs to which method, and
//! everything else there is to decide.
//!
//! [`outline`] says what each definition is, still in terms of the schema; with the names and types
//! of the fields, which typify has found, each outline becomes a type.

pub mod objects;
pub mod options;
pub mod outline;
pub mod pairing;
pub mod secrets;
pub mod sent;

mod accessors;
mod areas;
mod context;
mod cycles;
mod defaults;
mod docs;
mod facts;
mod fields;
mod messages;
mod parts;
mod payloads;
mod refusals;
mod required;
mod sizes;
mod types;
mod uses;
mod usual;

use crate::{
    error::{Error, Problems},
    load::{Facts, FieldTypes, Schema},
    model::{Api, Refusal, Request, ServerRequest, Ty, Type},
    names::{self, Kind, Names},
};
use areas::Links;
use context::{Context, Variants};
use objects::Objects;
use outline::{Outline, Outlines};
use pairing::{Methods, Pair};
use std::collections::{BTreeMap, BTreeSet};

/// Plans the whole protocol. What `stable` lacks is experimental; without it nothing is.
///
/// # Errors
///
/// When a definition has a shape the generator does not know, the field types are those of another
/// schema, or methods and what is known about them do not fit together: all of these that there
/// are.
pub fn api(
    experimental: &Schema,
    stable: Option<&Schema>,
    facts: &Facts,
    field_types: &FieldTypes,
    version: String,
) -> Result<Api, Error> {
    let mut problems = Problems::default();
    let outlines = outline::all(&experimental.definitions);
    let is_used = |name: &str| match &outlines {
        Ok(outlines) => outlines.contains_key(name),
        Err(_) => experimental.definitions.contains_key(name),
    };
    let methods = pairing::pair(experimental, stable, facts, is_used, &mut problems);
    problems.take(facts::check(facts, experimental));
    if let Ok(outlines) = &outlines {
        payloads::check(&methods, outlines, &mut problems);
        usual::check(facts, outlines, &mut problems);
    }
    let types =
        outlines.and_then(|outlines| types(&outlines, stable, &methods, facts, field_types));
    let types = match types {
        Ok(types) => types,
        // What follows is made of types, and would only say so again.
        Err(error) => return Err(problems.with(error)),
    };
    let server_requests =
        problems.each(server_requests(&methods.server_requests, facts, &types).into_iter());
    let incoming = vec![
        messages::notifications(&methods.notifications, &experimental.notifications, &types),
        messages::server_requests(&server_requests, &experimental.server_requests, &types),
    ];
    let wires = methods.requests.iter().map(|pair| pair.method.name.as_str());
    let names = names::distinct(Kind::Method, wires);
    let requests = methods.requests.iter().map(|pair| request(pair, &names, facts));
    let requests: Vec<Request> = requests.collect();
    let options = options::all(&types, &mut problems);
    problems.finish(Api {
        version,
        areas: areas::areas(&requests, &server_requests, &methods.notifications, &types),
        requests,
        server_requests,
        notifications: methods.notifications,
        incoming,
        options,
        types,
    })
}

/// Plans the types, whatever is wrong with the methods.
///
/// # Errors
///
/// When a definition has a shape the generator does not know, or the field types are those of
/// another schema.
pub fn types_alone(
    schema: &Schema,
    facts: &Facts,
    field_types: &FieldTypes,
) -> Result<Vec<Type>, Error> {
    let outlines = outline::all(&schema.definitions)?;
    let is_used = |name: &str| outlines.contains_key(name);
    let methods = pairing::pair(schema, None, facts, is_used, &mut Problems::default());
    types(&outlines, None, &methods, facts, field_types)
}

/// All types, in the order of their names.
fn types(
    outlines: &Outlines,
    stable: Option<&Schema>,
    methods: &Methods<'_>,
    facts: &Facts,
    field_types: &FieldTypes,
) -> Result<Vec<Type>, Error> {
    let stable_outlines = stable.map(|stable| outline::all(&stable.definitions)).transpose()?;
    Objects::of(outlines).check(field_types)?;

    let params = || methods.requests.iter().map(|request| request.params.as_str());
    let responses = methods.server_requests.iter().map(|request| request.response.as_str());
    let context = Context {
        stable: stable_outlines.as_ref(),
        field_types,
        facts,
        variants: Variants::of(outlines),
        params: request_params(outlines, &params().collect()),
        sent: sent::sent(outlines, params().chain(responses)),
        roles: roles(methods),
        outlines,
    };
    let mut problems = Problems::default();
    let planned = outlines.iter().map(|(name, outline)| types::plan(&context, name, outline));
    let mut types = problems.each(planned);
    types.extend(payloads::markers(methods));
    types.sort_by(|left, right| left.name.cmp(&right.name));
    problems.take(cycles::cut(&mut types));
    accessors::add(&mut types);
    let carried = context.roles.keys().map(String::as_str).collect();
    uses::describe(&mut types, &carried);
    problems.finish(types)
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
    let links = Links::of(
        methods.requests.iter().map(|pair| pair.method.name.as_str()),
        methods.server_requests.iter().map(|pair| pair.method.name.as_str()),
        methods.notifications.iter().map(|notification| notification.method.as_str()),
    );
    let mut roles: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut add = |ty: &str, role: String| roles.entry(ty.to_owned()).or_default().push(role);
    for Pair { method, params, response, .. } in &methods.requests {
        let link = links.request(&method.name);
        if method.params.is_some() {
            add(params, format!("The params of {link}."));
        }
        add(response, format!("The response to {link}."));
    }
    for Pair { method, params, response, .. } in &methods.server_requests {
        let link = links.server_request(&method.name);
        add(params, format!("The params of the server request {link}."));
        add(response, format!("The response to the server request {link}."));
    }
    for notification in &methods.notifications {
        let link = links.notification(&notification.method);
        add(&notification.params, format!("What the notification {link} tells."));
    }
    roles
}

fn request(pair: &Pair<'_>, names: &Names, facts: &Facts) -> Request {
    let Pair { method, params, response, experimental } = pair;
    let mut paragraphs =
        vec![format!("Sends {}; the response is [`{response}`].", docs::code(&method.name))];
    let description = docs::clean(&method.description);
    if !description.is_empty() {
        paragraphs.push(description);
    }
    Request {
        name: names.get(&method.name).cloned().unwrap_or_default(),
        takes_params: method.params.is_some(),
        docs: docs::item(paragraphs, *experimental),
        experimental: *experimental,
        deadline: !facts.no_deadline.contains(&method.name),
        read_only: facts.read_only.contains(&method.name),
        control: facts.control.contains(&method.name),
        method: method.name.clone(),
        params: params.clone(),
        response: response.clone(),
    }
}

fn server_requests(
    pairs: &[Pair<'_>],
    facts: &Facts,
    types: &[Type],
) -> Vec<Result<ServerRequest, Error>> {
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
) -> Result<Option<Refusal>, Error> {
    let method = &pair.method.name;
    let Some(value) = facts.refusals.get(method).filter(|value| !value.is_null()) else {
        return Ok(None);
    };
    match refusals::expression(types, &Ty::Named(pair.response.clone()), value) {
        Ok(expression) => Ok(Some(Refusal { value: expression, json: value.to_string() })),
        Err(problem) => Err(Error::Methods(format!(
            "schema/methods.json refuses `{method}` with what is no `{}`: {problem}; correct it in `refusals`",
            pair.response
        ))),
    }
}
