//! Going on with a thread of an earlier session: resumed by its id in another server process, with
//! all that was said.
//!
//! `cargo run --example 05_existing_thread -- --mock`; an id after it resumes that thread.

mod support;

use std::error::Error;

use codex_app_server::{AppServerConfig, Codex, Result, ThreadConfig, protocol::ThreadItem};
use codex_app_server_testkit::Answer;

use support::Mock;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mock = Mock::respond(|request| {
        let said: Vec<_> =
            request.input().iter().filter(|item| item["role"] == "assistant").collect();
        Answer::text(format!("I have answered {} time(s) before.", said.len()))
    })
    .await?;
    let id = match support::words().into_iter().next() {
        Some(id) => id,
        None => earlier_session(mock.app_server()).await?,
    };

    let codex = Codex::builder().app_server(mock.app_server()).connect_stdio().await?;
    let thread = codex.thread_resume(&id, ThreadConfig::new()).await?;
    println!("resumed {}; what was said:", thread.id());
    for turn in thread.read_with_turns().await?.turns {
        for item in turn.items {
            if let ThreadItem::AgentMessage(message) = item {
                println!("  {}", message.text);
            }
        }
    }
    let result = thread.run("And now, how many times?").await?;
    println!("now:");
    println!("  {}", result.final_response.unwrap_or_default());
    codex.close().await;
    Ok(())
}

/// A session that has ended when this returns. What stays is the thread, with its id.
async fn earlier_session(app_server: AppServerConfig) -> Result<String> {
    let codex = Codex::builder().app_server(app_server).connect_stdio().await?;
    let thread = codex.thread_start(ThreadConfig::new()).await?;
    thread.run("How many times have you answered before?").await?;
    codex.close().await;
    Ok(thread.id().to_owned())
}
