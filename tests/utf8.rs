//! Text beyond ASCII, both ways through a process, also when it is cut in the middle of a
//! character.

mod support;

use codex_app_server::Codex;
use codex_app_server_testkit::{Action, Answer, Script, turn_accepted, turn_ended};

use serde_json::json;

use support::{Real, begin, fake_process, soon, streamed_text, thread_of};

/// Characters of one to four bytes, some that combine, and line ends that JSON does not escape.
const TEXT: &str = "Grüße, 世界 🦀👩‍👩‍👧 e\u{301} שלום \u{2028}\u{85}\u{7f}end";

#[tokio::test]
async fn text_passes_both_ways_through_the_real_process() {
    let pieces: Vec<_> = TEXT.chars().map(String::from).collect();
    let real = Real::start([Answer::from_deltas(&pieces)]).await;
    let thread = real.thread().await;
    let mut turn = soon(thread.turn(TEXT)).await.unwrap();
    assert_eq!(streamed_text(&mut turn).await, TEXT);
    let result = soon(turn.run()).await.unwrap();
    assert_eq!(result.final_response.as_deref(), Some(TEXT));
    assert_eq!(real.model.next_request().await.user_text(), TEXT);

    soon(thread.set_name("名前 🦀")).await.unwrap();
    let read = soon(thread.read(true)).await.unwrap();
    assert_eq!(read.name.as_deref(), Some("名前 🦀"));
    assert_eq!(read.preview, TEXT);
}

#[cfg(unix)]
#[tokio::test]
async fn a_command_prints_what_it_was_given() {
    let real =
        Real::start([Answer::shell(format!("printf '%s' '{TEXT}'")), Answer::tool_output()]).await;
    let result = soon(real.thread().await.run("Print")).await.unwrap();
    let answer = result.final_response.unwrap();
    assert!(answer.contains(TEXT), "{answer}");
}

/// Each turn has a line that stops within a character, together with the answer to its start, until
/// the client asks for the rest.
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
        // It is never answered: that would stand within the line.
        let rest = codex.client().request_raw("the/rest", json!({}));
        begin(&mut Box::pin(rest)).await;
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
