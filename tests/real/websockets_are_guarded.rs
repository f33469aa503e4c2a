//! What a codex that listens on a websocket refuses, and what is told of it.

use codex_app_server::{CloseReason, Codex, Error, WebsocketConfig};
use codex_app_server_testkit::MockModel;
use tempfile::TempDir;

use support::{Listening, Real, Way, soon};

async fn connect(config: WebsocketConfig) -> codex_app_server::Result<Codex> {
    soon(Codex::builder().connect_websocket(config)).await
}

#[track_caller]
fn assert_refused(result: codex_app_server::Result<Codex>, status: u16, words: &[&str]) {
    let error = result.unwrap_err();
    assert!(matches!(error, Error::Connect { .. }), "{error:?}");
    assert_eq!(error.http_status(), Some(status), "{error:?}");
    assert_eq!(error.is_unauthorized(), status == 401);
    assert!(!error.is_retryable());
    let text = error.to_string();
    assert!(words.iter().all(|word| text.contains(word)), "{text}");
    assert!(!format!("{text} {error:?}").contains("s3cret"), "{error:?}");
}

#[tokio::test]
async fn tokens_that_are_wrong_or_missing_are_told_apart() {
    let model = MockModel::start().await.unwrap();
    let (home, cwd) = (model.codex_home().unwrap(), TempDir::new().unwrap());
    let server = Listening::start(Way::WebsocketWithToken, &home, &cwd).await;
    let config = WebsocketConfig::new(&server.url);
    let advice = "WebsocketConfig::token";
    assert_refused(connect(config.clone()).await, 401, &["missing", advice, &server.url]);
    let wrong = config.clone().token("s3cret");
    assert_refused(connect(wrong.clone()).await, 401, &["invalid", advice]);
    // A header that the program sets is what is sent.
    let right = format!("Bearer {}", server.token.as_deref().unwrap());
    connect(wrong.header("Authorization", right)).await.unwrap();
    let header = server.config().header("authorization", "Bearer s3cret");
    assert_refused(connect(header).await, 401, &["invalid"]);
}

#[tokio::test]
async fn requests_with_an_origin_are_refused() {
    let model = MockModel::start().await.unwrap();
    let (home, cwd) = (model.codex_home().unwrap(), TempDir::new().unwrap());
    let server = Listening::start(Way::Websocket, &home, &cwd).await;
    assert_refused(connect(server.config().header("Origin", "")).await, 403, &["`Origin`"]);
    connect(server.config()).await.unwrap();
}

#[tokio::test]
async fn a_server_that_is_gone_ends_the_connection_with_its_cause() {
    let mut real = Real::start_by(Way::Websocket, [], Codex::builder()).await;
    let mut events = real.codex.client().events();
    drop(real.server.take());
    let end = soon(async {
        loop {
            if let Err(error) = events.next().await.expect("the end is told") {
                return error;
            }
        }
    });
    let Error::Closed(closed) = end.await else {
        panic!("it ended in another way");
    };
    assert!(matches!(closed.reason, CloseReason::Io(_)), "{closed:?}");
}

/// Pings are answered by codex, too.
#[tokio::test]
async fn a_quiet_connection_is_kept() {
    let model = MockModel::start().await.unwrap();
    let (home, cwd) = (model.codex_home().unwrap(), TempDir::new().unwrap());
    let server = Listening::start(Way::Websocket, &home, &cwd).await;
    let interval = std::time::Duration::from_millis(100);
    let codex = connect(server.config().ping_interval(interval)).await.unwrap();
    let mut events = codex.client().events();
    // Nothing is said, for many times the interval.
    while let Ok(event) = tokio::time::timeout(10 * interval, events.next()).await {
        event.unwrap().unwrap();
    }
    soon(codex.models(Default::default())).await.unwrap();
}
