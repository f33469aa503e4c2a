//! Fields: whether they may be missing or null, what stands in for them then, and how users give
//! them a value.

use super::{
    context::Context,
    docs,
    outline::{self, Property, is_nullable},
    secrets,
};
use crate::{
    error::Error,
    load::{FIELD_TYPES, FieldType, description},
    model::{Argument, Expr, Field, Given, Making, Presence, Setter, Struct, Ty},
    names,
};
use serde_json::Value;

/// A struct with these properties.
pub(super) fn structure(
    context: &Context<'_>,
    owner: &str,
    properties: &[Property],
) -> Result<Struct, Error> {
    let fields: Vec<Field> = properties
        .iter()
        .map(|property| field(context, owner, property))
        .collect::<Result<_, _>>()?;
    Ok(Struct {
        redacted: fields.iter().any(|field| field.secret),
        making: if context.sent.contains(owner) { making(&fields) } else { Making::Never },
        fields,
    })
}

/// The params of a method without params.
pub(super) fn empty() -> Struct {
    Struct { fields: Vec::new(), redacted: false, making: Making::Derived }
}

fn making(fields: &[Field]) -> Making {
    let is_argument = |field: &Field| matches!(field.given, Some(Given::Argument(_)));
    let has_own_default = |field: &Field| matches!(field.presence, Presence::Default(Some(_)));
    if fields.iter().any(is_argument) {
        Making::New
    } else if fields.iter().any(has_own_default) {
        Making::Default
    } else {
        Making::Derived
    }
}

fn field(context: &Context<'_>, owner: &str, property: &Property) -> Result<Field, Error> {
    let FieldType { name, ty } = context.field_type(owner, &property.name)?;
    if !names::is_name(name) {
        return Err(Error::FieldTypes {
            path: FIELD_TYPES.into(),
            problem: format!("`{}` of `{owner}` would be called `{name}`", property.name),
        });
    }
    let presence = presence(context, owner, property, ty)?;
    let experimental = context.is_part_experimental(owner, |shape| match shape {
        outline::Shape::Struct(properties) => {
            properties.iter().any(|known| known.name == property.name)
        }
        _ => false,
    });
    let wire = &property.name;
    let text = description(&property.schema);
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
    let kind = match (presence, ty) {
        (Presence::Nullable, _) => return Given::Argument(Argument::Nullable),
        (Presence::Required, Ty::List(_)) => return Given::Argument(Argument::Items),
        (Presence::Required, ty) if ty.is_plain() => return Given::Argument(Argument::Plain),
        (Presence::Required, _) => return Given::Argument(Argument::Into),
        (Presence::Maybe, Ty::List(_)) => Setter::MaybeList,
        (Presence::Maybe, _) => Setter::Maybe,
        (Presence::Default(_), Ty::List(_)) => Setter::List,
        (Presence::Default(_), _) => Setter::Plain,
        (Presence::Optional, Ty::List(_)) => Setter::OptionList,
        (Presence::Optional, _) => Setter::Option,
    };
    let mut text = match docs::summary(&docs::clean(description)).as_str() {
        "" => format!("Sets {}.", docs::code(wire)),
        sentence => format!("Sets {}: {sentence}", docs::code(wire)),
    };
    if experimental {
        text.push_str(" Experimental.");
    }
    Given::Setter { kind, docs: text }
}

fn presence(
    context: &Context<'_>,
    owner: &str,
    property: &Property,
    ty: &Ty,
) -> Result<Presence, Error> {
    let nullable = is_nullable(&property.schema);
    let is_params = context.params.contains(owner);
    Ok(match (property.required, nullable) {
        (true, true) => Presence::Nullable,
        (true, false) => Presence::Required,
        (false, true) if is_params => Presence::Maybe,
        (false, false) if is_params => Presence::Optional,
        (false, _) => match property.schema.get("default") {
            None if !nullable && ty.is_collection() => Presence::Default(None),
            None | Some(Value::Null) => Presence::Optional,
            Some(value) => Presence::Default(default(context, value, ty).map_err(|problem| {
                Error::Schema(format!("the default of `{}` of `{owner}` {problem}", property.name))
            })?),
        },
    })
}

/// A default as Rust; `None` where it is the default of the type.
fn default(context: &Context<'_>, value: &Value, ty: &Ty) -> Result<Option<Expr>, String> {
    let misfit = || Err(format!("is {value}, which is no `{ty}`"));
    Ok(Some(match (ty, value) {
        (Ty::Bool, Value::Bool(false)) => return Ok(None),
        (Ty::Bool, Value::Bool(true)) => Expr::Bool(true),
        (Ty::Int(_) | Ty::F32 | Ty::F64, Value::Number(number)) if number.as_f64() == Some(0.0) => {
            return Ok(None);
        }
        (Ty::Int(_) | Ty::F32 | Ty::F64, Value::Number(number)) => Expr::Number(number.clone()),
        (Ty::String, Value::String(text)) if text.is_empty() => return Ok(None),
        (Ty::String, Value::String(text)) => Expr::TextInto(text.clone()),
        (Ty::List(_), Value::Array(items)) if items.is_empty() => return Ok(None),
        (Ty::List(item), Value::Array(items)) => {
            let mut list = Vec::new();
            for value in items {
                let Some(value) = default(context, value, item)? else {
                    return Err(format!("is {value}, which the generator cannot write in a list"));
                };
                list.push(value);
            }
            Expr::List((**item).clone(), list)
        }
        (Ty::Map(_) | Ty::Object, Value::Object(members)) if members.is_empty() => return Ok(None),
        (Ty::Value, Value::Null) => return Ok(None),
        (Ty::Named(name), value) => {
            return named_default(context, name, value).map_or_else(misfit, Ok);
        }
        _ => return misfit(),
    }))
}

/// The default of a type of the protocol: one of its words, or an object whose own defaults it is
/// made of.
fn named_default(context: &Context<'_>, name: &str, value: &Value) -> Option<Option<Expr>> {
    match (&context.outlines.get(name)?.shape, value) {
        (
            outline::Shape::Strings(words) | outline::Shape::Keyed { words, .. },
            Value::String(text),
        ) => words.iter().any(|word| word.text == *text).then(|| {
            Some(Expr::Variant {
                ty: name.to_owned(),
                variant: context.variants.word(name, text),
                content: None,
            })
        }),
        (outline::Shape::Text, Value::String(text)) => Some(Some(Expr::TextInto(text.clone()))),
        (outline::Shape::Struct(_), Value::Object(_)) => Some(None),
        _ => None,
    }
}
