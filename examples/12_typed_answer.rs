//! An answer as a value of a type: its schema is sent, and what comes back is decoded.
//!
//! `cargo run --features schemars --example 12_typed_answer -- --mock`

mod support;

use std::{collections::BTreeMap, error::Error};

use codex_app_server::{Codex, ThreadConfig};
use codex_app_server_testkit::Answer;
use schemars::JsonSchema;
use serde::Deserialize;

use support::Mock;

/// The doc comments are part of the schema: the model reads them.
#[derive(Deserialize, JsonSchema)]
struct Review {
    verdict: Verdict,
    /// At most three; none if it is fine.
    #[serde(default)]
    reasons: Vec<String>,
    /// What to write instead, by the name of the function.
    better: BTreeMap<String, String>,
}

#[derive(Deserialize, JsonSchema)]
enum Verdict {
    Fine,
    NotFine {
        /// 1 (a nit) to 5 (a bug).
        severity: u8,
    },
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    // As the API's strict mode has it: a map is a list of entries, and a member that may be missing
    // is null.
    let first = r#"{"verdict": {"NotFine": {"severity": 4}}, "reasons": ["it overflows"],
        "better": [{"key": "add", "value": "a.checked_add(b)"}]}"#;
    let second = r#"{"verdict": "Fine", "reasons": null, "better": []}"#;
    let mock = Mock::script([Answer::text(first), Answer::text(second).deltas(3)]).await?;
    let codex = Codex::builder().app_server(mock.app_server()).connect_stdio().await?;
    let thread = codex.thread_start(ThreadConfig::new()).await?;

    let review = thread.run_typed::<Review>("Review: fn add(a: i32, b: i32) -> i32 { a + b }");
    show(&review.await?.value);

    // The same as a turn that can be watched and interrupted while it runs.
    let mut turn = thread.turn_typed::<Review>("Review it again, with checked_add.").await?;
    let mut pieces = 0;
    while let Some(text) = turn.next_text().await {
        text?;
        pieces += 1;
    }
    println!("{pieces} pieces");
    match turn.run().await {
        Ok(review) => show(&review.value),
        // Interrupted, without an answer, or with one that does not fit.
        Err(codex_app_server::Error::TypedOutput { result, .. }) => {
            println!("{}: {} items", result.status, result.items.len());
        }
        Err(other) => return Err(other.into()),
    }
    codex.close().await;
    Ok(())
}

fn show(review: &Review) {
    match review.verdict {
        Verdict::Fine => println!("fine"),
        Verdict::NotFine { severity } => {
            println!("not fine ({severity} of 5): {}", review.reasons.join("; "));
        }
    }
    for (function, better) in &review.better {
        println!("{function}: {better}");
    }
}
