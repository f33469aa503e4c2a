//! One real turn, from the start of the server to the result: streamed text, a shell command that
//! codex runs, token usage and the final answer.
//!
//! Without options the model is a stand-in on loopback, so that no account is needed:
//! `cargo xtask demo "Say hello"`. With `--live` it is your own codex, with your login and your
//! model: `cargo xtask demo --live "Say hello"`.

use std::{
    error::Error,
    io::{Write, stdout},
};

use codex_app_server::{
    AppServerConfig, ApprovalMode, Codex, RunResult, Sandbox, ThreadConfig, TurnHandle,
    protocol::{ServerNotification, ThreadItem},
};
use codex_app_server_testkit::{Answer, CodexHome, MockModel};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let (live, words): (Vec<_>, Vec<_>) = std::env::args().skip(1).partition(|arg| arg == "--live");
    let prompt = if words.is_empty() { "Say hello".to_owned() } else { words.join(" ") };

    // The stand-in lives as long as the server that talks to it.
    let stand_in = if live.is_empty() { Some(stand_in(&prompt).await?) } else { None };
    let mut config = AppServerConfig::new();
    if let Some((_, home)) = &stand_in {
        config = config.env("CODEX_HOME", home.path());
    }

    let codex = Codex::builder().app_server(config).connect_stdio().await?;
    let version = &codex.metadata().server_version;
    println!("connected to codex app-server {version}");

    let thread = codex
        .thread_start(
            ThreadConfig::new().sandbox(Sandbox::ReadOnly).approval_mode(ApprovalMode::DenyAll),
        )
        .await?;
    println!("> {prompt}");
    let mut turn = thread.turn(prompt).await?;
    stream(&mut turn).await?;
    report(&turn.run().await?);
    codex.close().await;
    Ok(())
}

/// Prints what happens, while it happens.
async fn stream(turn: &mut TurnHandle) -> Result<(), Box<dyn Error>> {
    while let Some(notification) = turn.next().await {
        match notification? {
            ServerNotification::ItemAgentMessageDelta(delta) => {
                print!("{}", delta.delta);
                stdout().flush()?;
            }
            ServerNotification::ItemStarted(started) => {
                if let ThreadItem::CommandExecution(command) = started.item {
                    println!("\n$ {}", command.command);
                }
            }
            ServerNotification::ItemCompleted(completed) => match completed.item {
                ThreadItem::CommandExecution(command) => {
                    print!("{}", command.aggregated_output.unwrap_or_default());
                    println!("[exit code {}]", command.exit_code.unwrap_or(-1));
                }
                ThreadItem::AgentMessage(_) => println!(),
                _ => {}
            },
            ServerNotification::Error(error) => eprintln!("\n{}", error.error.message),
            _ => {}
        }
    }
    Ok(())
}

fn report(result: &RunResult) {
    println!("---");
    println!("status: {}", result.status);
    if let Some(usage) = &result.usage {
        let last = &usage.last;
        println!("tokens: {} in, {} out", last.input_tokens, last.output_tokens);
    }
    if let Some(duration) = result.duration {
        println!("time:   {duration:?}");
    }
    let answer = result.final_response.as_deref();
    println!("answer: {}", answer.unwrap_or("(none)"));
}

/// A model backend on loopback, and a `CODEX_HOME` that points codex at it.
async fn stand_in(prompt: &str) -> Result<(MockModel, CodexHome), Box<dyn Error>> {
    let model = MockModel::start().await?;
    let answer = format!(
        "You said “{prompt}”. I am a stand-in for a model, but the command above was real: codex ran it in its sandbox."
    );
    model.script([
        Answer::text("Let me look around first.")
            .phase("commentary")
            .and(Answer::shell("echo Hello from $(uname -s); pwd")),
        Answer::text(answer).deltas(12).phase("final_answer").usage(1200, 42),
    ]);
    let home = model.codex_home()?;
    Ok((model, home))
}
