//! The mock model over plain HTTP, as codex would meet it.
#![allow(clippy::unwrap_used, reason = "a failed helper is a failed test")]

use std::{fs, io, time::Duration};

use codex_app_server_testkit::{Answer, Gate, MockModel};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// One request and what came back so far.
struct Exchange {
    stream: TcpStream,
    text: String,
}

impl Exchange {
    async fn post(model: &MockModel, body: &Value) -> Self {
        let url = model.base_url();
        let host = url.trim_start_matches("http://").trim_end_matches("/v1");
        let mut stream = TcpStream::connect(host).await.unwrap();
        let body = body.to_string();
        let length = body.len();
        let request = format!(
            "POST /v1/responses HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer secret\r\n\
             X-Test: yes\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{body}"
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        Self { stream, text: String::new() }
    }

    async fn read(&mut self) -> io::Result<usize> {
        let mut bytes = [0; 64 * 1024];
        let count = self.stream.read(&mut bytes).await?;
        self.text.push_str(std::str::from_utf8(&bytes[..count]).unwrap());
        Ok(count)
    }

    async fn read_until(&mut self, wanted: &str) {
        while !self.text.contains(wanted) {
            assert_ne!(self.read().await.unwrap(), 0, "no {wanted} in {}", self.text);
        }
    }

    /// Everything to the end of the connection.
    async fn whole(mut self) -> String {
        while self.read().await.is_ok_and(|count| count > 0) {}
        self.text
    }

    async fn events(self) -> Vec<Value> {
        events(&self.whole().await)
    }
}

async fn post(model: &MockModel) -> Exchange {
    Exchange::post(model, &json!({ "input": [] })).await
}

fn events(text: &str) -> Vec<Value> {
    let data = text.lines().filter_map(|line| line.strip_prefix("data: "));
    data.map(|data| serde_json::from_str(data).unwrap()).collect()
}

fn deltas(events: &[Value]) -> Vec<&str> {
    events.iter().filter_map(|event| event["delta"].as_str()).collect()
}

fn done(events: &[Value]) -> Vec<&Value> {
    let done = events.iter().filter(|event| event["type"] == "response.output_item.done");
    done.map(|event| &event["item"]).collect()
}

#[tokio::test]
async fn answers_come_in_the_order_of_the_script() {
    let model = MockModel::start().await.unwrap();
    model.script([Answer::text("one"), Answer::text("two")]);
    model.push(Answer::text("three"));
    for text in ["one", "two", "three"] {
        assert_eq!(deltas(&post(&model).await.events().await), [text]);
    }
    assert_eq!(model.unused(), 0);
}

#[tokio::test]
async fn an_answer_begins_and_ends_as_codex_expects() {
    let model = MockModel::start().await.unwrap();
    model.push(Answer::text("hi").usage(7, 3));
    let text = post(&model).await.whole().await;
    assert!(text.starts_with("HTTP/1.1 200 OK") && text.contains("text/event-stream"), "{text}");
    let events = events(&text);
    assert_eq!(events.first().unwrap()["type"], "response.created");
    let last = events.last().unwrap();
    assert_eq!(last["type"], "response.completed");
    assert_eq!(last["response"]["usage"]["total_tokens"], 10);
}

#[tokio::test]
async fn a_text_is_cut_into_deltas_that_add_up() {
    let model = MockModel::start().await.unwrap();
    model.push(Answer::text("grüße an alle").deltas(4));
    let events = post(&model).await.events().await;
    assert_eq!(deltas(&events).len(), 4);
    assert_eq!(deltas(&events).concat(), "grüße an alle");
    assert_eq!(done(&events)[0]["content"][0]["text"], "grüße an alle");
}

#[tokio::test]
async fn two_thousand_deltas_go_out_as_one_chunk() {
    let model = MockModel::start().await.unwrap();
    model.push(Answer::from_deltas((0..2000).map(|n| format!("{n} "))));
    let text = post(&model).await.whole().await;
    assert_eq!(deltas(&events(&text)).len(), 2000);
    // Beside the lines of the events and their ends, a chunk is a length before and nothing after.
    let lengths = text.lines().filter(|line| usize::from_str_radix(line, 16).is_ok()).count();
    assert_eq!(lengths, 2, "one chunk and the empty one at the end");
}

#[tokio::test]
async fn reasoning_and_further_items_keep_their_order() {
    let model = MockModel::start().await.unwrap();
    let look = Answer::text("I look.").phase("commentary").reasoning("first I think");
    model.push(look.and(Answer::shell("ls")).and(Answer::patch("*** Begin Patch")));
    let events = post(&model).await.events().await;
    assert_eq!(deltas(&events), ["first ", "I ", "think", "I look."]);
    let items = done(&events);
    assert_eq!(items[0]["summary"][0]["text"], "first I think");
    assert_eq!(items[1]["phase"], "commentary");
    assert_eq!(items[2]["name"], "exec_command");
    assert_eq!(items[2]["arguments"], r#"{"cmd":"ls"}"#);
    assert_eq!(items[3]["type"], "custom_tool_call");
    assert_eq!(items[3]["input"], "*** Begin Patch");
    assert_ne!(items[2]["call_id"], items[3]["call_id"]);
}

#[tokio::test]
async fn a_tool_call_carries_its_namespace() {
    let model = MockModel::start().await.unwrap();
    model.push(Answer::tool_call("find", Some("docs"), json!({ "q": 1 })));
    let events = post(&model).await.events().await;
    let call = done(&events)[0];
    assert_eq!((&call["name"], &call["namespace"]), (&json!("find"), &json!("docs")));
}

#[tokio::test]
async fn the_tool_output_can_be_repeated() {
    let model = MockModel::start().await.unwrap();
    model.push(Answer::tool_output());
    let input = json!({ "input": [
        { "type": "function_call_output", "call_id": "a", "output": "old" },
        { "type": "custom_tool_call_output", "call_id": "b", "output": [{ "text": "new" }] },
    ] });
    let events = Exchange::post(&model, &input).await.events().await;
    assert_eq!(deltas(&events), ["new"]);
}

#[tokio::test]
async fn a_status_comes_with_its_body_and_retry_after() {
    let model = MockModel::start().await.unwrap();
    model.script([Answer::status(500), Answer::status(429).body("slow down").retry_after(2)]);
    assert!(post(&model).await.whole().await.starts_with("HTTP/1.1 500"));
    let text = post(&model).await.whole().await;
    assert!(text.starts_with("HTTP/1.1 429"), "{text}");
    assert!(text.contains("retry-after: 2\r\n") && text.ends_with("slow down"), "{text}");
}

#[tokio::test]
async fn an_unscripted_request_fails_with_advice() {
    let model = MockModel::start().await.unwrap();
    let text = post(&model).await.whole().await;
    assert!(text.starts_with("HTTP/1.1 400"), "{text}");
    assert!(text.contains("no answer left for request 1: script one more"), "{text}");
}

#[tokio::test]
async fn the_function_answers_what_the_queue_does_not() {
    let model = MockModel::start().await.unwrap();
    model.respond_with(|request| Answer::text(format!("{}!", request.user_text())));
    model.push(Answer::text("from the queue"));
    let message =
        |text: &str| json!({ "input": [{ "role": "user", "content": [{ "text": text }] }] });
    let first = Exchange::post(&model, &message("a")).await.events().await;
    assert_eq!(deltas(&first), ["from the queue"]);
    for text in ["b", "c"] {
        let events = Exchange::post(&model, &message(text)).await.events().await;
        assert_eq!(deltas(&events).concat(), format!("{text}!"));
    }
}

#[tokio::test]
async fn requests_are_recorded_in_order_and_without_secrets() {
    let model = MockModel::start().await.unwrap();
    model.respond_with(|_| Answer::text("ok"));
    for n in 0..2 {
        Exchange::post(&model, &json!({ "n": n })).await.whole().await;
    }
    let (first, second) = (model.next_request().await, model.next_request().await);
    assert_eq!((&first.body["n"], &second.body["n"]), (&json!(0), &json!(1)));
    assert_eq!(first.headers["x-test"], "yes");
    assert!(!first.headers.contains_key("authorization"), "{:?}", first.headers);
    assert_eq!(model.requests().len(), 2);
}

#[tokio::test]
async fn a_request_is_known_before_its_answer_begins() {
    let model = MockModel::start().await.unwrap();
    let gate = Gate::new();
    model.push(Answer::text("late").gate(&gate));
    let (exchange, request) = tokio::join!(post(&model), model.next_request());
    assert_eq!(request.input(), [] as [Value; 0]);
    gate.open();
    assert_eq!(deltas(&exchange.events().await), ["late"]);
}

#[tokio::test]
async fn an_answer_pauses_at_a_gate() {
    let model = MockModel::start().await.unwrap();
    let gate = Gate::new();
    model.push(Answer::from_deltas(["a", "b", "c"]).gate_after(2, &gate));
    let mut exchange = post(&model).await;
    exchange.read_until(r#""delta":"b""#).await;
    assert!(!exchange.text.contains(r#""delta":"c""#));
    gate.open();
    exchange.read_until("response.completed").await;
}

#[tokio::test]
async fn a_gate_beyond_the_last_delta_holds_the_end_back() {
    let model = MockModel::start().await.unwrap();
    let gate = Gate::new();
    model.push(Answer::text("a").gate_after(9, &gate));
    let mut exchange = post(&model).await;
    exchange.read_until("response.output_item.done").await;
    assert!(!exchange.text.contains("response.completed"));
    gate.open();
    exchange.read_until("response.completed").await;
}

#[tokio::test(start_paused = true)]
async fn a_slow_answer_takes_its_time() {
    let model = MockModel::start().await.unwrap();
    model.push(Answer::text("abc").deltas(3).slow(Duration::from_secs(60)));
    let start = tokio::time::Instant::now();
    assert_eq!(deltas(&post(&model).await.events().await), ["a", "b", "c"]);
    assert!(start.elapsed() >= Duration::from_secs(180));
}

#[tokio::test]
async fn a_cut_answer_delivers_its_deltas_and_no_end() {
    let model = MockModel::start().await.unwrap();
    for (count, cut) in [(5, 2), (5, 0), (2000, 1500)] {
        model.push(Answer::from_deltas((0..count).map(|n| n.to_string())).cut_after(cut));
        let text = post(&model).await.whole().await;
        assert_eq!(deltas(&events(&text)).len(), cut);
        assert!(!text.contains("response.completed") && !text.ends_with("0\r\n\r\n"));
    }
}

#[tokio::test]
async fn dropping_the_model_ends_silent_and_gated_answers() {
    let model = MockModel::start().await.unwrap();
    model.script([Answer::silent(), Answer::text("ab").deltas(2).gate_after(1, &Gate::new())]);
    let silent = post(&model).await;
    model.next_request().await;
    let mut gated = post(&model).await;
    gated.read_until(r#""delta":"a""#).await;
    drop(model);
    assert!(silent.whole().await.starts_with("HTTP/1.1 503"));
    assert!(!gated.whole().await.contains("response.completed"));
}

#[tokio::test]
async fn a_codex_home_points_at_the_model_and_goes_away() {
    let model = MockModel::start().await.unwrap();
    let home = model.codex_home().unwrap().config("approval_policy = \"never\"").unwrap();
    let config = fs::read_to_string(home.path().join("config.toml")).unwrap();
    assert!(config.contains(&format!("base_url = \"{}\"", model.base_url())), "{config}");
    assert!(config.ends_with("approval_policy = \"never\"\n"), "{config}");
    let other = model.codex_home().unwrap();
    assert_ne!(home.path(), other.path());
    let path = home.path().to_owned();
    drop(home);
    assert!(!path.exists() && other.path().exists());
}

/// What a codex does that ends: it writes to its home once more, and makes it for that.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_home_ends_what_works_in_it_and_stays_away() {
    let model = MockModel::start().await.unwrap();
    let home = model.codex_home().unwrap();
    let path = home.path().to_owned();
    let mut busy = tokio::process::Command::new("sh")
        .arg("-c")
        .arg("trap 'sleep 0.1; mkdir -p \"$CODEX_HOME/locks\"; exit 7' TERM; echo; while :; do sleep 0.01; done")
        .env("CODEX_HOME", &path)
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    // It waits for the signal now.
    busy.stdout.take().unwrap().read_u8().await.unwrap();
    let other = model.codex_home().unwrap();
    drop(home);
    assert_eq!(busy.try_wait().unwrap().and_then(|status| status.code()), Some(7));
    assert!(!path.exists() && other.path().exists());
}
