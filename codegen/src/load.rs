//! Step 1: the schema files of one folder as definitions and methods, and the tables beside them.
//!
//! A folder holds the flat v2 bundle and, beside it, a file for each type the bundle lacks. The raw
//! output of `codex app-server generate-json-schema` works as well as the pinned part of it.

mod facts;
mod field_types;
mod file;
mod type_names;
mod wire_names;

pub use facts::Facts;
pub use field_types::{FIELD_TYPES, FieldType, FieldTypes};
#[cfg(feature = "typify")]
pub(crate) use type_names::rename_references;
pub use wire_names::{WIRE_NAMES, WireNames};

use crate::{error::Error, names};
use file::json;
use serde_json::{Map, Value};
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

const BUNDLE: &str = "codex_app_server_protocol.v2.schemas.json";

/// Definitions by name.
pub type Definitions = BTreeMap<String, Value>;

/// What a schema folder says.
#[derive(Clone, Debug, Default)]
pub struct Schema {
    /// All types, without those that list methods.
    pub definitions: Definitions,
    /// What the client may ask.
    pub requests: Vec<Method>,
    /// What the server may ask.
    pub server_requests: Vec<Method>,
    /// What the server tells.
    pub notifications: Vec<Method>,
    /// What the client tells.
    pub client_notifications: Vec<Method>,
}

/// A method as the schema lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Method {
    /// The name on the wire.
    pub name: String,
    /// The definition of its params; `None` for a method without.
    pub params: Option<String>,
    /// What the schema says about it.
    pub description: String,
}

/// Reads a folder.
///
/// # Errors
///
/// When a file is missing or is not what it should be, or two files disagree on a definition.
pub fn folder(dir: &Path) -> Result<Schema, Error> {
    let mut definitions = definitions(dir)?;
    WireNames::read(dir)?.apply(&mut definitions)?;
    let schema = Schema {
        requests: methods(&mut definitions, "ClientRequest")?,
        server_requests: methods(&mut definitions, "ServerRequest")?,
        // Its outer `emittedAtMs` belongs to the envelope, not to the params.
        notifications: methods(&mut definitions, "ServerNotification")?,
        client_notifications: methods(&mut definitions, "ClientNotification")?,
        definitions,
    };
    Ok(schema.with_type_names())
}

/// Reads the definitions of a folder as the files have them, those that list methods among them.
///
/// # Errors
///
/// When a file is missing or is not what it should be, or two files disagree on a definition.
pub fn definitions(dir: &Path) -> Result<Definitions, Error> {
    let mut definitions = Definitions::new();
    let mut bundle = json(&dir.join(BUNDLE))?;
    add(&mut definitions, take_definitions(&mut bundle))?;
    let mut beside = files(dir)?;
    beside.extend(files(&dir.join("v1"))?);
    for path in beside {
        let mut file = json(&path)?;
        add(&mut definitions, take_definitions(&mut file))?;
        if let (Some(title), Value::Object(mut body)) = (title(&file), file) {
            body.remove("definitions");
            body.remove("$defs");
            definitions.entry(title).or_insert(Value::Object(body));
        }
    }
    Ok(definitions)
}

/// The codex version in a manifest.
///
/// # Errors
///
/// When the file cannot be read or has no version.
pub fn codex_version(manifest: &Path) -> Result<String, Error> {
    match json(manifest)?.get("codex").and_then(Value::as_str) {
        Some(version) => Ok(version.to_owned()),
        None => Err(Error::Schema(format!("{} has no `codex` version", manifest.display()))),
    }
}

