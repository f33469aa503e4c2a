//! What passes over a websocket, and what ends it.

use std::time::Duration;

use codex_app_server::{
    CloseReason, Codex, Error, NotificationStream, WebsocketConfig, transport::Transport,
};
use futures_util::{SinkExt, StreamExt};
use serde_json::json;
use tokio::{io::AsyncWriteExt, task::JoinHandle, time::interval};
use tokio_tungstenite::tungstenite::{
    Message,
    protocol::{CloseFrame, frame::coding::CloseCode},
};

use support::{Accepted, WebsocketServer, accept, soon};

/// Often enough for a test.
const PINGS: Duration = Duration::from_millis(100);

/// A connection whose server is the test.
async fn open(config: impl FnOnce(WebsocketConfig) -> WebsocketConfig) -> (Accepted, Codex) {
    let server = WebsocketServer::start().await;
    let config = config(WebsocketConfig::new(&server.url));
    let connecting = tokio::spawn(Codex::builder().connect_websocket(config));
    let mut client = server.accept().await;
    client.shake_hands().await;
    (client, soon(connecting).await.unwrap().unwrap())
}

/// Waits for the end of a connection, and says what it was.
async fn end(mut events: NotificationStream) -> CloseReason {
    loop {
        match soon(events.next()).await {
            Some(Err(Error::Closed(closed))) => return closed.reason.clone(),
            Some(_) => {}
            None => panic!("it ended without a reason"),
        }
    }
}

#[track_caller]
fn assert_failed(reason: &CloseReason, words: &str) {
    assert!(matches!(reason, CloseReason::Io(text) if text.contains(words)), "{reason:?}");
}

/// A request of `length` bytes, which goes on in a task.
fn request(codex: &Codex, length: usize) -> JoinHandle<codex_app_server::Result<usize>> {
    let client = codex.client().clone();
    tokio::spawn(async move {
        let params = json!({"text": "x".repeat(length)});
        let response = client.request_raw("test/echo", params).no_timeout().await?;
        Ok(response["text"].as_str().map_or(0, str::len))
    })
}

/// Reads a request, and responds with a text of `length` bytes.
async fn respond(client: &mut Accepted, length: usize) -> usize {
    let message = client.next().await.unwrap().into_text().unwrap();
    let message: serde_json::Value = serde_json::from_str(&message).unwrap();
    let result = json!({"text": "y".repeat(length)});
    client.send(json!({"id": message["id"], "result": result}).to_string()).await;
    message["params"]["text"].as_str().unwrap().len()
}

/// The server takes no longer frames, and sends whole messages.
#[tokio::test]
async fn frames_to_the_server_are_short_and_from_it_as_long_as_they_are() {
    let (mut client, codex) = open(|config| config).await;
    let request = request(&codex, 33 << 20);
    assert_eq!(soon(respond(&mut client, 80 << 20)).await, 33 << 20);
    assert_eq!(soon(request).await.unwrap().unwrap(), 80 << 20);
}

#[tokio::test]
async fn both_sides_write_much_at_once_and_neither_waits_for_the_other() {
    let (client, codex) = open(|config| config).await;
    let mut events = codex.client().events();
    let requests: Vec<_> = (0..8).map(|_| request(&codex, 4 << 20)).collect();
    let (mut sink, mut stream) = client.stream.split();
    let text = json!({"method": "test/text", "params": {"text": "z".repeat(4 << 20)}}).to_string();
    // All of it, before the server reads anything.
    soon(async {
        for _ in 0..16 {
            sink.send(text.as_str().into()).await.unwrap();
        }
    })
    .await;
    for _ in 0..16 {
        soon(events.next()).await.unwrap().unwrap();
    }
    for _ in &requests {
        soon(stream.next()).await.unwrap().unwrap();
    }
    codex.close().await;
}

#[tokio::test]
async fn the_longest_message_is_what_the_program_says() {
    let (mut client, codex) = open(|config| config.max_message_bytes(1000)).await;
    let events = codex.client().events();
    client.send("x".repeat(1001)).await;
    assert_failed(&end(events).await, "`WebsocketConfig::max_message_bytes`");
}

#[tokio::test]
async fn a_server_that_is_cut_off_in_a_message_says_so() {
    let (mut client, codex) = open(|config| config).await;
    let events = codex.client().events();
    let waiting = request(&codex, 1);
    client.next().await;
    // A text of 100 bytes, and 3 of them.
    client.stream.get_mut().write_all(&[0x81, 100, b'{', b'"', b'a']).await.unwrap();
    drop(client);
    assert_failed(&end(events).await, "cut off");
    let error = soon(waiting).await.unwrap().unwrap_err();
    assert!(error.is_closed() && error.to_string().contains("cut off"), "{error}");
}

