//! An answer as a value of a type: its schema is sent, and what comes back is decoded.
//!
//! `cargo run --features schemars --example 12_typed_answer -- --mock`

mod support;

use std::error::Error;

use codex_app_server::{Codex, ThreadConfig};
use codex_app_server_testkit::Answer;
use schemars::JsonSchema;
use serde::Deserialize;

use support::Mock;

/// The doc comments are part of the schema: the model reads them.
#[derive(Deserialize, JsonSchema)]
struct Review {
    verdict: Verdict,
    /// At most three.
    reasons: Vec<String>,
    /// Better code, if there is any.
    suggestion: Option<String>,
}

#[derive(Debug, Deserialize, JsonSchema)]
enum Verdict {
    Fine,
    NotFine,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let answer = r#"{"verdict": "NotFine", "reasons": ["it overflows"], "suggestion": null}"#;
    let mock = Mock::script([Answer::text(answer)]).await?;
    let codex = Codex::builder().app_server(mock.app_server()).connect_stdio().await?;
    let thread = codex.thread_start(ThreadConfig::new()).await?;

    let review =
        thread.run_typed::<Review>("Review: fn add(a: i32, b: i32) -> i32 { a + b }").await?.value;
    println!("{:?}: {}", review.verdict, review.reasons.join("; "));
    if let Some(suggestion) = review.suggestion {
        println!("{suggestion}");
    }
    codex.close().await;
    Ok(())
}
