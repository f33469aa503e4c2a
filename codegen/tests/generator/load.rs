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
        load::folder(&folder("inline", &files(&[("a", json!({"type": "object"}))]))),
        "the params of `a`",
    );
    let mut twice = files(&[]);
    twice.push(("X.json", json!({"title": "X", "definitions": {"AParams": {"type": "string"}}})));
    fails(load::folder(&folder("twice", &twice)), "define `AParams` in different ways");
    let dir = folder("garbage", &[]);
    fs::write(dir.join(BUNDLE), "{").expect("the file can be written");
    fails(load::folder(&dir), "is not the JSON it should be");
}