/// The schema files of a folder that define one type each, in a stable order.
fn files(dir: &Path) -> Result<Vec<PathBuf>, Error> {
    let entries = match fs::read_dir(dir) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(source) => {
            return Err(Error::Read { path: dir.into(), source });
        }
    };
    let mut paths = Vec::new();
    for entry in entries {
        let path = entry.map_err(|source| Error::Read { path: dir.into(), source })?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        // The envelopes are the business of the rpc layer, and the full bundle repeats the flat one
        // in other words.
        if name.ends_with(".json")
            && !name.ends_with(".schemas.json")
            && !name.starts_with("JSONRPC")
            && name != WIRE_NAMES
        {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}

/// Takes the definitions out of a file, as drafts up to 7 and later ones call them.
fn take_definitions(file: &mut Value) -> Map<String, Value> {
    let mut found = Map::new();
    for key in ["definitions", "$defs"] {
        match file.get_mut(key).map(Value::take) {
            Some(Value::Object(nested)) if found.is_empty() => found = nested,
            Some(Value::Object(nested)) => found.extend(nested),
            _ => {}
        }
    }
    found
}

fn title(file: &Value) -> Option<String> {
    Some(file.get("title")?.as_str()?.to_owned())
}

/// Adds definitions; those of the bundle, which come first, stay.
fn add(definitions: &mut Definitions, more: Map<String, Value>) -> Result<(), Error> {
    for (name, body) in more {
        match definitions.get(&name) {
            // Most are the same to the letter, which is faster to see.
            Some(known) if *known != body && bare(known) != bare(&body) => {
                return Err(Error::Schema(format!(
                    "two files define `{name}` in different ways; a repair has to say which one is right"
                )));
            }
            Some(_) => {}
            None => {
                definitions.insert(name, body);
            }
        }
    }
    Ok(())
}

/// A definition without what depends on the file it stands in.
fn bare(body: &Value) -> Value {
    match body {
        Value::Object(members) => {
            // A `title` that is text; one that is a schema is a property of that name.
            let depends = |key: &str, value: &Value| {
                key == "$schema" || (key == "title" && value.is_string())
            };
            let kept = members.iter().filter(|(key, value)| !depends(key, value));
            Value::Object(kept.map(|(key, value)| (key.clone(), bare(value))).collect())
        }
        Value::Array(items) => items.iter().map(bare).collect(),
        other => other.clone(),
    }
}

/// Takes the definition that lists methods, and reads the list.
fn methods(definitions: &mut Definitions, list: &str) -> Result<Vec<Method>, Error> {
    let body = definitions
        .remove(list)
        .ok_or_else(|| Error::Schema(format!("nothing defines `{list}`, which lists methods")))?;
    let branches = ["oneOf", "anyOf"].iter().find_map(|key| body.get(*key)?.as_array());
    let branches = branches.ok_or_else(|| {
        Error::Schema(format!(
            "`{list}` lists methods, but has neither `oneOf` nor `anyOf`; \
             codegen/src/load.rs has to learn how it lists them now"
        ))
    })?;
    let mut methods: Vec<Method> = Vec::new();
    for branch in branches {
        let method = method(definitions, list, branch)?;
        if methods.iter().any(|known| known.name == method.name) {
            return Err(Error::Schema(format!(
                "`{list}` has `{}` twice; codegen/src/load.rs has to learn which one is right",
                method.name
            )));
        }
        methods.push(method);
    }
    Ok(methods)
}

fn method(definitions: &mut Definitions, list: &str, branch: &Value) -> Result<Method, Error> {
    let name = ["/properties/method/enum/0", "/properties/method/const"]
        .iter()
        .find_map(|place| branch.pointer(place)?.as_str())
        .ok_or_else(|| Error::Schema(format!("a branch of `{list}` names no method: {branch}")))?;
    let params = match branch.pointer("/properties/params") {
        None => None,
        Some(params) => params_of(definitions, name, params)?,
    };
    Ok(Method { name: name.to_owned(), params, description: description(branch) })
}

/// The definition of a method's params. An object in place of a reference becomes one.
fn params_of(
    definitions: &mut Definitions,
    method: &str,
    params: &Value,
) -> Result<Option<String>, Error> {
    let is_null = |schema: &Value| schema.get("type").and_then(Value::as_str) == Some("null");
    if is_null(params) {
        return Ok(None);
    }
    // `anyOf [params, null]`: `{}` is right on the wire for all of these, so the params are always
    // sent.
    let list = |key: &str| params.get(key).and_then(Value::as_array);
    let branches = list("anyOf").or_else(|| list("oneOf"));
    let alternatives: Vec<&Value> =
        branches.into_iter().flatten().filter(|branch| !is_null(branch)).collect();
    let params = match (alternatives.as_slice(), list("allOf").map(Vec::as_slice)) {
        ([only], _) => only,
        (_, Some([only])) => only,
        _ => params,
    };
    if let Some(name) = reference(params) {
        return Ok(Some(name));
    }
    let is_object = params.get("properties").is_some()
        || params.get("type").and_then(Value::as_str) == Some("object");
    if !is_object {
        return Err(Error::Schema(format!(
            "the params of `{method}` are neither a reference to a definition nor an object: {params}; \
             codegen/src/load.rs has to learn what they are"
        )));
    }
    let name = names::inline_params(method, |name| definitions.contains_key(name));
    definitions.insert(name.clone(), params.clone());
    Ok(Some(name))
}

/// The definition a schema refers to.
pub(crate) fn reference(schema: &Value) -> Option<String> {
    definition(schema.get("$ref")?.as_str()?)
}

/// The definition that a reference names, as drafts up to 7 and later ones do.
fn definition(reference: &str) -> Option<String> {
    let starts = ["#/definitions/", "#/$defs/"];
    let name = starts.iter().find_map(|start| reference.strip_prefix(start))?;
    // As JSON pointers have these.
    Some(name.replace("~1", "/").replace("~0", "~"))
}

pub(crate) fn description(schema: &Value) -> String {
    schema.get("description").and_then(Value::as_str).unwrap_or_default().to_owned()
}
