//! One turn, and all that its result knows.
//!
//! `cargo run --example 02_turn_run -- --mock`

mod support;

use std::error::Error;

use codex_app_server::{ApprovalMode, Codex, Sandbox, ThreadConfig};
use codex_app_server_testkit::Answer;

use support::Mock;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mock = Mock::script([
        Answer::text("I will ask the system.").phase("commentary").and(Answer::shell("uname -s")),
        Answer::text("You can see its name above.").phase("final_answer").usage(1200, 30),
    ])
    .await?;
    let codex = Codex::builder().app_server(mock.app_server()).connect_stdio().await?;
    let config =
        ThreadConfig::new().sandbox(Sandbox::ReadOnly).approval_mode(ApprovalMode::DenyAll);
    let thread = codex.thread_start(config).await?;

    // `thread.run(…)` does both steps at once, for those who need no handle.
    let mut turn = thread.turn("Which operating system is this?").await?;
    println!("turn {} runs", turn.id());
    let result = turn.run().await?;

    println!("status:   {}", result.status);
    if let Some(duration) = result.duration {
        println!("duration: {duration:?}");
    }
    if let Some(usage) = &result.usage {
        let last = &usage.last;
        println!(
            "tokens:   {} in, {} out, of the last request to the model",
            last.input_tokens, last.output_tokens
        );
    }
    let kinds: Vec<_> = result.items.iter().map(|item| item.tag()).collect();
    println!("items:    {}", kinds.join(", "));
    // What the model marks as its final answer, not its comments on the way.
    let answer = result.final_response.as_deref();
    println!("answer:   {}", answer.unwrap_or("(none)"));

    let stored = thread.read_with_turns().await?;
    println!("the server has stored {} turn(s)", stored.turns.len());
    codex.close().await;
    Ok(())
}
