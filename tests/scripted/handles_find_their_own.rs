//! Handles of what the server names late, or not at all, find what is theirs.

use codex_app_server::{
    Codex, Error, ThreadConfig,
    generated::v2_all::{CommandExecParams, ConfigReadParams},
};
use codex_app_server_testkit::{Action, Script};
use serde_json::{Value, json};

use support::{fake, fake_with, refused_argument, soon, thread_of, turn_object};

/// A notification about a turn of the thread that is asked about.
fn of_turn(method: &str, turn: &str, more: Value) -> Action {
    let mut params = json!({"threadId": "{{threadId}}", "turnId": turn});
    if let (Some(params), Value::Object(more)) = (params.as_object_mut(), more) {
        params.extend(more);
    }
    Action::notify(method, params)
}

fn started(turn: &str) -> Action {
    let params = json!({"threadId": "{{threadId}}", "turn": turn_object(turn)});
    Action::notify("turn/started", params)
}

fn completed(turn: &str) -> Action {
    let mut ended = turn_object(turn);
    ended["status"] = "completed".into();
    Action::notify("turn/completed", json!({"threadId": "{{threadId}}", "turn": ended}))
}

fn item(turn: &str, kind: &str) -> Action {
    let item = json!({"type": kind, "id": format!("{turn}-{kind}"), "content": []});
    of_turn("item/started", turn, json!({"item": item, "startedAtMs": 1}))
}

#[tokio::test]
async fn a_compaction_is_told_from_turns_of_others() {
    // One ends, one begins and goes on, before and among what the compaction does.
    let script = Script::new().on(
        "thread/compact/start",
        [
            completed("old"),
            started("other"),
            item("other", "userMessage"),
            Action::respond(json!({})),
            started("mine"),
            of_turn("item/agentMessage/delta", "other", json!({"itemId": "i", "delta": "no"})),
            item("mine", "contextCompaction"),
            completed("other"),
            of_turn("turn/diff/updated", "mine", json!({"diff": ""})),
            completed("mine"),
        ],
    );
    let (_server, codex) = fake(script).await;
    let thread = thread_of(&codex).await;
    let mut compaction = soon(thread.start_compaction()).await.unwrap();
    assert_eq!(compaction.id(), "mine");
    let mut seen = Vec::new();
    while let Some(event) = soon(compaction.next()).await {
        seen.push(event.unwrap().method().to_owned());
    }
    assert_eq!(seen, ["turn/started", "item/started", "turn/diff/updated", "turn/completed"]);
    // It is known to be over.
    soon(compaction.interrupt()).await.unwrap();
}

#[tokio::test]
async fn a_compaction_that_ends_before_it_begins_with_anything_ends() {
    let script = Script::new().on(
        "thread/compact/start",
        [Action::respond(json!({})), started("mine"), completed("mine")],
    );
    let (_server, codex) = fake(script).await;
    let mut compaction = soon(thread_of(&codex).await.start_compaction()).await.unwrap();
    assert_eq!(soon(compaction.run()).await.unwrap().id, "mine");
}

#[tokio::test(start_paused = true)]
async fn a_compaction_that_never_begins_is_given_up() {
    let script = Script::new().on("thread/compact/start", [Action::respond(json!({}))]);
    let (_server, codex) = fake(script).await;
    let error = thread_of(&codex).await.start_compaction().await.unwrap_err();
    assert!(matches!(&error, Error::RequestTimeout { .. }), "{error:?}");
    assert!(error.to_string().contains("thread/compact/start"), "{error}");
}

