//! The rules of decoding and encoding, on small types made by the same macros as the generated
//! ones.

#![allow(unreachable_pub, reason = "the macros are made for public types")]

mod goldens;

use super::*;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

#[derive(Clone, PartialEq)]
struct Point {
    x: i64,
    label: Option<String>,
    note: Option<String>,
    limit: Maybe<u32>,
    tags: Vec<String>,
    visible: bool,
    api_key: Option<String>,
    unknown_fields: UnknownFields,
}
object!(Point {
    x: "x" required;
    label: "label" nullable;
    note: "note" optional;
    limit: "limitMs" maybe;
    tags: "tags" default;
    visible: "visible" default(true);
    api_key: "apiKey" optional;
});
redacted_debug!(Point {
    x;
    label;
    note;
    limit;
    tags;
    visible;
    api_key secret;
});
setters!(Point {
    option note: String, "A note.";
    maybe limit: u32, "A limit.";
    list tags: String, "Tags.";
    plain visible: bool, "Shown.";
});

#[derive(Clone, Debug, PartialEq)]
enum Shapes {
    Empty,
    Point(Point),
    Unknown(UnknownValue),
}
tagged_union!(Shapes by "type" {
    Empty = "empty";
    Point(Point) = "point";
});

#[derive(Clone, Debug, PartialEq)]
struct Drawing {
    points: Vec<Point>,
    shapes: Vec<Shapes>,
    unknown_fields: UnknownFields,
}
object!(Drawing {
    points: "points" list;
    shapes: "shapes" list;
});

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Mode {
    OnRequest,
    Unknown(String),
}
open_enum!(Mode {
    OnRequest = "on-request";
});

#[derive(Clone, Debug, PartialEq, Eq)]
struct Home(String);
path_type!(Home);

#[derive(Clone, Debug, PartialEq)]
enum Decision {
    Accept,
    Amend(Vec<String>),
    Unknown(UnknownValue),
}
keyed_union!(Decision {
    Accept = "accept";
} {
    Amend(Vec<String>) = "amend";
});

#[derive(Clone, Debug, PartialEq)]
enum Body {
    Text(String),
    Point(Point),
    Mode(Vec<Mode>),
    Unknown(UnknownValue),
}
untagged_union!(Body {
    Text(String) = Shape::Text;
    Point(Point) = Shape::Object { required: &["x"], known: &["x", "note"], tags: &[] };
    Mode(Vec<Mode>) = Shape::List;
} Unknown);

#[derive(Clone, Debug, PartialEq)]
enum Notice {
    Moved(Point),
    Unknown(UnknownMessage),
}
messages!(Notice {
    Moved(Point) = "point/moved";
});

#[track_caller]
fn read<T: DeserializeOwned>(json: Value) -> T {
    serde_json::from_str(&json.to_string()).expect("it can be read")
}

#[track_caller]
fn error<T: DeserializeOwned>(json: Value) -> String {
    match serde_json::from_str::<T>(&json.to_string()) {
        Ok(_) => panic!("{json} must not be read"),
        Err(error) => error.to_string(),
    }
}

#[track_caller]
fn same<T: DeserializeOwned + serde::Serialize>(json: Value) -> T {
    let value = read::<T>(json.clone());
    assert_eq!(serde_json::to_value(&value).expect("it can be written"), json);
    value
}

#[test]
fn missing_null_and_default() {
    let least = read::<Point>(json!({"x": 1}));
    assert_eq!((least.label.as_ref(), least.note.as_ref(), least.visible), (None, None, true));
    assert!(least.limit.is_unset() && least.tags.is_empty());
    assert_eq!(
        serde_json::to_value(&least).expect("it can be written"),
        json!({"x": 1, "label": null, "tags": [], "visible": true})
    );

    let nulls = read::<Point>(
        json!({"x": 1, "label": null, "note": null, "limitMs": null, "tags": null, "visible": null}),
    );
    assert_eq!(nulls, Point { limit: Maybe::Null, ..least });
    assert!(error::<Point>(json!({"label": "a"})).contains("missing field `x`"));
    assert!(error::<Point>(json!({"x": null})).contains("invalid type: null"));
}

