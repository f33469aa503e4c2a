//! Readers at their own pace: what waits for them, and what they are told when it is too much.

use codex_app_server::{
    Codex, Error,
    generated::v2_all::{ServerNotification, TurnStatus},
};
use codex_app_server_testkit::{
    Action, Script, message, turn, turn_accepted, turn_ended, turn_events, turn_started,
};
use serde_json::json;

use support::{begin, fake, fake_with, soon, streamed_text, thread_of, turn_object, until};

#[tokio::test]
async fn a_slow_reader_loses_no_text_and_delays_nobody() {
    let script =
        Script::new().on("turn/start", turn("word ", 50_000)).on("turn/start", turn("quick ", 3));
    let (_server, codex) = fake(script).await;
    let mut slow = soon(thread_of(&codex).await.turn("A lot")).await.unwrap();
    // Nobody reads the first turn while the second runs to its end.
    let mut quick = soon(thread_of(&codex).await.turn("A little")).await.unwrap();
    assert_eq!(streamed_text(&mut quick).await, "quick ".repeat(3));
    assert_eq!(streamed_text(&mut slow).await, "word ".repeat(50_000));
}

#[tokio::test]
async fn beyond_the_limit_a_reader_is_told_what_it_missed() {
    let script = Script::new().on(
        "turn/start",
        // Texts of items that never merge: each delta has an item of its own.
        [
            vec![turn_accepted()],
            (0..500)
                .map(|n| {
                    Action::notify(
                        "item/agentMessage/delta",
                        json!({"threadId": "{{threadId}}", "turnId": "{{turnId}}",
                               "itemId": format!("item-{n}"), "delta": "x".repeat(100)}),
                    )
                })
                .collect(),
            turn_ended("completed"),
        ]
        .concat(),
    );
    let (_server, codex) = fake_with(script, Codex::builder().max_unread_bytes(20_000)).await;
    let mut all = codex.client().events();
    let mut turn = soon(thread_of(&codex).await.turn("Go")).await.unwrap();
    // Nobody reads the turn until all of it has been routed.
    while !matches!(soon(all.next()).await, Some(Ok(ServerNotification::TurnCompleted(_)))) {}

    let (mut read, mut skipped) = (0, 0);
    while let Some(event) = soon(turn.next()).await {
        match event {
            Ok(ServerNotification::ItemAgentMessageDelta(_)) => read += 1,
            Ok(_) => {}
            Err(Error::Lagged { skipped: count, .. }) => skipped += count,
            Err(error) => panic!("{error}"),
        }
    }
    assert_eq!(read + skipped, 500);
    assert!(skipped > 0, "nothing was dropped");
    assert_eq!(soon(turn.run()).await.unwrap().status, TurnStatus::Completed);
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
    begin(&mut Box::pin(turn.next())).await;
    begin(&mut Box::pin(turn.next_text())).await;
    begin(&mut Box::pin(turn.run())).await;
    server.gate("cancelled").open();
    assert_eq!(streamed_text(&mut turn).await, "all all all ");
    assert!(soon(turn.run()).await.unwrap().final_response.is_some());
}
