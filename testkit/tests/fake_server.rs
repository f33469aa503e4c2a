//! The fake server in memory, met by a client of plain lines.
#![allow(clippy::unwrap_used, reason = "a failed helper is a failed test")]

use codex_app_server_testkit::{
    Action, FakeServer, Script, message, turn, turn_accepted, turn_ended, turn_events, turn_started,
};
use serde_json::{Value, json};
use tokio::io::{
    AsyncBufReadExt, AsyncWriteExt, BufReader, DuplexStream, Lines, ReadHalf, WriteHalf,
};

struct Client {
    lines: Lines<BufReader<ReadHalf<DuplexStream>>>,
    writer: WriteHalf<DuplexStream>,
}

fn start(script: Script) -> (FakeServer, Client) {
    let (server, stream) = FakeServer::start(script);
    let (reader, writer) = tokio::io::split(stream);
    (server, Client { lines: BufReader::new(reader).lines(), writer })
}

impl Client {
    async fn send(&mut self, message: Value) {
        self.writer.write_all(format!("{message}\n").as_bytes()).await.unwrap();
    }

    async fn request(&mut self, id: u64, method: &str, params: Value) {
        self.send(json!({ "id": id, "method": method, "params": params })).await;
    }

    async fn line(&mut self) -> Option<String> {
        self.lines.next_line().await.unwrap()
    }

    async fn message(&mut self) -> Value {
        serde_json::from_str(&self.line().await.unwrap()).unwrap()
    }

    /// Everything to the end of the turn.
    async fn turn(&mut self) -> Vec<Value> {
        let mut messages = vec![self.message().await];
        while messages.last().unwrap()["method"] != "turn/completed" {
            messages.push(self.message().await);
        }
        messages
    }
}

fn methods(messages: &[Value]) -> Vec<&str> {
    messages.iter().map(|message| message["method"].as_str().unwrap_or("(response)")).collect()
}

#[tokio::test]
async fn a_session_works_without_any_rule() {
    let (server, mut client) = start(Script::new());
    client.request(0, "initialize", json!({})).await;
    assert_eq!(client.message().await["result"]["userAgent"], "fake/1.0.0 (test)");
    client.send(json!({ "method": "initialized" })).await;
    client.request(1, "thread/start", json!({})).await;
    let thread = client.message().await["result"]["thread"]["id"].clone();
    assert_eq!(client.message().await["params"]["thread"]["id"], thread);
    let input = json!([{ "type": "text", "text": "hi" }]);
    client.request(2, "turn/start", json!({ "threadId": thread, "input": input })).await;
    let turn = client.turn().await;
    assert_eq!(
        methods(&turn),
        [
            "(response)",
            "thread/status/changed",
            "turn/started",
            "item/started",
            "item/completed",
            "item/started",
            "item/agentMessage/delta",
            "item/completed",
            "thread/tokenUsage/updated",
            "thread/status/changed",
            "turn/completed",
        ]
    );
    let id = &turn[0]["result"]["turn"]["id"];
    assert_eq!(turn[4]["params"]["item"]["content"], input);
    assert!(turn[3..8].iter().all(|event| event["params"]["turnId"] == *id));
    assert_eq!(turn[10]["params"]["turn"]["items"][0]["text"], "Done.");
    assert_eq!(server.next_received("initialized").await["id"], Value::Null);
}

#[tokio::test]
async fn each_turn_has_an_id_and_a_thread_of_its_own() {
    let script = Script::new().on("turn/start", turn("Hello ", 3));
    let (_server, mut client) = start(script);
    for (id, thread) in [(1, "a"), (2, "b"), (3, "a")] {
        client.request(id, "turn/start", json!({ "threadId": thread })).await;
        let turn = client.turn().await;
        assert_eq!(turn[0]["id"], id);
        assert_eq!(turn[0]["result"]["turn"]["id"], format!("turn-{id}"));
        assert!(turn[1..].iter().all(|event| event["params"]["threadId"] == thread));
        let text = &turn.last().unwrap()["params"]["turn"]["items"][0]["text"];
        assert_eq!(text, "Hello Hello Hello ");
    }
}

