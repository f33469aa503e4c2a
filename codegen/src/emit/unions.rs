//! Unions of all kinds.

use super::{
    enums,
    output::Output,
    rust::{docs, ident},
};
use crate::{
    error::Error,
    model::{Accessor, Branch, Form, Int, Kept, Returns, Ty, Type, Word},
};
use proc_macro2::TokenStream;
use quote::quote;

pub(super) fn write_tagged(
    out: &mut Output,
    ty: &Type,
    tag: &str,
    branches: &[Branch],
    accessors: &[Accessor],
) -> Result<(), Error> {
    item(out, ty, true, &variants(branches))?;
    out.table(&format!("tagged_union!({} by {tag:?}", ty.name), branches.iter().map(row));
    if accessors.is_empty() {
        return Ok(());
    }
    let (name, methods) =
        (ident(&ty.name), accessors.iter().map(|accessor| method(accessor, branches)));
    out.items(quote!(impl #name { #(#methods)* }))
}

pub(super) fn write_keyed(
    out: &mut Output,
    ty: &Type,
    words: &[Word],
    branches: &[Branch],
) -> Result<(), Error> {
    let mut all: Vec<_> = enums::variants(words).collect();
    all.extend(variants(branches));
    item(out, ty, true, &all)?;
    let contents: Vec<_> = branches.iter().map(row).collect();
    out.tables(
        &format!("keyed_union!({}", ty.name),
        [("", enums::rows(words)), ("", contents)],
        "",
    );
    Ok(())
}

pub(super) fn write_untagged(
    out: &mut Output,
    ty: &Type,
    branches: &[(Branch, Form)],
    open: bool,
) -> Result<(), Error> {
    let all: Vec<_> = branches.iter().map(|(branch, _)| variant(branch)).collect();
    item(out, ty, open, &all)?;
    let rows = branches
        .iter()
        .map(|(branch, form)| format!("{} = {};", with_content(branch), shape(form)));
    let unknown = if open { " Unknown" } else { "" };
    out.tables(&format!("untagged_union!({}", ty.name), [("", rows)], unknown);
    let contents = branches.iter().filter_map(|(branch, _)| branch.content.as_ref());
    if contents.clone().any(|content| *content == Ty::String) {
        out.table(&format!("text_union!({}", ty.name), contents.map(ToString::to_string));
    }
    Ok(())
}

/// The enum. One that is not open has only values that can be compared and hashed.
fn item(out: &mut Output, ty: &Type, open: bool, variants: &[TokenStream]) -> Result<(), Error> {
    let (name, docs) = (ident(&ty.name), docs(&ty.docs));
    let derives = (!open).then(|| quote!(, Eq, Hash));
    let unknown = open.then(|| {
        quote! {
            /// What this version of the SDK does not know, or what does not fit, as it came.
            Unknown(UnknownValue),
        }
    });
    out.items(quote! {
        #docs
        #[derive(Clone, Debug, PartialEq #derives)]
        #[non_exhaustive]
        pub enum #name {
            #(#variants,)*
            #unknown
        }
    })
}

fn variants(branches: &[Branch]) -> Vec<TokenStream> {
    branches.iter().map(variant).collect()
}

fn variant(branch: &Branch) -> TokenStream {
    let (docs, variant) = (docs(&branch.docs), ident(&branch.variant));
    match &branch.content {
        Some(content) => quote!(#docs #variant(#content)),
        None => quote!(#docs #variant),
    }
}

/// `Variant(Content) = "wire";`.
fn row(branch: &Branch) -> String {
    format!("{} = {:?};", with_content(branch), branch.wire)
}

fn with_content(branch: &Branch) -> String {
    match &branch.content {
        Some(content) => format!("{}({content})", branch.variant),
        None => branch.variant.clone(),
    }
}

fn shape(form: &Form) -> String {
    match form {
        Form::Text => "Shape::Text".to_owned(),
        Form::Integer => "Shape::Integer".to_owned(),
        Form::Number => "Shape::Number".to_owned(),
        Form::Bool => "Shape::Bool".to_owned(),
        Form::List => "Shape::List".to_owned(),
        Form::Object { required, known, tags } => {
            let tags: Vec<_> =
                tags.iter().map(|(name, texts)| format!("({name:?}, &{texts:?})")).collect();
            format!(
                "Shape::Object {{ required: &{required:?}, known: &{known:?}, tags: &[{}] }}",
                tags.join(", ")
            )
        }
    }
}

/// A method that reads a field from whichever branch there is.
fn method(accessor: &Accessor, branches: &[Branch]) -> TokenStream {
    let Accessor { wire, name, method, docs: text, returns, kept } = accessor;
    let docs = docs(text);
    let (name, method) = (ident(name), ident(method));
    let (ty, value) = match (returns, kept) {
        (Returns::Str, Kept::Value) => (quote!(&str), quote!(Some(&content.#name))),
        (Returns::Str, Kept::Option) => (quote!(&str), quote!(content.#name.as_deref())),
        (Returns::Str, Kept::Maybe) => {
            (quote!(&str), quote!(content.#name.as_option().map(String::as_str)))
        }
        (Returns::Copy(ty), Kept::Value) => (quote!(#ty), quote!(Some(content.#name))),
        (Returns::Copy(ty), Kept::Option) => (quote!(#ty), quote!(content.#name)),
        (Returns::Copy(ty), Kept::Maybe) => {
            (quote!(#ty), quote!(content.#name.as_option().copied()))
        }
        (Returns::Ref(ty), Kept::Value) => (quote!(&#ty), quote!(Some(&content.#name))),
        (Returns::Ref(ty), Kept::Option) => (quote!(&#ty), quote!(content.#name.as_ref())),
        (Returns::Ref(ty), Kept::Maybe) => (quote!(&#ty), quote!(content.#name.as_option())),
    };
    let unknown = match returns {
        Returns::Str => quote!(Self::Unknown(value) => value.get(#wire).and_then(Value::as_str),),
        Returns::Copy(Ty::Int(Int::I64)) => {
            quote!(Self::Unknown(value) => value.get(#wire).and_then(Value::as_i64),)
        }
        _ => quote!(Self::Unknown(_) => None,),
    };
    let variants = branches.iter().map(|branch| ident(&branch.variant));
    quote! {
        #docs
        pub fn #method(&self) -> Option<#ty> {
            match self {
                #(Self::#variants(content) => #value,)*
                #unknown
            }
        }
    }
}