#[tokio::test]
async fn the_reason_of_a_server_is_passed_on() {
    for (code, reason, words) in [
        (CloseCode::Policy, "too many clients", Some("too many clients (code 1008)")),
        (CloseCode::Error, "", Some("code 1011")),
        (CloseCode::Away, "", None),
    ] {
        let (mut client, codex) = open(|config| config).await;
        let events = codex.client().events();
        client.send(Message::Close(Some(CloseFrame { code, reason: reason.into() }))).await;
        match words {
            Some(words) => assert_failed(&end(events).await, words),
            None => assert_eq!(end(events).await, CloseReason::ServerClosed),
        }
    }
}

#[tokio::test]
async fn what_comes_right_before_the_end_is_read() {
    let (near, far) = tokio::io::duplex(1 << 16);
    let opening = async { tokio::join!(Transport::websocket_over(near), accept(far)) };
    let (transport, mut server) = soon(opening).await;
    let mut transport = transport.unwrap();
    server.send("last words").await;
    let close = CloseFrame { code: CloseCode::Policy, reason: "too many clients".into() };
    server.send(Message::Close(Some(close))).await;
    let messages = soon(transport.read()).await.unwrap().unwrap();
    assert_eq!(messages[0].as_bytes(), b"last words");
    let error = soon(transport.read()).await.unwrap_err();
    assert!(error.to_string().contains("too many clients"), "{error}");
}

#[tokio::test]
async fn what_is_no_message_ends_the_connection_and_is_shown() {
    let (mut client, codex) = open(|config| config).await;
    let events = codex.client().events();
    client.send("not JSON").await;
    assert_eq!(end(events).await, CloseReason::BadMessage("not JSON".into()));
}

#[tokio::test]
async fn a_server_that_went_without_a_word_is_found_by_pings() {
    let (client, codex) = open(|config| config.ping_interval(PINGS)).await;
    // It neither reads nor writes any more.
    let reason = end(codex.client().events()).await;
    assert_failed(&reason, "ping");
    drop(client);
}

#[tokio::test]
async fn a_server_that_answers_pings_is_kept_and_its_own_are_answered() {
    let (mut client, codex) = open(|config| config.ping_interval(PINGS)).await;
    for _ in 0..5 {
        assert!(matches!(client.next().await, Some(Message::Ping(_))));
    }
    client.send(Message::Ping("still there?".into())).await;
    loop {
        match client.next().await.unwrap() {
            Message::Pong(text) => break assert_eq!(text, "still there?"),
            Message::Ping(_) => {}
            other => panic!("{other:?}"),
        }
    }
    let request = request(&codex, 10);
    assert_eq!(respond(&mut client, 10).await, 10);
    soon(request).await.unwrap().unwrap();
}

#[tokio::test]
async fn a_message_that_arrives_slowly_is_a_sign_of_life() {
    let (mut client, codex) = open(|config| config.ping_interval(PINGS)).await;
    let mut events = codex.client().events();
    let text = br#"{"method":"test/slow","params":{}}"#;
    let io = client.stream.get_mut();
    io.write_all(&[0x81, u8::try_from(text.len()).unwrap()]).await.unwrap();
    // Nothing else can be said within a frame: no pong, for many times the interval.
    let mut beat = interval(PINGS / 4);
    for byte in text {
        beat.tick().await;
        io.write_all(&[*byte]).await.unwrap();
    }
    assert_eq!(soon(events.next()).await.unwrap().unwrap().method(), "test/slow");
}

#[tokio::test]
async fn closing_says_so_to_the_server_after_all_that_was_sent() {
    let (mut client, codex) = open(|config| config).await;
    let notifying = codex.client().notify("test/last", json!({"text": "x".repeat(3 << 20)}));
    soon(notifying).await.unwrap();
    let closing = tokio::spawn(async move { codex.close().await });
    assert!(client.next().await.unwrap().is_text());
    assert!(matches!(client.next().await, Some(Message::Close(_))));
    assert!(client.next().await.is_none());
    soon(closing).await.unwrap();
}

#[tokio::test]
async fn dropping_the_last_handle_closes_it() {
    let (mut client, codex) = open(|config| config).await;
    drop(codex);
    assert!(matches!(client.next().await, Some(Message::Close(_))));
}

#[tokio::test]
async fn a_server_that_does_not_answer_holds_up_no_closing() {
    let (_client, codex) = open(|config| config).await;
    soon(codex.close()).await;
}
