//! From nothing to an answer in three steps: connect, start a thread, run a turn.
//!
//! `cargo run --example 01_quickstart` asks your own codex, with your login and your model; with
//! `-- --mock` at the end a stand-in replaces the model.

mod support;

use std::error::Error;

use codex_app_server::{Codex, ThreadConfig};
use codex_app_server_testkit::Answer;

use support::Mock;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mock = Mock::script([Answer::text("Ownership, traits, fearless concurrency.")]).await?;

    let codex = Codex::builder().app_server(mock.app_server()).connect_stdio().await?;
    println!("connected to codex {}", codex.metadata().server_version);

    let thread = codex.thread_start(ThreadConfig::new()).await?;
    let result = thread.run("Which three ideas make Rust special?").await?;
    println!("{}", result.final_response.as_deref().unwrap_or("(no answer)"));

    codex.close().await;
    Ok(())
}
