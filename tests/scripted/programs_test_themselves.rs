//! Programs that use the SDK test what they do with results, items and errors, without any server.

use std::{sync::Arc, time::Duration};

use codex_app_server::{
    CloseReason, Error, RunResult, TypedResult, output_schema,
    protocol::{ThreadItem, TurnStatus},
};
use serde_json::{Value, json};

/// What a program makes of a result.
fn summarise(result: &RunResult) -> String {
    let commands = result.items.iter().filter_map(|item| match item {
        ThreadItem::CommandExecution(command) => Some(command.command.as_str()),
        _ => None,
    });
    let commands = commands.collect::<Vec<_>>().join(", ");
    let answer = result.final_response.as_deref().unwrap_or("nothing");
    format!("{}: {answer} ({commands})", result.status)
}

/// What a program does about an error.
fn advice(error: &Error) -> &'static str {
    match error {
        _ if error.is_retryable() => "later",
        _ if error.is_closed() => "connect",
        _ if error.is_timeout() => "wait",
        Error::TurnFailed(result) if result.error.is_some() => "say why",
        Error::TypedOutput { result, .. } if result.status == TurnStatus::Interrupted => "resume",
        Error::TypedOutput { .. } => "ask again",
        _ => "give up",
    }
}

fn item(json: Value) -> ThreadItem {
    serde_json::from_value(json).unwrap()
}

#[derive(Debug, PartialEq, schemars::JsonSchema, serde::Deserialize, serde::Serialize)]
struct Score {
    points: u8,
    #[serde(default)]
    remarks: Vec<String>,
}

#[test]
fn a_result_is_made_of_items() {
    let mut result = RunResult::from_items([
        item(json!({"type": "agentMessage", "id": "1", "text": "On it", "phase": "commentary"})),
        item(json!({
            "type": "commandExecution", "id": "2", "command": "ls", "commandActions": [],
            "cwd": "/", "status": "completed",
        })),
        item(json!({"type": "agentMessage", "id": "3", "text": "Done"})),
    ]);
    assert_eq!(summarise(&result), "completed: Done (ls)");
    result.status = TurnStatus::Interrupted;
    result.final_response = None;
    assert_eq!(summarise(&result), "interrupted: nothing (ls)");
    assert_eq!(summarise(&RunResult::from_answer("Hi")), "completed: Hi ()");
}

#[test]
fn errors_are_made_too() {
    let failed: RunResult = serde_json::from_value(json!({
        "status": "failed", "error": {"message": "out of credit"},
    }))
    .unwrap();
    let mut interrupted = RunResult::from_items([]);
    interrupted.status = TurnStatus::Interrupted;
    let schema = output_schema::<Score>().unwrap();
    for (error, expected) in [
        (Error::rpc("turn/start", -32001, "busy"), "later"),
        (Error::rpc("turn/start", -32600, "no"), "give up"),
        (Error::closed(CloseReason::ServerClosed), "connect"),
        (Error::request_timeout("turn/start", Duration::from_secs(1)), "wait"),
        (Error::TurnFailed(Arc::new(failed)), "say why"),
        (schema.decode(&interrupted).unwrap_err(), "resume"),
        (schema.decode(&RunResult::from_answer("no JSON")).unwrap_err(), "ask again"),
    ] {
        assert_eq!(advice(&error), expected, "{error:?}");
    }
}

#[test]
fn a_typed_result_is_written_to_a_file_and_read_again() {
    /// A line of a harness's file: the result within what the program adds.
    #[derive(Debug, PartialEq, serde::Deserialize, serde::Serialize)]
    struct Line {
        task: u32,
        #[serde(flatten)]
        typed: TypedResult<Score>,
    }
    let answer = json!({"points": 3, "remarks": null}).to_string();
    let mut result = RunResult::from_answer(&answer);
    result.items.push(item(json!({"type": "of the future", "x": 0.5})));
    result.unread = serde_json::from_value::<RunResult>(json!({
        "status": "completed",
        "unread": [{"method": "item/completed", "params": {"b": 1, "a": 2}, "reason": "odd"}],
    }))
    .unwrap()
    .unread;
    let value = output_schema::<Score>().unwrap().decode(&result).unwrap();
    assert_eq!(value, Score { points: 3, remarks: Vec::new() });
    let typed = json!({"value": value, "result": result});
    let line = Line { task: 7, typed: serde_json::from_value(typed).unwrap() };

    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), serde_json::to_string(&line).unwrap()).unwrap();
    let text = std::fs::read_to_string(file.path()).unwrap();
    assert_eq!(serde_json::from_str::<Line>(&text).unwrap(), line);
    let json: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(json["result"]["finalResponse"], answer);
    assert_eq!(json["result"]["unread"][0]["params"]["a"], 2);
}
