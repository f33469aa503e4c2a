//! Schemas written as JSON.

use codex_app_server_codegen::{
    Error,
    load::{Definitions, Facts, FieldTypes, Method, Schema},
    model::Api,
    plan::{self, objects::Objects, outline},
    repair,
};
use serde_json::Value;

/// Definitions from a JSON object.
pub(crate) fn definitions(json: &Value) -> Definitions {
    serde_json::from_value(json.clone()).expect("definitions are an object")
}

/// A schema from `{definitions, requests, server_requests, notifications}`; a method is
/// `[name, params or null, description?]`.
pub(crate) fn schema(json: &Value) -> Schema {
    let methods = |key: &str| -> Vec<Method> {
        let list = json.get(key).and_then(Value::as_array);
        list.into_iter().flatten().map(method).collect()
    };
    Schema {
        definitions: json.get("definitions").map(definitions).unwrap_or_default(),
        requests: methods("requests"),
        server_requests: methods("server_requests"),
        notifications: methods("notifications"),
        ..Schema::default()
    }
    .with_type_names()
}

fn method(json: &Value) -> Method {
    let text = |index: usize| json.get(index).and_then(Value::as_str).map(str::to_owned);
    Method {
        name: text(0).expect("a method has a name"),
        params: text(1),
        description: text(2).unwrap_or_default(),
    }
}

/// The schema in a JSON, with the repairs that apply.
pub(crate) fn repaired(json: &Value) -> Schema {
    let mut schema = schema(json);
    repair::what_applies(&mut schema.definitions);
    schema
}

/// The model of `{experimental, stable?, methods?}`, whose objects have no fields.
pub(crate) fn api(json: &Value) -> Result<Api, Error> {
    let outlines = outline::all(&repaired(&json["experimental"]).definitions)?;
    let made_from = Objects::of(&outlines).fingerprint();
    api_of(json, &FieldTypes { made_from, ..FieldTypes::default() })
}

/// The model of `{experimental, stable?, methods?}`.
pub(crate) fn api_of(json: &Value, field_types: &FieldTypes) -> Result<Api, Error> {
    let facts = Facts::from_json(&json["methods"]).expect("the tables are tables");
    let stable = json.get("stable").map(repaired);
    let experimental = repaired(&json["experimental"]);
    plan::api(&experimental, stable.as_ref(), &facts, field_types, "1.2.3".to_owned())
}
