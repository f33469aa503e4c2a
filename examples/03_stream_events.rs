//! Watching a turn: text as it is written, commands as they run, and a count of everything else.
//!
//! `cargo run --example 03_stream_events -- --mock`

mod support;

use std::{
    collections::BTreeMap,
    error::Error,
    io::{Write, stdout},
};

use codex_app_server::{
    ApprovalMode, Codex, Sandbox, ThreadConfig,
    protocol::{ServerNotification, ThreadItem},
};
use codex_app_server_testkit::Answer;

use support::Mock;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mock = Mock::script([
        Answer::text("Let me count.")
            .phase("commentary")
            .and(Answer::shell("echo one two three | wc -w")),
        Answer::text("There are three words.").deltas(6).phase("final_answer"),
    ])
    .await?;
    let codex = Codex::builder().app_server(mock.app_server()).connect_stdio().await?;
    let config =
        ThreadConfig::new().sandbox(Sandbox::ReadOnly).approval_mode(ApprovalMode::DenyAll);
    let thread = codex.thread_start(config).await?;

    let mut turn = thread.turn("Let the shell count the words in “one two three”.").await?;
    let mut seen: BTreeMap<String, u32> = BTreeMap::new();
    while let Some(notification) = turn.next().await {
        let notification = notification?;
        *seen.entry(notification.method().to_owned()).or_default() += 1;
        match notification {
            ServerNotification::ItemAgentMessageDelta(delta) => {
                print!("{}", delta.delta);
                stdout().flush()?;
            }
            ServerNotification::ItemCompleted(completed) => match completed.item {
                ThreadItem::AgentMessage(_) => println!(),
                ThreadItem::CommandExecution(command) => {
                    println!("$ {}", command.command);
                    print!("{}", command.aggregated_output.unwrap_or_default());
                }
                _ => {}
            },
            // This is also where unknown notifications of a newer server arrive.
            _ => {}
        }
    }

    // What was streamed is part of the result as well.
    let result = turn.run().await?;
    println!("--- {}, and these were the notifications:", result.status);
    for (method, count) in seen {
        println!("{count:4} {method}");
    }
    codex.close().await;
    Ok(())
}
