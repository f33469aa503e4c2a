//! The crate `codex-codes`: `bench-codex-codes stream|run|read|approve COUNT`.
//!
//! One caller reads everything. It has no `run`: a program reads the messages up to the end.

#[allow(dead_code, reason = "each client uses its part")]
mod measure;

use std::{env, error::Error, time::Instant};

use codex_codes::{
    AppServerBuilder, AsyncClient, ClientInfo, CommandExecutionRequestApprovalResponse,
    InitializeParams, Notification, ServerMessage, ServerRequest, ThreadReadParams,
    ThreadReadResponse, ThreadStartParams, TurnStartParams, UserInput,
};
use measure::{Phase, Seen};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

#[tokio::main]
async fn main() -> Result<()> {
    let args: Vec<String> = env::args().skip(1).collect();
    let [what, count] = &args[..] else {
        return Err("usage: bench-codex-codes stream|run|read|approve COUNT".into());
    };
    let mut client = connect().await?;
    let started = client.thread_start(&ThreadStartParams::default()).await?;
    let thread_id = started.thread.id;
    let mut phase = Phase::start()?;
    match what.as_str() {
        "stream" | "run" | "approve" => {
            let seen = turn(&mut client, thread_id).await?;
            phase.finish(seen)?;
        }
        "read" => {
            let params = ThreadReadParams { thread_id, ..Default::default() };
            for _ in 0..count.parse::<u64>()? {
                let sent = Instant::now();
                let _: ThreadReadResponse = client.request("thread/read", &params).await?;
                phase.latency(sent.elapsed());
            }
            phase.finish(Seen::default())?;
        }
        _ => return Err(format!("it cannot do `{what}`").into()),
    }
    client.shutdown().await?;
    Ok(())
}

/// Its own `spawn` asks the `codex` on PATH for its version first, which is not what is measured.
async fn connect() -> Result<AsyncClient> {
    let codex = env::var_os("CODEX_BIN").ok_or("CODEX_BIN is not set")?;
    let mut command = AppServerBuilder::new().command(codex).build_command()?;
    let mut client = AsyncClient::new(command.spawn()?)?;
    let client_info = ClientInfo { name: "bench".into(), title: None, version: "0".into() };
    client.initialize(&InitializeParams { client_info, capabilities: None }).await?;
    Ok(client)
}

async fn turn(client: &mut AsyncClient, thread_id: String) -> Result<Seen> {
    let input = vec![UserInput::Text { text: "go".into(), text_elements: None }];
    let params = TurnStartParams { thread_id, input, ..Default::default() };
    client.turn_start(&params).await?;
    let mut seen = Seen::default();
    while let Some(message) = client.next_message().await? {
        match message {
            ServerMessage::Notification(Notification::AgentMessageDelta(delta)) => {
                seen.delta(&delta.delta)
            }
            ServerMessage::Notification(Notification::TurnCompleted(_)) => return Ok(seen),
            ServerMessage::Request { id, request: ServerRequest::CmdExecApproval(_) } => {
                client.respond(id, &CommandExecutionRequestApprovalResponse::accept()).await?;
            }
            _ => {}
        }
    }
    Err("the server has ended".into())
}
