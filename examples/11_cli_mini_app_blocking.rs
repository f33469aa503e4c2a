//! The same chat without async: the lines of stdin and the text of a turn are two plain loops.
//! `/quit` and the end of input end it. Ctrl-C ends the program, and the server leaves with it.
//!
//! `cargo run --features blocking --example 11_cli_mini_app_blocking -- --mock`

mod support;

use std::{
    error::Error,
    io::{Write, stdin, stdout},
};

use codex_app_server::{
    ApprovalMode, Result, Sandbox, ThreadConfig,
    blocking::{Codex, Thread},
};

use support::Mock;

fn main() -> Result<(), Box<dyn Error>> {
    // Only the stand-in needs a runtime.
    let runtime = tokio::runtime::Runtime::new()?;
    let mock = runtime.block_on(Mock::respond(support::chat))?;

    let codex = Codex::builder().app_server(mock.app_server()).connect_stdio()?;
    let config =
        ThreadConfig::new().sandbox(Sandbox::ReadOnly).approval_mode(ApprovalMode::DenyAll);
    let thread = codex.thread_start(config)?;

    prompt()?;
    for line in stdin().lines() {
        match line?.trim() {
            "/quit" => break,
            "" => {}
            prompt => match answer(&thread, prompt) {
                // The chat goes on, unless there is nobody left to talk to.
                Err(error) if !error.is_closed() => eprintln!("{error:?}"),
                outcome => outcome?,
            },
        }
        prompt()?;
    }
    println!("bye");
    codex.close()?;
    Ok(())
}

fn prompt() -> std::io::Result<()> {
    print!("> ");
    stdout().flush()
}

fn answer(thread: &Thread, prompt: &str) -> Result<()> {
    let mut turn = thread.turn(prompt)?;
    while let Some(text) = turn.next_text() {
        print!("{}", text?);
        // What cannot be shown is no reason to stop.
        let _ = stdout().flush();
    }
    println!();
    let result = turn.run()?;
    let tokens = result.usage.map_or(0, |usage| usage.total.total_tokens);
    println!("[{}, {tokens} tokens so far]", result.status);
    Ok(())
}
