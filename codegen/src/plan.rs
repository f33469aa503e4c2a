//! Step 3: what each definition becomes in Rust, and which response belongs to which method.

mod fields;
mod pairing;
mod secrets;
mod sent;

pub use pairing::Pairings;

use crate::{
    Error,
    docs::clean,
    load::{Schema, reference},
    model::{Api, Branch, Form, Shape, Type, Word},
    names,
    outline::{self, Content, Outline, Outlines},
    types::{self, FieldTypes, contents_of},
};
use serde_json::Value;
use std::collections::BTreeSet;

/// Plans the whole protocol. What `stable` lacks is experimental; without it nothing is.
///
/// # Errors
///
/// When a definition has a shape the generator does not know, or methods and responses do not fit
/// together.
pub fn api(
    experimental: &Schema,
    stable: Option<&Schema>,
    pairings: &Pairings,
    version: String,
) -> Result<Api, Error> {
    let outlines = outline::all(&experimental.definitions)?;
    let known_stable = match stable {
        Some(stable) => outline::all(&stable.definitions)?,
        None => Outlines::new(),
    };
    let methods = pairing::pair(experimental, stable, pairings)?;
    let planner = Planner {
        fields: types::fields(&outlines)?,
        stable: stable.map(|_| &known_stable),
        params: request_params(
            &outlines,
            methods.requests.iter().map(|request| request.params.as_str()),
        ),
        outlines: &outlines,
    };
    let mut types = Vec::new();
    for (name, outline) in &outlines {
        types.push(planner.plan(name, outline)?);
    }
    for request in methods.requests.iter().filter(|request| !outlines.contains_key(&request.params))
    {
        types.push(marker(&request.params, &request.method, request.experimental));
    }
    types.sort_by(|left, right| left.name.cmp(&right.name));
    sent::mark(
        &mut types,
        methods
            .requests
            .iter()
            .map(|request| &request.params)
            .chain(methods.server_requests.iter().map(|request| &request.response)),
    );
    Ok(Api {
        version,
        types,
        requests: methods.requests,
        server_requests: methods.server_requests,
        notifications: methods.notifications,
    })
}

/// The params of a method without params: an empty object.
fn marker(name: &str, method: &str, experimental: bool) -> Type {
    Type {
        name: name.to_owned(),
        docs: format!("The params of `{method}`, which takes none: an empty object."),
        experimental,
        shape: Shape::Struct(Vec::new()),
        sent: true,
        branch_of: None,
    }
}

/// The structs whose fields are params of requests: those of methods, and the branches of unions
/// that are.
fn request_params<'a>(
    outlines: &Outlines,
    params: impl Iterator<Item = &'a str>,
) -> BTreeSet<String> {
    let params: BTreeSet<&str> = params.collect();
    let is_params = |name: &str, outline: &Outline| {
        params.contains(name)
            || outline
                .branch_of
                .as_ref()
                .is_some_and(|(union, _, _)| params.contains(union.as_str()))
    };
    outlines
        .iter()
        .filter(|(name, outline)| is_params(name, outline))
        .map(|(name, _)| name.clone())
        .collect()
}

struct Planner<'a> {
    outlines: &'a Outlines,
    stable: Option<&'a Outlines>,
    fields: FieldTypes,
    params: BTreeSet<String>,
}

