//! Who gets which notification: the turn that it names, from the start of the turn on, and who
//! subscribes, from then on.

use codex_app_server::generated::v2_all::ServerNotification;
use codex_app_server_testkit::{
    Action, Script, message, turn_accepted, turn_ended, turn_events, turn_started,
};
use serde_json::json;

use support::{fake, soon, streamed_text, thread_of, turn_object, until};

#[tokio::test]
async fn events_that_beat_the_response_are_not_lost() {
    let script =
        Script::new().on("turn/start", [turn_events("early ", 3), vec![turn_accepted()]].concat());
    let (_server, codex) = fake(script).await;
    let mut turn = soon(thread_of(&codex).await.turn("Go")).await.unwrap();
    assert_eq!(streamed_text(&mut turn).await, "early early early ");
    let result = soon(turn.run()).await.unwrap();
    assert_eq!(result.final_response.as_deref(), Some("early early early "));
}

#[tokio::test]
async fn half_of_the_events_before_the_response_and_half_after_it() {
    let script = Script::new().on(
        "turn/start",
        [
            turn_started(),
            message("one ", 2),
            vec![turn_accepted(), Action::wait("go on")],
            message("two ", 2),
            turn_ended("completed"),
        ]
        .concat(),
    );
    let (server, codex) = fake(script).await;
    let mut turn = soon(thread_of(&codex).await.turn("Go")).await.unwrap();
    server.gate("go on").open();
    assert_eq!(streamed_text(&mut turn).await, "one one two two ");
}

#[tokio::test]
async fn a_late_subscriber_gets_only_what_comes_after() {
    let script = Script::new().on(
        "turn/start",
        [
            vec![turn_accepted()],
            turn_started(),
            message("before ", 1),
            vec![Action::wait("subscribed")],
            message("after ", 1),
            turn_ended("completed"),
        ]
        .concat(),
    );
    let (server, codex) = fake(script).await;
    let thread = thread_of(&codex).await;
    let mut turn = soon(thread.turn("Go")).await.unwrap();
    until(&mut turn, "item/completed").await;
    until(&mut turn, "item/completed").await;
    let mut late = thread.events();
    server.gate("subscribed").open();

    let mut text = String::new();
    loop {
        match soon(late.next()).await.unwrap().unwrap() {
            ServerNotification::ItemAgentMessageDelta(delta) => text.push_str(&delta.delta),
            ServerNotification::TurnCompleted(_) => break,
            _ => {}
        }
    }
    assert_eq!(text, "after ");
}

#[tokio::test]
async fn events_of_a_turn_that_nobody_registered_for_disturb_nobody() {
    let ghost = |method: &str, turn: &str| {
        let params =
            json!({"threadId": "{{threadId}}", "turnId": turn, "itemId": "i", "delta": "boo"});
        Action::notify(method, params)
    };
    let haunted = |turn: &'static str| {
        (0..100)
            .flat_map(move |_| [ghost("item/agentMessage/delta", turn), ghost("turn/dreamt", turn)])
    };
    let completed = json!({"threadId": "{{threadId}}", "turn": turn_object("ghost")});
    let script = Script::new()
        .on(
            "thread/name/set",
            // Before the turn that is to come has its id.
            haunted("ghost").chain(haunted("turn-1")).chain([Action::respond(json!({}))]),
        )
        .on(
            "turn/start",
            haunted("ghost")
                .chain([Action::notify("turn/completed", completed)])
                .chain([turn_accepted()])
                .chain(haunted("ghost"))
                .chain(turn_events("mine", 1)),
        );
    let (_server, codex) = fake(script).await;
    let thread = thread_of(&codex).await;
    soon(thread.set_name("haunted")).await.unwrap();
    let mut turn = soon(thread.turn("Go")).await.unwrap();
    let mut events = Vec::new();
    while let Some(event) = soon(turn.next()).await {
        events.push(event.unwrap());
    }
    assert!(events.iter().all(|event| event.turn_id() == Some("turn-1")), "{events:?}");
    let result = soon(turn.run()).await.unwrap();
    assert_eq!(result.final_response.as_deref(), Some("mine"));
}
