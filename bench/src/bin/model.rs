//! A model that always says hello, for the real codex: prints the `CODEX_HOME` that leads to it,
//! and lives until its stdin ends.

use std::io::{Read, stdin};

use codex_app_server_testkit::{Answer, MockModel};

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let model = MockModel::start().await?;
    model.respond_with(|_| Answer::text("Hello."));
    let home = model.codex_home()?;
    println!("{}", home.path().display());
    let until_the_end = || stdin().read_to_end(&mut Vec::new());
    tokio::task::spawn_blocking(until_the_end).await??;
    Ok(())
}
