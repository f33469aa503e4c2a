//! Writes the script of a scenario for the scripted app-server to stdout:
//! `bench-script stream|flood|turns|read|approve|item COUNT`.
//!
//! What matters is written as codex writes it, with the members in its order, and a turn's closing
//! item does not repeat the text of its deltas.

use std::{env, error::Error};

use codex_app_server_testkit::{Action, Script, message, turn_accepted, turn_ended, turn_started};
use serde_json::json;

/// Deltas of each turn when there are many turns.
const DELTAS_PER_TURN: usize = 200;

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = env::args().skip(1).collect();
    let [what, count] = &args[..] else {
        return Err("usage: bench-script stream|flood|turns|read|approve|item COUNT".into());
    };
    let count = count.parse()?;
    let script = match what.as_str() {
        "stream" => one_turn(vec![deltas(1, count)]),
        // The same, made by the server: millions of lines are too many for a script.
        "flood" => one_turn(vec![Action::deltas(count, "word ")]),
        "turns" => turns(count),
        "read" => Script::new().on("thread/read", [thread_read()]),
        "approve" => one_turn(vec![approval(); count]),
        "item" => Script::new().on("turn/start", item(count)),
        _ => return Err(format!("there is no script `{what}`").into()),
    };
    println!("{}", serde_json::to_string(&script)?);
    Ok(())
}

/// Each turn does these things.
fn one_turn(middle: Vec<Action>) -> Script {
    let actions = [
        vec![turn_accepted()],
        turn_started(),
        middle,
        message("Done.", 0),
        turn_ended("completed"),
    ];
    Script::new().on("turn/start", actions.concat())
}

/// So many turns, which begin when the client names a thread. One delta of each, then the next of
/// each, so that each line is for somebody else than the one before. The client has to start
/// threads and turns one by one: the server counts them.
fn turns(count: usize) -> Script {
    let ends: Vec<String> = (1..=count).map(turn_completed).collect();
    let all_at_once =
        [Action::respond(json!({})), deltas(count, DELTAS_PER_TURN), Action::raw(&ends.join("\n"))];
    Script::new()
        .on("turn/start", [vec![turn_accepted()], turn_started()].concat())
        .on("thread/name/set", all_at_once)
}

/// So many deltas of each of so many turns.
fn deltas(turns: usize, each: usize) -> Action {
    let round: Vec<String> = (1..=turns).map(delta).collect();
    Action::raw(&vec![round.join("\n"); each].join("\n"))
}

fn delta(n: usize) -> String {
    format!(
        r#"{{"method":"item/agentMessage/delta","params":{{"threadId":"thread-{n}","turnId":"turn-{n}","itemId":"msg-turn-{n}","delta":"word "}},"emittedAtMs":1795000000000}}"#
    )
}

fn turn_completed(n: usize) -> String {
    format!(
        r#"{{"method":"turn/completed","params":{{"threadId":"thread-{n}","turn":{{"id":"turn-{n}","rootTurnId":"turn-{n}","items":[],"itemsView":"summary","status":"completed","error":null,"startedAt":1795000000,"completedAt":1795000000,"durationMs":1}}}},"emittedAtMs":1795000000000}}"#
    )
}

fn thread_read() -> Action {
    Action::respond(json!({ "thread": {
        "id": "{{threadId}}", "sessionId": "{{threadId}}", "extra": null,
        "environments": [{
            "environmentId": "local", "cwd": "/fake/project",
            "runtimeWorkspaceRoots": ["/fake/project"],
        }],
        "forkedFromId": null, "attachedToThreadId": null, "parentThreadId": null,
        "preview": "", "ephemeral": false, "section": null, "sectionEnteredAt": null,
        "projectId": null, "historyMode": "paginated", "modelProvider": "fake",
        "model": "fake-model", "reasoningEffort": null, "createdAt": 1_795_000_000,
        "updatedAt": 1_795_000_000, "recencyAt": 1_795_000_000, "status": { "type": "idle" },
        "path": "/fake/sessions/{{threadId}}.jsonl", "cwd": "/fake/project",
        "cliVersion": "1.0.0", "originator": "fake", "source": "vscode",
        "canAcceptDirectInput": true, "threadSource": null, "agentNickname": null,
        "agentRole": null, "gitInfo": null, "name": null, "daybreakEnabled": null, "turns": [],
    } }))
}

fn approval() -> Action {
    Action::ask(
        "item/commandExecution/requestApproval",
        json!({
            "kind": "command", "threadId": "{{threadId}}", "turnId": "{{turnId}}",
            "itemId": "call-1", "startedAtMs": 1_795_000_000_000_u64, "environmentId": "local",
            "command": "/bin/bash -lc 'touch file.txt'", "cwd": "/fake/project",
            "commandActions": [{ "type": "unknown", "command": "touch file.txt" }],
            "proposedExecpolicyAmendment": ["touch", "file.txt"],
            "availableDecisions": ["accept", "cancel"],
        }),
    )
}

/// A turn with one item of so many bytes, which its end repeats, as codex does.
fn item(bytes: usize) -> Vec<Action> {
    let text = "word ".repeat(bytes / 5);
    let item = format!(
        r#"{{"type":"agentMessage","moderation":null,"id":"msg-1","text":"{text}","phase":null,"memoryCitation":null,"delivery":null,"questions":null,"startedAtMs":1795000000000,"completedAtMs":1795000000000}}"#
    );
    let completed = format!(
        r#"{{"method":"item/completed","params":{{"item":{item},"threadId":"thread-1","turnId":"turn-1","contentTokenCount":null,"completedAtMs":1795000000000}},"emittedAtMs":1795000000000}}"#
    );
    let ended = turn_completed(1).replace(r#""items":[]"#, &format!(r#""items":[{item}]"#));
    [vec![turn_accepted()], turn_started(), vec![Action::raw(&completed), Action::raw(&ended)]]
        .concat()
}
