//! A schema folder is read whole, and what is wrong with it is said.

use codex_app_server_codegen::{
    Error,
    load::{self, Schema},
};
use serde_json::{Value, json};
use std::{
    fs,
    path::{Path, PathBuf},
};

const BUNDLE: &str = "codex_app_server_protocol.v2.schemas.json";

/// Writes a folder of its own for a test.
fn folder(name: &str, files: &[(&str, Value)]) -> PathBuf {
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join("schemas").join(name);
    let _ = fs::remove_dir_all(&dir);
    fs::create_dir_all(dir.join("v1")).expect("the folder can be made");
    for (file, json) in files {
        fs::write(dir.join(file), json.to_string()).expect("the file can be written");
    }
    dir
}

/// A definition that lists methods, each with its params.
fn methods(title: &str, methods: &[(&str, Value)]) -> Value {
    let branches: Vec<_> = methods
        .iter()
        .map(|(method, params)| json!({"properties": {"method": {"enum": [method]}, "params": params}}))
        .collect();
    json!({"title": title, "oneOf": branches})
}

fn bundle(requests: &[(&str, Value)]) -> Value {
    json!({"definitions": {
        "AParams": {"type": "object"},
        "ClientRequest": methods("ClientRequest", requests),
        "ServerNotification": methods("ServerNotification", &[("done", json!({"$ref": "#/definitions/AParams"}))]),
    }})
}

/// The files of a folder, with the given requests.
fn files(requests: &[(&str, Value)]) -> Vec<(&'static str, Value)> {
    vec![
        (BUNDLE, bundle(requests)),
        ("ServerRequest.json", methods("ServerRequest", &[])),
        ("ClientNotification.json", methods("ClientNotification", &[])),
    ]
}

#[test]
fn files_beside_the_bundle_add_what_it_lacks() {
    let mut files = files(&[]);
    files.push((
        "BResponse.json",
        json!({"title": "BResponse", "type": "object", "definitions": {"C": {"type": "string"}}}),
    ));
    files.push((
        "v1/InitializeResponse.json",
        json!({"title": "InitializeResponse", "type": "object"}),
    ));
    files.push(("JSONRPCError.json", json!({"title": "JSONRPCError", "type": "object"})));
    files.push(("codex_app_server_protocol.schemas.json", json!({"definitions": {"v2": {}}})));
    let schema = load::folder(&folder("beside", &files)).expect("it can be read");
    let names: Vec<_> = schema.definitions.keys().map(String::as_str).collect();
    assert_eq!(names, ["AParams", "BResponse", "C", "InitializeResponse"]);
}

#[test]
fn params_are_a_reference_a_reference_or_null_or_nothing() {
    let reference = json!({"$ref": "#/definitions/AParams"});
    let requests = [
        ("a", reference.clone()),
        ("b", json!({"anyOf": [reference, {"type": "null"}]})),
        ("c", json!({"type": "null"})),
    ];
    let schema = load::folder(&folder("params", &files(&requests))).expect("it can be read");
    let params: Vec<_> = schema.requests.iter().map(|method| method.params.as_deref()).collect();
    assert_eq!(params, [Some("AParams"), Some("AParams"), None]);
    assert_eq!(schema.notifications.len(), 1);
}

#[track_caller]
fn fails(result: Result<Schema, Error>, part: &str) {
    let error = result.expect_err("the folder is wrong").to_string();
    assert!(error.contains(part), "{part:?} is not in: {error}");
}

#[test]
fn what_is_wrong_is_said() {
    fails(load::folder(Path::new("no/such/folder")), "cannot read");
    fails(
        load::folder(&folder("methods", &[(BUNDLE, bundle(&[]))])),
        "nothing defines `ServerRequest`",
    );
    fails(
        load::folder(&folder("inline", &files(&[("a", json!({"type": "string"}))]))),
        "the params of `a`",
    );
    let mut twice = files(&[]);
    twice.push(("X.json", json!({"title": "X", "definitions": {"AParams": {"type": "string"}}})));
    fails(load::folder(&folder("twice", &twice)), "define `AParams` in different ways");
    let dir = folder("garbage", &[]);
    fs::write(dir.join(BUNDLE), "{").expect("the file can be written");
    fails(load::folder(&dir), "is not the JSON it should be");
}

#[test]
fn methods_are_listed_in_the_words_of_later_drafts() {
    let list = |title: &str, method: Value| json!({"title": title, "anyOf": [method]});
    let ask = json!({"properties": {"method": {"const": "a/ask"}, "params": {"oneOf": [{"type": "null"}, {"$ref": "#/$defs/AParams"}]}}});
    let tell = json!({"properties": {"method": {"const": "a/tell"}, "params": {"type": "object", "properties": {"x": true}}}});
    let taken = json!({"properties": {"method": {"const": "a"}, "params": {"type": "object", "properties": {"y": true}}}});
    let files = [
        (
            BUNDLE,
            json!({"$defs": {"AParams": {"type": "object"}, "ClientRequest": list("ClientRequest", ask)}}),
        ),
        ("ServerRequest.json", methods("ServerRequest", &[])),
        ("ServerNotification.json", list("ServerNotification", tell)),
        ("ClientNotification.json", list("ClientNotification", taken)),
    ];
    let schema = load::folder(&folder("later", &files)).expect("it can be read");
    assert_eq!(schema.requests[0].params.as_deref(), Some("AParams"));
    assert_eq!(schema.notifications[0].params.as_deref(), Some("ATellParams"));
    assert!(schema.definitions.contains_key("ATellParams"));
    assert_eq!(schema.client_notifications[0].params.as_deref(), Some("AParams2"));
    assert!(schema.definitions.contains_key("AParams2"));
}

#[test]
fn no_json_is_worse_than_an_error() {
    let reference = json!({"$ref": "#/definitions/AParams"});
    let odd = [
        json!(null),
        json!(7),
        json!([]),
        json!({"definitions": 7}),
        json!({"definitions": {"ClientRequest": 7}}),
        json!({"title": 7, "definitions": {"ClientRequest": {"oneOf": [7, {"properties": 7}]}}}),
        json!({"definitions": {"ClientRequest": {"type": "object"}}}),
        bundle(&[("twice", reference.clone()), ("twice", reference)]),
        bundle(&[("odd", json!(7))]),
        bundle(&[("odd", json!({"type": "object", "properties": {}})), ("odd", json!(true))]),
    ];
    for (number, body) in odd.into_iter().enumerate() {
        let mut files = files(&[]);
        files[0].1 = body;
        let error = load::folder(&folder(&format!("odd{number}"), &files));
        let error = error.expect_err("it is no schema").to_string();
        assert!(error.starts_with("schema: "), "{error}");
    }
    let mut deep = "[".repeat(10_000);
    deep.push_str(&"]".repeat(10_000));
    let dir = folder("deep", &[]);
    fs::write(dir.join(BUNDLE), deep).expect("the file can be written");
    fails(load::folder(&dir), "recursion limit");
    fs::write(dir.join("wire_names.json"), r#"{"A": {"b_c": "bC"}}"#).expect("it can be written");
    fs::write(dir.join(BUNDLE), bundle(&[]).to_string()).expect("it can be written");
    fails(load::folder(&dir), "`b_c` of `A`");
}
