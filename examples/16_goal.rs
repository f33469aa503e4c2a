//! A goal, which the agent pursues over as many turns as it takes, handled like one turn.
//!
//! `cargo run --example 16_goal -- --mock`

mod support;

use std::error::Error;

use codex_app_server::{
    Codex, ThreadConfig,
    protocol::{ServerNotification, ThreadItem},
};
use codex_app_server_testkit::Answer;
use serde_json::json;

use support::Mock;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mock = Mock::script([
        Answer::text("Step one is done."),
        Answer::text("Step two is done."),
        Answer::tool_call("update_goal", None, json!({"status": "complete"})),
        Answer::text("Everything is done.").phase("final_answer"),
    ])
    .await?;
    let codex = Codex::builder().app_server(mock.app_server()).connect_stdio().await?;
    let thread = codex.thread_start(ThreadConfig::new()).await?;

    // `goal.steer(…)` and `goal.interrupt()` reach the turn that runs at the time.
    let mut goal = thread.start_goal("Tidy up, in two steps.").await?;
    while let Some(notification) = goal.next().await {
        if let ServerNotification::ItemCompleted(completed) = notification?
            && let ThreadItem::AgentMessage(message) = completed.item
        {
            println!("{}", message.text);
        }
    }
    let result = goal.run().await?;
    println!("{} after {} turns", result.status, goal.turns());
    codex.close().await;
    Ok(())
}
