//! Gives the agent a function of this program to call.
//!
//! `cargo run --features schemars --example 18_tool -- --mock`

mod support;

use std::{error::Error, time::Duration};

use codex_app_server::{Codex, Json, ThreadConfig, Tool, Tools};
use codex_app_server_testkit::Answer;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use support::Mock;

/// What the model has to say; the comments are for it, too.
#[derive(Deserialize, JsonSchema)]
struct Stock {
    /// The name of the part, as it is in the list of parts.
    part: String,
}

#[derive(Serialize)]
struct Count {
    part: String,
    in_stock: u32,
}

async fn count(args: Stock) -> Result<Json<Count>, String> {
    println!("[the agent asks for {:?}]", args.part);
    match args.part.as_str() {
        "bolt" => Ok(Json(Count { part: args.part, in_stock: 120 })),
        // The model reads this, and may ask for something else.
        _ => Err(format!("there is no part {:?}; there are: bolt", args.part)),
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let ask = |part| Answer::tool_call("stock", None, json!({"part": part}));
    let mock = Mock::script([ask("bolts"), ask("bolt"), Answer::tool_output()]).await?;
    let codex = Codex::builder().app_server(mock.app_server()).connect_stdio().await?;

    // `ThreadConfig::tool` is the short form, for a tool without options.
    let stock = Tool::new("stock", "Counts the parts in stock.", count);
    let tools = Tools::new().tool(stock.timeout(Duration::from_secs(5)));
    let thread = codex.thread_start(ThreadConfig::new().tools(tools)).await?;
    let result = thread.run("How many bolts are in stock? Use the tool `stock`.").await?;
    println!("{}", result.final_response.as_deref().unwrap_or("(no answer)"));
    codex.close().await;
    Ok(())
}