#[tokio::test]
async fn turns_of_two_threads_run_at_once() {
    let waiting = [turn_started(), vec![turn_accepted(), Action::wait("b is over")]];
    let first = [waiting.concat(), message("late", 1), turn_ended("completed")].concat();
    let script = Script::new()
        .on("turn/start", first)
        .on("turn/start", [turn("soon", 1), vec![Action::open("b is over")]].concat());
    let (_server, mut client) = start(script);
    client.request(1, "turn/start", json!({ "threadId": "a" })).await;
    client.request(2, "turn/start", json!({ "threadId": "b" })).await;
    let (first, second) = (client.turn().await, client.turn().await);
    assert_eq!(first.last().unwrap()["params"]["threadId"], "b");
    assert_eq!(second.last().unwrap()["params"]["threadId"], "a");
    assert_eq!(first.iter().position(|message| message["id"] == 1), Some(4));
}

#[tokio::test]
async fn rules_are_used_in_order_and_the_last_one_repeats() {
    let script = Script::new()
        .on("model/list", [Action::error(-32001, "busy", Some(json!({ "again": true })))])
        .on("model/list", [Action::respond(json!({ "data": [] }))]);
    let (_server, mut client) = start(script);
    let mut answers = Vec::new();
    for id in 0..3 {
        client.request(id, "model/list", json!({})).await;
        answers.push(client.message().await);
    }
    assert_eq!(
        answers[0]["error"],
        json!({ "code": -32001, "message": "busy", "data": { "again": true } })
    );
    assert_eq!(answers[1]["result"], answers[2]["result"]);
}

#[tokio::test]
async fn a_method_without_a_rule_is_refused() {
    let (_server, mut client) = start(Script::new());
    client.request(1, "no/such", json!({})).await;
    let error = &client.message().await["error"];
    assert_eq!(error["code"], -32600);
    assert!(error["message"].as_str().unwrap().contains("`no/such`"));
}

#[tokio::test]
async fn silence_leaves_one_request_unanswered() {
    let (server, mut client) = start(Script::new().on("quiet", [Action::silence()]));
    client.request(1, "quiet", json!({})).await;
    client.request(2, "initialize", json!({})).await;
    assert_eq!(client.message().await["id"], 2);
    assert_eq!(server.next_received("quiet").await["id"], 1);
}

#[tokio::test]
async fn responses_can_come_out_of_order() {
    let script = Script::new()
        .on("slow", [Action::wait("go"), Action::respond(json!("{{requestId}}"))])
        .on("fast", [Action::respond(json!("{{requestId}}")), Action::open("go")]);
    let (_server, mut client) = start(script);
    client.request(1, "slow", json!({})).await;
    client.send(json!({ "id": "two", "method": "fast", "params": {} })).await;
    assert_eq!(client.message().await, json!({ "id": "two", "result": "two" }));
    assert_eq!(client.message().await, json!({ "id": 1, "result": 1 }));
}

#[tokio::test]
async fn placeholders_keep_their_type_alone_and_become_text_among_others() {
    let result = json!({
        "alone": "{{params.n}}", "among": "n={{params.n}} of {{threadId}}", "none": "{{params.x}}",
        "unknown": "{{what}} {{", "nested": [{ "id": "{{requestId}}" }],
    });
    let (_server, mut client) = start(Script::new().on("m", [Action::respond(result)]));
    client.request(7, "m", json!({ "n": 5, "threadId": "t" })).await;
    assert_eq!(
        client.message().await["result"],
        json!({
            "alone": 5, "among": "n=5 of t", "none": null,
            "unknown": "{{what}} {{", "nested": [{ "id": 7 }],
        })
    );
}

#[tokio::test]
async fn a_request_of_the_server_waits_for_its_answer() {
    let approval = "item/commandExecution/requestApproval";
    let script = Script::new().on(
        "turn/start",
        [
            Action::request("other", json!({})),
            Action::ask(approval, json!({ "threadId": "{{threadId}}" })),
            Action::notify("answered", json!({})),
        ],
    );
    let (server, mut client) = start(script);
    client.request(0, "turn/start", json!({ "threadId": "t" })).await;
    assert_eq!(client.message().await["id"], 0);
    let request = client.message().await;
    assert_eq!((&request["id"], &request["params"]["threadId"]), (&json!(1), &json!("t")));
    client.send(json!({ "id": 1, "result": { "decision": "decline" } })).await;
    assert_eq!(client.message().await["method"], "answered");
    assert_eq!(server.next_answer().await["result"]["decision"], "decline");
}

