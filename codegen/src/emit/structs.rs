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
        constructor(out, &ty.name, fields, making)?;
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
    making: &Making,
) -> Result<(), Error> {
    if let Making::Steps(steps) = making {
        write_steps(out, name, fields, steps);
        return Ok(());
    }
    let name = ident(name);
    let docs = match making {
        Making::New => " With what is required.",
        _ => " With nothing set.",
    };
    let parameters = fields.iter().filter_map(|field| {
        let takes = takes(field)?;
        let name = ident(&field.name);
        Some(parsed::<syn::Type>(&takes).map(|takes| quote!(#name: #takes)))
    });
    let parameters: Vec<TokenStream> = parameters.collect::<Result<_, Error>>()?;
    let values = fields.iter().map(|field| {
        let (name, value) = (ident(&field.name), initial(field));
        if value == field.name {
            return Ok(quote!(#name));
        }
        parsed::<syn::Expr>(&value).map(|value| quote!(#name: #value))
    });
    let values: Vec<TokenStream> = values.collect::<Result<_, Error>>()?;
    let body = match making {
        // A setter may be called `default`.
        Making::Derived => quote!(<Self as Default>::default()),
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
    if *making == Making::Default {
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

/// `new` and the steps that follow it, and what the other fields begin with.
fn write_steps(out: &mut Output, name: &str, fields: &[Field], steps: &[String]) {
    let calls: String = steps.iter().map(|step| format!(".{step}(…)")).collect();
    let docs = format!("What is required follows by name: `{name}::new(){calls}`.");
    let required = steps.iter().filter_map(|step| {
        let field = fields.iter().find(|field| field.name == *step)?;
        let (takes, made, docs) = (takes(field)?, initial(field), step_docs(field)?);
        Some(format!("{step}({takes}) -> {} = {made}, {docs:?};", made_of(field)))
    });
    let others = fields.iter().filter(|field| !steps.contains(&field.name));
    let others = others.map(|field| format!("{}: {};", field.name, initial(field)));
    out.tables(
        &format!("steps!({name}, {docs:?}"),
        [("", required.collect::<Vec<_>>()), ("", others.collect())],
        "",
    );
}

fn step_docs(field: &Field) -> Option<&str> {
    match &field.given {
        Some(Given::Argument { docs, .. }) => Some(docs),
        _ => None,
    }
}

/// The type of a field as a whole.
fn made_of(field: &Field) -> String {
    match field.presence {
        Presence::Nullable => format!("Option<{}>", field.ty),
        _ => field.ty.to_string(),
    }
}

/// What `new` or a step takes for a field.
fn takes(field: &Field) -> Option<String> {
    let Some(Given::Argument { argument, .. }) = field.given else {
        return None;
    };
    let ty = &field.ty;
    Some(match (argument, ty.item()) {
        (Argument::Plain, _) => ty.to_string(),
        (Argument::Items, Some(item)) => format!("impl IntoIterator<Item = impl Into<{item}>>"),
        (Argument::Into | Argument::Items, _) => format!("impl Into<{ty}>"),
        (Argument::Nullable, _) => format!("impl Into<Maybe<{ty}>>"),
    })
}

/// What a field begins with, or is made of what is given.
fn initial(field: &Field) -> String {
    let name = &field.name;
    match (&field.given, &field.presence) {
        (Some(Given::Argument { argument, .. }), _) => match (argument, field.ty.item()) {
            (Argument::Plain, _) => name.clone(),
            (Argument::Items, Some(_)) => format!("{name}.into_iter().map(Into::into).collect()"),
            (Argument::Into | Argument::Items, _) => format!("{name}.into()"),
            (Argument::Nullable, _) => format!("{name}.into().into_option()"),
        },
        (_, Presence::Maybe) => "Maybe::Unset".to_owned(),
        (_, Presence::Default(Some(value))) => value.to_string(),
        (_, Presence::Default(None)) => "Default::default()".to_owned(),
        (_, _) => "None".to_owned(),
    }
}

fn parsed<T: syn::parse::Parse>(text: &str) -> Result<T, Error> {
    syn::parse_str(text).map_err(|source| Error::Emit { source, text: text.to_owned() })
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
        Setter::OptionNumber => ("option_number", false),
        Setter::MaybeNumber => ("maybe_number", false),
    };
    let ty = field.ty.item().filter(|_| of_items).unwrap_or(&field.ty);
    Some(format!("{word} {}: {ty}, {docs:?};", field.name))
}
