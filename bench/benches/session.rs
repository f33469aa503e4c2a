//! Whole sessions against a scripted server in memory, on one thread: routing, streaming, results,
//! requests and approvals. The server's share is in the figures, and small where much is sent.

#![allow(clippy::unwrap_used, reason = "a session that fails has nothing to measure")]

use codex_app_server::{
    Codex, CodexBuilder, Reply, Thread, ThreadConfig,
    generated::v2_all::{
        CommandExecutionApprovalDecision, CommandExecutionRequestApprovalParams,
        CommandExecutionRequestApprovalResponse, ServerRequest,
    },
    transport::Transport,
};
use codex_app_server_testkit::{
    Action, FakeServer, Script, message, turn_accepted, turn_ended, turn_started,
};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use serde_json::json;
use tokio::{runtime::Runtime, task::JoinSet};

/// Deltas of a turn that is streamed.
const DELTAS: usize = 10_000;

/// Turns that run at once, which share as many deltas.
const TURNS: usize = 100;

/// Approvals in one turn.
const APPROVALS: usize = 100;

/// A connected client.
struct Session {
    runtime: Runtime,
    codex: Codex,
    thread: Thread,
    _server: FakeServer,
}

impl Session {
    /// A server whose turns do this in their middle.
    fn with_turns(middle: impl IntoIterator<Item = Action>) -> Self {
        Self::with_handler(Codex::builder(), middle)
    }

    /// The same with options of the connection.
    fn with_handler(builder: CodexBuilder, middle: impl IntoIterator<Item = Action>) -> Self {
        let turn = [
            vec![turn_accepted()],
            turn_started(),
            middle.into_iter().collect(),
            message("Done.", 0),
            turn_ended("completed"),
        ];
        Self::start(builder, Script::new().on("turn/start", turn.concat()))
    }

    fn start(builder: CodexBuilder, script: Script) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let (server, codex, thread) = runtime.block_on(async {
            let (server, client) = FakeServer::start(script);
            let (reader, writer) = tokio::io::split(client);
            let transport = Transport::from_io(reader, writer);
            let codex = builder.connect_with(transport).await.unwrap();
            let thread = codex.thread_start(ThreadConfig::new()).await.unwrap();
            (server, codex, thread)
        });
        Self { runtime, codex, thread, _server: server }
    }
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

/// Runs one turn and reads all its events.
async fn stream(thread: Thread) -> usize {
    let mut turn = thread.turn("go").await.unwrap();
    let mut events = 0;
    while let Some(event) = turn.next().await {
        event.unwrap();
        events += 1;
    }
    events
}

fn deltas(c: &mut Criterion) {
    let session = Session::with_turns([Action::deltas(DELTAS, "word ")]);
    let (runtime, thread) = (&session.runtime, &session.thread);
    let mut group = c.benchmark_group("deltas");
    group.throughput(Throughput::Elements(DELTAS as u64));
    group.bench_function("stream", |b| {
        b.iter(|| runtime.block_on(stream(thread.clone())));
    });
    group.bench_function("run", |b| {
        b.iter(|| runtime.block_on(thread.run("go")).unwrap());
    });

    let session = Session::with_turns([Action::deltas(DELTAS / TURNS, "word ")]);
    let (runtime, codex) = (&session.runtime, &session.codex);
    let start = || async { codex.thread_start(ThreadConfig::new()).await.unwrap() };
    let threads: Vec<Thread> = (0..TURNS).map(|_| runtime.block_on(start())).collect();
    group.bench_function("many turns at once", |b| {
        b.iter(|| {
            runtime.block_on(async {
                let turns: JoinSet<usize> = threads.iter().cloned().map(stream).collect();
                turns.join_all().await
            })
        });
    });
    group.finish();
}

fn big_item(c: &mut Criterion) {
    let text = "word ".repeat((1 << 20) / 5);
    let line = format!(
        r#"{{"method":"item/completed","params":{{"item":{{"type":"agentMessage","id":"msg-1","text":"{text}","phase":null}},"threadId":"{{{{threadId}}}}","turnId":"{{{{turnId}}}}","completedAtMs":1795000000000}}}}"#
    );
    let session = Session::with_turns([Action::raw(&line)]);
    let (runtime, thread) = (&session.runtime, &session.thread);
    let mut group = c.benchmark_group("big item");
    group.throughput(Throughput::Bytes(text.len() as u64));
    group.bench_function("run", |b| {
        b.iter(|| runtime.block_on(thread.run("go")).unwrap());
    });
    group.finish();
}

fn round_trips(c: &mut Criterion) {
    let script = Script::new().on("thread/name/set", [Action::respond(json!({}))]);
    let session = Session::start(Codex::builder(), script);
    let (runtime, thread) = (&session.runtime, &session.thread);
    c.bench_function("request", |b| {
        b.iter(|| runtime.block_on(thread.set_name("name")).unwrap());
    });

    let params = json!({
        "kind": "command", "threadId": "{{threadId}}", "turnId": "{{turnId}}", "itemId": "call-1",
        "startedAtMs": 1_795_000_000_000_u64, "command": "touch file.txt", "cwd": "/project",
    });
    let ask = Action::ask("item/commandExecution/requestApproval", params);
    let mut group = c.benchmark_group("approvals");
    group.throughput(Throughput::Elements(APPROVALS as u64));
    let general =
        Codex::builder().on_server_request(|request, _client| async move { approve(&request) });
    let of_kind = Codex::builder().on_command_approval(|request| async move { request.accept() });
    for (name, builder) in [("one handler for all", general), ("a handler of the kind", of_kind)] {
        let session = Session::with_handler(builder, vec![ask.clone(); APPROVALS]);
        let (runtime, thread) = (&session.runtime, &session.thread);
        group.bench_function(name, |b| {
            b.iter(|| runtime.block_on(thread.run("go")).unwrap());
        });
    }
    group.finish();
}

criterion_group!(benches, deltas, big_item, round_trips);
criterion_main!(benches);
