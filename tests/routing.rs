//! Who gets which event, in which order, also when things go wrong: on a scripted server.

mod support;

use std::time::Duration;

use codex_app_server::{
    CloseReason, Codex, Error,
    generated::v2_all::{ModelListParams, ServerNotification, ThreadReadParams, TurnStatus},
};
use codex_app_server_testkit::{
    Action, FakeServer, Script, message, turn, turn_accepted, turn_ended, turn_events, turn_started,
};
use serde_json::{Value, json};

use support::{fake, fake_process, fake_with, soon, streamed_text, thread_of, until};

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
            Err(Error::Lagged { skipped: count }) => skipped += count,
            Err(error) => panic!("{error}"),
        }
    }
    assert_eq!(read + skipped, 500);
    assert!(skipped > 0, "nothing was dropped");
    assert_eq!(soon(turn.run()).await.unwrap().status, TurnStatus::Completed);
}

#[tokio::test]
async fn answers_may_come_in_any_order() {
    let script = Script::new()
        .on(
            "model/list",
            [Action::wait("second is answered"), Action::respond(json!({"data": []}))],
        )
        .on("thread/read", [Action::error(-32600, "no such thread", Some(json!({"a": 1})))]);
    let (server, codex) = fake(script).await;
    let client = codex.client();
    let first = async { client.model_list(ModelListParams::new()).await };
    let second = async {
        let error = client.thread_read(ThreadReadParams::new("t")).await.unwrap_err();
        server.gate("second is answered").open();
        error
    };
    let (first, second) = soon(async { tokio::join!(first, second) }).await;
    assert!(first.unwrap().data.is_empty());
    let Error::Rpc(error) = second else {
        panic!("{second:?}");
    };
    assert_eq!((error.code, error.message.as_str()), (-32600, "no such thread"));
    assert_eq!(error.data, Some(json!({"a": 1})));
    assert_eq!(error.method, "thread/read");
}

#[tokio::test]
async fn no_more_than_64_requests_are_under_way() {
    let script = Script::new()
        .on("model/list", [Action::wait("enough"), Action::respond(json!({"data": []}))]);
    let (server, codex) = fake(script).await;
    let calls: Vec<_> = (0..100)
        .map(|_| {
            let client = codex.client().clone();
            tokio::spawn(async move { client.model_list(ModelListParams::new()).await })
        })
        .collect();
    for _ in 0..64 {
        soon(server.next_received("model/list")).await;
    }
    // The fake answers in any order, so that one that is let through before its turn would be seen
    // here.
    soon(server.send(json!({"method": "warning", "params": {"message": "x"}}))).await.unwrap();
    let received = |server: &FakeServer| {
        let is_list = |message: &&Value| message["method"] == "model/list";
        server.received().iter().filter(is_list).count()
    };
    assert_eq!(received(&server), 64);
    server.gate("enough").open();
    for call in calls {
        soon(call).await.unwrap().unwrap();
    }
    assert_eq!(received(&server), 100);
}

#[tokio::test(start_paused = true)]
async fn a_request_that_is_not_answered_ends_at_its_deadline() {
    let script = Script::new().on("model/list", [Action::silence()]);
    let (_server, codex) = fake(script).await;
    let client = codex.client();
    let error = client.model_list(ModelListParams::new()).await.unwrap_err();
    assert!(error.is_timeout());
    assert!(error.to_string().contains("`model/list` within 30s"), "{error}");

    let call = client.model_list(ModelListParams::new());
    let error = call.timeout(Duration::from_millis(5)).await.unwrap_err();
    assert!(error.to_string().contains("5ms"), "{error}");
}

#[tokio::test]
async fn a_dropped_request_frees_its_place() {
    let script = Script::new()
        .on("model/list", [Action::silence()])
        .on("thread/read", [Action::error(-32600, "reached", None)]);
    let (_server, codex) = fake(script).await;
    let client = codex.client();
    for _ in 0..200 {
        let call = client.model_list(ModelListParams::new());
        assert!(call.timeout(Duration::ZERO).await.is_err());
    }
    let error = soon(async { client.thread_read(ThreadReadParams::new("t")).await }).await;
    assert!(error.unwrap_err().to_string().contains("reached"));
}

#[tokio::test]
async fn stray_output_of_a_process_is_skipped_counted_and_shown() {
    let script = Script::new().on(
        "turn/start",
        [
            vec![Action::raw("npm notice: buy a newer npm"), turn_accepted()],
            vec![Action::raw("42")],
            turn_events("fine", 1),
        ]
        .concat(),
    );
    let (_folder, config) = fake_process(&script);
    let codex = soon(Codex::builder().app_server(config).connect_stdio()).await.unwrap();
    let mut events = codex.client().events();
    let result = soon(thread_of(&codex).await.run("Go")).await.unwrap();
    assert_eq!(result.final_response.as_deref(), Some("fine"));
    assert_eq!(codex.client().stray_lines(), 2);

    let mut stray = Vec::new();
    while stray.len() < 2 {
        if let Err(Error::StrayOutput { line }) = soon(events.next()).await.unwrap() {
            stray.push(line);
        }
    }
    assert_eq!(stray, ["npm notice: buy a newer npm", "42"]);
    soon(codex.close()).await;
}

#[tokio::test]
async fn elsewhere_a_line_that_is_no_message_ends_the_connection() {
    let (server, codex) = fake(Script::new()).await;
    let mut events = codex.client().events();
    soon(server.send_raw("<html>502</html>\n")).await.unwrap();
    let error = soon(events.next()).await.unwrap().unwrap_err();
    let Error::Closed(closed) = &error else {
        panic!("{error:?}");
    };
    assert_eq!(closed.reason, CloseReason::BadMessage("<html>502</html>".into()));
    assert!(events.next().await.is_none());
}

#[tokio::test]
async fn everybody_learns_that_the_connection_is_gone() {
    let script =
        Script::new().on("turn/start", [turn_accepted()]).on("model/list", [Action::exit(0)]);
    let (_server, codex) = fake(script).await;
    let thread = thread_of(&codex).await;
    let mut turn = soon(thread.turn("Go")).await.unwrap();
    let mut of_thread = thread.events();
    let mut all = codex.client().events();

    let request = async { codex.client().model_list(ModelListParams::new()).await };
    assert!(soon(request).await.unwrap_err().is_closed());
    assert!(soon(of_thread.next()).await.unwrap().unwrap_err().is_closed());
    assert!(soon(all.next()).await.unwrap().unwrap_err().is_closed());
    assert!(soon(turn.next()).await.unwrap().unwrap_err().is_closed());
    assert!(turn.next().await.is_none());
    assert!(soon(turn.run()).await.unwrap_err().is_closed());
    let again = async { codex.client().model_list(ModelListParams::new()).await };
    assert!(soon(again).await.unwrap_err().is_closed());
}
