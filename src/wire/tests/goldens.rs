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
        redacted_debug, server_requests, setters, string_type, tagged_union, untagged_union,
    };
    pub(super) use serde_json::{Map, Value};
    pub(super) use std::collections::BTreeMap;
}

golden!(everything);
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
