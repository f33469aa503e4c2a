//! What stands in for a field that is missing.

use super::{context::Context, outline};
use crate::{
    load::description,
    model::{Expr, Presence, Ty},
};
use serde_json::{Number, Value};

/// The longest default that a documentation shows.
const MOST_SHOWN: usize = 100;

/// The presence of a field with a default; `None` where Rust has no simple way to write it. Then
/// the field says that nothing was there.
pub(super) fn of(context: &Context<'_>, value: &Value, ty: &Ty) -> Option<Presence> {
    if is_default_of_type(context, value, ty) {
        return Some(Presence::Default(None));
    }
    expression(context, value, ty).map(|value| Presence::Default(Some(value)))
}

/// What the schema says about a field, and its default where the type does not bring it.
pub(super) fn described(schema: &Value, presence: &Presence) -> String {
    let text = description(schema);
    let default = schema.get("default").filter(|value| !value.is_null()).map(Value::to_string);
    let is_short = |text: &String| text.len() <= MOST_SHOWN && !text.contains('`');
    match (presence, default.filter(is_short)) {
        (Presence::Optional | Presence::Maybe, Some(default)) => {
            format!("{text}\n\nMissing, it is `{default}`.").trim_start().to_owned()
        }
        _ => text,
    }
}

fn is_default_of_type(context: &Context<'_>, value: &Value, ty: &Ty) -> bool {
    match (ty, value) {
        (Ty::Bool, Value::Bool(value)) => !value,
        (Ty::Int(_) | Ty::F32 | Ty::F64, Value::Number(number)) => number.as_f64() == Some(0.0),
        (Ty::String, Value::String(text)) => text.is_empty(),
        (Ty::List(_), Value::Array(items)) => items.is_empty(),
        (Ty::Map(_) | Ty::Object, Value::Object(members)) => members.is_empty(),
        (Ty::Named(name), Value::Object(members)) => {
            members.is_empty() && has_default(context, name)
        }
        _ => false,
    }
}

/// Whether a struct can be made of nothing.
fn has_default(context: &Context<'_>, name: &str) -> bool {
    let shape = context.outlines.get(name).map(|outline| &outline.shape);
    let is_made_of_nothing = shape.is_some_and(|shape| match shape {
        outline::Shape::Struct(properties) => properties.iter().all(|property| !property.required),
        _ => false,
    });
    is_made_of_nothing && context.sent.contains(name)
}

/// A default as Rust.
fn expression(context: &Context<'_>, value: &Value, ty: &Ty) -> Option<Expr> {
    Some(match (ty, value) {
        (Ty::Bool, Value::Bool(value)) => Expr::Bool(*value),
        (Ty::Int(int), Value::Number(number)) if int.holds(number) => Expr::Number(number.clone()),
        (Ty::F32 | Ty::F64, Value::Number(number)) => {
            let largest = if *ty == Ty::F32 { f32::MAX.into() } else { f64::MAX };
            let number = number.as_f64().filter(|number| number.abs() <= largest)?;
            Expr::Number(Number::from_f64(number)?)
        }
        (Ty::String, Value::String(text)) => Expr::TextInto(text.clone()),
        (Ty::List(item), Value::Array(items)) => {
            let items = items.iter().map(|value| expression(context, value, item));
            Expr::List((**item).clone(), items.collect::<Option<_>>()?)
        }
        (Ty::Named(name), Value::String(text)) => named(context, name, text)?,
        _ => return None,
    })
}

/// A string as a type of the protocol.
fn named(context: &Context<'_>, name: &str, text: &str) -> Option<Expr> {
    match &context.outlines.get(name)?.shape {
        outline::Shape::Strings(words) | outline::Shape::Keyed { words, .. } => {
            let variant = |_| Expr::Variant {
                ty: name.to_owned(),
                variant: context.variants.word(name, text),
                content: None,
            };
            words.iter().find(|word| word.text == text).map(variant)
        }
        outline::Shape::Text => Some(Expr::TextInto(text.to_owned())),
        _ => None,
    }
}
