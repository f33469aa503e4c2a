//! Taking a hand in a turn while it runs: adding to what was asked, and stopping it.
//!
//! `cargo run --example 14_turn_controls -- --mock`

mod support;

use std::error::Error;

use codex_app_server::{Codex, Result, ThreadConfig, TurnHandle};
use codex_app_server_testkit::{Answer, Gate};

use support::Mock;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    // The stand-in stops after its first word: once until it was steered, then for good.
    let (steered, never) = (Gate::new(), Gate::new());
    let mock = Mock::script([
        Answer::from_deltas(["One", ", two, three, …"]).gate_after(1, &steered),
        Answer::text("Five, four, three, two, one."),
        Answer::from_deltas(["One", ", two, three, …"]).gate_after(1, &never),
    ])
    .await?;
    let codex = Codex::builder().app_server(mock.app_server()).connect_stdio().await?;
    let thread = codex.thread_start(ThreadConfig::new()).await?;

    let mut turn = thread.turn("Count to a hundred, slowly.").await?;
    until_first_word(&mut turn).await?;
    turn.steer("Rather count down from five.").await?;
    steered.open();
    let result = turn.run().await?;
    println!("steered:     {}", result.status);
    println!("             {}", result.final_response.unwrap_or_default());

    let mut turn = thread.turn("Now count to a thousand.").await?;
    until_first_word(&mut turn).await?;
    turn.interrupt().await?;
    // To be stopped is no failure.
    let result = turn.run().await?;
    println!("interrupted: {}", result.status);
    codex.close().await;
    Ok(())
}

async fn until_first_word(turn: &mut TurnHandle) -> Result<()> {
    turn.next_text().await.transpose().map(drop)
}