/// The sub-agent's turn names the turn that it works for, which is of another thread.
#[tokio::test]
async fn the_turn_of_a_sub_agent_is_not_that_which_it_works_for() {
    let mut inner = turn_object("inner");
    inner["rootTurnId"] = "turn-1".into();
    let started = Action::notify("turn/started", json!({"threadId": "sub", "turn": inner}));
    let response = json!({"turn": turn_object("turn-1")});
    let script = Script::new()
        .on("turn/start", [Action::respond(response), started.clone(), completed("turn-1")])
        .on("turn/interrupt", [Action::respond(json!({}))]);
    let (server, codex) = fake(script).await;
    let mut turn = soon(thread_of(&codex).await.turn("Go")).await.unwrap();
    soon(turn.run()).await.unwrap();
    assert_eq!(refused_argument(soon(codex.interrupt_turn("turn-1")).await), "turn_id");
    soon(codex.interrupt_turn("inner")).await.unwrap();
    let sent = support::next_params(&server, "turn/interrupt").await;
    assert_eq!(sent, json!({"threadId": "sub", "turnId": "inner"}));
}

#[tokio::test]
async fn a_thread_that_is_begun_in_the_place_of_another_is_refused() {
    let response = json!({"thread": {"id": "new"}});
    let script = Script::new().on("thread/resume", vec![Action::respond(response); 2]);
    let (_server, codex) = fake(script).await;
    let resuming = codex.thread_resume("old", ThreadConfig::new());
    let error = soon(resuming).await.unwrap_err();
    assert!(error.to_string().contains("\"new\"") && error.to_string().contains("\"old\""));
    assert_eq!(refused_argument(Err::<(), _>(error)), "thread_id");
    // A path takes the place of the id.
    let by_path = codex_app_server::protocol::ThreadResumeParams::new("old").path("/rollout.jsonl");
    assert_eq!(soon(codex.thread_resume_with(by_path)).await.unwrap().id(), "new");
}

fn output(process: &str, base64: &str) -> Action {
    let params = json!({"processId": process, "stream": "stdout", "deltaBase64": base64,
                        "capReached": false});
    Action::notify("command/exec/outputDelta", params)
}

#[tokio::test]
async fn output_of_commands_is_bounded_and_what_does_not_fit_is_an_error() {
    let end = || Action::respond(json!({"exitCode": 0, "stdout": "", "stderr": ""}));
    let mut much = vec![output("much", &"QUFB".repeat(1000)); 10];
    much.push(end());
    let odd = vec![output("odd", "QUFB"), output("odd", "!"), output("other", "QUFB"), end()];
    let script = Script::new().on("command/exec", much).on("command/exec", odd);
    let (_server, codex) = fake_with(script, Codex::builder().max_unread_bytes(1000)).await;
    let params = |id: &str| CommandExecParams::new(["true"]).process_id(id);

    let mut command = soon(codex.exec_command(params("much"))).await.unwrap();
    assert_eq!(soon(command.wait()).await.unwrap(), 0);
    let mut last = None;
    while let Some(output) = soon(command.next()).await {
        last = Some(output);
    }
    assert!(matches!(last, Some(Err(Error::Overflow { .. }))), "{last:?}");

    let mut command = soon(codex.exec_command(params("odd"))).await.unwrap();
    assert_eq!(soon(command.next()).await.unwrap().unwrap().data, b"AAA");
    assert!(matches!(soon(command.next()).await, Some(Err(Error::Decode { .. }))));
    assert!(soon(command.next()).await.is_none());
}

#[tokio::test]
async fn layers_that_are_disabled_have_set_nothing() {
    let layer = |name: &str, disabled: Option<&str>| {
        json!({"name": {"type": name}, "version": "1", "config": {"model": name},
               "disabledReason": disabled})
    };
    let response = json!({
        "config": {}, "origins": {},
        "layers": [layer("sessionFlags", Some("not trusted")), layer("future", None)],
    });
    let (_server, codex) = fake(Script::new().on("config/read", [Action::respond(response)])).await;
    let config = soon(codex.config_read(ConfigReadParams::new())).await.unwrap();
    let set: Vec<_> = config.provenance("model").map(|(_, value)| value.clone()).collect();
    assert_eq!(set, ["future"]);
}
