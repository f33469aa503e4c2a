//! Start, thread, run: what the size of `codex-app-server-sdk` in a program is measured with.

use codex_app_server_sdk::{
    StdioConfig,
    api::{Codex, ThreadOptions, TurnOptions},
};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let codex = Codex::spawn_stdio(StdioConfig::default()).await?;
    let mut thread = codex.start_thread(ThreadOptions::default());
    let turn = thread.run("Say hello.", TurnOptions::default()).await?;
    println!("{}", turn.final_response);
    Ok(())
}
