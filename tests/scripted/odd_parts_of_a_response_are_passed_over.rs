//! One odd turn, or one odd thread, does not keep the others of its list from arriving.

use codex_app_server::generated::v2_all::{ThreadItem, ThreadListParams};
use codex_app_server_testkit::{Action, Script, turn_accepted};
use serde_json::{Value, json};

use support::{fake, soon, thread_of, turn_object};

/// A thread as the scripted server shows it, with these turns.
async fn thread_object(turns: Value) -> Value {
    let (_server, codex) = fake(Script::new()).await;
    let thread = soon(thread_of(&codex).await.read()).await.unwrap();
    let mut thread = serde_json::to_value(thread).unwrap();
    thread["turns"] = turns;
    thread
}

fn odd_turn() -> Value {
    let mut odd = turn_object("turn-2");
    odd["durationMs"] = json!("long");
    odd
}

#[tokio::test]
async fn of_a_thread_the_turns_that_fit_arrive() {
    let mut first = turn_object("turn-1");
    first["items"] = json!([{"type": "agentMessage", "id": 7}]);
    let turns = json!([first, odd_turn(), turn_object("turn-3")]);
    let response = json!({"thread": thread_object(turns).await});
    let script = Script::new().on("thread/read", [Action::respond(response)]);
    let (_server, codex) = fake(script).await;
    let thread = soon(thread_of(&codex).await.read_with_turns()).await.unwrap();
    let ids: Vec<_> = thread.turns.iter().map(|turn| turn.id.as_str()).collect();
    assert_eq!(ids, ["turn-1", "turn-3"]);
    assert!(matches!(&thread.turns[0].items[..], [ThreadItem::Unknown(_)]));
    let misfits: Vec<_> = thread.unknown_fields.misfits().collect();
    let [("turns", misfit)] = &misfits[..] else { panic!("{misfits:?}") };
    assert_eq!(**misfit, odd_turn());
    assert!(misfit.reason.is_some());
}

#[tokio::test]
async fn of_a_list_of_threads_those_that_fit_arrive() {
    let mut odd = thread_object(json!([])).await;
    odd["ephemeral"] = json!("perhaps");
    let page = json!({"data": [odd, thread_object(json!([odd_turn()])).await]});
    let script = Script::new().on("thread/list", [Action::respond(page)]);
    let (_server, codex) = fake(script).await;
    let page = soon(codex.thread_list(ThreadListParams::new())).await.unwrap();
    assert_eq!(page.data.len(), 1);
    assert_eq!(page.data[0].unknown_fields.misfits().count(), 1);
    let misfits: Vec<_> = page.unknown_fields.misfits().collect();
    let [("data", misfit)] = &misfits[..] else { panic!("{misfits:?}") };
    assert_eq!(**misfit, odd);
}

#[tokio::test]
async fn a_turn_is_joined_beside_an_odd_one() {
    let data = json!({"data": [7, {"id": 7}, odd_turn(), turn_object("turn-1")]});
    let script = Script::new()
        .on("turn/start", [turn_accepted()])
        .on("thread/turns/list", [Action::respond(data)]);
    let (_server, codex) = fake(script).await;
    let thread = thread_of(&codex).await;
    let turn = soon(thread.turn("Go")).await.unwrap();
    let joined = soon(thread.attach(turn.id())).await.unwrap();
    assert_eq!(joined.id(), "turn-1");
    // This one runs as well, as far as can be told.
    soon(thread.attach("turn-2")).await.unwrap();
}