impl Planner<'_> {
    fn plan(&self, name: &str, outline: &Outline) -> Result<Type, Error> {
        let shape = match &outline.shape {
            outline::Shape::Struct(properties) => Shape::Struct(
                properties
                    .iter()
                    .map(|property| self.field(name, property))
                    .collect::<Result<_, _>>()?,
            ),
            outline::Shape::Strings(words) => Shape::Strings(self.words(name, words)),
            outline::Shape::Text => Shape::Text,
            outline::Shape::Tagged { tag, branches } => Shape::Tagged {
                tag: tag.clone(),
                branches: branches
                    .iter()
                    .map(|branch| {
                        self.branch(
                            name,
                            &branch.tag,
                            names::variant(&branch.tag),
                            branch.content.clone(),
                            &branch.description,
                        )
                    })
                    .collect(),
            },
            outline::Shape::Keyed { words, contents } => Shape::Keyed {
                words: self.words(name, words),
                branches: contents
                    .iter()
                    .map(|content| self.content(name, names::variant(&content.key), content))
                    .collect::<Result<_, _>>()?,
            },
            outline::Shape::Untagged(contents) => Shape::Untagged(
                contents
                    .iter()
                    .map(|content| {
                        Ok((
                            self.content(name, content.key.clone(), content)?,
                            self.form(&content.schema)?,
                        ))
                    })
                    .collect::<Result<_, Error>>()?,
            ),
        };
        Ok(Type {
            name: name.to_owned(),
            docs: clean(&outline.description),
            experimental: self.is_experimental(name),
            shape,
            sent: false,
            branch_of: outline
                .branch_of
                .as_ref()
                .map(|(union, _, tag)| (union.clone(), tag.clone())),
        })
    }

    /// True when the stable schema lacks the type.
    fn is_experimental(&self, name: &str) -> bool {
        self.stable.is_some_and(|stable| !stable.contains_key(name))
    }

    /// True when the stable schema has the type, but `has` does not find the part in it.
    fn is_part_experimental(&self, name: &str, has: impl Fn(&outline::Shape) -> bool) -> bool {
        let stable = self.stable.and_then(|stable| stable.get(name));
        stable.is_some_and(|outline| !has(&outline.shape))
    }

    fn words(&self, owner: &str, words: &[outline::Word]) -> Vec<Word> {
        let has = |shape: &outline::Shape, text: &str| match shape {
            outline::Shape::Strings(words) | outline::Shape::Keyed { words, .. } => {
                words.iter().any(|word| word.text == text)
            }
            _ => false,
        };
        words
            .iter()
            .map(|word| Word {
                wire: word.text.clone(),
                variant: names::variant(&word.text),
                docs: clean(&word.description),
                experimental: self.is_part_experimental(owner, |shape| has(shape, &word.text)),
            })
            .collect()
    }

    fn content(&self, owner: &str, variant: String, content: &Content) -> Result<Branch, Error> {
        let ty = self.field_type(&contents_of(owner), &content.key)?.ty;
        Ok(self.branch(owner, &content.key, variant, Some(ty), &content.description))
    }

    fn branch(
        &self,
        owner: &str,
        wire: &str,
        variant: String,
        content: Option<String>,
        description: &str,
    ) -> Branch {
        let experimental = self.is_part_experimental(owner, |shape| match shape {
            outline::Shape::Tagged { branches, .. } => {
                branches.iter().any(|branch| branch.tag == wire)
            }
            outline::Shape::Keyed { contents, .. } | outline::Shape::Untagged(contents) => {
                contents.iter().any(|content| content.key == wire)
            }
            _ => false,
        });
        Branch { wire: wire.to_owned(), variant, content, docs: clean(description), experimental }
    }

    fn form(&self, schema: &Value) -> Result<Form, Error> {
        match (schema.get("type").and_then(Value::as_str), reference(schema)) {
            (Some("string"), _) => Ok(Form::Text),
            (Some("integer"), _) => Ok(Form::Integer),
            (Some("array"), _) => Ok(Form::List),
            (_, Some(definition)) => self.form_of(&definition),
            _ => Err(Error::Schema(format!(
                "an untagged union has a branch that cannot be told by its shape: {schema}"
            ))),
        }
    }

    fn form_of(&self, definition: &str) -> Result<Form, Error> {
        match self.outlines.get(definition).map(|outline| &outline.shape) {
            Some(outline::Shape::Struct(properties)) => {
                let required = properties.iter().filter(|property| property.required);
                let tags = properties.iter().filter_map(|property| {
                    let words = match &self.outlines.get(&reference(&property.schema)?)?.shape {
                        outline::Shape::Strings(words) if property.name == "type" => words,
                        _ => return None,
                    };
                    Some((
                        property.name.clone(),
                        words.iter().map(|word| word.text.clone()).collect(),
                    ))
                });
                Ok(Form::Object {
                    required: required.map(|property| property.name.clone()).collect(),
                    known: properties.iter().map(|property| property.name.clone()).collect(),
                    tags: tags.collect(),
                })
            }
            Some(outline::Shape::Tagged { tag, .. }) => Ok(Form::Object {
                required: vec![tag.clone()],
                known: Vec::new(),
                tags: Vec::new(),
            }),
            _ => Err(Error::Schema(format!(
                "`{definition}` cannot be a branch of an untagged union: it has no shape of its own"
            ))),
        }
    }
}