#[tokio::test]
async fn stray_lines_and_half_lines_go_out_as_they_are() {
    let script = Script::new()
        .on("m", [Action::raw("npm warn {{requestId}}"), Action::bytes(*b"{\"half\":\xff")])
        .on("m", [Action::bytes(*b"}\n")]);
    let (_server, mut client) = start(script);
    client.request(1, "m", json!({})).await;
    assert_eq!(client.line().await.unwrap(), "npm warn 1");
    client.request(2, "m", json!({})).await;
    let garbage = client.lines.next_line().await.unwrap_err();
    assert_eq!(garbage.kind(), std::io::ErrorKind::InvalidData);
}

#[tokio::test]
async fn a_flood_of_deltas_is_complete() {
    let script = Script::new().on("turn/start", turn_events("word ", 20_000));
    let (_server, mut client) = start(script);
    client.request(1, "turn/start", json!({ "threadId": "t" })).await;
    let turn = client.turn().await;
    let is_delta = |event: &&Value| event["params"]["delta"] == "word ";
    assert_eq!(turn.iter().filter(is_delta).count(), 20_000);
}

#[tokio::test]
async fn exit_ends_the_connection_after_what_was_said() {
    let script = Script::new().on("m", [Action::raw("last words"), Action::exit(9)]);
    let (server, mut client) = start(script);
    client.request(1, "m", json!({})).await;
    assert_eq!(client.line().await.unwrap(), "last words");
    assert_eq!(client.line().await, None);
    assert_eq!(server.exited().await, 9);
    assert!(server.send(json!({})).await.is_err());
}

#[tokio::test]
async fn a_closed_output_still_listens() {
    let (server, mut client) = start(Script::new().on("m", [Action::close()]));
    client.request(1, "m", json!({})).await;
    assert_eq!(client.line().await, None);
    client.request(2, "after", json!({})).await;
    assert_eq!(server.next_received("after").await["id"], 2);
}

#[tokio::test]
async fn the_end_of_the_client_ends_the_server_unless_it_is_stuck() {
    let (server, client) = start(Script::new());
    drop(client);
    assert_eq!(server.exited().await, 0);

    let stuck = Script::new().on("m", [Action::wait("go"), Action::exit(3)]).ignore_eof();
    let (server, mut client) = start(stuck);
    client.request(1, "m", json!({})).await;
    client.writer.shutdown().await.unwrap();
    server.next_received("m").await;
    server.gate("go").open();
    assert_eq!(server.exited().await, 3);
}

#[tokio::test]
async fn dropping_the_server_ends_the_connection() {
    let (server, mut client) = start(Script::new().ignore_eof());
    drop(server);
    assert_eq!(client.line().await, None);
}

#[tokio::test]
async fn a_test_can_speak_for_the_server() {
    let (server, mut client) = start(Script::new());
    server.send(json!({ "method": "warning", "params": {} })).await.unwrap();
    server.send_raw("stray\n").await.unwrap();
    assert_eq!(client.message().await["method"], "warning");
    assert_eq!(client.line().await.unwrap(), "stray");
}

#[tokio::test]
async fn what_was_received_is_kept_in_order() {
    let (server, mut client) = start(Script::new());
    client.writer.write_all(b"not json\n").await.unwrap();
    client.request(1, "a", json!({})).await;
    client.request(2, "a", json!({})).await;
    assert_eq!(server.next_received("a").await["id"], 1);
    assert_eq!(server.next_received("a").await["id"], 2);
    assert_eq!(server.received()[0], json!("not json"));
    assert_eq!(server.received().len(), 3);
}

#[tokio::test]
#[should_panic(expected = "another `turn/start`")]
async fn waiting_for_what_cannot_come_any_more_fails() {
    let (server, mut client) = start(Script::new());
    client.request(1, "initialize", json!({})).await;
    drop(client);
    server.next_received("turn/start").await;
}
