//! What strict mode cannot take, refused with its place.

use std::{borrow::Cow, collections::HashMap};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::refusal;

#[derive(Deserialize, JsonSchema)]
#[allow(dead_code)]
struct Of<T> {
    files: Vec<HashMap<String, (u8, Option<T>)>>,
}

#[test]
fn any_json_is_refused_with_its_place() {
    #[derive(Deserialize, JsonSchema)]
    #[allow(dead_code)]
    struct Meta {
        meta: Value,
    }
    #[derive(Deserialize, JsonSchema)]
    #[allow(dead_code)]
    struct Extra {
        extra: Map<String, Value>,
    }
    let said = refusal::<Of<Meta>>();
    assert!(said.starts_with("`Of.files[]{}.1.meta` may be any JSON"), "{said}");
    let said = refusal::<Of<Extra>>();
    assert!(said.starts_with("`Of.files[]{}.1.extra{}` may be any JSON"), "{said}");
    assert!(said.contains("a `String` that holds JSON"), "{said}");
}

#[test]
fn what_is_flattened_has_to_be_an_object_of_its_own_members() {
    #[derive(Deserialize, JsonSchema)]
    #[allow(dead_code)]
    struct Rest {
        a: u8,
        #[serde(flatten)]
        rest: HashMap<String, u8>,
    }
    let said = refusal::<Vec<Rest>>();
    assert!(said.contains("[]` is an object with members of any name"), "{said}");
    assert!(said.contains("instead of flattening it"), "{said}");
}

#[test]
fn what_never_ends_is_refused() {
    #[derive(Deserialize, JsonSchema)]
    #[serde(untagged)]
    #[allow(dead_code)]
    enum Endless {
        Again(Box<Endless>),
        Number(u8),
    }
    let said = refusal::<Vec<Endless>>();
    assert!(said.contains("with nothing in between"), "{said}");
}

#[test]
fn words_without_a_form_in_strict_mode_are_refused() {
    #[derive(Deserialize)]
    struct Not;

    impl JsonSchema for Not {
        fn schema_name() -> Cow<'static, str> {
            "Not".into()
        }

        fn json_schema(_: &mut SchemaGenerator) -> Schema {
            json_schema!({"type": "string", "not": {"const": "no"}})
        }
    }
    let said = refusal::<Of<Not>>();
    assert!(said.contains("files[]{}.1` has `not`"), "{said}");
}

#[test]
fn what_is_too_large_is_refused() {
    struct Huge<const MEMBERS: usize, const CONSTANTS: usize>;

    impl<'de, const A: usize, const B: usize> Deserialize<'de> for Huge<A, B> {
        fn deserialize<D: serde::Deserializer<'de>>(_: D) -> Result<Self, D::Error> {
            Ok(Self)
        }
    }

    impl<const MEMBERS: usize, const CONSTANTS: usize> JsonSchema for Huge<MEMBERS, CONSTANTS> {
        fn schema_name() -> Cow<'static, str> {
            "Huge".into()
        }

        fn json_schema(_: &mut SchemaGenerator) -> Schema {
            let constants: Vec<_> = (0..CONSTANTS).map(|n| format!("c{n}")).collect();
            let text = json_schema!({"type": "string", "enum": constants});
            let members = (0..MEMBERS).map(|n| (format!("m{n}"), Value::from(text.clone())));
            json_schema!({"type": "object", "properties": members.collect::<Map<_, _>>()})
        }
    }
    let said = refusal::<Huge<5_001, 0>>();
    assert!(said.contains("has 5001 members, and the API takes 5000"), "{said}");
    let said = refusal::<Huge<2, 501>>();
    assert!(said.contains("has 1002 values in its enums"), "{said}");
}

#[test]
fn what_is_written_out_without_end_is_refused() {
    #[derive(Deserialize)]
    struct Steps;
    impl JsonSchema for Steps {
        fn schema_name() -> Cow<'static, str> {
            "Steps".into()
        }

        fn json_schema(_: &mut SchemaGenerator) -> Schema {
            json_schema!({
                "type": "object",
                "properties": {"next": {
                    "$ref": "#",
                    "properties": {"kind": {"const": "step"}},
                    "required": ["kind"],
                }},
                "required": ["next"],
            })
        }
    }
    let said = refusal::<Steps>();
    assert!(said.contains("is nested too deep"), "{said}");
}
