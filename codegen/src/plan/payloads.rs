//! What methods carry: objects, and markers where there is nothing.

use super::{
    docs, fields,
    outline::{Outline, Outlines, Shape},
    pairing::{Methods, Pair},
};
use crate::{
    error::Error,
    load::reference,
    model::{self, Notification, Type},
};
use std::collections::BTreeMap;

/// Checks that each method can have the types it is paired with.
pub(super) fn check(methods: &Methods<'_>, outlines: &Outlines) -> Result<(), Error> {
    let mut owners: BTreeMap<(&str, String), &str> = BTreeMap::new();
    for (kind, pairs) in
        [("request", &methods.requests), ("server request", &methods.server_requests)]
    {
        for Pair { method, params, response, .. } in pairs {
            check_one(outlines, &method.name, params, "params", kind == "request")?;
            check_one(outlines, &method.name, response, "response", false)?;
            let target = target(outlines, params);
            if let Some(other) = owners.insert((kind, target.clone()), &method.name) {
                return Err(Error::Methods(format!(
                    "`{other}` and `{}` both have the params `{target}`, and the type tells which {kind} it is; \
                     give one of them params of its own by a repair in codegen/src/repair.rs",
                    method.name
                )));
            }
        }
    }
    for Notification { method, params, .. } in &methods.notifications {
        check_one(outlines, method, params, "params", true)?;
    }
    Ok(())
}

/// Params are objects. Where they may be null, `{}` says the same; elsewhere null needs a type.
fn check_one(
    outlines: &Outlines,
    method: &str,
    name: &str,
    role: &str,
    may_be_null: bool,
) -> Result<(), Error> {
    let Some(outline) = outlines.get(name) else {
        return Ok(());
    };
    let is_wrong = outline.nullable && !may_be_null;
    let is_no_object = role == "params" && !is_object(outlines, &target(outlines, name));
    match (is_wrong, is_no_object) {
        (false, false) => Ok(()),
        (true, _) => Err(Error::Methods(format!(
            "the {role} of `{method}`, `{name}`, may be null, and the generator has no type for that; \
             a repair in codegen/src/repair.rs has to say what null means"
        ))),
        (_, true) => Err(Error::Methods(format!(
            "the {role} of `{method}`, `{name}`, are no object; \
             a repair in codegen/src/repair.rs has to make them one"
        ))),
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
pub(super) fn markers(methods: &Methods<'_>, outlines: &Outlines) -> Result<Vec<Type>, Error> {
    let requests = methods.requests.iter().map(|pair| (pair, true));
    let asked = methods.server_requests.iter().map(|pair| (pair, false));
    let requests = requests
        .chain(asked)
        .map(|(pair, sent)| (&pair.method.name, &pair.params, pair.experimental, sent));
    let notifications = methods.notifications.iter().map(|notification| {
        let Notification { method, params, experimental, .. } = notification;
        (method, params, *experimental, false)
    });
    let markers = requests.chain(notifications);
    let markers = markers.filter(|(_, name, ..)| !outlines.contains_key(*name));
    let mut found: BTreeMap<&str, Type> = BTreeMap::new();
    for (method, name, experimental, sent) in markers {
        let docs = format!("The params of `{method}`, which takes none: an empty object.");
        let marker = Type {
            name: name.clone(),
            docs: docs::item(vec![docs], experimental),
            experimental,
            shape: model::Shape::Struct(fields::empty(sent)),
            sent,
            branch_of: None,
        };
        if found.insert(name, marker).is_some() {
            return Err(Error::Methods(format!(
                "`{method}` takes no params, and the type that stands for them, `{name}`, stands for those of another method; \
                 give it another name in codegen/src/plan/names.rs"
            )));
        }
    }
    Ok(found.into_values().collect())
}
