//! What a schema says in other words is the same, and what has no end is refused with advice.

use crate::support;
use codex_app_server_codegen::plan::{
    objects::{Objects, contents_of},
    outline,
};
use serde_json::{Value, json};

/// Checks that two ways to write definitions mean the same.
#[track_caller]
fn check(before: &Value, after: &Value) {
    let outlines = |json: &Value| outline::all(&support::definitions(json));
    let before = format!("{:#?}", outlines(before).expect("it has outlines"));
    let after = format!("{:#?}", outlines(after).expect("it has outlines"));
    assert_eq!(before, after);
}

fn leaf(name: &str) -> Value {
    json!({"$ref": format!("#/definitions/{name}")})
}

#[test]
fn properties_beside_branches_move_into_them() {
    check(
        &json!({"Item": {
            "properties": {"id": {"type": "string"}, "at": {"type": "integer"}},
            "required": ["id"],
            "oneOf": [
                {"properties": {"type": {"enum": ["a"]}}, "required": ["type"]},
                {"properties": {"type": {"enum": ["b"]}}},
            ],
        }}),
        &json!({"Item": {"oneOf": [
            {
                "properties": {"type": {"enum": ["a"]}, "id": {"type": "string"}, "at": {"type": "integer"}},
                "required": ["type", "id"],
            },
            {
                "properties": {"type": {"enum": ["b"]}, "id": {"type": "string"}, "at": {"type": "integer"}},
                "required": ["id"],
            },
        ]}}),
    );
}

#[test]
fn alternatives_in_a_branch_become_optional_properties() {
    check(
        &json!({"Input": {"oneOf": [{
            "anyOf": [
                {"properties": {"url": {"type": "string"}}, "required": ["url"]},
                {"properties": {"file": {"type": "string"}}, "required": ["file"]},
            ],
            "properties": {"type": {"enum": ["image"]}},
            "required": ["type"],
        }]}}),
        &json!({"Input": {"oneOf": [{
            "properties": {"type": {"enum": ["image"]}, "url": {"type": "string"}, "file": {"type": "string"}},
            "required": ["type"],
        }]}}),
    );
}

#[test]
fn null_in_null_is_null() {
    check(
        &json!({"Effort": {"type": "string"}, "Mask": {"properties": {"effort": {
            "anyOf": [{"anyOf": [{"$ref": "#/definitions/Effort"}, {"type": "null"}]}, {"type": "null"}],
        }}}}),
        &json!({"Effort": {"type": "string"}, "Mask": {"properties": {"effort": {"anyOf": [{"$ref": "#/definitions/Effort"}, {"type": "null"}]}}}}),
    );
}

#[test]
fn untagged_unions_in_untagged_unions_are_one() {
    check(
        &json!({
            "A": {"type": "object"}, "B": {"type": "object"}, "C": {"type": "object"},
            "Top": {"anyOf": [leaf("Middle"), leaf("C")]},
            "Middle": {"anyOf": [leaf("Low"), leaf("B")]},
            "Low": {"anyOf": [leaf("A"), {"type": "string"}]},
        }),
        &json!({
            "A": {"type": "object"}, "B": {"type": "object"}, "C": {"type": "object"},
            "Top": {"anyOf": [leaf("A"), {"type": "string"}, leaf("B"), leaf("C")]},
            "Middle": {"anyOf": [leaf("A"), {"type": "string"}, leaf("B")]},
            "Low": {"anyOf": [leaf("A"), {"type": "string"}]},
        }),
    );
}

#[test]
fn later_drafts_say_the_same() {
    check(
        &json!({
            "Level": {"oneOf": [{"const": "low"}, {"const": "high"}]},
            "Thing": {"type": "object", "properties": {
                "level": {"$ref": "#/$defs/Level", "description": "How high."},
                "note": {"anyOf": [{"type": "string"}, {"type": "null"}], "examples": ["x"]},
                "at": {"type": "object", "patternProperties": {"^x": {"type": "boolean"}}},
                "any": {"description": "Anything."},
            }, "unevaluatedProperties": false, "$id": "x"},
        }),
        &json!({
            "Level": {"type": "string", "enum": ["low", "high"]},
            "Thing": {"type": "object", "properties": {
                "level": {"allOf": [{"$ref": "#/definitions/Level"}], "description": "How high."},
                "note": {"type": ["string", "null"]},
                "at": {"type": "object", "additionalProperties": {"type": "boolean"}},
                "any": {"description": "Anything."},
            }},
        }),
    );
}

#[test]
fn aliases_are_what_they_stand_for_and_null_belongs_to_the_field() {
    let fields = |count: Value, counts: Value, level: Value| json!({"type": "object", "properties": {"count": count, "counts": counts, "level": level}});
    let count = json!({"type": ["integer", "null"], "format": "int64"});
    let with = |thing: Value| {
        json!({
            "Count": {"type": ["integer", "null"], "format": "int64"},
            "Counts": {"type": "array", "items": leaf("Count")},
            "Level": {"enum": ["low", null]},
            "Thing": thing,
        })
    };
    check(
        &with(fields(leaf("Count"), leaf("Counts"), leaf("Level"))),
        &with(fields(
            count.clone(),
            json!({"type": "array", "items": count}),
            json!({"anyOf": [leaf("Level"), {"type": "null"}]}),
        )),
    );
}

