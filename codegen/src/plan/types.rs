//! What each definition becomes.

use super::{
    context::Context,
    docs, fields,
    objects::contents_of,
    outline::{self, Content, Outline},
    usual,
};
use crate::{
    error::Error,
    load::reference,
    model::{Branch, Form, Shape, Ty, Type},
};
use serde_json::Value;

/// Strings that are paths on the server's machine.
const PATHS: &[&str] = &["AbsolutePathBuf", "LegacyAppPathString"];

/// The type of a definition. What unions read of all their branches is added when all types are
/// known.
pub(super) fn plan(context: &Context<'_>, name: &str, outline: &Outline) -> Result<Type, Error> {
    let shape = match &outline.shape {
        outline::Shape::Struct(properties) => {
            Shape::Struct(fields::structure(context, name, properties)?)
        }
        outline::Shape::Strings(words) => Shape::Strings(context.words(name, words)),
        outline::Shape::Text => {
            Shape::Text { path: PATHS.contains(&name), usual: usual::words(context.facts, name) }
        }
        outline::Shape::Tagged { tag, branches } => Shape::Tagged {
            tag: tag.clone(),
            branches: branches.iter().map(|branch| tagged_branch(context, name, branch)).collect(),
            accessors: Vec::new(),
        },
        outline::Shape::Keyed { words, contents } => Shape::Keyed {
            words: context.words(name, words),
            branches: contents
                .iter()
                .map(|content| keyed_branch(context, name, content))
                .collect::<Result<_, _>>()?,
        },
        outline::Shape::Alias(content) => Shape::Alias(content_type(context, name, content)?),
        outline::Shape::Untagged(contents) => {
            let branch = |content: &Content| {
                let form = form(context, &content.schema)?;
                Ok((untagged_branch(context, name, content, &form)?, form))
            };
            let branches: Vec<_> = contents.iter().map(branch).collect::<Result<_, Error>>()?;
            check_contents(name, &branches)?;
            // Strings and numbers are all there is to an id; objects may come in new shapes.
            let is_closed =
                |(_, form): &(_, Form)| matches!(form, Form::Text | Form::Integer | Form::Bool);
            Shape::Untagged { open: !branches.iter().all(is_closed), branches }
        }
    };
    let experimental = context.is_experimental(name);
    Ok(Type {
        name: name.to_owned(),
        docs: type_docs(context, name, outline, &shape, experimental),
        experimental,
        shape,
        sent: context.sent.contains(name),
        branch_of: outline
            .branch_of
            .as_ref()
            .map(|branch| (branch.union.clone(), branch.text.clone())),
    })
}

/// The documentation of a type; empty where neither the schema nor a method says what it is.
fn type_docs(
    context: &Context<'_>,
    name: &str,
    outline: &Outline,
    shape: &Shape,
    experimental: bool,
) -> String {
    let mut paragraphs = Vec::new();
    let description = docs::clean(&outline.description);
    if !description.is_empty() {
        paragraphs.push(description);
    }
    if let Shape::Text { usual, .. } = shape {
        paragraphs.extend(usual::docs(usual));
    }
    if let Some(roles) = context.roles.get(name) {
        paragraphs.push(roles.join("\n"));
    }
    if let Some(branch) = &outline.branch_of {
        paragraphs.push(format!(
            "The {} branch of [`{}`].",
            docs::code(&branch.text),
            branch.union
        ));
    }
    if paragraphs.is_empty() { String::new() } else { docs::item(paragraphs, experimental) }
}

/// Checks that no two branches have the same content: neither its shape nor `From` would tell them.
fn check_contents(name: &str, branches: &[(Branch, Form)]) -> Result<(), Error> {
    let contents = branches.iter().map(|(branch, _)| &branch.content);
    for (index, content) in contents.clone().enumerate() {
        if let (Some(ty), true) =
            (content, contents.clone().skip(index + 1).any(|other| other == content))
        {
            return Err(Error::Schema(format!(
                "two branches of `{name}` are `{ty}`, and nothing tells which one a value is; \
                 make them one by a repair in codegen/src/repair.rs"
            )));
        }
    }
    Ok(())
}

fn tagged_branch(context: &Context<'_>, owner: &str, branch: &outline::Branch) -> Branch {
    let experimental = is_branch_experimental(context, owner, &branch.tag);
    Branch {
        wire: branch.tag.clone(),
        variant: context.variants.branch(owner, &branch.tag),
        content: branch.content.clone().map(Ty::Named),
        docs: branch_docs(&branch.description, &branch.tag, experimental),
        experimental,
    }
}

