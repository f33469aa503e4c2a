//! Final answers as values of types that strict mode has no words for.

use std::collections::HashMap;

use codex_app_server::{Error, TypedTurn, protocol::TurnStatus};
use codex_app_server_testkit::{Answer, Gate};
use serde_json::json;

use crate::blocking_turns_are_the_same::with_model;
use support::{Real, soon, until};

#[derive(Debug, PartialEq, schemars::JsonSchema, serde::Deserialize)]
struct Review {
    verdict: Verdict,
    #[serde(default)]
    remarks: Vec<String>,
    /// By file.
    findings: HashMap<String, Vec<Finding>>,
    lines: (u32, u32),
}

#[derive(Debug, PartialEq, schemars::JsonSchema, serde::Deserialize)]
enum Verdict {
    Fine,
    Reject { reason: String, severity: u8 },
}

#[derive(Debug, PartialEq, schemars::JsonSchema, serde::Deserialize)]
struct Finding {
    text: String,
    #[serde(default)]
    line: u32,
}

fn answer() -> String {
    json!({
        "verdict": {"Reject": {"reason": "it overflows", "severity": 4}},
        "remarks": null,
        "findings": [{"key": "a.rs", "value": [{"text": "here", "line": null}]}],
        "lines": {"0": 3, "1": 9},
    })
    .to_string()
}

fn expected() -> Review {
    let finding = Finding { text: "here".into(), line: 0 };
    Review {
        verdict: Verdict::Reject { reason: "it overflows".into(), severity: 4 },
        remarks: Vec::new(),
        findings: HashMap::from([("a.rs".into(), vec![finding])]),
        lines: (3, 9),
    }
}

#[tokio::test]
async fn defaults_maps_enums_and_tuples_travel_in_strict_mode() {
    let real = Real::start([Answer::text(answer())]).await;
    let review = soon(real.thread().await.run_typed::<Review>("Review")).await.unwrap();
    assert_eq!(review.value, expected());
    assert_eq!(review.result.final_response, Some(answer()));
    let format = &real.model.next_request().await.body["text"]["format"];
    assert_eq!(format["strict"], true);
    let properties = &format["schema"]["properties"];
    assert_eq!(properties["findings"]["items"]["required"], json!(["key", "value"]));
    assert_eq!(properties["lines"]["required"], json!(["0", "1"]));
}

#[tokio::test]
async fn a_typed_turn_streams_and_gives_its_value() {
    let real = Real::start([Answer::text(answer()).deltas(4)]).await;
    let mut turn = soon(real.thread().await.turn_typed::<Review>("Review")).await.unwrap();
    let mut text = String::new();
    while let Some(piece) = soon(turn.next_text()).await {
        text.push_str(&piece.unwrap());
    }
    assert_eq!(text, answer());
    assert_eq!(soon(turn.run()).await.unwrap().value, expected());
    // After the end it gives the same again.
    assert_eq!(soon(turn.run()).await.unwrap().value, expected());
}

#[tokio::test]
async fn an_interrupted_turn_says_so_and_keeps_what_was_done() {
    let gate = Gate::new();
    let real = Real::start([Answer::text(answer()).deltas(4).gate_after(1, &gate)]).await;
    let mut turn: TypedTurn<Review> = soon(real.thread().await.turn_typed("Review")).await.unwrap();
    until(&mut turn, "item/agentMessage/delta").await;
    soon(turn.interrupt()).await.unwrap();
    let error = soon(turn.run()).await.unwrap_err();
    assert!(error.to_string().contains("was interrupted before its final answer"), "{error}");
    let Error::TypedOutput { result, source: None, .. } = error else { panic!("{error:?}") };
    assert_eq!((result.id.as_str(), &result.status), (turn.id(), &TurnStatus::Interrupted));
}

#[tokio::test]
async fn a_type_that_cannot_be_asked_for_is_refused_before_anything_is_sent() {
    #[derive(Debug, schemars::JsonSchema, serde::Deserialize)]
    #[allow(dead_code)]
    struct Loose {
        files: Vec<HashMap<String, serde_json::Value>>,
    }
    let real = Real::start([]).await;
    let thread = real.thread().await;
    for error in [
        soon(thread.run_typed::<Loose>("Review")).await.unwrap_err(),
        soon(thread.turn_typed::<Loose>("Review")).await.unwrap_err(),
    ] {
        assert!(matches!(error, Error::InvalidInput { .. }), "{error:?}");
        assert!(error.to_string().contains("`Loose.files[]{}` may be any JSON"), "{error}");
    }
    let error = soon(thread.read_with_turns()).await.unwrap_err();
    assert!(error.rpc_kind().is_some(), "a turn was started: {error:?}");
}

#[test]
fn typed_turns_need_no_async() {
    with_model(vec![Answer::text(answer()), Answer::text(answer())], |config| {
        let codex = codex_app_server::blocking::Codex::builder()
            .app_server(config)
            .connect_stdio()
            .unwrap();
        let thread = codex.thread_start(codex_app_server::ThreadConfig::new()).unwrap();
        assert_eq!(thread.run_typed::<Review>("Review").unwrap().value, expected());
        let mut turn = thread.turn_typed::<Review>("Again").unwrap();
        for event in &mut *turn {
            event.unwrap();
        }
        assert_eq!(turn.run().unwrap().value, expected());
    });
}
