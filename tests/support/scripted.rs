//! Scripted servers, and what was sent to them.

use codex_app_server::{
    AppServerConfig, Codex, CodexBuilder, Result,
    generated::v2_all::{ModelListParams, ModelListResponse},
    transport::Transport,
};
use codex_app_server_testkit::{FakeServer, Script};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::task::JoinHandle;

use crate::{built, soon};

/// A scripted server in memory.
pub async fn fake(script: Script) -> (FakeServer, Codex) {
    fake_with(script, Codex::builder()).await
}

/// The same with options of the connection.
pub async fn fake_with(script: Script, builder: CodexBuilder) -> (FakeServer, Codex) {
    let (server, transport) = fake_transport(script);
    let codex = soon(builder.connect_with(transport)).await.unwrap();
    (server, codex)
}

/// A scripted server in memory that nobody has connected to yet.
pub fn fake_transport(script: Script) -> (FakeServer, Transport) {
    let (server, client) = FakeServer::start(script);
    let (reader, writer) = tokio::io::split(client);
    (server, Transport::from_io(reader, writer))
}

/// A scripted server as a process; keep the file while it may start.
pub fn fake_process(script: &Script) -> (TempDir, AppServerConfig) {
    let binary = built("codex-fake-app-server", "build -p codex-app-server-testkit --bins");
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("script.json");
    std::fs::write(&file, serde_json::to_vec(script).unwrap()).unwrap();
    let config = AppServerConfig::new().codex_bin(binary).env("FAKE_APP_SERVER_SCRIPT", file);
    (folder, config)
}

/// The params of all messages of `method` that a server was sent so far.
pub fn sent_params(server: &FakeServer, method: &str) -> Vec<Value> {
    let messages = server.received().into_iter();
    messages
        .filter(|message| message["method"] == method)
        .map(|mut message| message["params"].take())
        .collect()
}

/// Asks for `count` lists of models at once, and waits until the server has got the 64 that may be
/// under way.
pub async fn fill(
    server: &FakeServer,
    codex: &Codex,
    count: usize,
) -> Vec<JoinHandle<Result<ModelListResponse>>> {
    let calls = (0..count).map(|_| {
        let client = codex.client().clone();
        tokio::spawn(async move { client.model_list(ModelListParams::new()).await })
    });
    let calls = calls.collect();
    for _ in 0..64 {
        soon(server.next_received("model/list")).await;
    }
    calls
}

/// The params of the next message of `method`.
pub async fn next_params(server: &FakeServer, method: &str) -> Value {
    soon(server.next_received(method)).await["params"].take()
}

/// The turn `id` while it runs, as a response shows it.
pub fn turn_object(id: &str) -> Value {
    json!({"id": id, "rootTurnId": id, "items": [], "itemsView": "notLoaded", "status": "inProgress"})
}
