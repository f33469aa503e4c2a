//! A picture in a file, which the server reads, with a question about it.
//!
//! `cargo run --example 08_local_image_and_text -- --mock`; a path after it names another picture.

mod support;

use std::error::Error;

use codex_app_server::{Codex, InputItem, LocalImageInput, ThreadConfig};

use support::Mock;

/// A red disc.
const PICTURE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/support/circle.png");

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mock = Mock::respond(support::describe_images).await?;
    let path = support::words().pop().unwrap_or_else(|| PICTURE.into());
    // The path is one of the server's machine, and relative to the server's working folder.
    let path = std::path::absolute(path)?;
    let codex = Codex::builder().app_server(mock.app_server()).connect_stdio().await?;
    let thread = codex.thread_start(ThreadConfig::new()).await?;

    let input: [InputItem; 2] =
        ["Which shape is this, and which colour?".into(), LocalImageInput::from_path(path)?.into()];
    let result = thread.run(input).await?;
    println!("{}", result.final_response.unwrap_or_default());
    codex.close().await;
    Ok(())
}
