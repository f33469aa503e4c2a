//! Several who hear the same turn, each from its own place on, at its own pace and to its own end.

mod support;

use codex_app_server::{
    Error, Thread, TurnHandle,
    generated::v2_all::{ServerNotification, TurnStatus},
};
use codex_app_server_testkit::{
    Action, Answer, Gate, Script, message, turn_accepted, turn_ended, turn_events, turn_started,
};
use serde_json::{Value, json};

use support::{Real, fake, soon, streamed_text, thread_of, until};

/// The real codex in the middle of a turn: `one ` was said, ` two` waits for the gate.
async fn in_the_middle(end: Answer) -> (Real, Gate, Thread, TurnHandle) {
    let gate = Gate::new();
    let real = Real::start([end.gate_after(1, &gate)]).await;
    let thread = real.thread().await;
    let mut turn = soon(thread.turn("Count")).await.unwrap();
    until(&mut turn, "item/agentMessage/delta").await;
    (real, gate, thread, turn)
}

fn one_two() -> Answer {
    Answer::from_deltas(["one", " two"])
}

/// The turn `id` as an answer shows it.
fn turn_object(id: &str) -> Value {
    json!({"id": id, "rootTurnId": id, "items": [], "itemsView": "notLoaded", "status": "inProgress"})
}

#[tokio::test]
async fn who_joins_late_gets_only_future_events() {
    let (_real, gate, thread, mut turn) = in_the_middle(one_two()).await;
    let mut late = soon(thread.attach(turn.id())).await.unwrap();
    assert_eq!((late.id(), late.thread_id()), (turn.id(), thread.id()));
    gate.open();
    assert_eq!(streamed_text(&mut late).await, " two");
    let result = soon(late.run()).await.unwrap();
    assert_eq!(result.status, TurnStatus::Completed);
    // What is completed from now on is whole.
    assert_eq!(result.final_response.as_deref(), Some("one two"));
    assert_eq!(soon(turn.run()).await.unwrap().items.len(), 2);
    assert_eq!(result.items.len(), 1);
}

#[tokio::test]
async fn a_turn_that_has_ended_or_never_was_cannot_be_joined() {
    let (_real, gate, thread, mut turn) = in_the_middle(one_two()).await;
    gate.open();
    soon(turn.run()).await.unwrap();
    for id in [turn.id(), "no such turn"] {
        let error = soon(thread.attach(id)).await.unwrap_err();
        assert!(matches!(&error, Error::InvalidInput { argument: "turn_id", .. }), "{error:?}");
        assert!(error.to_string().contains(id), "{error}");
    }
}

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

#[tokio::test]
async fn the_text_of_a_turn_comes_alone() {
    let real = Real::start([Answer::from_deltas(["Grüße", ", ", "Welt"]).reasoning("Hm.")]).await;
    let mut turn = soon(real.thread().await.turn("Greet")).await.unwrap();
    let mut text = Vec::new();
    while let Some(piece) = soon(turn.next_text()).await {
        text.push(piece.unwrap());
    }
    assert_eq!(text, ["Grüße", ", ", "Welt"]);
    assert!(soon(turn.next_text()).await.is_none());
    let result = soon(turn.run()).await.unwrap();
    assert_eq!(result.final_response, Some(text.concat()));
}

#[tokio::test]
async fn closing_one_stream_leaves_the_others() {
    for first_is_closed in [true, false] {
        let (_real, gate, thread, first) = in_the_middle(one_two()).await;
        let second = soon(thread.attach(first.id())).await.unwrap();
        let (closed, mut other) = if first_is_closed { (first, second) } else { (second, first) };
        drop(closed);
        gate.open();
        assert_eq!(streamed_text(&mut other).await, " two");
        assert!(soon(other.run()).await.is_ok());
    }
}

#[tokio::test]
async fn a_dropped_handle_leaves_its_turn_running() {
    let (_real, gate, thread, turn) = in_the_middle(one_two()).await;
    let mut events = thread.events();
    drop(turn);
    gate.open();
    let mut text = String::new();
    loop {
        match soon(events.next()).await.unwrap().unwrap() {
            ServerNotification::ItemAgentMessageDelta(delta) => text += &delta.delta,
            ServerNotification::TurnCompleted(end) => {
                assert_eq!(end.turn.status, TurnStatus::Completed);
                break;
            }
            _ => {}
        }
    }
    assert_eq!(text, " two");
}

#[tokio::test]
async fn both_observe_that_a_turn_fails() {
    let (_real, gate, thread, mut first) = in_the_middle(one_two().cut_after(1)).await;
    let mut second = soon(thread.attach(first.id())).await.unwrap();
    gate.open();
    let (first, second) = soon(async { tokio::join!(first.run(), second.run()) }).await;
    let (Err(Error::TurnFailed(first)), Err(Error::TurnFailed(second))) = (first, second) else {
        panic!("both have to fail");
    };
    assert_eq!(first.error, second.error);
    assert!(first.error.unwrap().message.contains("stream disconnected"));
}

#[tokio::test]
async fn both_observe_that_the_connection_fails() {
    let script = Script::new()
        .on("turn/start", [turn_accepted(), Action::wait("both"), Action::exit(1)])
        .on("thread/turns/list", [Action::respond(json!({"data": [turn_object("turn-1")]}))]);
    let (server, codex) = fake(script).await;
    let thread = thread_of(&codex).await;
    let mut first = soon(thread.turn("Go")).await.unwrap();
    let mut second = soon(thread.attach(first.id())).await.unwrap();
    server.gate("both").open();
    let (first, second) = soon(async { tokio::join!(first.run(), second.next()) }).await;
    assert!(first.unwrap_err().is_closed());
    assert!(second.unwrap().unwrap_err().is_closed());
}

#[tokio::test]
async fn a_slow_subscriber_keeps_its_events_while_another_reads_on() {
    let script = Script::new()
        .on(
            "turn/start",
            [vec![turn_accepted(), Action::wait("both")], turn_events("word ", 20_000)].concat(),
        )
        .on("thread/turns/list", [Action::respond(json!({"data": [turn_object("turn-1")]}))]);
    let (server, codex) = fake(script).await;
    let thread = thread_of(&codex).await;
    let mut fast = soon(thread.turn("Go")).await.unwrap();
    let mut slow = soon(thread.attach(fast.id())).await.unwrap();
    server.gate("both").open();
    assert_eq!(streamed_text(&mut fast).await, "word ".repeat(20_000));
    assert_eq!(streamed_text(&mut slow).await, "word ".repeat(20_000));
}

/// The second `turn/start` joins the turn of the first, and is answered when that has gone on.
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

#[tokio::test]
async fn a_cancelled_consumer_loses_nothing() {
    let script = Script::new().on(
        "turn/start",
        [
            vec![turn_accepted()],
            turn_started(),
            vec![Action::wait("cancelled")],
            message("all ", 3),
            turn_ended("completed"),
        ]
        .concat(),
    );
    let (server, codex) = fake(script).await;
    let mut turn = soon(thread_of(&codex).await.turn("Go")).await.unwrap();
    until(&mut turn, "item/completed").await;
    // Each of these waits, and is dropped.
    support::begin(&mut Box::pin(turn.next())).await;
    support::begin(&mut Box::pin(turn.next_text())).await;
    support::begin(&mut Box::pin(turn.run())).await;
    server.gate("cancelled").open();
    assert_eq!(streamed_text(&mut turn).await, "all all all ");
    assert!(soon(turn.run()).await.unwrap().final_response.is_some());
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
