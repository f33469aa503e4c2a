//! What the generator writes for small schemas, its golden outputs, compiles with the macros here.

macro_rules! golden {
    ($name:ident) => {
        #[allow(dead_code, unreachable_pub, unused_imports, reason = "nobody uses them")]
        #[allow(clippy::enum_variant_names, reason = "as in the generated module")]
        mod $name {
            use super::types::*;
            include!(concat!(
                env!("CARGO_MANIFEST_DIR"),
                "/codegen/tests/golden/",
                stringify!($name),
                ".rs"
            ));
        }
    };
}

/// What the generated module imports.
#[allow(unused_imports, reason = "each golden output needs some of it")]
mod types {
    pub(super) use crate::wire::{
        ClientRequest, Maybe, Method, ServerRequestParams, UnknownFields, UnknownMessage,
        UnknownValue, client_requests, keyed_union, messages, object, open_enum, path_type,
        redacted_debug, server_requests, setters, steps, string_type, tagged_union, text_union,
        untagged_union,
    };
    pub(super) use serde_json::{Map, Value};
    pub(super) use std::collections::BTreeMap;
}

golden!(everything);
golden!(forms);
golden!(keyed);
golden!(messages);
golden!(names);
golden!(params);
golden!(strings);
golden!(structs);
golden!(tagged);
golden!(untagged);

#[test]
fn a_refusal_is_the_json_of_the_table() {
    let json = r#"{"ok":false,"why":"no"}"#;
    assert_eq!(messages::refusal("item/approve"), Some(json));
    let typed = messages::typed_refusal("item/approve").expect("a refusal");
    assert_eq!(typed.expect("JSON").to_string(), json);
    for method in ["item/ask", "item/unknown"] {
        assert_eq!(messages::refusal(method), None);
    }
}

/// What was read is written again, and is what it says.
#[track_caller]
fn kept<T: serde::de::DeserializeOwned + serde::Serialize>(json: serde_json::Value) -> T {
    let value: T = serde_json::from_str(&json.to_string()).expect("it can be read");
    assert_eq!(serde_json::to_value(&value).expect("it can be written"), json);
    value
}

#[test]
fn types_that_hold_themselves_are_read_at_any_depth() {
    use forms::{Rule, Tree};
    let tree = serde_json::json!({
        "name": "leaf", "children": [],
        "parent": {"name": "root", "children": [{"name": "leaf", "children": []}]},
        "rule": {"not": {"not": {"if": null}}},
    });
    let tree: Tree = kept(tree);
    assert_eq!(tree.parent.map(|parent| parent.children.len()), Some(1));
    let rule = Rule::Not(Box::new(Rule::Not(Box::new(Rule::If(None)))));
    assert_eq!(tree.rule.as_deref(), Some(&rule));
    assert_eq!(kept::<Rule>(serde_json::json!({"named": null})), Rule::Named(None));
}

#[test]
fn later_forms_are_typed_as_they_say() {
    use forms::{EndedEventHow, Event, Sample, SampleKind, Setting, TextSetting};
    let json = serde_json::json!({
        "pair": ["a", null], "setting": null, "at": {"x": 1.5, "mode": "in"}, "places": [{"y": 1}],
        "kind": "big", "count": 3, "counts": [1, 2], "limit": null, "ratio": 0.5, "levels": [],
        "by_number": {"7": {"id": "x"}},
    });
    let sample: Sample = kept(json.clone());
    assert_eq!((sample.pair, sample.counts), (("a".to_owned(), None), vec![1, 2]));
    assert_eq!(sample.kind, Some(SampleKind::Big));
    // Null is no default, and missing is.
    assert!(sample.limit.is_null());
    let mut least = json;
    for name in ["limit", "ratio", "levels"] {
        least.as_object_mut().and_then(|sample| sample.remove(name));
    }
    let sample: Sample = serde_json::from_value(least).expect("it can be read");
    assert!(sample.limit.is_unset());
    assert_eq!((sample.ratio, sample.levels.len()), (1.0, 1));

    for (json, setting) in [
        (serde_json::json!(true), Setting::Flag(true)),
        (serde_json::json!(5), Setting::Number(5)),
        (serde_json::json!(0.5), Setting::Decimal(0.5)),
        (serde_json::json!("auto"), Setting::Text(TextSetting::Auto)),
    ] {
        assert_eq!(kept::<Setting>(json), setting);
    }
    let ended = serde_json::json!({"type": "ended", "id": "x", "how": "badly", "error": "no"});
    let Event::Ended(ended) = kept(ended) else { panic!("it has ended") };
    assert_eq!(ended.how, EndedEventHow::Badly);
}
