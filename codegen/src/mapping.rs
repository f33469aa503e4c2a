//! What typify makes of the fields of all objects: `schema/field_types.json`.
//!
//! typify gets objects only: every other definition is replaced by its name, and every object is
//! cut down to the shape of its properties. It gets all of them by number, since names are made by
//! a rule of our own. Of what it emits only the structs are read.
//!
//! Only `cargo xtask regen` builds this: typify takes 18 s of CPU time, which no user of the SDK is
//! to wait for.

use crate::{
    error::{Error, Problems},
    load::{Definitions, FieldType, FieldTypes, rename_references},
    model::Ty,
    names::{self, Kind, Names},
    plan::{
        objects::Objects,
        outline::{self, Outlines},
    },
};
use schemars::schema::Schema;
use serde_json::{Map, Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
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
    let mapped: BTreeMap<_, _> =
        objects.iter().filter(|(_, members)| !members.is_empty()).collect();
    let all: BTreeSet<&str> =
        mapped.keys().copied().chain(outlines.keys().map(String::as_str)).collect();
    let codes: Names = all
        .iter()
        .enumerate()
        .map(|(index, name)| ((*name).to_owned(), format!("T{index}")))
        .collect();
    let mut schemas = Vec::new();
    for (name, code) in &codes {
        let members = match mapped.get(name.as_str()) {
            Some(members) => required_members(members, &codes),
            None => {
                settings.with_replacement(code, code, std::iter::empty());
                Map::new()
            }
        };
        schemas.push((code.clone(), schema(members)?));
    }

    let file = typify(&settings, schemas)?;
    let mut made = BTreeMap::new();
    for item in file.items {
        if let syn::Item::Struct(item) = item
            && let syn::Fields::Named(fields) = &item.fields
        {
            made.insert(item.ident.to_string(), named_fields(fields));
        }
    }

    let by_code: BTreeMap<&str, &str> =
        codes.iter().map(|(name, code)| (code.as_str(), name.as_str())).collect();
    let mut problems = Problems::default();
    let mut structs = BTreeMap::new();
    for (name, members) in objects.iter() {
        let found = codes.get(name).and_then(|code| made.remove(code)).unwrap_or_default();
        let names = names::distinct(Kind::Field, members.keys().map(String::as_str));
        let fields = names.iter().enumerate().map(|(index, (wire, rust))| {
            let ty = found.get(&member(index)).ok_or_else(|| {
                Error::Schema(format!("typify made no field for `{wire}` of `{name}`"))
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
            let ty = ty.renamed(|code| by_code.get(code).copied());
            if ty.all_named().iter().any(|name| !outlines.contains_key(*name)) {
                return Err(Error::Schema(format!(
                    "`{wire}` of `{name}` is a type of its own, `{ty}`; a repair has to move it into a definition"
                )));
            }
            Ok((wire.clone(), FieldType { name: rust.clone(), ty }))
        });
        let fields = problems.each(fields).into_iter().collect();
        structs.insert(name.to_owned(), fields);
    }
    problems.finish(structs)
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
fn required_members(members: &BTreeMap<String, Value>, codes: &Names) -> Map<String, Value> {
    let numbered = members.values().enumerate();
    let properties: Map<String, Value> =
        numbered.map(|(index, schema)| (member(index), with_codes(schema, codes))).collect();
    let required: Vec<_> = properties.keys().collect();
    let object = json!({"type": "object", "properties": properties, "required": required});
    match object {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}

/// A schema that refers to definitions as typify knows them.
fn with_codes(schema: &Value, codes: &Names) -> Value {
    let mut schema = schema.clone();
    rename_references(&mut schema, codes);
    schema
}

/// What typify knows a member by: whatever its name is, it makes a field of this.
fn member(index: usize) -> String {
    format!("m{index}")
}

/// Types by the field's name.
fn named_fields(fields: &syn::FieldsNamed) -> BTreeMap<String, syn::Type> {
    let field = |field: &syn::Field| Some((field.ident.as_ref()?.to_string(), field.ty.clone()));
    fields.named.iter().filter_map(field).collect()
}
