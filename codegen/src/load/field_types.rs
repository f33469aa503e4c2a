//! The names and Rust types of fields: `schema/field_types.json`, as typify has made it.

use super::file::text;
use crate::{error::Error, model::Ty};
use serde_json::Value;
use std::{collections::BTreeMap, fmt::Write as _, path::Path};

/// The file's name in a schema folder.
pub const FIELD_TYPES: &str = "field_types.json";

/// The fields of all structs, and the contents of all keyed and untagged unions as if they were
/// fields.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FieldTypes {
    /// The fingerprint of the objects that were mapped.
    pub made_from: String,
    /// Fields by struct and wire name.
    pub structs: BTreeMap<String, BTreeMap<String, FieldType>>,
}

/// A field in Rust.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldType {
    /// Its name.
    pub name: String,
    /// Its type, without `Option`.
    pub ty: Ty,
}

impl FieldTypes {
    /// Reads the file of a schema folder.
    ///
    /// # Errors
    ///
    /// When it is missing, or is not what it should be.
    pub fn read(dir: &Path) -> Result<Self, Error> {
        let path = dir.join(FIELD_TYPES);
        let wrong = |problem: String| Error::FieldTypes { path: path.clone(), problem };
        let text = text(&path).map_err(|error| match error {
            Error::Read { source, .. } => wrong(source.to_string()),
            error => error,
        })?;
        Self::parse(&text).map_err(wrong)
    }

    /// Reads the text of a file; the error says what is wrong with it.
    ///
    /// # Errors
    ///
    /// When it is not what [`text`](Self::text) writes.
    pub fn parse(text: &str) -> Result<Self, String> {
        let file: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
        let made_from = file["made_from"].as_str().ok_or("it has no `made_from`")?.to_owned();
        let mut structs = BTreeMap::new();
        for (owner, members) in file["structs"].as_object().ok_or("it has no `structs`")? {
            let mut fields = BTreeMap::new();
            for (wire, field) in members.as_object().into_iter().flatten() {
                let field = field_type(field)
                    .map_err(|problem| format!("`{wire}` of `{owner}`: {problem}"))?;
                fields.insert(wire.clone(), field);
            }
            structs.insert(owner.clone(), fields);
        }
        Ok(Self { made_from, structs })
    }

    /// The text of a file: one field per line, in the order of the names.
    pub fn text(&self) -> String {
        let mut out = format!("{{\n  \"made_from\": {:?},\n  \"structs\": {{", self.made_from);
        let mut between_structs = "\n";
        for (owner, fields) in &self.structs {
            let _ = write!(out, "{between_structs}    {}: {{", json(owner));
            let mut between = "\n";
            for (wire, FieldType { name, ty }) in fields {
                let (name, ty) = (json(name), json(&ty.to_string()));
                let _ = write!(
                    out,
                    "{between}      {}: {{ \"name\": {name}, \"type\": {ty} }}",
                    json(wire)
                );
                between = ",\n";
            }
            out.push_str(if fields.is_empty() { "}" } else { "\n    }" });
            between_structs = ",\n";
        }
        out + if self.structs.is_empty() { "}\n}\n" } else { "\n  }\n}\n" }
    }
}

fn field_type(field: &Value) -> Result<FieldType, String> {
    let text = |key: &str| field[key].as_str().ok_or_else(|| format!("it has no `{key}`"));
    let ty = text("type")?.parse().map_err(|error: crate::model::UnknownTy| error.to_string())?;
    Ok(FieldType { name: text("name")?.to_owned(), ty })
}

fn json(text: &str) -> String {
    Value::from(text).to_string()
}
