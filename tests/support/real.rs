//! The pinned codex, offline.

use codex_app_server::{AppServerConfig, CODEX_VERSION, Codex, CodexBuilder, Thread};
use codex_app_server_testkit::{Answer, CodexHome, MockModel};
use tempfile::TempDir;

use crate::{soon, thread_of};

/// The pinned codex on a model of ours.
#[derive(Debug)]
pub struct Real {
    /// What plays the model.
    pub model: MockModel,
    /// Its CODEX_HOME.
    pub home: CodexHome,
    /// Where it works.
    pub cwd: TempDir,
    /// The connection.
    pub codex: Codex,
}

impl Real {
    /// A server whose model gives these answers.
    pub async fn start(answers: impl IntoIterator<Item = Answer>) -> Self {
        Self::start_with(answers, Codex::builder()).await
    }

    /// The same with options of the connection.
    pub async fn start_with(
        answers: impl IntoIterator<Item = Answer>,
        builder: CodexBuilder,
    ) -> Self {
        let model = MockModel::start().await.unwrap();
        model.script(answers);
        let home = model.codex_home().unwrap();
        let cwd = TempDir::new().unwrap();
        let codex = connect(&home, &cwd, builder).await;
        Self { model, home, cwd, codex }
    }

    /// Another server process on the same home.
    pub async fn second(&self) -> Codex {
        connect(&self.home, &self.cwd, Codex::builder()).await
    }

    /// A new thread.
    pub async fn thread(&self) -> Thread {
        thread_of(&self.codex).await
    }
}

/// How a codex is started that reaches nothing but loopback: it would look for plugins elsewhere.
/// Its commands run in login shells, which find no files of the user either: a shell that is killed
/// with its server may leave the lock of some tool behind, for which each later one waits.
pub fn offline(home: &CodexHome) -> AppServerConfig {
    let mut config = AppServerConfig::new().env("CODEX_HOME", home.path()).env("HOME", home.path());
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
