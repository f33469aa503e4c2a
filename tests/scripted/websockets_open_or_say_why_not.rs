//! How a websocket is opened, and what is said when it is not.

use std::{io, time::Duration};

use codex_app_server::{Codex, Error, WebsocketConfig};
use codex_app_server_testkit::Script;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use support::{WebsocketServer, fake_websocket, refused_argument, soon};

async fn connect(config: impl Into<WebsocketConfig>) -> codex_app_server::Result<Codex> {
    soon(Codex::builder().connect_websocket(config)).await
}

#[track_caller]
fn source(error: &Error) -> &io::Error {
    let Error::Connect { source: Some(source), .. } = error else {
        panic!("{error:?}");
    };
    source
}

#[tokio::test]
async fn headers_are_sent_and_no_others() {
    let server = WebsocketServer::start().await;
    let config = WebsocketConfig::new(&server.url)
        .token("the token\n")
        .header("X-Tenant", "one")
        .header("x-tenant", "two");
    let connecting = tokio::spawn(connect(config));
    let mut client = server.accept().await;
    client.shake_hands().await;
    connecting.await.unwrap().unwrap();
    assert_eq!(client.headers["authorization"], "Bearer the token");
    let tenants: Vec<_> = client.headers.get_all("x-tenant").iter().collect();
    assert_eq!(tenants, ["two"]);
    for unwanted in ["origin", "sec-websocket-extensions", "sec-websocket-protocol"] {
        assert!(!client.headers.contains_key(unwanted), "{unwanted}");
    }
}

#[tokio::test]
async fn tokens_do_not_leave_this_machine_unencrypted() {
    let config = WebsocketConfig::new("ws://192.0.2.1:8765").token("secret");
    assert_eq!(refused_argument(connect(config).await), "token");
}

#[tokio::test]
async fn where_nobody_listens_that_is_told_with_its_cause() {
    let free = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let url = format!("ws://{free}");
    let error = connect(url.as_str()).await.unwrap_err();
    assert_eq!(source(&error).kind(), io::ErrorKind::ConnectionRefused);
    assert!(error.to_string().contains(&url), "{error}");
    // It may be there soon.
    assert!(error.is_retryable());
}

#[tokio::test]
async fn a_server_that_says_nothing_is_given_up() {
    let server = WebsocketServer::start().await;
    let limit = Duration::from_millis(200);
    let error = connect(WebsocketConfig::new(&server.url).connect_timeout(limit)).await;
    let error = error.unwrap_err();
    assert!(error.is_timeout() && error.is_retryable(), "{error:?}");
    assert!(error.to_string().contains("200ms"), "{error}");
}

#[tokio::test]
async fn other_servers_are_told_apart() {
    for (answer, status, may_pass) in [
        ("HTTP/1.1 404 Not Found\r\nContent-Length: 9\r\n\r\nNo\nthing\n", Some(404), false),
        ("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", Some(200), false),
        ("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n", Some(403), false),
        ("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n", Some(503), true),
        ("SSH-2.0-OpenSSH\r\n\r\n", None, false),
        ("", None, true),
    ] {
        let server = WebsocketServer::start().await;
        let connecting = tokio::spawn(connect(server.url.as_str().to_owned()));
        let mut client = server.next().await;
        let mut request = vec![0; 1 << 16];
        assert_ne!(client.read(&mut request).await.unwrap(), 0);
        client.write_all(answer.as_bytes()).await.unwrap();
        drop(client);
        let error = connecting.await.unwrap().unwrap_err();
        assert!(matches!(error, Error::Connect { .. }), "{answer:?}: {error:?}");
        assert_eq!(error.http_status(), status, "{answer:?}: {error:?}");
        assert_eq!(error.is_retryable(), may_pass, "{answer:?}: {error:?}");
    }
}

#[tokio::test]
async fn the_address_is_shown_without_its_secrets() {
    let error = connect("ws://127.0.0.1:9/path?key=s3cret").await.unwrap_err();
    let shown = format!("{error} {error:?}");
    assert!(shown.contains("ws://127.0.0.1:9/path") && !shown.contains("s3cret"), "{shown}");
    let config = WebsocketConfig::new("ws://h?s3cret").token("s3cret").header("a", "s3cret");
    let shown = format!("{config:?}");
    assert!(shown.contains("ws://h") && !shown.contains("s3cret"), "{shown}");
}

#[test]
fn programs_without_async_reach_it_as_well() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let url = runtime.block_on(fake_websocket(Script::new()));
    let codex = codex_app_server::blocking::Codex::builder().connect_websocket(url).unwrap();
    codex.models(Default::default()).unwrap_err();
    codex.close().unwrap();
}

#[cfg(unix)]
#[tokio::test]
async fn a_unix_socket_that_is_not_there_is_named() {
    let error = soon(Codex::builder().connect_unix("/nowhere/socket")).await.unwrap_err();
    assert_eq!(source(&error).kind(), io::ErrorKind::NotFound);
    assert!(error.to_string().contains("unix:///nowhere/socket"), "{error}");
    assert!(error.is_retryable());
}
