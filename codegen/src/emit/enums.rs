//! Strings with a type.

use super::{
    output::Output,
    rust::{docs, ident},
};
use crate::{
    error::Error,
    model::{Type, Word},
};
use proc_macro2::TokenStream;
use quote::quote;

pub(super) fn strings(out: &mut Output, ty: &Type, words: &[Word]) -> Result<(), Error> {
    let (name, docs, words_of) = (ident(&ty.name), docs(&ty.docs), variants(words));
    out.items(quote! {
        #docs
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum #name {
            #(#words_of,)*
            /// A value that this version of the SDK does not know.
            Unknown(String),
        }
    })?;
    out.table(&format!("open_enum!({name}"), rows(words));
    Ok(())
}

/// A variant for each word.
pub(super) fn variants(words: &[Word]) -> impl Iterator<Item = TokenStream> {
    words.iter().map(|word| {
        let (docs, variant) = (docs(&word.docs), ident(&word.variant));
        quote!(#docs #variant)
    })
}

/// A row for each word.
pub(super) fn rows(words: &[Word]) -> Vec<String> {
    words.iter().map(|word| format!("{} = {:?};", word.variant, word.wire)).collect()
}

pub(super) fn text(out: &mut Output, ty: &Type, path: bool, usual: &[Word]) -> Result<(), Error> {
    let (name, docs) = (ident(&ty.name), docs(&ty.docs));
    out.items(quote! {
        #docs
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct #name(String);
    })?;
    let call = if path { "path_type" } else { "string_type" };
    out.line(&format!("{call}!({name});"));
    if usual.is_empty() {
        return Ok(());
    }
    let constants = usual.iter().map(constant);
    out.items(quote!(impl #name { #(#constants)* }))
}

/// A usual value of a text, for whatever takes that.
fn constant(word: &Word) -> TokenStream {
    let (docs, constant, text) = (docs(&word.docs), ident(&word.variant), &word.wire);
    quote!(#docs pub const #constant: &'static str = #text;)
}