fn keyed_branch(context: &Context<'_>, owner: &str, content: &Content) -> Result<Branch, Error> {
    let experimental = is_branch_experimental(context, owner, &content.key);
    Ok(Branch {
        wire: content.key.clone(),
        variant: context.variants.branch(owner, &content.key),
        content: Some(content_type(context, owner, content)?),
        docs: branch_docs(&content.description, &content.key, experimental),
        experimental,
    })
}

/// What a branch or an alias holds. Null is a value of it, where it may be.
fn content_type(context: &Context<'_>, owner: &str, content: &Content) -> Result<Ty, Error> {
    let ty = context.field_type(&contents_of(owner), &content.key)?.ty.clone();
    Ok(if outline::is_nullable(&content.schema) { Ty::Option(Box::new(ty)) } else { ty })
}

fn branch_docs(description: &str, wire: &str, experimental: bool) -> String {
    docs::part(description, &format!("{} on the wire.", docs::code(wire)), Some(wire), experimental)
}

fn untagged_branch(
    context: &Context<'_>,
    owner: &str,
    content: &Content,
    form: &Form,
) -> Result<Branch, Error> {
    let experimental = is_branch_experimental(context, owner, &content.key);
    let otherwise = match form {
        Form::Text => "A string.",
        Form::Integer => "An integer.",
        Form::Number => "A number.",
        Form::Bool => "`true` or `false`.",
        Form::List => "A list.",
        Form::Object { .. } => "An object.",
    };
    Ok(Branch {
        wire: content.key.clone(),
        variant: context.variants.branch(owner, &content.key),
        content: Some(content_type(context, owner, content)?),
        docs: docs::part(&content.description, otherwise, None, experimental),
        experimental,
    })
}

fn is_branch_experimental(context: &Context<'_>, owner: &str, wire: &str) -> bool {
    context.is_part_experimental(owner, |shape| match shape {
        outline::Shape::Tagged { branches, .. } => branches.iter().any(|branch| branch.tag == wire),
        outline::Shape::Keyed { contents, .. } | outline::Shape::Untagged(contents) => {
            contents.iter().any(|content| content.key == wire)
        }
        _ => false,
    })
}

fn form(context: &Context<'_>, schema: &Value) -> Result<Form, Error> {
    match (schema.get("type").and_then(Value::as_str), reference(schema)) {
        (Some("string"), _) => Ok(Form::Text),
        (Some("integer"), _) => Ok(Form::Integer),
        (Some("number"), _) => Ok(Form::Number),
        (Some("boolean"), _) => Ok(Form::Bool),
        (Some("object"), _) => {
            Ok(Form::Object { required: Vec::new(), known: Vec::new(), tags: Vec::new() })
        }
        (Some("array"), _) => Ok(Form::List),
        (_, Some(definition)) => form_of(context, &definition),
        _ => Err(Error::Schema(format!(
            "an untagged union has a branch that cannot be told by its shape: {schema}; \
             a repair in codegen/src/repair.rs has to say what it is"
        ))),
    }
}

fn form_of(context: &Context<'_>, definition: &str) -> Result<Form, Error> {
    match context.outlines.get(definition).map(|outline| &outline.shape) {
        Some(outline::Shape::Struct(properties)) => {
            let required = properties.iter().filter(|property| property.required);
            let tags = properties.iter().filter_map(|property| {
                let words = match &context.outlines.get(&reference(&property.schema)?)?.shape {
                    outline::Shape::Strings(words) if property.name == "type" => words,
                    _ => return None,
                };
                let words = words.iter().map(|word| word.text.clone());
                Some((property.name.clone(), words.collect()))
            });
            Ok(Form::Object {
                required: required.map(|property| property.name.clone()).collect(),
                known: properties.iter().map(|property| property.name.clone()).collect(),
                tags: tags.collect(),
            })
        }
        Some(outline::Shape::Strings(_) | outline::Shape::Text) => Ok(Form::Text),
        Some(outline::Shape::Tagged { tag, .. }) => {
            Ok(Form::Object { required: vec![tag.clone()], known: Vec::new(), tags: Vec::new() })
        }
        _ => Err(Error::Schema(format!(
            "`{definition}` cannot be a branch of an untagged union: it has no shape of its own; \
             a repair in codegen/src/repair.rs has to say which branches the union has"
        ))),
    }
}
