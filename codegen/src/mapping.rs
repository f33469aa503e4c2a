//! What typify makes of the fields of all objects: `schema/field_types.json`.
//!
//! typify gets objects only: every other definition is replaced by its name, and every object is
//! cut down to the shape of its properties. Of what it emits only the structs are read.
//!
//! Only `cargo xtask regen` builds this: typify takes 18 s of CPU time, which no user of the SDK is
//! to wait for.

use crate::{
    error::Error,
    load::{Definitions, FieldType, FieldTypes},
    model::Ty,
    plan::{
        objects::Objects,
        outline::{self, Outlines},
    },
};
use schemars::schema::Schema;
use serde_json::{Map, Value, json};
use std::{
    collections::BTreeMap,
    panic::{self, AssertUnwindSafe},
};
use typify_impl::{TypeSpace, TypeSpaceSettings};

/// Maps the fields of all objects, once they are repaired.
///
/// # Errors
///
/// When a definition has a shape the generator does not know, or typify makes something else than
/// fields of known types.
pub fn field_types(definitions: &Definitions) -> Result<FieldTypes, Error> {
    let outlines = outline::all(definitions)?;
    let objects = Objects::of(&outlines);
    let structs = fields(&outlines, &objects)?;
    Ok(FieldTypes { made_from: objects.fingerprint(), structs })
}

/// Maps the fields of some objects. The fields of each depend on nothing but its own members.
///
/// # Errors
///
/// When typify makes something else than fields of known types.
pub fn fields(
    outlines: &Outlines,
    objects: &Objects,
) -> Result<BTreeMap<String, BTreeMap<String, FieldType>>, Error> {
    let mut settings = TypeSpaceSettings::default();
    settings.with_map_type("::std::collections::BTreeMap");
    let mut schemas = Vec::new();
    for (name, members) in objects.iter().filter(|(_, members)| !members.is_empty()) {
        schemas.push((name.to_owned(), schema(required_members(members))?));
    }
    let is_mapped = |name: &str| schemas.iter().any(|(mapped, _)| mapped == name);
    let named: Vec<_> = outlines.keys().filter(|name| !is_mapped(name)).collect();
    for name in named {
        settings.with_replacement(name, name, std::iter::empty());
        schemas.push((name.clone(), schema(Map::new())?));
    }
    // Order bears on nothing but which of two types of the same name gets a number.
    schemas.sort_by(|(left, _), (right, _)| left.cmp(right));

    let file = typify(&settings, schemas)?;
    let mut made = BTreeMap::new();
    for item in file.items {
        if let syn::Item::Struct(item) = item
            && let syn::Fields::Named(fields) = &item.fields
        {
            made.insert(item.ident.to_string(), named_fields(fields));
        }
    }

    let mut structs = BTreeMap::new();
    for (name, members) in objects.iter() {
        let found = made.remove(name).unwrap_or_default();
        let mut fields = BTreeMap::new();
        for wire in members.keys() {
            let (rust, ty) = found.get(wire).ok_or_else(|| {
                Error::Schema(format!("typify made no field for `{wire}` of `{name}`: the name is none in Rust, or another type has it; \
                     give the definition another one by a repair in codegen/src/repair.rs"))
            })?;
            let unknown = || {
                Error::Schema(format!(
                    "typify made `{wire}` of `{name}` a type that the generator does not know: {}. \
                     codegen/src/normal.rs has to bring it into a form of which it makes one that is known",
                    quote::ToTokens::to_token_stream(ty)
                ))
            };
            // Whether a field may be missing or null is decided by the plan.
            let ty = match Ty::read(ty).ok_or_else(unknown)? {
                Ty::Option(inner) => *inner,
                ty => ty,
            };
            if ty.all_named().iter().any(|name| !outlines.contains_key(*name)) {
                return Err(Error::Schema(format!(
                    "`{wire}` of `{name}` is a type of its own, `{ty}`; a repair has to move it into a definition"
                )));
            }
            fields.insert(wire.clone(), FieldType { name: rust.clone(), ty });
        }
        structs.insert(name.to_owned(), fields);
    }
    Ok(structs)
}

/// What typify makes of objects. It panics on some of what it does not know.
fn typify(
    settings: &TypeSpaceSettings,
    schemas: Vec<(String, Schema)>,
) -> Result<syn::File, Error> {
    let failed = |problem: &dyn std::fmt::Display| {
        Error::Schema(format!(
            "typify: {problem}. What it cannot map has to become a form that it can: \
             codegen/src/normal.rs says which there are"
        ))
    };
    let made = panic::catch_unwind(AssertUnwindSafe(|| {
        let mut space = TypeSpace::new(settings);
        space.add_ref_types(schemas).map(|()| space.to_stream())
    }));
    let tokens = made
        .map_err(|panic| {
            let text = panic.downcast_ref::<String>().map(String::as_str);
            failed(&text.or(panic.downcast_ref::<&str>().copied()).unwrap_or("it panicked"))
        })?
        .map_err(|error| failed(&error))?;
    syn::parse2(tokens).map_err(|error| failed(&error))
}

fn schema(members: Map<String, Value>) -> Result<Schema, Error> {
    serde_json::from_value(Value::Object(members))
        .map_err(|error| Error::Schema(format!("typify takes another JSON schema: {error}")))
}

/// An object with all members required: whether a member may be missing is decided elsewhere.
fn required_members(members: &BTreeMap<String, Value>) -> Map<String, Value> {
    let required: Vec<_> = members.keys().collect();
    let object = json!({"type": "object", "properties": members, "required": required});
    match object {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}

/// Names and types by wire name.
fn named_fields(fields: &syn::FieldsNamed) -> BTreeMap<String, (String, syn::Type)> {
    let field = |field: &syn::Field| {
        let name = field.ident.as_ref()?.to_string();
        let mut wire = name.trim_start_matches("r#").to_owned();
        for attribute in field.attrs.iter().filter(|attribute| attribute.path().is_ident("serde")) {
            // Other members of the attribute are of no interest, and reading stops at them.
            let _ = attribute.parse_nested_meta(|meta| {
                if meta.path.is_ident("rename") {
                    wire = meta.value()?.parse::<syn::LitStr>()?.value();
                }
                Ok(())
            });
        }
        Some((wire, (name, field.ty.clone())))
    };
    fields.named.iter().filter_map(field).collect()
}
