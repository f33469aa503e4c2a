//! What is made of an answer.

use std::collections::{BTreeMap, HashMap};

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    decode,
    types::{Adjacent, Expression, External, Flat, Internal, Line, Tree, Untagged},
};
use crate::{Error, RunResult, output_schema};

fn line(number: u32) -> Line {
    Line { number, ..Line::default() }
}

#[test]
fn null_for_what_has_a_default_is_the_default_however_deep() {
    let null = json!({"number": 1, "note": null, "tags": null});
    assert_eq!(decode::<Line>(&null).unwrap(), line(1));

    let tree = json!({
        "name": "a", "next": {"name": "n", "children": null, "by_name": null, "next": null},
        "children": [{"name": "b", "children": null, "by_name": null, "next": null}],
        "by_name": [{
            "key": "k",
            "value": {"name": "c", "children": null, "by_name": [], "next": null},
        }],
    });
    let leaf =
        |name: &str, by_name| Tree { name: name.into(), children: Vec::new(), by_name, next: None };
    let expected = Tree {
        name: "a".into(),
        children: vec![leaf("b", None)],
        by_name: Some(BTreeMap::from([("k".into(), leaf("c", Some(BTreeMap::new())))])),
        next: Some(leaf("n", None).into()),
    };
    assert_eq!(decode::<Tree>(&tree).unwrap(), expected);

    let line = json!({"number": 1, "note": null, "tags": null});
    let list = json!({"value": [{"kind": "struct", "lines": [line], "within": {
        "kind": "newtype", "number": 2, "note": "n", "tags": null,
    }}]});
    let Internal::Struct { lines, within } = &decode::<Vec<Internal>>(&list).unwrap()[0] else {
        panic!();
    };
    assert_eq!(lines, &[self::line(1)]);
    assert_eq!(
        within.as_deref(),
        Some(&Internal::Newtype(Line { note: Some("n".into()), ..self::line(2) }))
    );
}

#[test]
fn null_that_the_type_has_itself_stays_one() {
    fn one() -> Option<u8> {
        Some(1)
    }
    #[derive(Debug, Deserialize, JsonSchema, PartialEq)]
    struct Own {
        #[serde(default = "one")]
        option: Option<u8>,
        #[serde(default)]
        twice: Option<Option<u8>>,
        #[serde(default)]
        unit: (),
    }
    let null = json!({"option": null, "twice": null, "unit": null});
    assert_eq!(decode::<Own>(&null).unwrap(), Own { option: None, twice: None, unit: () });
}

#[test]
fn enums_come_in_each_of_their_forms() {
    let line = json!({"number": 1, "note": null, "tags": null});
    for (answer, expected) in [
        (json!("Unit"), External::Unit),
        (json!({"Newtype": line}), External::Newtype(self::line(1))),
        (json!({"Tuple": {"0": 7, "1": "x"}}), External::Tuple(7, "x".into())),
        (json!({"Struct": {"lines": null}}), External::Struct { lines: Vec::new() }),
    ] {
        assert_eq!(decode::<External>(&json!({"value": answer})).unwrap(), expected);
    }
    for (answer, expected) in [
        (json!({"t": "Unit"}), Adjacent::Unit),
        (json!({"t": "Newtype", "c": line}), Adjacent::Newtype(self::line(1))),
        (json!({"t": "Tuple", "c": {"0": 7, "1": "x"}}), Adjacent::Tuple(7, "x".into())),
        (json!({"t": "Struct", "c": {"n": null}}), Adjacent::Struct { n: 0 }),
    ] {
        assert_eq!(decode::<Adjacent>(&json!({"value": answer})).unwrap(), expected);
    }
    for (answer, expected) in [
        (line.clone(), Untagged::Line(self::line(1))),
        (json!("x"), Untagged::Text("x".into())),
        (json!(7), Untagged::Number(7)),
        (json!(null), Untagged::Null),
        (
            json!([{"key": "k", "value": line}]),
            Untagged::Map(HashMap::from([("k".into(), self::line(1))])),
        ),
    ] {
        assert_eq!(decode::<Untagged>(&json!({"value": answer})).unwrap(), expected);
    }
    let flat = json!({"kind": "unit", "number": 1, "note": null, "tags": null, "own": 3});
    let expected = Flat { what: Internal::Unit, line: self::line(1), own: 3 };
    assert_eq!(decode::<Flat>(&json!({ "value": flat })).unwrap(), expected);
    let sum = json!({"Add": {"0": {"Number": 1.5}, "1": {"Number": 2}}});
    let [one, two] = [1.5, 2.0].map(|number| Box::new(Expression::Number(number)));
    assert_eq!(decode::<Expression>(&json!({ "value": sum })).unwrap(), Expression::Add(one, two));
}

