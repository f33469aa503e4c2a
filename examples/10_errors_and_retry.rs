//! What can go wrong, how a program tells it apart, and trying again what may pass.
//!
//! `cargo run --example 10_errors_and_retry -- --mock`

mod support;

use std::{error::Error as StdError, time::Duration};

use codex_app_server::{
    Codex, Error, RetryPolicy, RpcErrorKind, ThreadConfig, TurnOverrides,
    protocol::ModelListParams, retry_on_overload,
};
use codex_app_server_testkit::Answer;

use support::Mock;

#[tokio::main]
async fn main() -> Result<(), Box<dyn StdError>> {
    let overloaded = r#"{"error": {"code": "server_is_overloaded"}}"#;
    let mock = Mock::script([
        Answer::status(503).body(overloaded),
        Answer::text("It works now."),
        Answer::status(404),
    ])
    .await?;
    let codex = Codex::builder()
        .app_server(mock.app_server())
        .request_timeout(Duration::from_secs(10))
        // Requests that only read are tried again without another word.
        .retry(RetryPolicy::new())
        .connect_stdio()
        .await?;
    // What an overloaded app-server refuses it has not begun with: that can be sent again.
    let start = || codex.thread_start(ThreadConfig::new());
    let thread = retry_on_overload(RetryPolicy::new(), start).await?;

    // A turn that fails on the way has left its prompt in the thread. This takes it out first, so
    // that the model sees it once.
    let policy = RetryPolicy::new().max_attempts(5).when(|error| {
        println!("(overloaded: {}, {:?})", error.is_overloaded(), error.codex_error_info());
        error.is_retryable()
    });
    let result = thread.run_retrying("Does it work?", policy).await?;
    println!("{}", result.final_response.unwrap_or_default());
    println!("{} turn(s) in the thread", thread.read_with_turns().await?.turns.len());

    // Some ways to fail.
    let odd = TurnOverrides::new().model("no-such-model");
    let failures = [
        thread.run_with("Does it work?", odd).await.err(),
        thread.run(Vec::<String>::new()).await.err(),
        codex.thread_resume("no-such-thread", ThreadConfig::new()).await.err(),
    ];
    for error in failures.iter().flatten() {
        // `{error}` is the failure alone; `{error:?}` shows its causes as well.
        println!("- {error:?}\n  {}", advice(error));
    }

    codex.close().await;
    if let Err(error) = codex.models(ModelListParams::new()).await {
        println!("- {error:?}\n  {}", advice(&error));
    }
    Ok(())
}

/// What a program may do about an error.
fn advice(error: &Error) -> String {
    match error {
        _ if error.is_unauthorized() => "log in".into(),
        _ if error.is_not_found() => "start another thread".into(),
        Error::TurnFailed(result) => {
            let done = result.items.len();
            format!("the turn ended early; {done} item(s) were done, and the thread can go on")
        }
        Error::InvalidInput { argument, .. } => format!("nothing was sent; correct `{argument}`"),
        Error::RuntimeNotFound { .. } => "install codex".into(),
        _ if error.is_retryable() => "try again later".into(),
        _ if error.is_timeout() => "the server may still do it; ask for the outcome".into(),
        _ if error.is_closed() => "connect again, and resume the thread".into(),
        _ => match error.rpc_kind() {
            Some(RpcErrorKind::InvalidRequest) => "the server refuses; read its words".into(),
            Some(kind) => format!("the server responded with an error of the kind {kind:?}"),
            None => "report it".into(),
        },
    }
}
