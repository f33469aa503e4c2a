//! Unions of all kinds.

use super::{Context, Output, enums, part_docs};
use crate::{
    Error,
    model::{Branch, Field, Form, Presence, Shape, Type, Word},
};

const UNKNOWN: &str =
    "/// What this version of the SDK does not know, as it came.\nUnknown(Value),\n";

pub(super) fn tagged(
    out: &mut Output,
    context: &Context<'_>,
    ty: &Type,
    tag: &str,
    branches: &[Branch],
) -> Result<(), Error> {
    let name = &ty.name;
    item(out, context, ty, "", &format!("{}{UNKNOWN}", variants(branches)))?;
    let row = |branch: &Branch| match &branch.content {
        Some(content) => format!("{}({content}) = {:?};", branch.variant, branch.wire),
        None => format!("{} = {:?};", branch.variant, branch.wire),
    };
    out.table(&format!("tagged_union!({name} by {tag:?}"), branches.iter().map(row));
    let accessors: String =
        common_fields(context, branches).iter().map(|field| accessor(field, branches)).collect();
    if accessors.is_empty() { Ok(()) } else { out.item(&format!("impl {name} {{\n{accessors}}}")) }
}

pub(super) fn keyed(
    out: &mut Output,
    context: &Context<'_>,
    ty: &Type,
    words: &[Word],
    branches: &[Branch],
) -> Result<(), Error> {
    let name = &ty.name;
    let units: String =
        words.iter().map(|word| format!("{}{},\n", enums::docs(word), word.variant)).collect();
    item(out, context, ty, "", &format!("{units}{}{UNKNOWN}", variants(branches)))?;
    let units: String =
        words.iter().map(|word| format!("    {} = {:?};\n", word.variant, word.wire)).collect();
    let contents = branches.iter().map(|branch| {
        format!(
            "    {}({}) = {:?};\n",
            branch.variant,
            branch.content.as_deref().unwrap_or("Value"),
            branch.wire
        )
    });
    out.call(&format!(
        "keyed_union!({name} {{\n{units}}} {{\n{}}});",
        contents.collect::<String>()
    ));
    Ok(())
}

pub(super) fn untagged(
    out: &mut Output,
    context: &Context<'_>,
    ty: &Type,
    branches: &[(Branch, Form)],
) -> Result<(), Error> {
    let name = &ty.name;
    // Strings and numbers are all there is to an id; objects may come in new shapes.
    let closed = branches.iter().all(|(_, form)| matches!(form, Form::Text | Form::Integer));
    let (derives, unknown) = if closed { (", Eq, Hash", "") } else { ("", UNKNOWN) };
    let documented: Vec<Branch> =
        branches.iter().map(|(branch, form)| untagged_docs(branch, form)).collect();
    item(out, context, ty, derives, &format!("{}{unknown}", variants(&documented)))?;
    let rows = branches.iter().map(|(branch, form)| {
        format!(
            "{}({}) = {};",
            branch.variant,
            branch.content.as_deref().unwrap_or("Value"),
            shape(form)
        )
    });
    let rows: Vec<_> = rows.collect();
    let unknown = if closed { "" } else { " Unknown" };
    out.call(&format!("untagged_union!({name} {{\n    {}\n}}{unknown});", rows.join("\n    ")));
    Ok(())
}

fn untagged_docs(branch: &Branch, form: &Form) -> Branch {
    let mut branch = branch.clone();
    if branch.docs.is_empty() {
        branch.docs = match form {
            Form::Text => "A string.",
            Form::Integer => "An integer.",
            Form::List => "A list.",
            Form::Object { .. } => "An object.",
        }
        .to_owned();
    }
    branch.wire.clear();
    branch
}

fn item(
    out: &mut Output,
    context: &Context<'_>,
    ty: &Type,
    derives: &str,
    variants: &str,
) -> Result<(), Error> {
    out.item(&format!(
        "{}#[derive(Clone, Debug, PartialEq{derives})]\n#[non_exhaustive]\npub enum {} {{\n{variants}}}",
        context.docs(ty),
        ty.name,
    ))
}

