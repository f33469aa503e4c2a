//! A picture that the program has in memory, with a question about it.
//!
//! `cargo run --example 07_image_and_text -- --mock`

mod support;

use std::error::Error;

use codex_app_server::{Codex, ImageInput, InputItem, ThreadConfig};

use support::Mock;

/// A red disc.
const PICTURE: &[u8] = include_bytes!("support/circle.png");

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mock = Mock::respond(support::describe_images).await?;
    let codex = Codex::builder().app_server(mock.app_server()).connect_stdio().await?;
    let thread = codex.thread_start(ThreadConfig::new()).await?;

    // The order is kept. `ImageInput::from_url` takes a data URL that you already have.
    let input: [InputItem; 2] =
        ["Which shape is this, and which colour?".into(), ImageInput::from_bytes(PICTURE)?.into()];
    let result = thread.run(input).await?;
    println!("{}", result.final_response.unwrap_or_default());
    codex.close().await;
    Ok(())
}
