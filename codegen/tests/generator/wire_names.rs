//! Members are named as on the wire, where the schema names them otherwise.

use crate::support;
use codex_app_server_codegen::load::WireNames;
use serde_json::json;

#[test]
fn what_typescript_has_in_camel_case_alone_is_misnamed() {
    let definitions = support::definitions(&json!({
        "Entry": {"oneOf": [{"properties": {"turn_id": {}, "kind_of": {}, "type": {}}}]},
        "Other": {"properties": {"call_id": {}, "at": {"properties": {"x_y": {}}}}},
        "Lonely": {"properties": {"turn_id": {}}},
    }));
    let types = [
        ("Entry", r#"{ "type": "x", turnId: string, "kind_of"?: string, kindOf: 1 }"#),
        ("Other", "{ call_id: string, at: { xY: number }, callId2: string }"),
    ];
    let types = types.map(|(name, text)| (name.to_owned(), text.to_owned())).into();
    let found = WireNames::compare(&definitions, &types);
    assert_eq!(
        serde_json::to_value(&found.0).expect("it is JSON"),
        json!({"Entry": {"turn_id": "turnId"}, "Other": {"x_y": "xY"}})
    );
    assert_eq!(serde_json::from_str(&found.text()).ok(), Some(found.0));
}
