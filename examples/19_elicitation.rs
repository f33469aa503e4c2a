//! Fills in the forms of MCP servers, in the terminal.
//!
//! `cargo run --example 19_elicitation -- --mock`

#[path = "support/mcp.rs"]
mod mcp;
mod support;

use std::{
    env,
    error::Error,
    io::{Write, stdout},
    time::Duration,
};

use codex_app_server::{
    Codex, Elicitation, PendingRequest, Question, Reply, Result, ThreadConfig, TurnEvent,
    protocol::McpServerElicitationRequestParams,
};
use codex_app_server_testkit::Answer;
use serde_json::{Map, Value, json};
use tokio::sync::mpsc;

use support::Mock;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    if support::words().first().is_some_and(|word| word == "mcp-server") {
        return Ok(mcp::serve()?);
    }
    let call = Answer::tool_call("book", Some("mcp__tables"), json!({}));
    let mock = Mock::script([call, Answer::tool_output()]).await?;
    let mut config = ThreadConfig::new();
    if mock.is_active() {
        // Servers are in codex's own configuration, as a rule. This program plays one.
        let server = json!({"command": env::current_exe()?, "args": ["mcp-server"]});
        config = config.config(Map::from_iter([("mcp_servers.tables".to_owned(), server)]));
    }
    let mut lines = support::lines();

    // `on_elicitation` is the way for programs that know the replies.
    let builder = Codex::builder().app_server(mock.app_server());
    let codex = builder.hold_requests(Duration::from_secs(60)).connect_stdio().await?;
    let mut prompt = support::words().join(" ");
    if prompt.is_empty() {
        prompt = "Book a table.".into();
    }
    let mut turn = codex.thread_start(config).await?.turn(prompt).await?;
    while let Some(event) = turn.next_event().await {
        if let TurnEvent::Request(pending) = event? {
            ask(pending, &mut lines).await?;
        }
    }
    let result = turn.run().await?;
    println!("{}", result.final_response.as_deref().unwrap_or("(no answer)"));
    codex.close().await;
    Ok(())
}

/// Asks a person, and replies what they say.
async fn ask(pending: PendingRequest, lines: &mut mpsc::Receiver<String>) -> Result<()> {
    let reply = match pending.question() {
        Question::Elicitation(request) => fill_in(request, lines).await?,
        other => other.decline()?,
    };
    pending.respond(reply)
}

/// One line for each property of the form. An empty one declines, and the end of input closes it.
async fn fill_in(request: &Elicitation, lines: &mut mpsc::Receiver<String>) -> Result<Reply> {
    let McpServerElicitationRequestParams::Form(form) = &**request else {
        return request.decline();
    };
    println!("{} asks: {}", form.server_name, form.message);
    let mut content = Map::new();
    for name in form.requested_schema.properties.keys() {
        print!("{name}: ");
        // What cannot be shown is no reason to stop.
        let _ = stdout().flush();
        let Some(line) = lines.recv().await else {
            return request.cancel();
        };
        if line.is_empty() {
            return request.decline();
        }
        // A number or a `true` is one; anything else is text.
        let value = line.parse().unwrap_or(Value::String(line));
        content.insert(name.clone(), value);
    }
    request.accept(content).or_else(|error| {
        println!("that does not fit: {error}");
        request.cancel()
    })
}
