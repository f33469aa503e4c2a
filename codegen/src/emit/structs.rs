//! Structs, and how users make them.

use super::{Context, Output, part_docs};
use crate::{
    Error,
    docs::summary,
    model::{Field, Presence, Type},
};

pub(super) fn write(
    out: &mut Output,
    context: &Context<'_>,
    ty: &Type,
    fields: &[Field],
) -> Result<(), Error> {
    let name = &ty.name;
    let secret = fields.iter().any(|field| field.secret);
    let plain_default = |field: &Field| {
        !is_argument(field) && !matches!(field.presence, Presence::Default(Some(_)))
    };
    let default = ty.sent && fields.iter().all(plain_default);
    let mut derives = vec!["Clone"];
    derives.extend((!secret).then_some("Debug"));
    derives.extend(default.then_some("Default"));
    derives.push("PartialEq");
    let members: String = fields
        .iter()
        .map(|field| format!("{}pub {}: {},\n", docs(field), field.name, full_type(field)))
        .collect();
    out.item(&format!(
        "{}#[derive({})]\n#[non_exhaustive]\npub struct {name} {{\n{members}/// Fields that this version of the SDK does not know.\npub unknown_fields: UnknownFields,\n}}",
        context.docs(ty),
        derives.join(", "),
    ))?;
    out.table(&format!("object!({name}"), fields.iter().map(row));
    if secret {
        let row =
            |field: &Field| format!("{}{};", field.name, if field.secret { " secret" } else { "" });
        out.table(&format!("redacted_debug!({name}"), fields.iter().map(row));
    }
    if ty.sent {
        constructor(out, name, fields, default)?;
        out.table(
            &format!("setters!({name}"),
            fields.iter().filter(|field| !is_argument(field)).map(setter),
        );
    }
    Ok(())
}

fn docs(field: &Field) -> String {
    let wire = (field.wire != field.name).then_some(field.wire.as_str());
    part_docs(&field.docs, &format!("`{}` on the wire.", field.wire), wire, field.experimental)
}

fn full_type(field: &Field) -> String {
    match field.presence {
        Presence::Required | Presence::Default(_) => field.ty.clone(),
        Presence::Nullable | Presence::Optional => format!("Option<{}>", field.ty),
        Presence::Maybe => format!("Maybe<{}>", field.ty),
    }
}

/// A row of `object!`.
fn row(field: &Field) -> String {
    let presence = match &field.presence {
        Presence::Required => "required".to_owned(),
        Presence::Nullable => "nullable".to_owned(),
        Presence::Optional => "optional".to_owned(),
        Presence::Maybe => "maybe".to_owned(),
        Presence::Default(None) => "default".to_owned(),
        Presence::Default(Some(value)) => format!("default({value})"),
    };
    format!("{}: {:?} {presence};", field.name, field.wire)
}

/// True for a field that `new` takes.
fn is_argument(field: &Field) -> bool {
    matches!(field.presence, Presence::Required | Presence::Nullable)
}

fn constructor(
    out: &mut Output,
    name: &str,
    fields: &[Field],
    derived_default: bool,
) -> Result<(), Error> {
    let arguments: Vec<&Field> = fields.iter().filter(|field| is_argument(field)).collect();
    let parameters: Vec<String> = arguments
        .iter()
        .map(|field| format!("{}: {}", field.name, parameter_type(field)))
        .collect();
    let values: String = fields
        .iter()
        .map(|field| match initial(field) {
            value if value == field.name => format!("{value},\n"),
            value => format!("{}: {value},\n", field.name),
        })
        .collect();
    let docs = if arguments.is_empty() {
        "With nothing set."
    } else {
        "With what is required, in the order of the fields."
    };
    let body = if derived_default {
        "Self::default()".to_owned()
    } else {
        format!("Self {{\n{values}unknown_fields: UnknownFields::default(),\n}}")
    };
    out.item(&format!(
        "impl {name} {{\n/// {docs}\npub fn new({}) -> Self {{\n{body}\n}}\n}}",
        parameters.join(", ")
    ))?;
    if arguments.is_empty() && !derived_default {
        out.item(&format!(
            "impl Default for {name} {{\nfn default() -> Self {{ Self::new() }}\n}}"
        ))?;
    }
    Ok(())
}

/// Types that take no conversion: a literal would not know which of many numbers it becomes.
const PLAIN: &[&str] =
    &["bool", "f32", "f64", "i8", "i16", "i32", "i64", "u8", "u16", "u32", "u64"];

fn parameter_type(field: &Field) -> String {
    match (&field.presence, list_item(&field.ty)) {
        (Presence::Nullable, _) => format!("impl Into<Maybe<{}>>", field.ty),
        (_, Some(item)) => format!("impl IntoIterator<Item = impl Into<{item}>>"),
        _ if PLAIN.contains(&field.ty.as_str()) => field.ty.clone(),
        _ => format!("impl Into<{}>", field.ty),
    }
}

fn initial(field: &Field) -> String {
    let name = &field.name;
    match (&field.presence, list_item(&field.ty)) {
        (Presence::Nullable, _) => format!("{name}.into().into_option()"),
        (Presence::Required, Some(_)) => format!("{name}.into_iter().map(Into::into).collect()"),
        (Presence::Required, None) if PLAIN.contains(&field.ty.as_str()) => name.clone(),
        (Presence::Required, None) => format!("{name}.into()"),
        (Presence::Optional, _) => "None".to_owned(),
        (Presence::Maybe, _) => "Maybe::Unset".to_owned(),
        (Presence::Default(Some(value)), _) => value.clone(),
        (Presence::Default(None), _) => "Default::default()".to_owned(),
    }
}

/// A row of `setters!`.
fn setter(field: &Field) -> String {
    let (kind, ty) = match (&field.presence, list_item(&field.ty)) {
        (Presence::Maybe, Some(item)) => ("maybe_list", item),
        (Presence::Maybe, None) => ("maybe", field.ty.as_str()),
        (Presence::Default(_), Some(item)) => ("list", item),
        (Presence::Default(_), None) => ("plain", field.ty.as_str()),
        (_, Some(item)) => ("option_list", item),
        (_, None) => ("option", field.ty.as_str()),
    };
    let sentence = summary(&field.docs);
    let mut doc = match sentence.as_str() {
        "" => format!("Sets `{}`.", field.wire),
        sentence => format!("Sets `{}`: {sentence}", field.wire),
    };
    if field.experimental {
        doc.push_str(" Experimental.");
    }
    format!("{kind} {}: {ty}, {doc:?};", field.name)
}

fn list_item(ty: &str) -> Option<&str> {
    ty.strip_prefix("Vec<")?.strip_suffix('>')
}
