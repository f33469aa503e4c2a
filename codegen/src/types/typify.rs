//! The oracle: what typify makes of the same objects.
//!
//! typify gets objects only: every other definition is replaced by its name, and every object is
//! cut down to the shape of its properties. Of what it emits only the structs are read.

use super::{FieldType, FieldTypes, contents_of, fields};
use crate::{
    load,
    outline::{self, Content, Outlines, Property, Shape},
    repair,
};
use quote::ToTokens;
use schemars::schema::Schema;
use serde_json::{Map, Value, json};
use std::path::Path;
use typify_impl::{TypeSpace, TypeSpaceSettings};

/// The fields of all structs, and the contents of all keyed and untagged unions as if they were
/// fields.
#[test]
fn typify_makes_the_same_fields_of_the_pinned_schema() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../schema/experimental");
    let mut definitions = load::folder(&folder).expect("the schema can be read").definitions;
    repair::all(&mut definitions).expect("all repairs apply");
    let outlines = outline::all(&definitions).expect("all shapes are known");

    let ours = fields(&outlines).expect("all types are known");
    let theirs = typify_fields(&outlines);
    let count: usize = ours.values().map(|fields| fields.len()).sum();
    assert!(count > 2800, "{count} fields are not the whole protocol");
    for (name, fields) in ours.iter().filter(|(_, fields)| !fields.is_empty()) {
        assert_eq!(Some(fields), theirs.get(name), "{name}");
    }
}

fn typify_fields(outlines: &Outlines) -> FieldTypes {
    let mut settings = TypeSpaceSettings::default();
    settings.with_map_type("::std::collections::BTreeMap");
    let mut definitions = Vec::new();
    for (name, outline) in outlines {
        let properties = match &outline.shape {
            Shape::Struct(properties) if !properties.is_empty() => Some(object(properties)),
            Shape::Keyed { contents, .. } | Shape::Untagged(contents) => {
                definitions.push((contents_of(name), schema(object_of(contents))));
                None
            }
            _ => None,
        };
        if properties.is_none() {
            settings.with_replacement(name, name, std::iter::empty());
        }
        definitions.push((name.clone(), schema(properties.unwrap_or_default())));
    }
    let mut space = TypeSpace::new(&settings);
    space.add_ref_types(definitions).expect("typify takes the objects");
    let file: syn::File = syn::parse2(space.to_stream()).expect("typify emits Rust");
    let mut found = FieldTypes::new();
    for item in file.items {
        if let syn::Item::Struct(item) = item
            && let syn::Fields::Named(fields) = &item.fields
        {
            found.insert(item.ident.to_string(), fields.named.iter().filter_map(field).collect());
        }
    }
    found
}

fn schema(members: Map<String, Value>) -> Schema {
    serde_json::from_value(Value::Object(members)).expect("an object is a schema")
}

fn object(properties: &[Property]) -> Map<String, Value> {
    required_members(properties.iter().map(|property| (&property.name, &property.schema)))
}

fn object_of(contents: &[Content]) -> Map<String, Value> {
    required_members(contents.iter().map(|content| (&content.key, &content.schema)))
}

/// An object with all members required: whether a member may be missing is decided elsewhere.
fn required_members<'a>(
    members: impl Iterator<Item = (&'a String, &'a Value)>,
) -> Map<String, Value> {
    let (mut properties, mut required) = (Map::new(), Vec::new());
    for (name, schema) in members {
        properties.insert(name.clone(), shape_only(schema));
        required.push(name.clone());
    }
    let object = json!({"type": "object", "properties": properties, "required": required});
    match object {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}

/// A schema without what does not bear on its type: titles would become names, defaults would be
/// checked, minimums would become types that zero breaks, and text takes time.
fn shape_only(schema: &Value) -> Value {
    match schema {
        Value::Object(members) => {
            let kept = members.iter().filter(|(key, _)| {
                !["default", "description", "minimum", "title"].contains(&key.as_str())
            });
            Value::Object(kept.map(|(key, value)| (key.clone(), shape_only(value))).collect())
        }
        Value::Array(items) => items.iter().map(shape_only).collect(),
        // The server's word size, which typify takes for 32 bits.
        Value::String(text) if text == "uint" => Value::String("uint64".to_owned()),
        other => other.clone(),
    }
}

fn field(field: &syn::Field) -> Option<(String, FieldType)> {
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
    let ty = text(strip_option(&field.ty));
    Some((wire, FieldType { name, ty }))
}

fn strip_option(ty: &syn::Type) -> &syn::Type {
    if let syn::Type::Path(path) = ty
        && let Some(last) = path.path.segments.last()
        && last.ident == "Option"
        && let syn::PathArguments::AngleBracketed(arguments) = &last.arguments
        && let Some(syn::GenericArgument::Type(inner)) = arguments.args.first()
    {
        return inner;
    }
    ty
}

/// A type as text, with the last segment of each path: the generated module imports what it needs.
fn text(ty: &syn::Type) -> String {
    let syn::Type::Path(path) = ty else {
        return ty.to_token_stream().to_string();
    };
    let Some(last) = path.path.segments.last() else {
        return String::new();
    };
    let syn::PathArguments::AngleBracketed(arguments) = &last.arguments else {
        return last.ident.to_string();
    };
    let inner: Vec<_> = arguments
        .args
        .iter()
        .map(|argument| match argument {
            syn::GenericArgument::Type(ty) => text(ty),
            other => other.to_token_stream().to_string(),
        })
        .collect();
    format!("{}<{}>", last.ident, inner.join(", "))
}
