//! What the server says of itself, and which models it offers.
//!
//! `cargo run --example 04_models_and_metadata -- --mock`

mod support;

use std::error::Error;

use codex_app_server::{CODEX_VERSION, Codex, protocol::ModelListParams};

use support::Mock;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mock = Mock::script([]).await?;
    let codex = Codex::builder().app_server(mock.app_server()).connect_stdio().await?;

    let metadata = codex.metadata();
    println!("version:    {}", metadata.server_version);
    println!("made for:   {CODEX_VERSION}");
    println!("user agent: {}", metadata.user_agent);
    if let Some(server) = &metadata.initialize {
        println!("platform:   {}", server.platform_os);
        println!("home:       {}", server.codex_home);
    }

    for model in codex.models(ModelListParams::new()).await?.data {
        let efforts: Vec<_> = model
            .supported_reasoning_efforts
            .iter()
            .map(|option| option.reasoning_effort.as_str())
            .collect();
        println!(
            "{} {}: {} (effort: {})",
            if model.is_default { "*" } else { " " },
            model.model,
            model.description,
            efforts.join(", ")
        );
    }
    codex.close().await;
    Ok(())
}
