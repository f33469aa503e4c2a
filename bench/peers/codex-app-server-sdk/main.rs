//! The crate `codex-app-server-sdk`: `bench-codex-app-server-sdk stream|run|read|approve COUNT`.

#[allow(dead_code, reason = "each client uses its part")]
mod measure;

use std::{env, error::Error, time::Instant};

use codex_app_server_sdk::{
    CodexClient, StdioConfig,
    api::{Thread, ThreadEvent, ThreadItem, ThreadOptions, TurnOptions},
    requests::{ClientInfo, InitializeParams},
    server_requests::CommandExecutionRequestApprovalResponse,
};
use measure::{Phase, Seen};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

#[tokio::main]
async fn main() -> Result<()> {
    let args: Vec<String> = env::args().skip(1).collect();
    let [what, count] = &args[..] else {
        return Err("usage: bench-codex-app-server-sdk stream|run|read|approve COUNT".into());
    };
    let client = connect().await?;
    let mut thread = client.start_thread(ThreadOptions::default());
    // The first use starts the thread: one request more within the phase.
    let mut phase = Phase::start()?;
    match what.as_str() {
        "stream" => {
            let seen = stream(&mut thread).await?;
            phase.finish(seen)?;
        }
        "run" | "approve" => {
            thread.run("go", TurnOptions::default()).await?;
            phase.finish(Seen::default())?;
        }
        "read" => {
            for _ in 0..count.parse::<u64>()? {
                let sent = Instant::now();
                thread.read(Some(false)).await?;
                phase.latency(sent.elapsed());
            }
            phase.finish(Seen::default())?;
        }
        _ => return Err(format!("it cannot do `{what}`").into()),
    }
    Ok(())
}

async fn connect() -> Result<CodexClient> {
    let client = CodexClient::spawn_stdio(StdioConfig {
        codex_binary: env::var("CODEX_BIN")?,
        args: ["app-server", "--listen", "stdio://"].map(String::from).to_vec(),
        ..StdioConfig::default()
    })
    .await?;
    client.initialize(InitializeParams::new(ClientInfo::new("bench", "Bench", "0"))).await?;
    client.initialized().await?;
    client
        .set_command_execution_request_approval_handler(|_params| async {
            let mut response = CommandExecutionRequestApprovalResponse::default();
            response.extra.insert("decision".into(), "accept".into());
            Ok(response)
        })
        .await;
    Ok(client)
}

/// Reads a turn to its end.
async fn stream(thread: &mut Thread) -> Result<Seen> {
    let mut turn = thread.run_streamed("go", TurnOptions::default()).await?;
    let mut seen = Seen::default();
    while let Some(event) = turn.next_event().await {
        match event? {
            ThreadEvent::ItemUpdated { item: ThreadItem::AgentMessage(delta) } => {
                seen.delta(&delta.text)
            }
            ThreadEvent::TurnCompleted { .. } => break,
            _ => {}
        }
    }
    Ok(seen)
}
