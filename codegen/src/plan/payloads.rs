//! What methods carry: objects, and markers where there is nothing.

use super::{
    docs, fields,
    outline::{Outline, Outlines, Shape},
    pairing::{Methods, Pair},
};
use crate::{
    error::{Error, Problems},
    load::reference,
    model::{self, Notification, Type},
};
use std::collections::BTreeMap;

/// Checks that each method can have the types it is paired with.
pub(super) fn check(methods: &Methods<'_>, outlines: &Outlines, problems: &mut Problems) {
    let mut owners: BTreeMap<(&str, String), &str> = BTreeMap::new();
    for (kind, pairs) in
        [("request", &methods.requests), ("server request", &methods.server_requests)]
    {
        for Pair { method, params, response, .. } in pairs {
            let may_be_null = kind == "request";
            problems.take(check_params(methods, outlines, &method.name, params, may_be_null));
            problems.take(check_null(outlines, &method.name, response, "response"));
            let target = target(outlines, params);
            if let Some(other) = owners.insert((kind, target.clone()), &method.name) {
                problems.add(Error::Methods(format!(
                    "`{other}` and `{}` both have the params `{target}`, and the type tells which {kind} it is; \
                     give one of them params of its own by a repair in codegen/src/repair.rs",
                    method.name
                )));
            }
        }
    }
    for Notification { method, params, .. } in &methods.notifications {
        problems.take(check_params(methods, outlines, method, params, true));
    }
}

/// Params are objects. Where they may be null, `{}` says the same; elsewhere null needs a type.
fn check_params(
    methods: &Methods<'_>,
    outlines: &Outlines,
    method: &str,
    params: &str,
    may_be_null: bool,
) -> Result<(), Error> {
    if methods.markers.contains(params) {
        return Ok(());
    }
    if !outlines.contains_key(params) {
        return Err(Error::Methods(format!(
            "the params of `{method}` are `{params}`, which the schema does not define; \
             a repair in codegen/src/repair.rs has to say what they are"
        )));
    }
    if !is_object(outlines, &target(outlines, params)) {
        return Err(Error::Methods(format!(
            "the params of `{method}`, `{params}`, are no object; \
             a repair in codegen/src/repair.rs has to make them one"
        )));
    }
    if may_be_null { Ok(()) } else { check_null(outlines, method, params, "params") }
}

fn check_null(outlines: &Outlines, method: &str, name: &str, role: &str) -> Result<(), Error> {
    match outlines.get(name) {
        Some(outline) if outline.nullable => Err(Error::Methods(format!(
            "the {role} of `{method}`, `{name}`, may be null, and the generator has no type for that; \
             a repair in codegen/src/repair.rs has to say what null means"
        ))),
        _ => Ok(()),
    }
}

fn is_object(outlines: &Outlines, name: &str) -> bool {
    let outline: Option<&Outline> = outlines.get(name);
    outline.is_none_or(|outline| {
        matches!(outline.shape, Shape::Struct(_) | Shape::Tagged { .. } | Shape::Untagged(_))
    })
}

/// What a name stands for, through aliases. None stands for itself.
fn target(outlines: &Outlines, name: &str) -> String {
    let mut name = name.to_owned();
    while let Some(Shape::Alias(content)) = outlines.get(&name).map(|outline| &outline.shape) {
        match reference(&content.schema) {
            Some(next) => name = next,
            None => break,
        }
    }
    name
}

/// The params of methods without params: empty objects.
pub(super) fn markers(methods: &Methods<'_>) -> Vec<Type> {
    let requests = methods.requests.iter().map(|pair| (pair, true));
    let asked = methods.server_requests.iter().map(|pair| (pair, false));
    let requests = requests
        .chain(asked)
        .map(|(pair, sent)| (&pair.method.name, &pair.params, pair.experimental, sent));
    let notifications = methods.notifications.iter().map(|notification| {
        let Notification { method, params, experimental, .. } = notification;
        (method, params, *experimental, false)
    });
    let all = requests.chain(notifications);
    let markers = all.filter(|(_, name, ..)| methods.markers.contains(*name));
    let marker = |(method, name, experimental, sent): (&String, &String, bool, bool)| {
        let docs =
            format!("The params of {}, which takes none: an empty object.", docs::code(method));
        Type {
            name: name.clone(),
            docs: docs::item(vec![docs], experimental),
            experimental,
            shape: model::Shape::Struct(fields::empty(sent)),
            sent,
            branch_of: None,
        }
    };
    markers.map(marker).collect()
}
