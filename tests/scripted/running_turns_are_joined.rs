//! Who joins a turn that runs already hears it from there on.

use codex_app_server::generated::v2_all::TurnStatus;
use codex_app_server_testkit::{Action, Script, turn_accepted, turn_events};
use serde_json::json;

use support::{fake, soon, streamed_text, thread_of, turn_object};

#[tokio::test]
async fn a_turn_that_ends_while_it_is_joined_shows_its_end() {
    let ended = json!({"data": [{"id": "turn-1", "rootTurnId": "turn-1", "items": [],
                                 "itemsView": "notLoaded", "status": "completed"}]});
    let script = Script::new().on("turn/start", [turn_accepted()]).on(
        "thread/turns/list",
        [turn_events("the end", 1), vec![Action::respond(ended)]].concat(),
    );
    let (_server, codex) = fake(script).await;
    let thread = thread_of(&codex).await;
    let turn = soon(thread.turn("Go")).await.unwrap();
    let mut joined = soon(thread.attach(turn.id())).await.unwrap();
    assert_eq!(streamed_text(&mut joined).await, "the end");
}

/// The second `turn/start` joins the turn of the first, and has its response when that has gone on.
#[tokio::test]
async fn who_joins_by_a_start_hears_the_turn_from_its_own_request_on() {
    let delta = |text: &str| {
        let params =
            json!({"threadId": "{{threadId}}", "turnId": "turn-1", "itemId": "i", "delta": text});
        Action::notify("item/agentMessage/delta", params)
    };
    let other_turn =
        json!({"threadId": "{{threadId}}", "turnId": "turn-7", "itemId": "i", "delta": "other"});
    let mut end = turn_object("turn-1");
    end["status"] = "completed".into();
    let script = Script::new().on("turn/start", [turn_accepted(), delta("before ")]).on(
        "turn/start",
        [
            delta("pending "),
            Action::notify("item/agentMessage/delta", other_turn),
            Action::respond(json!({"turn": turn_object("turn-1")})),
            delta("after"),
            Action::notify("turn/completed", json!({"threadId": "{{threadId}}", "turn": end})),
        ],
    );
    let (_server, codex) = fake(script).await;
    let thread = thread_of(&codex).await;
    let mut first = soon(thread.turn("Go")).await.unwrap();
    assert_eq!(soon(first.next_text()).await.unwrap().unwrap(), "before ");
    let mut second = soon(thread.turn("And this")).await.unwrap();
    assert_eq!(second.id(), first.id());
    assert_eq!(streamed_text(&mut second).await, "pending after");
    assert_eq!(streamed_text(&mut first).await, "pending after");
    assert_eq!(soon(second.run()).await.unwrap().status, TurnStatus::Completed);
}
