//! What the tests share: a real codex with a scripted model, and scripted servers in memory and as
//! a process.
#![allow(dead_code, unreachable_pub, reason = "each test file uses its part")]

use std::{path::PathBuf, pin::Pin, task::Poll, time::Duration};

use codex_app_server::{
    AppServerConfig, CODEX_VERSION, Codex, CodexBuilder, Thread, ThreadConfig, TurnHandle,
    generated::v2_all::ServerNotification, transport::Transport,
};
use codex_app_server_testkit::{Answer, CodexHome, FakeServer, MockModel, Script};
use serde_json::Value;
use tempfile::TempDir;

/// A generous bound on "does not hang".
pub const PATIENCE: Duration = Duration::from_secs(60);

/// Waits for `future`, but not for ever.
pub async fn soon<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, future).await.expect("this hangs")
}

/// The pinned codex on a model of ours.
pub struct Real {
    pub model: MockModel,
    pub home: CodexHome,
    pub cwd: TempDir,
    pub codex: Codex,
}

impl Real {
    /// A server whose model gives these answers.
    pub async fn start(answers: impl IntoIterator<Item = Answer>) -> Self {
        let model = MockModel::start().await.unwrap();
        model.script(answers);
        let home = model.codex_home().unwrap();
        let cwd = TempDir::new().unwrap();
        let codex = connect(&home, &cwd, Codex::builder()).await;
        Self { model, home, cwd, codex }
    }

    /// The same with options of the connection.
    pub async fn start_with(
        answers: impl IntoIterator<Item = Answer>,
        builder: CodexBuilder,
    ) -> Self {
        let mut real = Self::start(answers).await;
        real.codex.close().await;
        real.codex = connect(&real.home, &real.cwd, builder).await;
        real
    }

    /// Another server process on the same home.
    pub async fn second(&self) -> Codex {
        connect(&self.home, &self.cwd, Codex::builder()).await
    }

    pub async fn thread(&self) -> Thread {
        thread_of(&self.codex).await
    }
}

/// How a codex is started that reaches nothing but loopback: it would look for plugins elsewhere.
pub fn offline(home: &CodexHome) -> AppServerConfig {
    let mut config = AppServerConfig::new().env("CODEX_HOME", home.path());
    for proxy in ["http_proxy", "https_proxy", "all_proxy"] {
        // The port that discards, and that nobody serves any more.
        config =
            config.env(proxy, "http://127.0.0.1:9").env(proxy.to_uppercase(), "http://127.0.0.1:9");
    }
    config.env("no_proxy", "127.0.0.1").env("NO_PROXY", "127.0.0.1")
}

async fn connect(home: &CodexHome, cwd: &TempDir, builder: CodexBuilder) -> Codex {
    let config = offline(home).cwd(cwd.path());
    let connecting = builder.app_server(config).connect_stdio();
    let codex = soon(connecting).await.unwrap_or_else(|error| {
        panic!("the pinned codex is needed; `cargo xtask test` installs it: {error}")
    });
    assert_eq!(
        codex.metadata().server_version,
        CODEX_VERSION,
        "another codex than the pinned one was found; `cargo xtask test` installs that one"
    );
    codex
}

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

/// A new thread of any server.
pub async fn thread_of(codex: &Codex) -> Thread {
    soon(codex.thread_start(ThreadConfig::new())).await.unwrap()
}

/// The messages of `method` that a server was sent so far, by their params.
pub fn sent(server: &FakeServer, method: &str) -> Vec<Value> {
    let messages = server.received().into_iter();
    messages
        .filter(|message| message["method"] == method)
        .map(|mut message| message["params"].take())
        .collect()
}

/// Polls `future` once, which must not be enough for it.
pub async fn begin<F: Future + Unpin>(future: &mut F) {
    let poll = std::future::poll_fn(|cx| Poll::Ready(Pin::new(&mut *future).poll(cx).is_pending()));
    assert!(poll.await, "it has ended already");
}

/// A scripted server in memory that nobody has connected to yet.
pub fn fake_transport(script: Script) -> (FakeServer, Transport) {
    let (server, client) = FakeServer::start(script);
    let (reader, writer) = tokio::io::split(client);
    (server, Transport::from_io(reader, writer))
}

/// A scripted server as a process; keep the file while it may start.
pub fn fake_process(script: &Script) -> (TempDir, AppServerConfig) {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("script.json");
    std::fs::write(&file, serde_json::to_vec(script).unwrap()).unwrap();
    let config =
        AppServerConfig::new().codex_bin(fake_binary()).env("FAKE_APP_SERVER_SCRIPT", file);
    (folder, config)
}

fn fake_binary() -> PathBuf {
    let name = format!("codex-fake-app-server{}", std::env::consts::EXE_SUFFIX);
    let exe = std::env::current_exe().unwrap();
    let binary = exe.ancestors().nth(2).unwrap().join(name);
    assert!(
        binary.is_file(),
        "{} is missing: `cargo build -p codex-app-server-testkit --bins` builds it, and so does `cargo xtask test`",
        binary.display()
    );
    binary
}

/// The text of all message deltas up to the end of the turn.
pub async fn streamed_text(turn: &mut TurnHandle) -> String {
    let mut text = String::new();
    while let Some(event) = soon(turn.next()).await {
        if let ServerNotification::ItemAgentMessageDelta(delta) = event.unwrap() {
            text.push_str(&delta.delta);
        }
    }
    text
}

/// Reads until an event of `method`.
pub async fn until(turn: &mut TurnHandle, method: &str) -> ServerNotification {
    loop {
        let event = soon(turn.next()).await.expect("the turn ended").unwrap();
        if event.method() == method {
            return event;
        }
    }
}

/// Whether a process with this id exists (a zombie does not count).
pub fn is_alive(pid: u32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit_once(')').is_some_and(|(_, rest)| !rest.trim_start().starts_with(['Z', 'X']))
}
