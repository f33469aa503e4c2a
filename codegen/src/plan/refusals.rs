//! How requests of the server are refused: JSON of a table as values of the response types.

use crate::model::{Expr, Field, Given, Making, Setter, Shape, Struct, Ty, Type};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// The JSON as a value of the type. The error says what does not fit.
pub(super) fn expression(
    types: &BTreeMap<&str, &Type>,
    ty: &Ty,
    value: &Value,
) -> Result<Expr, String> {
    let misfit = || format!("{value} is no `{ty}`");
    Ok(match (ty, value) {
        (Ty::Bool, Value::Bool(value)) => Expr::Bool(*value),
        (Ty::Int(int), Value::Number(number)) if int.holds(number) => Expr::Number(number.clone()),
        (Ty::Boxed(inner), value) => Expr::Boxed(Box::new(expression(types, inner, value)?)),
        (Ty::F32 | Ty::F64, Value::Number(number)) if number.is_f64() => {
            Expr::Number(number.clone())
        }
        (Ty::String, Value::String(text)) => Expr::Text(text.clone()),
        (Ty::Value, Value::Null) => Expr::Null,
        (Ty::Map(_), Value::Object(members)) if members.is_empty() => Expr::EmptyMap,
        (Ty::List(item), Value::Array(items)) => {
            let items = items.iter().map(|value| expression(types, item, value));
            Expr::List((**item).clone(), items.collect::<Result<_, _>>()?)
        }
        (Ty::Named(name), value) => {
            let ty = types.get(name.as_str()).ok_or_else(misfit)?;
            named_value(types, name, &ty.shape, value)?
        }
        _ => return Err(misfit()),
    })
}

fn named_value(
    types: &BTreeMap<&str, &Type>,
    name: &str,
    shape: &Shape,
    value: &Value,
) -> Result<Expr, String> {
    let misfit = || format!("{value} is no `{name}`");
    let variant = |variant: &str, content: Option<Expr>| Expr::Variant {
        ty: name.to_owned(),
        variant: variant.to_owned(),
        content: content.map(Box::new),
    };
    match (shape, value) {
        (Shape::Struct(own), Value::Object(members)) => struct_value(types, name, own, members),
        (Shape::Text { .. }, Value::String(text)) => Ok(Expr::TextInto(text.clone())),
        (Shape::Strings(words) | Shape::Keyed { words, .. }, Value::String(text)) => {
            let word = words.iter().find(|word| word.wire == *text).ok_or_else(misfit)?;
            Ok(variant(&word.variant, None))
        }
        (Shape::Keyed { branches, .. }, Value::Object(members)) if members.len() == 1 => {
            let known = |wire: &str| branches.iter().find(|branch| branch.wire == wire);
            let (branch, content) = members
                .iter()
                .find_map(|(key, content)| Some((known(key)?, content)))
                .ok_or_else(misfit)?;
            let ty = branch.content.as_ref().ok_or_else(misfit)?;
            Ok(variant(&branch.variant, Some(expression(types, ty, content)?)))
        }
        (Shape::Tagged { tag, branches, .. }, Value::Object(members)) => {
            let mut members = members.clone();
            let text = members.remove(tag);
            let is_branch = |wire: &str| text.as_ref().and_then(Value::as_str) == Some(wire);
            let branch =
                branches.iter().find(|branch| is_branch(&branch.wire)).ok_or_else(misfit)?;
            let content = match &branch.content {
                Some(ty) => Some(expression(types, ty, &Value::Object(members))?),
                None => None,
            };
            Ok(variant(&branch.variant, content))
        }
        _ => Err(misfit()),
    }
}

/// A struct, by `new`, steps and setters.
fn struct_value(
    types: &BTreeMap<&str, &Type>,
    name: &str,
    own: &Struct,
    members: &Map<String, Value>,
) -> Result<Expr, String> {
    let fields = &own.fields;
    let steps: &[String] = match &own.making {
        Making::Steps(steps) => steps,
        _ => &[],
    };
    if let Some(key) = members.keys().find(|key| !fields.iter().any(|field| field.wire == **key)) {
        return Err(format!("`{name}` has no field `{key}`"));
    }
    let (mut argument, mut calls) = (None, Vec::new());
    // The steps come first, in their order.
    let step = |field: &&Field| steps.iter().position(|step| *step == field.name);
    let mut fields: Vec<&Field> = fields.iter().collect();
    fields.sort_by_key(|field| step(field).unwrap_or(steps.len()));
    for field in fields {
        let within = |problem| format!("`{}` of `{name}`: {problem}", field.wire);
        match (&field.given, members.get(&field.wire)) {
            (None, _) => return Err(format!("`{name}` is nothing that a client makes")),
            (Some(Given::Argument { .. }), None) => {
                return Err(format!("`{name}` needs the field `{}`", field.wire));
            }
            (Some(Given::Setter { .. }), None) => {}
            (Some(given), Some(Value::Null)) if field.ty != Ty::Value => match given {
                Given::Setter {
                    kind:
                        Setter::Option | Setter::Maybe | Setter::OptionNumber | Setter::MaybeNumber,
                    ..
                } => {
                    calls.push((field.name.clone(), Expr::None(field.ty.clone())));
                }
                _ => return Err(within(format!("null is no `{}`", field.ty))),
            },
            (Some(given), Some(value)) => {
                let value = expression(types, &field.ty, value).map_err(within)?;
                match given {
                    Given::Argument { is_step: false, .. } => argument = Some(Box::new(value)),
                    Given::Argument { .. } | Given::Setter { .. } => {
                        calls.push((field.name.clone(), value));
                    }
                }
            }
        }
    }
    Ok(Expr::New { ty: name.to_owned(), argument, calls })
}