#[test]
fn unknown_fields_are_kept() {
    let point: Point = same(
        json!({"x": 1, "label": null, "tags": [], "visible": false, "z": {"deep": [1]}, "_y": null}),
    );
    assert_eq!(point.unknown_fields.get("z"), Some(&json!({"deep": [1]})));
    assert_eq!(point.unknown_fields.iter().count(), 2);
    let point = point.unknown_field("w", 3).note("n").limit(None).tags(["a", "b"]).visible(true);
    assert_eq!(point.unknown_fields.get("w"), Some(&json!(3)));
    assert_eq!((point.note.as_deref(), point.limit, point.tags.len()), (Some("n"), Maybe::Null, 2));
    assert_eq!(size_of::<UnknownFields>(), size_of::<usize>());
}

#[test]
fn escaped_names_are_read() {
    let point: Point = serde_json::from_str(r#"{"\u0078": 7, "a\"b": 1}"#).expect("it can be read");
    assert_eq!((point.x, point.unknown_fields.get("a\"b")), (7, Some(&json!(1))));
}

#[test]
fn secrets_are_not_shown() {
    let point: Point = read(json!({"x": 1, "apiKey": "sk-123", "label": "shown"}));
    let shown = format!("{point:?}");
    assert!(
        !shown.contains("sk-123") && shown.contains("[redacted]") && shown.contains("shown"),
        "{shown}"
    );
}

#[test]
fn secrets_are_not_shown_of_what_is_unknown_either() {
    let unknown = json!({"type": "circle", "newToken": "sk-123", "radius": 7});
    let shapes: Shapes = same(unknown.clone());
    let decision: Decision = same(json!({"grow": unknown}));
    let body: Body = same(json!({"newToken": "sk-123", "radius": 7}));
    let point: Point = read(json!({"x": 1, "newToken": "sk-123", "radius": 7}));
    let notice = Notice::decode("circle/moved", &unknown.to_string());
    for shown in [format!("{shapes:?}"), format!("{decision:?}"), format!("{body:?}")]
        .into_iter()
        .chain([format!("{point:?}"), format!("{notice:?}")])
    {
        assert!(!shown.contains("sk-123") && shown.contains(r#""radius":7"#), "{shown}");
    }
}

#[test]
fn a_known_tag_is_strict_and_an_unknown_one_is_kept() {
    assert!(matches!(same::<Shapes>(json!({"type": "empty"})), Shapes::Empty));
    assert_eq!(read::<Shapes>(json!({"type": "empty", "more": 1})), Shapes::Empty);
    let kept: Shapes = same(json!({"type": "circle", "radius": 2.5, "a": null}));
    assert_eq!(kept.tag(), "circle");
    assert!(error::<Shapes>(json!({"type": "point", "x": "one"})).contains("invalid type"));
    assert!(error::<Shapes>(json!({"type": "point"})).contains("missing field `x`"));
    assert!(error::<Shapes>(json!({"x": 1})).contains("missing field `type`"));
    assert!(error::<Shapes>(json!({})).contains("missing field `type`"));
    assert!(error::<Shapes>(json!({"a": 1, "type": 5})).contains("`type` is not a string"));
    assert!(error::<Shapes>(json!("point")).contains("an object with `type`"));
}

#[test]
fn the_tag_may_stand_anywhere() {
    let first: Shapes =
        serde_json::from_str(r#"{"type":"point","x":1,"z":true}"#).expect("it can be read");
    let last: Shapes =
        serde_json::from_str(r#"{"x":1,"z":true,"type":"point"}"#).expect("it can be read");
    assert_eq!(first, last);
    let text = serde_json::to_string(&first).expect("it can be written");
    assert!(text.starts_with(r#"{"type":"point","x":1"#), "{text}");
    let wrong = serde_json::from_str::<Shapes>(r#"{"x":"one","type":"point"}"#);
    assert!(wrong.is_err_and(|error| error.to_string().contains("invalid type")));
    let other: Shapes = serde_json::from_str(r#"{"x":1,"type":"circle"}"#).expect("it can be read");
    assert_eq!(other, Shapes::Unknown(json!({"x": 1, "type": "circle"}).into()));
    assert_eq!(Shapes::from(read::<Point>(json!({"x": 1, "z": true}))), first);
}

#[test]
fn a_string_has_a_type_and_never_fails() {
    assert_eq!(same::<Mode>(json!("on-request")), Mode::OnRequest);
    assert_eq!(same::<Mode>(json!("later")), Mode::Unknown("later".into()));
    assert_eq!(Mode::from("on-request").to_string(), "on-request");
    assert_eq!("later".parse(), Ok(Mode::Unknown("later".into())));
    assert_eq!(format!("{:>12}", Mode::OnRequest), "  on-request");
    assert_eq!(Maybe::<Mode>::from("on-request"), Maybe::Value(Mode::OnRequest));
    assert!(error::<Mode>(json!(1)).contains("invalid type"));
    let home = Home::from(Path::new("/srv/app"));
    assert_eq!(
        (home.as_str(), home.as_path(), home == "/srv/app"),
        ("/srv/app", Path::new("/srv/app"), true)
    );
    assert_eq!(Maybe::<Home>::from(Path::new("/srv/app")), Maybe::Value(home.clone()));
    assert_eq!(home.into_string(), "/srv/app");
}

#[test]
fn a_key_tells_the_branch() {
    assert_eq!(same::<Decision>(json!("accept")), Decision::Accept);
    assert_eq!(same::<Decision>(json!({"amend": ["a"]})), Decision::Amend(vec!["a".into()]));
    for unknown in [
        json!("later"),
        json!({"later": 1}),
        json!({}),
        json!({"amend": ["a"], "later": 1}),
        json!({"a": 1, "b": 2}),
    ] {
        assert_eq!(same::<Decision>(unknown.clone()), Decision::Unknown(unknown.into()));
    }
    assert!(error::<Decision>(json!({"amend": 1})).contains("invalid type"));
    assert!(error::<Decision>(json!(1)).contains("a string or an object"));
    assert_eq!(Decision::from("accept"), Decision::Accept);
    assert_eq!(Decision::from("later"), Decision::Unknown(json!("later").into()));
}

#[test]
fn the_shape_tells_the_branch() {
    assert_eq!(same::<Body>(json!("a")), Body::Text("a".into()));
    assert_eq!(same::<Body>(json!(["on-request"])), Body::Mode(vec![Mode::OnRequest]));
    assert!(matches!(read::<Body>(json!({"x": 1, "note": "n"})), Body::Point(_)));
    assert!(matches!(read::<Body>(json!({"x": 1, "more": "n"})), Body::Point(_)));
    assert_eq!(same::<Body>(json!({"y": 1})), Body::Unknown(json!({"y": 1}).into()));
    assert!(error::<Body>(json!({"x": "one"})).contains("invalid type"));
}

/// What a server has sent is written back to the letter.
#[track_caller]
fn kept<T: DeserializeOwned + serde::Serialize>(json: &str) -> T {
    let value = decode_sent(json).expect("it can be read");
    assert_eq!(serde_json::to_string(&value).expect("it can be written"), json);
    value
}

#[test]
fn what_a_value_cannot_hold_is_kept_as_it_came() {
    for odd in [
        "18446744073709551616",
        "-9223372036854775809",
        "1e400",
        "0.10",
        "-0",
        r#""\ud800""#,
        r#"{"b":[{"c":184467440737095516160}],"a":1}"#,
    ] {
        let fields = r#""label":null,"tags":[],"visible":false"#;
        kept::<Point>(&format!(r#"{{"x":1,{fields},"z":{odd}}}"#));
        kept::<Shapes>(&format!(r#"{{"type":"point","x":1,{fields},"z":{odd}}}"#));
        kept::<Shapes>(&format!(r#"{{"radius":{odd},"type":"circle"}}"#));
        kept::<Decision>(&format!(r#"{{"later":{odd}}}"#));
        kept::<Decision>(&format!(r#"{{"amend":["a"],"later":{odd}}}"#));
        kept::<Body>(&format!(r#"{{"x":1,{fields},"z":{odd}}}"#));
        let body: Body = kept(&format!(r#"{{"y":{odd}}}"#));
        assert!(
            matches!(body, Body::Unknown(value) if value.reason.is_none() || odd.contains("e400") || odd.contains("ud800"))
        );
    }
    // What is set by the program takes the place of what came.
    let point: Point = decode_sent(r#"{"x":1,"z":18446744073709551616}"#).expect("it can be read");
    let text = serde_json::to_string(&point.unknown_field("z", 2)).expect("it can be written");
    assert!(text.ends_with(r#""z":2}"#), "{text}");
    // Types of the program that take JSON apart are read as ever.
    #[derive(serde::Deserialize)]
    struct Own {
        #[serde(flatten)]
        point: Point,
    }
    let own: Own = decode_sent(r#"{"x":1,"z":18446744073709551616}"#).expect("it can be read");
    assert_eq!(own.point.unknown_fields.get("z"), Some(&json!(18446744073709551616.0)));
}

/// The reason of a value that was read leniently, which must be written back as it came.
#[track_caller]
fn misfit<T: DeserializeOwned + serde::Serialize + std::fmt::Debug>(json: Value) -> String {
    let reading = read_sent::<T>(&json.to_string());
    assert!(reading.misfit.is_some(), "{json} fits");
    let value = reading.value.expect("it is kept");
    assert_eq!(serde_json::to_value(&value).expect("it can be written"), json);
    format!("{value:?}")
}

#[test]
fn what_a_server_sends_and_does_not_fit_is_kept_by_the_smallest_union_around_it() {
    for json in [
        json!({"type": "point", "x": "one"}),
        json!({"x": 1, "type": 5}),
        json!({"type": "point"}),
        json!({}),
        json!(7),
        Value::Null,
    ] {
        assert!(misfit::<Shapes>(json).contains("reason: Some("));
    }
    for json in [json!({"amend": 1}), json!(1), json!([])] {
        assert!(misfit::<Decision>(json).contains("reason: Some("));
    }
    assert!(misfit::<Body>(json!({"x": "one"})).contains("invalid type"));
    // The tag may stand anywhere.
    let last = read_sent::<Shapes>(r#"{"x":"one","type":"point"}"#).value.expect("it is kept");
    assert_eq!(last.tag(), "point");
    // What has no such place is an error, and strict reading comes back after it.
    let reading = read_sent::<Point>(r#"{"x":"one"}"#);
    assert!(reading.value.is_none() && reading.misfit.is_some());
    assert!(error::<Shapes>(json!({"type": "point"})).contains("missing field `x`"));
}

#[test]
fn what_json_values_cannot_hold_is_kept_as_text() {
    let deep = format!("{}1{}", "[".repeat(10_000), "]".repeat(10_000));
    for inside in [deep.as_str(), r#""\ud800""#] {
        let json = format!(r#"{{"type":"point","x":{inside}}}"#);
        match read_sent::<Shapes>(&json).value {
            Some(Shapes::Unknown(kept)) => {
                assert_eq!(kept, Value::String(json));
                assert!(kept.reason.is_some());
            }
            other => panic!("{other:?}"),
        }
        // Where only what is unknown is odd, the rest is read.
        let json = format!(r#"{{"x":1,"z":{inside},"type":"point"}}"#);
        let read = read_sent::<Shapes>(&json);
        assert!(read.misfit.is_none());
        assert!(matches!(read.value, Some(Shapes::Point(point)) if point.x == 1));
    }
}

#[test]
fn of_a_list_that_a_server_sends_the_members_that_fit_arrive() {
    let json = json!({
        "points": [{"x": 1}, {"x": "one"}, {"x": 3}, 4],
        "shapes": [{"type": "empty"}, {"type": "point"}],
    });
    let drawing = read_sent::<Drawing>(&json.to_string()).value.expect("it is read");
    assert_eq!(drawing.points.iter().map(|point| point.x).collect::<Vec<_>>(), [1, 3]);
    assert!(matches!(&drawing.shapes[..], [Shapes::Empty, Shapes::Unknown(_)]));
    let misfits: Vec<_> = drawing.unknown_fields.misfits().collect();
    let [("points", one), ("points", four)] = &misfits[..] else { panic!("{misfits:?}") };
    assert_eq!((&***one, &***four), (&json!({"x": "one"}), &json!(4)));
    assert!(one.reason.as_deref().is_some_and(|reason| reason.contains("invalid type")));
    assert!(!drawing.unknown_fields.is_empty());
    assert!(error::<Drawing>(json).contains("invalid type"));
}

#[test]
fn a_message_never_fails() {
    let moved = Notice::decode("point/moved", r#"{"x":1}"#);
    assert!(matches!(&moved, Notice::Moved(point) if point.x == 1));
    assert_eq!(read::<Notice>(serde_json::to_value(&moved).expect("it can be written")), moved);

    let unknown = Notice::decode(
        "point/gone",
        r#"{"threadId": "t", "turn": {"id": "u"}, "item": {"id": "i"}}"#,
    );
    let Notice::Unknown(message) = &unknown else { panic!("{unknown:?}") };
    assert_eq!((unknown.method(), message.reason.as_deref()), ("point/gone", None));
    assert_eq!(
        message.params.get(),
        r#"{"threadId": "t", "turn": {"id": "u"}, "item": {"id": "i"}}"#
    );
    assert_eq!(
        (message.thread_id(), message.turn_id(), message.item_id()),
        (Some("t"), Some("u"), Some("i"))
    );
    assert_eq!(
        read::<Notice>(serde_json::to_value(&unknown).expect("it can be written")).method(),
        "point/gone"
    );

    let misfit = Notice::decode("point/moved", r#"{"x":"one"}"#);
    let Notice::Unknown(message) = &misfit else { panic!("{misfit:?}") };
    assert!(message.reason.as_deref().is_some_and(|reason| reason.contains("invalid type")));
    assert_eq!((message.params.get(), message.thread_id()), (r#"{"x":"one"}"#, None));

    let broken = Notice::decode("point/moved", "{");
    assert!(matches!(&broken, Notice::Unknown(message) if message.params.get() == r#""{""#));
}

#[test]
fn setters_take_what_users_have() {
    assert_eq!(Maybe::from("a"), Maybe::Value("a".to_owned()));
    assert_eq!(Maybe::<String>::from(&Some("a".to_owned())), Maybe::Value("a".to_owned()));
    assert_eq!(Maybe::from(Path::new("/a")), Maybe::Value(PathBuf::from("/a")));
    assert_eq!(Maybe::<PathBuf>::from(None), Maybe::Null);
    assert_eq!(Maybe::<u32>::from(None), Maybe::Null);
    assert_eq!(Maybe::Value(1).map(|value| value + 1).or(Maybe::Null), Maybe::Value(2));
    assert_eq!(Maybe::Unset.or(Maybe::Value(1)), Maybe::Value(1));
    let list = |value: Maybe<Vec<Mode>>| value.into_option().map(|list| list.len());
    assert_eq!(list(["on-request", "later"].into_list()), Some(2));
    assert_eq!(list(vec![Mode::OnRequest].into_list()), Some(1));
    assert_eq!(list([Mode::OnRequest].as_slice().into_list()), Some(1));
    assert!(IntoList::<Mode>::into_list(None::<Vec<Mode>>).is_null());
    assert!(IntoList::<Mode>::into_list(Maybe::Unset).is_unset());
}
