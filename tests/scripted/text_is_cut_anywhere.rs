//! Text beyond ASCII that a process writes in pieces, also cut in the middle of a character.

use codex_app_server::Codex;
use codex_app_server_testkit::{Action, Script, turn_accepted, turn_ended};
use serde_json::json;

use support::{TEXT, begin, fake_process, soon, streamed_text, thread_of};

/// Each turn has a line that stops within a character, together with the response to its start,
/// until the client asks for the rest.
#[tokio::test]
async fn text_that_a_process_writes_in_pieces_stays_whole() {
    let mut script = Script::new();
    for cut in 1..4 {
        let line = json!({"method": "item/agentMessage/delta", "params": {
            "threadId": "thread-1", "turnId": format!("turn-{cut}"), "itemId": "i", "delta": TEXT}});
        let line = format!("{line}\n").into_bytes();
        let crab = line.windows(4).position(|bytes| bytes == "🦀".as_bytes());
        let (begin, rest) = line.split_at(crab.unwrap() + cut);
        let gate = format!("rest {cut}");
        let mut actions =
            vec![turn_accepted(), Action::bytes(begin), Action::wait(&gate), Action::bytes(rest)];
        actions.extend(turn_ended("completed"));
        script = script.on("turn/start", actions).on("the/rest", [Action::open(&gate)]);
    }
    let (_folder, config) = fake_process(&script);
    let codex = soon(Codex::builder().app_server(config).connect_stdio()).await.unwrap();
    let thread = thread_of(&codex).await;
    for _ in 1..4 {
        let mut turn = soon(thread.turn("Go")).await.unwrap();
        // It never has a response: that would stand within the line.
        let mut rest = codex.client().request_raw("the/rest", json!({})).into_future();
        begin(&mut rest).await;
        assert_eq!(streamed_text(&mut turn).await, TEXT);
    }
    assert_eq!(codex.client().stray_lines(), 0);
    soon(codex.close()).await;
}

#[tokio::test]
async fn a_process_repeats_text_as_it_was_sent() {
    let script = Script::new().on(
        "thread/name/set",
        [
            Action::notify(
                "thread/name/updated",
                json!({"threadId": "{{threadId}}", "threadName": "{{params.name}}"}),
            ),
            Action::respond(json!({})),
        ],
    );
    let (_folder, config) = fake_process(&script);
    let codex = soon(Codex::builder().app_server(config).connect_stdio()).await.unwrap();
    let thread = thread_of(&codex).await;
    let mut events = thread.events();
    soon(thread.set_name(TEXT)).await.unwrap();
    let event = soon(events.next()).await.unwrap().unwrap();
    let json = serde_json::to_value(&event).unwrap();
    assert_eq!(json["params"]["threadName"], TEXT, "{json}");
    soon(codex.close()).await;
}
