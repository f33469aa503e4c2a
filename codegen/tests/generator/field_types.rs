//! The field types are read as they were written, and only for the schema they were made from.

use crate::support;
use codex_app_server_codegen::{
    load::{FieldType, FieldTypes},
    model::Ty,
};
use serde_json::json;
use std::path::Path;

#[test]
fn the_text_is_one_field_per_line_and_read_again() {
    let field = |name: &str, ty: Ty| FieldType { name: name.to_owned(), ty };
    let list = Ty::List(Box::new(Ty::Named("Item".to_owned())));
    let members =
        [("type".to_owned(), field("type_", Ty::String)), ("a\"b".to_owned(), field("a_b", list))];
    let types = FieldTypes {
        made_from: "0123".to_owned(),
        structs: [("Empty".to_owned(), [].into()), ("Thing".to_owned(), members.into())].into(),
    };
    let text = r#"{
  "made_from": "0123",
  "structs": {
    "Empty": {},
    "Thing": {
      "a\"b": { "name": "a_b", "type": "Vec<Item>" },
      "type": { "name": "type_", "type": "String" }
    }
  }
}
"#;
    assert_eq!(types.text(), text);
    assert_eq!(FieldTypes::parse(text).as_ref(), Ok(&types));
    assert_eq!(FieldTypes::parse(&FieldTypes::default().text()), Ok(FieldTypes::default()));
}

#[test]
fn what_is_wrong_is_said() {
    for (text, problem) in [
        ("{", "EOF"),
        ("{}", "no `made_from`"),
        (r#"{"made_from": "0"}"#, "no `structs`"),
        (
            r#"{"made_from": "0", "structs": {"A": {"b": {"name": "b"}}}}"#,
            "`b` of `A`: it has no `type`",
        ),
        (
            r#"{"made_from": "0", "structs": {"A": {"b": {"name": "b", "type": "usize"}}}}"#,
            "`usize` is no type that a field can have",
        ),
    ] {
        let error = FieldTypes::parse(text).expect_err("the text is wrong");
        assert!(error.contains(problem), "{problem:?} is not in: {error}");
    }
    let error =
        FieldTypes::read(Path::new("no/such/folder")).expect_err("there is none").to_string();
    assert!(error.contains("field_types.json") && error.contains("cargo xtask regen"), "{error}");
}

#[test]
fn those_of_another_schema_are_refused() {
    let input = json!({"experimental": {"definitions": {"A": {"type": "object"}}}});
    let error =
        support::api_of(&input, &FieldTypes::default()).expect_err("they are stale").to_string();
    assert!(error.contains("another schema") && error.contains("cargo xtask regen"), "{error}");
}