#[test]
fn ranges_and_words_reach_the_model() {
    #[derive(Deserialize, JsonSchema)]
    #[allow(dead_code)]
    struct Limits {
        score: u8,
        #[schemars(range(min = 1, max = 5))]
        stars: i64,
        /// In a sentence.
        #[schemars(length(max = 80))]
        why: String,
        /// The worst.
        worst: Line,
    }
    let schema = output_schema::<Limits>().unwrap();
    let properties = &schema.json()["properties"];
    assert_eq!(properties["score"], json!({"type": "integer", "minimum": 0, "maximum": 255}));
    assert_eq!(properties["stars"], json!({"type": "integer", "minimum": 1, "maximum": 5}));
    assert_eq!(properties["why"]["description"], "In a sentence. (maxLength: 80)");
    let worst = json!({"anyOf": [{"$ref": "#/$defs/Line"}], "description": "The worst."});
    assert_eq!(properties["worst"], worst);
    let number = &schema.json()["$defs"]["Line"]["properties"]["number"];
    assert_eq!(number["description"], "The number.");
}

#[test]
fn a_misfit_says_where_and_keeps_the_result() {
    let answer = json!({"name": "a", "children": [{"name": 7}], "by_name": null, "next": null});
    let error = decode::<Tree>(&answer).unwrap_err();
    let shown = format!("{error:?}");
    assert!(shown.contains("children[0].name: invalid type: integer `7`"), "{shown}");
    let Error::TypedOutput { result, source: Some(_), .. } = error else { panic!("{error:?}") };
    assert_eq!(result.final_response.as_deref(), Some(answer.to_string().as_str()));
    // What is before the misfit is still read as it should be.
    let answer = json!({"name": "a", "children": null, "by_name": 7, "next": null});
    let shown = format!("{:?}", decode::<Tree>(&answer).unwrap_err());
    assert!(shown.contains("by_name: invalid type"), "{shown}");
    let shown = format!("{:?}", decode::<Vec<u8>>(&json!([])).unwrap_err());
    assert!(shown.contains("member `value`"), "{shown}");
}

#[test]
fn no_answer_an_interrupted_turn_and_a_misfit_differ() {
    let schema = output_schema::<Line>().unwrap();
    let said = |answer: Option<&str>, status: &str| {
        let mut result = RunResult::from_items([]);
        result.final_response = answer.map(str::to_owned);
        result.status = status.into();
        let error = schema.decode(&result).unwrap_err();
        let Error::TypedOutput { result: kept, source, .. } = &error else { panic!("{error:?}") };
        assert_eq!(error.turn_result(), Some(&**kept));
        assert_eq!((&**kept, source.is_some()), (&result, answer.is_some()));
        error.to_string()
    };
    let cut = r#"{"number": 1, "no"#;
    for (said, expected) in [
        (said(None, "interrupted"), "was interrupted before its final answer"),
        (said(Some(cut), "interrupted"), "was interrupted, and what it had said"),
        (said(None, "completed"), "ended without a final answer"),
        (said(Some(cut), "completed"), "does not fit its type; it is: {\"number\""),
    ] {
        assert!(said.contains(expected), "{said}");
    }
}

#[test]
fn what_fits_no_branch_is_found_out_at_once() {
    #[derive(JsonSchema)]
    #[serde(untagged)]
    #[allow(dead_code, reason = "only its schema counts")]
    enum Chain {
        Left { next: Box<Chain> },
        Right { next: Box<Chain> },
        End(bool),
    }
    #[derive(Deserialize, JsonSchema)]
    #[serde(transparent)]
    struct Read(#[schemars(with = "Chain")] Value);

    // Two branches at each of its places: more ways through it than there is time.
    let chain = (0..100).fold(json!("no end"), |next, _| json!({"next": next}));
    assert_eq!(decode::<Read>(&json!({"value": &chain})).unwrap().0, chain);
}
