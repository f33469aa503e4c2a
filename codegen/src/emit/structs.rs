//! Structs, and how users make them.

use super::{
    output::Output,
    rust::{docs, ident},
};
use crate::{
    error::Error,
    model::{Argument, Field, Given, Making, Presence, Setter, Struct, Ty, Type},
};
use proc_macro2::TokenStream;
use quote::quote;

pub(super) fn write(out: &mut Output, ty: &Type, own: &Struct) -> Result<(), Error> {
    let Struct { fields, redacted, making } = own;
    let (name, docs_of) = (ident(&ty.name), docs(&ty.docs));
    let debug = (!redacted).then(|| quote!(Debug,));
    let default = (*making == Making::Derived).then(|| quote!(Default,));
    let members = fields.iter().map(|field| {
        let (docs, name, ty) = (docs(&field.docs), ident(&field.name), full_type(field));
        quote!(#docs pub #name: #ty)
    });
    out.items(quote! {
        #docs_of
        #[derive(Clone, #debug #default PartialEq)]
        #[non_exhaustive]
        pub struct #name {
            #(#members,)*
            /// Fields that this version of the SDK does not know.
            pub unknown_fields: UnknownFields,
        }
    })?;
    out.table(&format!("object!({name}"), fields.iter().map(row));
    if *redacted {
        let row =
            |field: &Field| format!("{}{};", field.name, if field.secret { " secret" } else { "" });
        out.table(&format!("redacted_debug!({name}"), fields.iter().map(row));
    }
    if *making != Making::Never {
        constructor(out, &ty.name, fields, *making)?;
        out.table(&format!("setters!({name}"), fields.iter().filter_map(setter));
    }
    Ok(())
}

fn full_type(field: &Field) -> TokenStream {
    let ty = &field.ty;
    match field.presence {
        Presence::Required | Presence::Default(_) => quote!(#ty),
        Presence::Nullable | Presence::Optional => quote!(Option<#ty>),
        Presence::Maybe => quote!(Maybe<#ty>),
    }
}

/// A row of `object!`.
fn row(field: &Field) -> String {
    let presence = match &field.presence {
        Presence::Required if matches!(field.ty.item(), Some(Ty::Named(_))) => "list".to_owned(),
        Presence::Required => "required".to_owned(),
        Presence::Nullable => "nullable".to_owned(),
        Presence::Optional => "optional".to_owned(),
        Presence::Maybe => "maybe".to_owned(),
        Presence::Default(None) => "default".to_owned(),
        Presence::Default(Some(value)) => format!("default({value})"),
    };
    format!("{}: {:?} {presence};", field.name, field.wire)
}

fn constructor(
    out: &mut Output,
    name: &str,
    fields: &[Field],
    making: Making,
) -> Result<(), Error> {
    let name = ident(name);
    let docs = match making {
        Making::New => " With what is required, in the order of the fields.",
        _ => " With nothing set.",
    };
    let parameters = fields.iter().filter_map(parameter);
    let values = fields.iter().map(initial);
    let body = match making {
        // A setter may be called `default`.
        Making::Derived => quote!(Default::default()),
        _ => quote!(Self { #(#values,)* unknown_fields: UnknownFields::default() }),
    };
    out.items(quote! {
        impl #name {
            #[doc = #docs]
            pub fn new(#(#parameters),*) -> Self {
                #body
            }
        }
    })?;
    if making == Making::Default {
        out.items(quote! {
            impl Default for #name {
                fn default() -> Self {
                    Self::new()
                }
            }
        })?;
    }
    Ok(())
}

/// What `new` takes for a field.
fn parameter(field: &Field) -> Option<TokenStream> {
    let Some(Given::Argument(argument)) = field.given else {
        return None;
    };
    let (name, ty) = (ident(&field.name), &field.ty);
    Some(match (argument, ty.item()) {
        (Argument::Plain, _) => quote!(#name: #ty),
        (Argument::Items, Some(item)) => quote!(#name: impl IntoIterator<Item = impl Into<#item>>),
        (Argument::Into | Argument::Items, _) => quote!(#name: impl Into<#ty>),
        (Argument::Nullable, _) => quote!(#name: impl Into<Maybe<#ty>>),
    })
}

/// What `new` makes of a field.
fn initial(field: &Field) -> TokenStream {
    let name = ident(&field.name);
    match (&field.given, &field.presence) {
        (Some(Given::Argument(argument)), _) => match (argument, field.ty.item()) {
            (Argument::Plain, _) => quote!(#name),
            (Argument::Items, Some(_)) => {
                quote!(#name: #name.into_iter().map(Into::into).collect())
            }
            (Argument::Into | Argument::Items, _) => quote!(#name: #name.into()),
            (Argument::Nullable, _) => quote!(#name: #name.into().into_option()),
        },
        (_, Presence::Maybe) => quote!(#name: Maybe::Unset),
        (_, Presence::Default(Some(value))) => quote!(#name: #value),
        (_, Presence::Default(None)) => quote!(#name: Default::default()),
        (_, _) => quote!(#name: None),
    }
}

/// A row of `setters!`.
fn setter(field: &Field) -> Option<String> {
    let Some(Given::Setter { kind, docs }) = &field.given else {
        return None;
    };
    let (word, of_items) = match kind {
        Setter::Plain => ("plain", false),
        Setter::List => ("list", true),
        Setter::Option => ("option", false),
        Setter::OptionList => ("option_list", true),
        Setter::Maybe => ("maybe", false),
        Setter::MaybeList => ("maybe_list", true),
    };
    let ty = field.ty.item().filter(|_| of_items).unwrap_or(&field.ty);
    Some(format!("{word} {}: {ty}, {docs:?};", field.name))
}
