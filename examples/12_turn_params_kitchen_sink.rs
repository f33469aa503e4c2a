//! Many options of a turn at once, and an answer in the form of a JSON schema. The model and the
//! effort are chosen in `13_model_select_and_turn_params`.
//!
//! `cargo run --example 12_turn_params_kitchen_sink -- --mock`

mod support;

use std::error::Error;

use codex_app_server::{
    ApprovalMode, Codex, Maybe, Sandbox, ThreadConfig, TurnOverrides,
    protocol::{Personality, ReasoningEffort, ReasoningSummary},
};
use codex_app_server_testkit::Answer;
use serde_json::{Value, json};

use support::Mock;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mock = Mock::respond(|request| {
        println!("the model was asked with {}", request.body["reasoning"]);
        Answer::text(r#"{"verdict": "fine", "reasons": ["short", "tested"]}"#)
    })
    .await?;
    let codex = Codex::builder().app_server(mock.app_server()).connect_stdio().await?;
    let config = ThreadConfig::new()
        .ephemeral(true)
        .developer_instructions("You review code. Be brief.")
        .service_name("kitchen-sink");
    let thread = codex.thread_start(config).await?;

    // A value sets an option, null clears it, and what is not named stays as it is in the thread.
    // The thread keeps all of them for the turns that follow, except for the last two.
    let overrides = TurnOverrides::new()
        .approval_mode(ApprovalMode::DenyAll)
        .sandbox(Sandbox::ReadOnly)
        .cwd(std::env::current_dir()?)
        .effort(ReasoningEffort::HIGH)
        .summary(ReasoningSummary::Concise)
        .personality(Personality::Pragmatic)
        .service_tier(Maybe::Null)
        .turn_trigger("example")
        .output_schema(schema());
    let result =
        thread.run_with("Review: fn add(a: i32, b: i32) -> i32 { a + b }", overrides).await?;

    // With the feature `schemars`, `run_typed` does both: see `12_typed_answer`.
    let review: Value = serde_json::from_str(&result.final_response.unwrap_or_default())?;
    println!("verdict: {}", review["verdict"]);
    println!("reasons: {}", review["reasons"]);
    codex.close().await;
    Ok(())
}

/// In the form that the API takes: closed objects, all members required.
fn schema() -> Value {
    json!({
        "type": "object",
        "properties": {
            "verdict": { "type": "string", "enum": ["fine", "not fine"] },
            "reasons": { "type": "array", "items": { "type": "string" } },
        },
        "required": ["verdict", "reasons"],
        "additionalProperties": false,
    })
}
