//! Telling the agent what another tool has to say: not the user's words, but a report that it may
//! act on.
//!
//! `cargo run --example 16_external_message -- --mock`

mod support;

use std::error::Error;

use codex_app_server::{Codex, ExternalMessage, ThreadConfig};
use codex_app_server_testkit::Answer;

use support::Mock;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mock = Mock::respond(|request| match request.last_tool_output() {
        Some(report) => Answer::text(format!("I have heard from the build: “{report}”")),
        None => Answer::text("I wait for the build."),
    })
    .await?;
    let codex = Codex::builder().app_server(mock.app_server()).connect_stdio().await?;
    let thread = codex.thread_start(ThreadConfig::new()).await?;

    let result = thread.run("Tell me when the build has ended.").await?;
    println!("{}", result.final_response.unwrap_or_default());

    // It is the whole input of its turn, with no user input beside it.
    let report = ExternalMessage::new("build", "3 tests failed").namespace("ci");
    let result = thread.run(report).await?;
    println!("{}", result.final_response.unwrap_or_default());
    codex.close().await;
    Ok(())
}
