//! What a program learns of why a turn, or a request, has failed: the table at `Error`.

use codex_app_server::{Error, ThreadConfig};
use codex_app_server_testkit::Answer;

use support::{Real, soon};

/// The predicates that hold.
fn facts(error: &Error) -> Vec<&'static str> {
    let all = [
        ("retryable", error.is_retryable()),
        ("overloaded", error.is_overloaded()),
        ("rate limited", error.is_rate_limited()),
        ("usage limit", error.is_usage_limit_exceeded()),
        ("context window", error.is_context_window_exceeded()),
        ("unauthorized", error.is_unauthorized()),
        ("not found", error.is_not_found()),
        ("busy", error.is_busy()),
        ("closed", error.is_closed()),
        ("timeout", error.is_timeout()),
    ];
    all.into_iter().filter(|(_, holds)| *holds).map(|(name, _)| name).collect()
}

fn code(code: &str) -> String {
    serde_json::json!({"error": {"code": code, "message": "No."}}).to_string()
}

#[tokio::test]
async fn each_way_in_which_the_service_fails() {
    let usage = r#"{"error": {"type": "usage_limit_reached", "message": "No."}}"#;
    let context = code("context_length_exceeded");
    for (answer, expected, info, status) in [
        (Answer::status(400), vec![], "other", None),
        (Answer::status(400).body(context), vec!["context window"], "contextWindowExceeded", None),
        (Answer::status(401), vec!["unauthorized"], "httpConnectionFailed", Some(401)),
        (Answer::status(403), vec![], "httpConnectionFailed", Some(403)),
        (Answer::status(408), vec!["retryable"], "httpConnectionFailed", Some(408)),
        (
            Answer::status(429),
            vec!["retryable", "rate limited"],
            "responseTooManyFailedAttempts",
            Some(429),
        ),
        (Answer::status(429).body(usage), vec!["usage limit"], "usageLimitExceeded", None),
        (Answer::status(500), vec!["retryable"], "internalServerError", None),
        (Answer::status(502), vec!["retryable"], "httpConnectionFailed", Some(502)),
        (Answer::status(503), vec!["retryable", "overloaded"], "httpConnectionFailed", Some(503)),
        (
            Answer::status(503).body(code("server_is_overloaded")),
            vec!["retryable", "overloaded"],
            "serverOverloaded",
            None,
        ),
        (
            Answer::status(503).body(code("slow_down")),
            vec!["retryable", "rate limited"],
            "rateLimitExceeded",
            None,
        ),
        (Answer::text("never whole").deltas(5).cut_after(2), vec!["retryable"], "other", None),
        (Answer::text("never").cut_after(0), vec!["retryable"], "other", None),
    ] {
        let shown = format!("{answer:?}");
        let real = Real::start([answer]).await;
        let error = soon(real.thread().await.run("Go")).await.unwrap_err();
        assert_eq!(facts(&error), expected, "{shown}: {error}");
        assert_eq!(error.http_status(), status, "{shown}");
        let told = serde_json::to_string(error.codex_error_info().unwrap()).unwrap();
        assert!(told.contains(info), "{shown}: {told}");
        assert_eq!(error.turn_result().unwrap().items.len(), 1, "{shown}");
    }
}

#[tokio::test]
async fn a_service_that_is_gone_may_come_back() {
    let Real { model, codex, server: _server, home: _home, cwd: _cwd, .. } = Real::start([]).await;
    let thread = support::thread_of(&codex).await;
    drop(model);
    let error = soon(thread.run("Go")).await.unwrap_err();
    assert_eq!(facts(&error), ["retryable"], "{error}");
}

#[tokio::test]
async fn threads_and_turns_that_are_unknown() {
    let real = Real::start([]).await;
    let unknown = "0199a213-81c0-7800-8aa1-bbab2a035a53";
    let client = real.codex.client();
    let ask = |method: &'static str, params: serde_json::Value| async move {
        soon(client.request_raw(method, params)).await.unwrap_err()
    };
    let of_thread = serde_json::json!({"threadId": unknown});
    for method in ["thread/read", "thread/fork", "thread/archive", "thread/unarchive"] {
        let error = ask(method, of_thread.clone()).await;
        assert_eq!(facts(&error), ["not found"], "{error}");
    }
    let start = serde_json::json!({"threadId": unknown, "input": [{"type": "text", "text": "Go"}]});
    assert_eq!(facts(&ask("turn/start", start).await), ["not found"]);
    for id in [unknown, "no-such-thread"] {
        let error = soon(real.codex.thread_resume(id, ThreadConfig::new())).await.unwrap_err();
        assert_eq!(facts(&error), ["not found"], "{error}");
    }
    let thread = real.thread().await;
    let revert = serde_json::json!({"threadId": thread.id(), "beforeTurnId": unknown});
    assert_eq!(facts(&ask("thread/revert", revert).await), ["not found"]);
    assert_eq!(facts(&ask("no/such/method", serde_json::json!({})).await), [""; 0]);
}
