//! A chat in the terminal. Each line is a turn of one thread, and the answer is shown as it comes.
//! Ctrl-C stops an answer; at the prompt it ends the program, as do `/quit` and the end of input.
//!
//! `cargo run --example 11_cli_mini_app -- --mock`

mod support;

use std::{
    error::Error,
    io::{Write, stdout},
};

use codex_app_server::{ApprovalMode, Codex, Result, Sandbox, Thread, ThreadConfig};
use tokio::sync::mpsc;

use support::Mock;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut ctrl_c = support::ctrl_c();
    let mut lines = support::lines();
    let mock = Mock::respond(support::chat).await?;
    let codex = Codex::builder().app_server(mock.app_server()).connect_stdio().await?;
    let config =
        ThreadConfig::new().sandbox(Sandbox::ReadOnly).approval_mode(ApprovalMode::DenyAll);
    let thread = codex.thread_start(config).await?;

    loop {
        print!("> ");
        stdout().flush()?;
        let line = tokio::select! {
            line = lines.recv() => line,
            _ = ctrl_c.recv() => None,
        };
        match line.as_deref().map(str::trim) {
            None | Some("/quit") => break,
            Some("") => {}
            Some(prompt) => match answer(&thread, prompt, &mut ctrl_c).await {
                // The chat goes on, unless there is nobody left to talk to.
                Err(error) if !error.is_closed() => eprintln!("{error:?}"),
                outcome => outcome?,
            },
        }
    }
    println!("bye");
    codex.close().await;
    Ok(())
}

async fn answer(thread: &Thread, prompt: &str, ctrl_c: &mut mpsc::Receiver<()>) -> Result<()> {
    let mut turn = thread.turn(prompt).await?;
    loop {
        let text = tokio::select! {
            text = turn.next_text() => text,
            _ = ctrl_c.recv() => {
                // If it has just ended by itself, or cannot be reached, the stream says so.
                let _ = turn.interrupt().await;
                continue;
            }
        };
        let Some(text) = text else { break };
        print!("{}", text?);
        // What cannot be shown is no reason to stop.
        let _ = stdout().flush();
    }
    println!();
    let result = turn.run().await?;
    let tokens = result.usage.map_or(0, |usage| usage.total.total_tokens);
    println!("[{}, {tokens} tokens so far]", result.status);
    Ok(())
}
