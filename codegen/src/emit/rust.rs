//! Names, types and documentation as tokens.

use crate::model::{Expr, Ty};
use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, TokenStreamExt, quote};

/// A name. The plan has seen to it that Rust takes it.
pub(super) fn ident(name: &str) -> Ident {
    Ident::new(name, Span::call_site())
}

/// Text as the lines of a documentation.
pub(super) fn docs(text: &str) -> TokenStream {
    let lines =
        text.lines().map(|line| if line.is_empty() { String::new() } else { format!(" {line}") });
    quote!(#(#[doc = #lines])*)
}

/// Text as the lines of a documentation, for a table.
pub(super) fn doc_lines(text: &str) -> String {
    text.lines().map(|line| format!("/// {line}").trim_end().to_owned() + "\n").collect()
}

impl ToTokens for Ty {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        tokens.append_all(match self {
            Self::Bool => quote!(bool),
            Self::Int(int) => ident(int.name()).into_token_stream(),
            Self::F32 => quote!(f32),
            Self::F64 => quote!(f64),
            Self::String => quote!(String),
            Self::Value => quote!(Value),
            Self::Object => quote!(Map<String, Value>),
            Self::Named(name) => ident(name).into_token_stream(),
            Self::List(item) => quote!(Vec<#item>),
            Self::Map(value) => quote!(BTreeMap<String, #value>),
            Self::Option(inner) => quote!(Option<#inner>),
            Self::Boxed(inner) => quote!(Box<#inner>),
            Self::Tuple(items) => quote!((#(#items,)*)),
        });
    }
}

impl ToTokens for Expr {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        tokens.append_all(match self {
            Self::Bool(value) => quote!(#value),
            Self::Number(number) => number_tokens(number),
            Self::Text(text) => quote!(#text),
            Self::TextInto(text) => quote!(#text.into()),
            Self::Null => quote!(Value::Null),
            Self::None(ty) => quote!(None::<#ty>),
            Self::EmptyMap => quote!(BTreeMap::new()),
            Self::List(item, items) if items.is_empty() => quote!(Vec::<#item>::new()),
            Self::List(_, items) => quote!(vec![#(#items),*]),
            Self::Variant { ty, variant, content } => {
                let (ty, variant) = (ident(ty), ident(variant));
                match content {
                    Some(content) => quote!(#ty::#variant(#content)),
                    None => quote!(#ty::#variant),
                }
            }
            Self::Boxed(inner) => quote!(Box::new(#inner)),
            Self::New { ty, argument, calls } => {
                let ty = ident(ty);
                let calls = calls.iter().map(|(name, value)| {
                    let name = ident(name);
                    quote!(.#name(#value))
                });
                quote!(#ty::new(#argument)#(#calls)*)
            }
        });
    }
}

fn number_tokens(number: &serde_json::Number) -> TokenStream {
    use proc_macro2::Literal;
    let literal = match (number.as_u64(), number.as_i64(), number.as_f64()) {
        (Some(number), _, _) => Literal::u64_unsuffixed(number),
        (None, Some(number), _) => Literal::i64_unsuffixed(number),
        (None, None, number) => Literal::f64_unsuffixed(number.unwrap_or_default()),
    };
    literal.into_token_stream()
}
