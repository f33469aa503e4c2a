//! Reviews the changes in a git repository, and prints its remarks as a compiler would. Ends with 1
//! if there is one that has to be mended first: for a hook, or a pipeline.
//!
//! `cargo run --features schemars --example 21_review_bot -- --mock [FOLDER]`

mod support;

use std::{error::Error, process::ExitCode};

use codex_app_server::{ApprovalMode, Codex, Sandbox, ThreadConfig};
use codex_app_server_testkit::Answer;
use schemars::JsonSchema;
use serde::Deserialize;

use support::Mock;

const PROMPT: &str = "Review the changes that are not committed (`git diff HEAD`) as a careful \
    colleague would. Remark only on what is wrong; no remarks are a good review.";

#[derive(Deserialize, JsonSchema)]
struct Review {
    remarks: Vec<Remark>,
    /// What the changes do, in one sentence.
    summary: String,
}

#[derive(Deserialize, JsonSchema)]
struct Remark {
    /// Relative to the root of the repository.
    path: String,
    /// In the new version of the file.
    line: u32,
    severity: Severity,
    /// What is wrong, and what would be right.
    text: String,
}

#[derive(Debug, Deserialize, JsonSchema, PartialEq)]
#[serde(rename_all = "lowercase")]
enum Severity {
    /// It must not be merged like this.
    Error,
    Warning,
}

#[tokio::main]
async fn main() -> Result<ExitCode, Box<dyn Error>> {
    let review = r#"{"summary": "Adds a retry.", "remarks": [
        {"path": "src/send.rs", "line": 12, "severity": "error", "text": "It never gives up."},
        {"path": "src/send.rs", "line": 3, "severity": "warning", "text": "Say why it is 7."}]}"#;
    let mock = Mock::script([Answer::shell("git diff HEAD"), Answer::text(review)]).await?;
    let codex = Codex::builder().app_server(mock.app_server()).connect_stdio().await?;

    // It looks at everything and changes nothing, and there is nobody to ask.
    let config = ThreadConfig::new()
        .cwd(support::words().first().map_or(".", String::as_str))
        .sandbox(Sandbox::ReadOnly)
        .approval_mode(ApprovalMode::DenyAll)
        .ephemeral(true);
    let review = codex.thread_start(config).await?.run_typed::<Review>(PROMPT).await?.value;
    codex.close().await;

    for Remark { path, line, severity, text } in &review.remarks {
        println!("{path}:{line}: {}: {text}", format!("{severity:?}").to_lowercase());
    }
    println!("{} {} remark(s)", review.summary, review.remarks.len());
    let has_errors = review.remarks.iter().any(|remark| remark.severity == Severity::Error);
    Ok(if has_errors { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}
