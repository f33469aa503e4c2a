//! Trying again: when, how often, and after how long a wait.

use std::time::Duration;

use codex_app_server::{
    RetryPolicy, RpcErrorKind,
    generated::v2_all::{ModelListParams, ThreadReadParams},
    retry_on_overload,
};
use codex_app_server_testkit::{Action, Script};
use serde_json::{Value, json};
use tokio::time::Instant;

use support::{fake, sent_params};

#[tokio::test(start_paused = true)]
async fn waits_double_up_to_the_longest() {
    let busy = Action::error(-32001, "Server overloaded; retry later.", None);
    let (server, codex) = fake(Script::new().on("model/list", [busy])).await;
    let (begun, mut calls) = (Instant::now(), Vec::new());
    let policy = RetryPolicy::new()
        .max_attempts(6)
        .delays(Duration::from_millis(250), Duration::from_secs(2))
        .jitter(0.0);
    let end = retry_on_overload(policy, || {
        calls.push(begun.elapsed().as_millis());
        codex.models(ModelListParams::new())
    });
    assert_eq!(end.await.unwrap_err().rpc_kind(), Some(RpcErrorKind::ServerBusy));
    let waits: Vec<_> = calls.windows(2).map(|pair| pair[1] - pair[0]).collect();
    let expected = [250, 500, 1000, 2000, 2000];
    // The timer's grain is a millisecond.
    let close = |(wait, expected): (&u128, &u128)| (*expected..=expected + 2).contains(wait);
    assert_eq!(waits.len(), expected.len());
    assert!(waits.iter().zip(&expected).all(close), "{waits:?}");
    assert_eq!(sent_params(&server, "model/list").len(), 6);
}

#[tokio::test(start_paused = true)]
async fn waits_are_longer_or_shorter_by_the_jitter() {
    let busy = Action::error(-32001, "Server overloaded; retry later.", None);
    let (_server, codex) = fake(Script::new().on("model/list", [busy])).await;
    let mut waits = Vec::new();
    for _ in 0..20 {
        let begun = Instant::now();
        let end = retry_on_overload(RetryPolicy::new().max_attempts(2), || {
            codex.models(ModelListParams::new())
        });
        end.await.unwrap_err();
        waits.push(begun.elapsed().as_millis());
    }
    assert!(waits.iter().all(|wait| (200..=302).contains(wait)), "{waits:?}");
    waits.dedup();
    assert!(waits.len() > 5, "{waits:?}");
}

#[tokio::test(start_paused = true)]
async fn an_overloaded_server_is_tried_again() {
    let busy = || Action::error(-32001, "Server overloaded; retry later.", None);
    let script = Script::new()
        .on("model/list", [busy()])
        .on("model/list", [busy()])
        .on("model/list", [Action::respond(json!({"data": []}))])
        .on("thread/read", [busy()]);
    let (server, codex) = fake(script).await;
    let client = codex.client();
    let models = retry_on_overload(RetryPolicy::new(), || async {
        client.model_list(ModelListParams::new()).await
    });
    assert!(models.await.unwrap().data.is_empty());

    let error = retry_on_overload(RetryPolicy::new().max_attempts(2), || async {
        client.thread_read(ThreadReadParams::new("t")).await
    });
    assert!(error.await.unwrap_err().is_retryable());
    let read = |message: &&Value| message["method"] == "thread/read";
    assert_eq!(server.received().iter().filter(read).count(), 2);
}
