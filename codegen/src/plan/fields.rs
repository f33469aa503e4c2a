//! Fields: whether they may be missing or null, what stands in for them then, and how users give
//! them a value.

use super::{
    context::Context,
    defaults, docs,
    outline::{self, Property, is_nullable},
    required, secrets,
};
use crate::{
    error::Error,
    load::{FIELD_TYPES, FieldType, description},
    model::{Argument, Field, Given, Making, Presence, Setter, Struct, Ty},
    names,
};
use serde_json::Value;

/// A struct with these properties.
pub(super) fn structure(
    context: &Context<'_>,
    owner: &str,
    properties: &[Property],
) -> Result<Struct, Error> {
    let mut fields: Vec<Field> = properties
        .iter()
        .map(|property| field(context, owner, property))
        .collect::<Result<_, _>>()?;
    Ok(Struct {
        redacted: fields.iter().any(|field| field.secret),
        making: if context.sent.contains(owner) { making(&mut fields) } else { Making::Never },
        fields,
    })
}

/// The params of a method without params.
pub(super) fn empty(sent: bool) -> Struct {
    let making = if sent { Making::Derived } else { Making::Never };
    Struct { fields: Vec::new(), redacted: false, making }
}

fn making(fields: &mut [Field]) -> Making {
    let has_own_default = |field: &Field| matches!(field.presence, Presence::Default(Some(_)));
    let of_nothing =
        if fields.iter().any(has_own_default) { Making::Default } else { Making::Derived };
    required::making(fields).unwrap_or(of_nothing)
}

fn field(context: &Context<'_>, owner: &str, property: &Property) -> Result<Field, Error> {
    let FieldType { name, ty } = context.field_type(owner, &property.name)?;
    if !names::is_name(name) {
        return Err(Error::FieldTypes {
            path: FIELD_TYPES.into(),
            problem: format!("`{}` of `{owner}` would be called `{name}`", property.name),
        });
    }
    let presence = presence(context, owner, property, ty);
    let experimental = context.is_part_experimental(owner, |shape| match shape {
        outline::Shape::Struct(properties) => {
            properties.iter().any(|known| known.name == property.name)
        }
        _ => false,
    });
    let wire = &property.name;
    let text = if context.params.contains(owner) {
        description(&property.schema)
    } else {
        defaults::described(&property.schema, &presence)
    };
    let sent = context.sent.contains(owner);
    Ok(Field {
        wire: wire.clone(),
        name: name.clone(),
        secret: secrets::is_secret(context.facts, context.outlines, owner, wire, ty),
        docs: docs::part(
            &text,
            &format!("{} on the wire.", docs::code(wire)),
            (wire != name).then_some(wire),
            experimental,
        ),
        experimental,
        given: sent.then(|| how_given(wire, ty, &presence, &text, experimental)),
        ty: ty.clone(),
        presence,
    })
}

fn how_given(
    wire: &str,
    ty: &Ty,
    presence: &Presence,
    description: &str,
    experimental: bool,
) -> Given {
    let docs = setter_docs(wire, description, experimental);
    let argument = |argument| Given::Argument { argument, is_step: false, docs: docs.clone() };
    let kind = match (presence, ty) {
        (Presence::Nullable, _) => return argument(Argument::Nullable),
        (Presence::Required, Ty::List(_)) => return argument(Argument::Items),
        (Presence::Required, ty) if ty.is_plain() => return argument(Argument::Plain),
        (Presence::Required, _) => return argument(Argument::Into),
        (Presence::Maybe, Ty::List(_)) => Setter::MaybeList,
        (Presence::Maybe, Ty::Int(_)) => Setter::MaybeNumber,
        (Presence::Maybe, _) => Setter::Maybe,
        (Presence::Default(_), Ty::List(_)) => Setter::List,
        (Presence::Default(_), _) => Setter::Plain,
        (Presence::Optional, Ty::List(_)) => Setter::OptionList,
        (Presence::Optional, Ty::Int(_)) => Setter::OptionNumber,
        (Presence::Optional, _) => Setter::Option,
    };
    Given::Setter { kind, docs }
}

fn setter_docs(wire: &str, description: &str, experimental: bool) -> String {
    let mut text = match docs::summary(&docs::clean(description)).as_str() {
        "" => format!("Sets {}.", docs::code(wire)),
        sentence => format!("Sets {}: {sentence}", docs::code(wire)),
    };
    if experimental {
        text.push_str(" Experimental.");
    }
    text
}

fn presence(context: &Context<'_>, owner: &str, property: &Property, ty: &Ty) -> Presence {
    let nullable = is_nullable(&property.schema);
    let is_params = context.params.contains(owner);
    match (property.required, nullable) {
        (true, true) => Presence::Nullable,
        (true, false) => Presence::Required,
        (false, true) if is_params => Presence::Maybe,
        (false, false) if is_params => Presence::Optional,
        (false, _) => match property.schema.get("default") {
            None if !nullable && ty.is_collection() => Presence::Default(None),
            None | Some(Value::Null) => Presence::Optional,
            // Missing is the default, and null is not.
            Some(_) if nullable => Presence::Maybe,
            Some(value) => defaults::of(context, value, ty).unwrap_or(Presence::Optional),
        },
    }
}
