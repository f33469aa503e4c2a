//! The README's first program, which is what the size of the SDK in a program is measured with.

use codex_app_server::{Codex, ThreadConfig};

#[tokio::main]
async fn main() -> codex_app_server::Result<()> {
    let codex = Codex::connect().await?;
    let thread = codex.thread_start(ThreadConfig::new()).await?;
    let result = thread.run("Say hello.").await?;
    println!("{}", result.final_response.as_deref().unwrap_or("(no answer)"));
    Ok(())
}
