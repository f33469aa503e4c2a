//! The generated types against the schema that they are generated from, and against what a real
//! server said.
//!
//! - Every definition: values are made from the schema, read, written, validated against the schema
//!   and read again.
//! - The same with members, words and tags that no SDK knows, at every level: they are read, and
//!   written back.
//! - What is known and does not fit is an error, never something unknown.
//! - Every message of the recorded sessions is read into its type.

mod check;
mod choices;
mod instances;
mod kinds;
mod options;
mod plant;
mod schema;
mod transcripts;
mod types;

use check::Failures;
use codex_app_server::{
    generated::v2_all::{ServerNotification, ServerRequest},
    wire::UnknownMessage,
};
use codex_app_server_codegen::load::Method;
use jsonschema::{Draft, Registry};
use plant::Plant;
use schema::{Shape, Shapes};
use serde_json::{Value, json};
use types::{Outcome, Type};

/// The definitions that have a type.
fn typed(shapes: &Shapes) -> impl Iterator<Item = (&str, Type)> {
    let names = shapes.keys().map(String::as_str);
    names.filter_map(|name| Some((name, types::find(name)?)))
}

/// A definition that only says that params may be null has none: the method takes the params inside
/// of it, and `{}` says what null would.
#[test]
fn every_definition_has_a_type() {
    let files = schema::files();
    for (name, schema) in &files.definitions {
        let inner = name.strip_prefix("Nullable").map(|inner| format!("#/definitions/{inner}"));
        let wrapper = inner.map(|inner| json!([{"$ref": inner}, {"type": "null"}]));
        let is_wrapper = wrapper.is_some_and(|wrapper| schema["anyOf"] == wrapper);
        assert_eq!(types::find(name).is_none(), is_wrapper, "{name}: {schema}");
    }
}

#[test]
fn every_definition_conforms() {
    let files = schema::files();
    let shapes = schema::shapes(&files);
    let registry = Registry::new()
        .add("urn:schema", json!({"definitions": files.definitions}))
        .and_then(|registry| registry.prepare())
        .expect("the schema is one");
    let (mut failures, mut count) = (Failures::default(), 0);
    for (name, ty) in typed(&shapes) {
        let validator = jsonschema::options()
            .with_draft(Draft::Draft7)
            .with_registry(&registry)
            .build(&json!({"$ref": format!("urn:schema#/definitions/{name}")}))
            .expect("the definition is a schema");
        let fits = |value: &Value| validator.validate(value).map_err(|error| error.to_string());
        for value in instances::all(&shapes, name, Plant::Nothing).unwrap_or_default() {
            count += 1;
            let result = fits(&value)
                .map_err(|error| format!("the test made what does not fit: {error}"))
                .and_then(|()| check::keeps(ty, &value.to_string()))
                .and_then(|written| {
                    fits(&written).map_err(|error| format!("what is written does not fit: {error}"))
                });
            if let Err(reason) = result {
                failures.add(name, &value.to_string(), &reason);
            }
        }
    }
    println!("{count} values of {} definitions", typed(&shapes).count());
    failures.report();
}

#[test]
fn what_is_unknown_is_kept() {
    let shapes = schema::shapes(&schema::files());
    let (mut failures, mut count) = (Failures::default(), 0);
    for (name, ty) in typed(&shapes) {
        let plants = [Plant::Members, Plant::BesideKeys, Plant::Words];
        let plants = plants.into_iter().filter_map(|plant| instances::all(&shapes, name, plant));
        let tags = (0..).map_while(|level| instances::all(&shapes, name, Plant::Tags(level)));
        for value in plants.chain(tags).flatten() {
            count += 1;
            if let Err(reason) = check::keeps(ty, &value.to_string()) {
                failures.add(name, &value.to_string(), &reason);
            }
        }
    }
    println!("{count} values");
    failures.report();
}

#[test]
fn what_does_not_fit_is_an_error() {
    let shapes = schema::shapes(&schema::files());
    let (mut failures, mut count) = (Failures::default(), 0);
    for (name, ty) in typed(&shapes) {
        let wrong = instances::spoiled(&shapes, name, Plant::Wrong);
        let missing = instances::spoiled(&shapes, name, Plant::Missing);
        for value in wrong.chain(missing) {
            count += 1;
            if !matches!((ty.round_trip)(&value.to_string()), Outcome::Unreadable(_)) {
                failures.add(name, &value.to_string(), "is read");
            }
        }
    }
    println!("{count} values");
    failures.report();
}

/// What fits no branch of a union without tags is unknown; what fits one by its shape has to fit in
/// whole.
#[test]
fn untagged_branches_are_strict() {
    for (name, value) in [
        ("FunctionCallOutputBody", json!([{"type": "input_text", "text": 7}])),
        ("McpElicitationPrimitiveSchema", json!({"type": "boolean", "title": 7})),
        ("RequestId", json!(1.5)),
        ("ResourceContent", json!({"uri": "file:///a", "text": 7})),
    ] {
        let ty = types::find(name).expect("the type is there");
        assert!(
            matches!((ty.round_trip)(&value.to_string()), Outcome::Unreadable(_)),
            "{name}: {value}"
        );
    }
}

#[test]
fn every_message_is_decoded_by_its_method() {
    let files = schema::files();
    let shapes = schema::shapes(&files);
    decodes(&shapes, &files.notifications, |method, params| {
        match ServerNotification::decode(method, params) {
            ServerNotification::Unknown(message) => Err(message),
            known => Ok(known.method().to_owned()),
        }
    });
    decodes(&shapes, &files.server_requests, |method, params| {
        match ServerRequest::decode(method, params) {
            ServerRequest::Unknown(message) => Err(message),
            known => Ok(known.method().to_owned()),
        }
    });
}

fn decodes(
    shapes: &Shapes,
    methods: &[Method],
    decode: fn(&str, &str) -> Result<String, UnknownMessage>,
) {
    for method in methods {
        let params = method.params.as_deref().expect("it has params");
        for value in instances::all(shapes, params, Plant::Nothing).unwrap_or_default() {
            let found = decode(&method.name, &value.to_string()).expect("it fits");
            assert_eq!(found, method.name);
        }
        if matches!(shapes[params], Shape::Tagged(_)) {
            // Params that are a union keep what does not fit themselves.
            assert_eq!(decode(&method.name, "[7]").as_deref(), Ok(method.name.as_str()));
            continue;
        }
        let misfit = decode(&method.name, "[7]").expect_err("it does not fit");
        assert_eq!(misfit.params.get(), "[7]");
        assert!(misfit.reason.is_some());
    }
}