fn variants(branches: &[Branch]) -> String {
    let variant = |branch: &Branch| {
        let wire = (!branch.wire.is_empty()).then_some(branch.wire.as_str());
        let docs = part_docs(
            &branch.docs,
            &format!("`{}` on the wire.", branch.wire),
            wire,
            branch.experimental,
        );
        match &branch.content {
            Some(content) => format!("{docs}{}({content}),\n", branch.variant),
            None => format!("{docs}{},\n", branch.variant),
        }
    };
    branches.iter().map(variant).collect()
}

fn shape(form: &Form) -> String {
    let list = |names: &[String]| format!("&{names:?}");
    match form {
        Form::Text => "Shape::Text".to_owned(),
        Form::Integer => "Shape::Integer".to_owned(),
        Form::List => "Shape::List".to_owned(),
        Form::Object { required, known, tags } => {
            let tags: Vec<_> =
                tags.iter().map(|(name, texts)| format!("({name:?}, {})", list(texts))).collect();
            format!(
                "Shape::Object {{ required: {}, known: {}, tags: &[{}] }}",
                list(required),
                list(known),
                tags.join(", ")
            )
        }
    }
}

/// Fields that every branch has, of the same type.
pub(super) fn common_fields(context: &Context<'_>, branches: &[Branch]) -> Vec<Field> {
    let fields = |branch: &Branch| -> Vec<Field> {
        let content = branch.content.as_ref().and_then(|name| context.types.get(name.as_str()));
        match content.map(|ty| &ty.shape) {
            Some(Shape::Struct(fields)) => fields.clone(),
            _ => Vec::new(),
        }
    };
    let [first, others @ ..] = branches else {
        return Vec::new();
    };
    let mut common = fields(first);
    for other in others {
        let known = fields(other);
        let same = |left: &Field, right: &Field| {
            (&left.wire, &left.ty, &left.presence) == (&right.wire, &right.ty, &right.presence)
        };
        common.retain(|field| known.iter().any(|known| same(field, known)));
    }
    common.retain(|_| !others.is_empty());
    common
}

/// A method that reads a common field from whichever branch there is.
fn accessor(field: &Field, branches: &[Branch]) -> String {
    let Field { name, wire, ty, presence, .. } = field;
    let always = matches!(presence, Presence::Required | Presence::Default(_));
    let copied = ["bool", "f64", "i32", "i64", "u16", "u32", "u64"].contains(&ty.as_str());
    let (returned, value) = match (ty.as_str(), always, presence) {
        ("String", true, _) => ("&str".to_owned(), format!("Some(&content.{name})")),
        ("String", false, Presence::Maybe) => {
            ("&str".to_owned(), format!("content.{name}.as_option().map(String::as_str)"))
        }
        ("String", false, _) => ("&str".to_owned(), format!("content.{name}.as_deref()")),
        (_, true, _) if copied => (ty.clone(), format!("Some(content.{name})")),
        (_, false, Presence::Maybe) => (format!("&{ty}"), format!("content.{name}.as_option()")),
        (_, false, _) if copied => (ty.clone(), format!("content.{name}")),
        (_, true, _) => (format!("&{ty}"), format!("Some(&content.{name})")),
        (_, false, _) => (format!("&{ty}"), format!("content.{name}.as_ref()")),
    };
    let unknown = match returned.as_str() {
        "&str" => format!("Self::Unknown(value) => value.get({wire:?}).and_then(Value::as_str),"),
        "i64" => format!("Self::Unknown(value) => value.get({wire:?}).and_then(Value::as_i64),"),
        _ => "Self::Unknown(_) => None,".to_owned(),
    };
    let arms: String = branches
        .iter()
        .map(|branch| format!("Self::{}(content) => {value},\n", branch.variant))
        .collect();
    format!(
        "/// The `{wire}`, which every branch has.\npub fn {name}(&self) -> Option<{returned}> {{\nmatch self {{\n{arms}{unknown}\n}}\n}}\n"
    )
}
