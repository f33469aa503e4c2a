//! Our SDK, doing one of the things that are measured: `bench-client [--one-thread]
//! stream|run|turns|read|approve|websocket-stream|websocket-read COUNT`.
//!
//! The server's program is in `CODEX_BIN`, as for any client.

use std::{env, error::Error, time::Instant};

use codex_app_server::{
    AppServerConfig, Codex, ManagedServer, Reply, Thread, ThreadConfig, TurnHandle,
    generated::v2_all::{
        CommandExecutionApprovalDecision, CommandExecutionRequestApprovalParams,
        CommandExecutionRequestApprovalResponse, ServerNotification, ServerRequest,
    },
};
use codex_app_server_bench::{Phase, Seen};
use tokio::{runtime, task::JoinSet};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<()> {
    let args: Vec<String> = env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let (mut builder, args) = match &args[..] {
        ["--one-thread", rest @ ..] => (runtime::Builder::new_current_thread(), rest),
        rest => (runtime::Builder::new_multi_thread(), rest),
    };
    let &[what, count] = args else {
        return Err("usage: bench-client [--one-thread] stream|run|turns|read|approve COUNT".into());
    };
    let runtime = builder.enable_all().build()?;
    runtime.block_on(measure(what, count.parse()?))
}

async fn measure(what: &str, count: u64) -> Result<()> {
    let builder =
        Codex::builder().on_server_request(|request, _client| async move { approve(&request) });
    let (what, _server, codex) = match what.strip_prefix("websocket-") {
        Some(what) => {
            let server = ManagedServer::start(AppServerConfig::new()).await?;
            let codex = server.connect(builder).await?;
            (what, Some(server), codex)
        }
        None => (what, None, builder.connect_stdio().await?),
    };
    let thread = codex.thread_start(ThreadConfig::new()).await?;
    match what {
        "stream" => {
            let phase = Phase::start()?;
            let seen = stream(thread.turn("go").await?).await?;
            phase.finish(seen)?;
        }
        "run" | "approve" => {
            let phase = Phase::start()?;
            thread.run("go").await?;
            phase.finish(Seen::default())?;
        }
        "turns" => turns(&codex, thread, count).await?,
        "read" => read(&thread, count).await?,
        _ => return Err(format!("`{what}` is nothing that can be measured").into()),
    }
    codex.close().await;
    Ok(())
}

/// Reads a turn to its end.
async fn stream(mut turn: TurnHandle) -> codex_app_server::Result<Seen> {
    let mut seen = Seen::default();
    while let Some(event) = turn.next().await {
        if let ServerNotification::ItemAgentMessageDelta(delta) = event? {
            seen.delta(&delta.delta);
        }
    }
    Ok(seen)
}

/// Starts all turns, each read by a task of its own, then lets the server begin.
async fn turns(codex: &Codex, first: Thread, count: u64) -> Result<()> {
    let mut readers = JoinSet::new();
    readers.spawn(stream(first.turn("go").await?));
    for _ in 1..count {
        let thread = codex.thread_start(ThreadConfig::new()).await?;
        readers.spawn(stream(thread.turn("go").await?));
    }
    let phase = Phase::start()?;
    first.set_name("all turns are there").await?;
    let mut seen = Seen::default();
    while let Some(read) = readers.join_next().await {
        seen.add(read??);
    }
    phase.finish(seen)?;
    Ok(())
}

async fn read(thread: &Thread, count: u64) -> Result<()> {
    let mut phase = Phase::start()?;
    for _ in 0..count {
        let sent = Instant::now();
        thread.read().await?;
        phase.latency(sent.elapsed());
    }
    phase.finish(Seen::default())?;
    Ok(())
}

fn approve(request: &ServerRequest) -> Reply {
    match request {
        ServerRequest::ItemCommandExecutionRequestApproval(params) => {
            let accept = CommandExecutionApprovalDecision::Accept;
            let response = CommandExecutionRequestApprovalResponse::new(accept);
            Reply::to::<CommandExecutionRequestApprovalParams>(params, response)
        }
        other => Reply::decline(other),
    }
}
