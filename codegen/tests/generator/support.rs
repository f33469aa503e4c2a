//! Schemas written as JSON.

use codex_app_server_codegen::{
    Error,
    load::{Definitions, Method, Schema},
    model::Api,
    plan::{self, Pairings},
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
}

fn method(json: &Value) -> Method {
    let text = |index: usize| json.get(index).and_then(Value::as_str).map(str::to_owned);
    Method {
        name: text(0).expect("a method has a name"),
        params: text(1),
        description: text(2).unwrap_or_default(),
    }
}

/// The table of exceptions from `{responses, notifications}`.
pub(crate) fn pairings(json: Option<&Value>) -> Pairings {
    let table = |key: &str| {
        let table = json.and_then(|json| json.get(key)).cloned();
        serde_json::from_value(table.unwrap_or_else(|| serde_json::json!({})))
            .expect("a table of strings")
    };
    Pairings { responses: table("responses"), notifications: table("notifications") }
}

/// The model of `{experimental, stable?, pairings?}`, with the repairs that apply.
pub(crate) fn api(json: &Value) -> Result<Api, Error> {
    let repaired = |json: &Value| {
        let mut schema = schema(json);
        repair::what_applies(&mut schema.definitions);
        schema
    };
    let experimental = repaired(&json["experimental"]);
    let stable = json.get("stable").map(repaired);
    plan::api(&experimental, stable.as_ref(), &pairings(json.get("pairings")), "1.2.3".to_owned())
}
