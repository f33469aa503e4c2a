//! The names and Rust types of fields.
//!
//! A field's schema is a reference, a scalar, a list or a map: everything else has a definition of
//! its own by now. The tests hold every field against what typify makes of it, which the build of
//! each user would have to wait for.

#[cfg(test)]
mod typify;

use crate::{
    Error,
    load::reference,
    outline::{Outlines, Shape},
};
use heck::ToSnakeCase;
use serde_json::Value;
use std::collections::BTreeMap;

/// A field in Rust.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FieldType {
    /// Its name.
    pub(crate) name: String,
    /// Its type, without `Option`.
    pub(crate) ty: String,
}

/// Fields by struct and wire name.
pub(crate) type FieldTypes = BTreeMap<String, BTreeMap<String, FieldType>>;

/// The struct that stands for the contents of a union without tags.
pub(crate) fn contents_of(union: &str) -> String {
    format!("{union}Contents")
}

/// The fields of all structs, and the contents of all keyed and untagged unions as if they were
/// fields.
pub(crate) fn fields(outlines: &Outlines) -> Result<FieldTypes, Error> {
    let mut found = FieldTypes::new();
    for (name, outline) in outlines {
        let (owner, members): (_, Vec<_>) = match &outline.shape {
            Shape::Struct(properties) => (
                name.clone(),
                properties.iter().map(|property| (&property.name, &property.schema)).collect(),
            ),
            Shape::Keyed { contents, .. } | Shape::Untagged(contents) => (
                contents_of(name),
                contents.iter().map(|content| (&content.key, &content.schema)).collect(),
            ),
            _ => continue,
        };
        let mut fields = BTreeMap::new();
        for (wire, schema) in members {
            let ty = rust_type(schema).ok_or_else(|| {
                Error::Schema(format!(
                    "`{wire}` of `{owner}` has a type the generator does not know: {schema}"
                ))
            })?;
            let ty = ty
                .strip_prefix("Option<")
                .and_then(|ty| ty.strip_suffix('>'))
                .map_or(ty.clone(), str::to_owned);
            fields.insert(wire.clone(), FieldType { name: ident(wire), ty });
        }
        found.insert(owner, fields);
    }
    Ok(found)
}

fn ident(wire: &str) -> String {
    let name = wire.to_snake_case();
    if syn::parse_str::<syn::Ident>(&name).is_ok() { name } else { name + "_" }
}

fn rust_type(schema: &Value) -> Option<String> {
    if let Some(definition) = reference(schema) {
        return Some(definition);
    }
    let Some(schema) = schema.as_object() else {
        return Some("Value".to_owned());
    };
    if let Some([only]) = schema.get("allOf").and_then(Value::as_array).map(Vec::as_slice) {
        return rust_type(only);
    }
    if let Some([inner, null]) = schema.get("anyOf").and_then(Value::as_array).map(Vec::as_slice) {
        return (null.get("type")?.as_str()? == "null")
            .then_some(format!("Option<{}>", rust_type(inner)?));
    }
    match schema.get("type") {
        None => Some("Value".to_owned()),
        Some(Value::String(name)) => plain_type(name, schema),
        Some(Value::Array(names)) => match names.as_slice() {
            [Value::String(name), null] if null == "null" => {
                Some(format!("Option<{}>", plain_type(name, schema)?))
            }
            _ => None,
        },
        Some(_) => None,
    }
}

fn plain_type(name: &str, schema: &serde_json::Map<String, Value>) -> Option<String> {
    let format = schema.get("format").and_then(Value::as_str);
    Some(match (name, format) {
        ("boolean", _) => "bool".to_owned(),
        ("string", _) if !schema.contains_key("enum") => "String".to_owned(),
        ("number", _) => "f64".to_owned(),
        // The server's word size.
        ("integer", None | Some("int")) => "i64".to_owned(),
        ("integer", Some("uint")) => "u64".to_owned(),
        ("integer", Some(format)) => format.replace("uint", "u").replace("int", "i"),
        ("array", _) => {
            format!("Vec<{}>", rust_type(schema.get("items").unwrap_or(&Value::Bool(true)))?)
        }
        ("object", _) if schema.contains_key("properties") => return None,
        ("object", _) => match schema.get("additionalProperties") {
            None | Some(Value::Bool(_)) => "Map<String, Value>".to_owned(),
            Some(value) => format!("BTreeMap<String, {}>", rust_type(value)?),
        },
        _ => return None,
    })
}
