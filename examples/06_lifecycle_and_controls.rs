//! The life of a thread: named, read, forked, listed, archived, brought back and compacted.
//!
//! `cargo run --example 06_lifecycle_and_controls -- --mock`

mod support;

use std::error::Error;

use codex_app_server::{
    Codex, Result, Thread, ThreadConfig,
    protocol::{ServerNotification, ThreadItem, ThreadListParams},
};
use codex_app_server_testkit::Answer;

use support::Mock;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mock = Mock::script([
        Answer::text("Noted: the colour is teal."),
        Answer::text("In this copy it is coral."),
        Answer::text("The user's colour is teal."),
    ])
    .await?;
    let codex = Codex::builder().app_server(mock.app_server()).connect_stdio().await?;

    let thread = codex.thread_start(ThreadConfig::new()).await?;
    thread.run("Remember: my colour is teal.").await?;
    thread.set_name("Colours").await?;
    let stored = thread.read().await?;
    println!("{} is in {}", stored.name.unwrap_or_default(), stored.cwd);

    // A copy with all that was said, which then goes its own way.
    let fork = thread.fork(ThreadConfig::new()).await?;
    fork.run("Make it coral instead.").await?;
    println!("forked: {}", fork.id() != thread.id());

    codex.thread_archive(fork.id()).await?;
    println!("archived: {}", is_archived(&codex, &fork).await?);
    let fork = codex.thread_unarchive(fork.id()).await?;
    println!("brought back: {}", !is_archived(&codex, &fork).await?);

    compact(&thread).await?;
    println!("compacted");
    codex.close().await;
    Ok(())
}

/// Looks through all pages of the list.
async fn is_archived(codex: &Codex, thread: &Thread) -> Result<bool> {
    let mut cursor = None;
    loop {
        let params = ThreadListParams::new().archived(true).cursor(cursor);
        let page = codex.thread_list(params).await?;
        if page.data.iter().any(|listed| listed.id == thread.id()) {
            return Ok(true);
        }
        cursor = page.next_cursor;
        if cursor.is_none() {
            return Ok(false);
        }
    }
}

/// Has the history summarised, and waits for it: the server does so as a turn of its own.
async fn compact(thread: &Thread) -> Result<()> {
    let mut notifications = thread.events();
    thread.compact().await?;
    while let Some(notification) = notifications.next().await {
        match notification? {
            ServerNotification::ItemCompleted(completed)
                if matches!(completed.item, ThreadItem::ContextCompaction(_)) =>
            {
                println!("the history is now a summary");
            }
            ServerNotification::TurnCompleted(_) => break,
            _ => {}
        }
    }
    Ok(())
}
