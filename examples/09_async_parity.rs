//! The same program twice: async, and with `blocking` for programs that have no runtime.
//!
//! `cargo run --features blocking --example 09_async_parity -- --mock`

mod support;

use std::error::Error;

use codex_app_server::{
    AppServerConfig, Codex, Result, ThreadConfig, blocking, protocol::ServerNotification,
};
use codex_app_server_testkit::Answer;

use support::Mock;

// Not async: within a runtime, `blocking` refuses to block it.
fn main() -> Result<(), Box<dyn Error>> {
    let runtime = tokio::runtime::Runtime::new()?;
    let mock = runtime.block_on(Mock::respond(|_| Answer::text("One and the same.").deltas(4)))?;

    println!("async:    {}", runtime.block_on(with_async(mock.app_server()))?);
    println!("blocking: {}", with_blocking(mock.app_server())?);
    Ok(())
}

async fn with_async(app_server: AppServerConfig) -> Result<String> {
    let codex = Codex::builder().app_server(app_server).connect_stdio().await?;
    let thread = codex.thread_start(ThreadConfig::new()).await?;
    let mut turn = thread.turn("Are both halves the same?").await?;
    let mut deltas = 0;
    while let Some(notification) = turn.next().await {
        if let ServerNotification::ItemAgentMessageDelta(_) = notification? {
            deltas += 1;
        }
    }
    let answer = turn.run().await?.final_response.unwrap_or_default();
    codex.close().await;
    Ok(format!("{answer} ({deltas} deltas)"))
}

fn with_blocking(app_server: AppServerConfig) -> Result<String> {
    let codex = blocking::Codex::builder().app_server(app_server).connect_stdio()?;
    let thread = codex.thread_start(ThreadConfig::new())?;
    let mut turn = thread.turn("Are both halves the same?")?;
    let mut deltas = 0;
    for notification in &mut turn {
        if let ServerNotification::ItemAgentMessageDelta(_) = notification? {
            deltas += 1;
        }
    }
    let answer = turn.run()?.final_response.unwrap_or_default();
    codex.close()?;
    Ok(format!("{answer} ({deltas} deltas)"))
}
