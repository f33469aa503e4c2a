//! What the SDK types, by the names that a schema is described with.

use std::collections::BTreeMap;

use codex_app_server_codegen::model::{Api, Branch, Field, Form, Shape, Ty, Type, Word};

#[derive(Debug, Default)]
pub(crate) struct Typed {
    pub(crate) requests: BTreeMap<String, Request>,
    pub(crate) server_requests: BTreeMap<String, Request>,
    /// Params by method.
    pub(crate) notifications: BTreeMap<String, String>,
    pub(crate) types: BTreeMap<String, Parts>,
}

/// Rust types by the same names as the parts that are read from a schema.
pub(crate) type Parts = BTreeMap<String, String>;

#[derive(Debug, PartialEq)]
pub(crate) struct Request {
    pub(crate) params: String,
    pub(crate) response: String,
}

impl Typed {
    /// What the generator has planned.
    pub(crate) fn of(api: &Api) -> Self {
        let request = |params: &String, response: &String| Request {
            params: params.clone(),
            response: response.clone(),
        };
        let requests = api.requests.iter();
        let server_requests = api.server_requests.iter();
        let notifications = api.notifications.iter();
        let types: BTreeMap<&str, &Type> =
            api.types.iter().map(|ty| (ty.name.as_str(), ty)).collect();
        Self {
            requests: requests
                .map(|one| (one.method.clone(), request(&one.params, &one.response)))
                .collect(),
            server_requests: server_requests
                .map(|one| (one.method.clone(), request(&one.params, &one.response)))
                .collect(),
            notifications: notifications
                .map(|one| (one.method.clone(), one.params.clone()))
                .collect(),
            types: types.iter().map(|(name, ty)| ((*name).to_owned(), parts(&types, ty))).collect(),
        }
    }
}

fn parts(types: &BTreeMap<&str, &Type>, ty: &Type) -> Parts {
    let mut parts = Parts::new();
    let branch = |parts: &mut Parts, name: String, branch: &Branch| {
        add_fields(parts, &format!("{name}."), fields(types, branch.content.as_ref()));
        let content = branch.content.as_ref().map(Ty::to_string);
        parts.insert(name, content.unwrap_or_default());
    };
    match &ty.shape {
        Shape::Struct(own) => add_fields(&mut parts, "", &own.fields),
        Shape::Strings(words) => parts.extend(words.iter().map(plain)),
        Shape::Text { .. } | Shape::Alias(_) => {}
        Shape::Tagged { branches, .. } => {
            branches.iter().for_each(|one| branch(&mut parts, format!("{:?}", one.wire), one));
        }
        Shape::Keyed { words, branches } => {
            parts.extend(words.iter().map(plain));
            branches.iter().for_each(|one| branch(&mut parts, format!("{:?}", one.wire), one));
        }
        Shape::Untagged { branches, .. } => {
            for (one, form) in branches {
                match form {
                    Form::Text => branch(&mut parts, "|string".to_owned(), one),
                    Form::Integer => branch(&mut parts, "|integer".to_owned(), one),
                    Form::Number => branch(&mut parts, "|number".to_owned(), one),
                    Form::Bool => branch(&mut parts, "|boolean".to_owned(), one),
                    Form::List => branch(&mut parts, "|list".to_owned(), one),
                    // By the name of its type, or by its members if it has no name in the schema.
                    Form::Object { required, .. } => {
                        let content = one.content.as_ref().map(Ty::to_string);
                        branch(&mut parts, format!("|{}", content.unwrap_or_default()), one);
                        branch(&mut parts, format!("|{{{}}}", required.join(", ")), one);
                    }
                }
            }
        }
    }
    parts
}

fn plain(word: &Word) -> (String, String) {
    (format!("{:?}", word.wire), String::new())
}

fn fields<'a>(types: &BTreeMap<&str, &'a Type>, content: Option<&Ty>) -> &'a [Field] {
    let ty = match content {
        Some(Ty::Named(name)) => types.get(name.as_str()),
        _ => None,
    };
    match ty.map(|ty| &ty.shape) {
        Some(Shape::Struct(own)) => &own.fields,
        _ => &[],
    }
}

fn add_fields(parts: &mut Parts, prefix: &str, fields: &[Field]) {
    for field in fields {
        parts.insert(format!("{prefix}{}", field.wire), field.ty.to_string());
    }
}