#[test]
fn what_holds_itself_comes_to_an_end() {
    let schemas = [
        json!({"A": {"anyOf": [leaf("B"), {"type": "string"}]}, "B": {"anyOf": [leaf("A"), {"type": "integer"}]}}),
        json!({"A": {"anyOf": [leaf("A"), leaf("A"), {"type": "string"}, {"type": "integer"}]}}),
        json!({"A": {"type": "object", "properties": {"a": leaf("A")}, "required": ["a"]}}),
        json!({"A": {"enum": []}}),
        json!({"A": {"type": "string", "description": "x".repeat(1_000_000)}}),
    ];
    for schema in schemas {
        let outlines = outline::all(&support::definitions(&schema));
        assert!(outlines.is_ok(), "{outlines:?} for {schema}");
    }
    // Each refers to all others, and twenty of them to the power of their number are too many.
    let names: Vec<String> = (0..20).map(|number| format!("U{number}")).collect();
    let mut all: Vec<Value> = names.iter().map(|name| leaf(name)).collect();
    all.extend([json!({"type": "string"}), json!({"type": "boolean"})]);
    let union = |name: &String| (name.clone(), json!({"anyOf": all}));
    let unions = names.iter().map(union).collect();
    assert_eq!(outline::all(&unions).map(|outlines| outlines.len()).ok(), Some(names.len()));
    // A chain of definitions as long as one likes.
    let link = |number: usize| {
        (
            format!("C{number}"),
            json!({"type": "object", "properties": {"next": leaf(&format!("C{}", number + 1))}}),
        )
    };
    let mut chain: std::collections::BTreeMap<_, _> = (0..5000).map(link).collect();
    chain.insert("C5000".to_owned(), json!({"type": "string"}));
    assert!(outline::all(&chain).is_ok());
}

#[test]
fn what_has_no_end_or_no_meaning_is_refused_with_advice() {
    let mut deep = json!({"type": "string"});
    for _ in 0..100 {
        deep = json!({"type": "array", "items": deep});
    }
    let schemas = [
        leaf("A"),
        json!({"type": "array", "items": leaf("A")}),
        json!({"allOf": [leaf("A"), {"type": "object", "properties": {"x": true}}]}),
        json!({"type": "object", "properties": {"x": {"allOf": [leaf("A"), {"properties": {"y": true}}]}}}),
        json!({"type": "array", "items": [leaf("A"), leaf("A")], "minItems": 2, "maxItems": 2}),
        leaf("NoSuchThing"),
        json!({"type": "object", "properties": {"x": leaf("NoSuchThing")}}),
        json!({"oneOf": []}),
        json!({"anyOf": [leaf("A")]}),
        json!({"allOf": [{"type": "string"}, {"type": "integer"}]}),
        json!(false),
        json!(7),
        json!({"type": "thing"}),
        json!({"properties": 7}),
        json!({"oneOf": {}}),
        deep,
    ];
    for schema in schemas {
        let error = outline::all(&support::definitions(&json!({"A": schema})))
            .expect_err(&format!("it has no type: {schema}"))
            .to_string();
        assert!(error.contains("`A`") && error.contains("a repair"), "{error}");
        assert!(error.len() < 1000, "{error}");
    }
}

#[test]
fn what_moves_out_of_fields_makes_way_for_other_types() {
    let object =
        |member: &str| json!({"type": "object", "properties": {member: {"type": "string"}}});
    let outlines = outline::all(&support::definitions(&json!({
        "A": {"type": "object", "properties": {"b": object("of_field"), "c_d": object("x"), "cD": object("y")}},
        "AB": object("of_definition"),
        "L": {"type": "array", "items": object("z")},
        "M": {"type": "object", "properties": {"left": leaf("L"), "right": leaf("L")}},
        "N": {"oneOf": [
            {"type": "string", "enum": ["off"]},
            {"type": "object", "properties": {"ab": object("of_branch")}},
            {"type": "object", "properties": {"Ab": object("of_other_branch")}},
        ]},
        "NContents": object("of_nothing"),
    })))
    .expect("it has outlines");
    let moved: Vec<_> = outlines.iter().filter(|(_, it)| it.moved).map(|(name, _)| name).collect();
    // `A` has two members of one name; what both members of `M` hold is one type.
    assert_eq!(moved, ["AB2", "ACD", "ACD2", "AbN", "AbN2", "LItem"]);
    let shape = |name: &str| format!("{:?}", outlines[name].shape);
    assert!(shape("AB").contains("of_definition") && shape("AB2").contains("of_field"));
    // Nor does anything in the field types take the name of a type.
    let objects = Objects::of(&outlines);
    let names: Vec<_> = objects.iter().map(|(name, _)| name).collect();
    assert!(names.contains(&contents_of("N").as_str()) && names.contains(&"NContents"));
}

#[test]
fn all_that_has_no_form_is_told_at_once() {
    let error = outline::all(&support::definitions(&json!({
        "A": {"type": "nothing"},
        "B": {"type": "object", "properties": {"b": leaf("Gone")}},
        "C": {"type": "object", "required": 7},
    })));
    let text = error.expect_err("it has no outlines").to_string();
    for name in ["`A`", "`B`", "`C`"] {
        assert_eq!(text.lines().filter(|line| line.contains(name)).count(), 1, "{name}: {text}");
    }
}
