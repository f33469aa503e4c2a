//! A codex, offline: the pinned one, or another version that is installed beside it.

use std::{collections::BTreeMap, ffi::OsString, path::PathBuf, sync::Mutex};

use codex_app_server::{AppServerConfig, CODEX_VERSION, Codex, CodexBuilder, Thread};
use codex_app_server_testkit::{Answer, CodexHome, MockModel};
use tempfile::TempDir;

use crate::{
    listening::{Listening, Way},
    npm::native_binary,
    profile, soon, thread_of,
};

/// A real codex on a model of ours.
#[derive(Debug)]
pub struct Real {
    /// The server, if the connection has not started it. Here, it ends before its home does.
    pub server: Mutex<Option<Listening>>,
    /// What plays the model.
    pub model: MockModel,
    /// Its CODEX_HOME.
    pub home: CodexHome,
    /// Where it works.
    pub cwd: TempDir,
    /// The connection.
    pub codex: Codex,
    install: Install,
}

impl Real {
    /// The pinned codex, whose model gives these answers, reached in the way of this run.
    pub async fn start(answers: impl IntoIterator<Item = Answer>) -> Self {
        Self::start_with(answers, Codex::builder()).await
    }

    /// The same with options of the connection.
    pub async fn start_with(
        answers: impl IntoIterator<Item = Answer>,
        builder: CodexBuilder,
    ) -> Self {
        Self::start_by(Way::of_this_run(), answers, builder).await
    }

    /// The codex of an install, as a process of the connection.
    pub async fn start_of(
        install: &Install,
        answers: impl IntoIterator<Item = Answer>,
        builder: CodexBuilder,
    ) -> Self {
        let model = MockModel::start().await.unwrap();
        model.script(answers);
        let home = model.codex_home().unwrap();
        let cwd = TempDir::new().unwrap();
        let codex = install.connect(&home, &cwd, builder).await;
        Self { server: None.into(), model, home, cwd, codex, install: install.clone() }
    }

    /// The pinned codex, reached in some way.
    pub async fn start_by(
        way: Way,
        answers: impl IntoIterator<Item = Answer>,
        builder: CodexBuilder,
    ) -> Self {
        let install = Install::pinned();
        if way == Way::Stdio {
            return Self::start_of(&install, answers, builder).await;
        }
        let model = MockModel::start().await.unwrap();
        model.script(answers);
        let home = model.codex_home().unwrap();
        let cwd = TempDir::new().unwrap();
        let server = Listening::start(way, &home, &cwd).await;
        let codex = server.connect(builder).await.unwrap();
        Self { server: Some(server).into(), model, home, cwd, codex, install }
    }

    /// Another server process on the same home, reached in the same way, after the end of the
    /// one before: one at a time may write a thread.
    pub async fn second(&self) -> Codex {
        self.second_with(Codex::builder()).await
    }

    /// The same with options of the connection.
    pub async fn second_with(&self, builder: CodexBuilder) -> Codex {
        soon(self.codex.close()).await;
        let Some(before) = self.take_server() else {
            return self.install.connect(&self.home, &self.cwd, builder).await;
        };
        let way = before.way;
        drop(before);
        let server = Listening::start(way, &self.home, &self.cwd).await;
        let codex = server.connect(builder).await.unwrap();
        *self.server.lock().unwrap() = Some(server);
        codex
    }

    /// Another connection to the same server, which listens.
    pub async fn join(&self, builder: CodexBuilder) -> Codex {
        let server = self.take_server().expect("only a server that listens can be joined");
        let codex = server.connect(builder).await;
        *self.server.lock().unwrap() = Some(server);
        codex.unwrap()
    }

    /// Where the server listens.
    #[must_use]
    pub fn url(&self) -> String {
        let server = self.server.lock().unwrap();
        server
            .as_ref()
            .expect("a server that the connection has started does not listen")
            .url
            .clone()
    }

    /// The server, if the connection has not started it, for a test to end.
    pub fn take_server(&self) -> Option<Listening> {
        self.server.lock().unwrap().take()
    }

    /// A new thread.
    pub async fn thread(&self) -> Thread {
        thread_of(&self.codex).await
    }
}

/// Which codex is started.
#[derive(Clone, Debug)]
pub struct Install {
    version: String,
    /// None for the one that the SDK finds by itself.
    binary: Option<PathBuf>,
}

impl Install {
    /// The codex that this SDK is made for.
    #[must_use]
    pub fn pinned() -> Self {
        Self { version: CODEX_VERSION.to_owned(), binary: None }
    }

    /// A version that `cargo xtask runtime VERSION` has installed.
    #[must_use]
    pub fn of(version: &str) -> Self {
        let runtimes = profile().parent().expect("a profile has a folder").join("codex-runtime");
        let binary = native_binary(&runtimes.join(version).join("node_modules"));
        assert!(
            binary.is_some(),
            "codex {version} is needed; `cargo xtask runtime {version}` installs it, and so does \
             `cargo xtask test`"
        );
        Self { version: version.to_owned(), binary }
    }

    /// Its version.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }

    /// How it is started in a home.
    #[must_use]
    pub fn config(&self, home: &CodexHome) -> AppServerConfig {
        match &self.binary {
            Some(binary) => offline(home).codex_bin(binary),
            None => offline(home),
        }
    }

    async fn connect(&self, home: &CodexHome, cwd: &TempDir, builder: CodexBuilder) -> Codex {
        let connecting = builder.app_server(self.config(home).cwd(cwd.path())).connect_stdio();
        let codex = soon(connecting).await.unwrap_or_else(|error| {
            panic!("codex {} is needed; `cargo xtask test` installs it: {error}", self.version)
        });
        assert_eq!(
            codex.metadata().server_version,
            self.version,
            "another codex was found than the one that is needed; `cargo xtask test` installs that"
        );
        codex
    }
}

/// How a codex is started that reaches nothing but loopback.
pub fn offline(home: &CodexHome) -> AppServerConfig {
    let new = AppServerConfig::new();
    environment(home).into_iter().fold(new, |config, (name, value)| config.env(name, value))
}

/// The environment of a codex that reaches nothing but loopback: it would look for plugins
/// elsewhere. Its commands run in login shells, which find no files of the user either: a shell
/// that is killed with its server may leave the lock of some tool behind, for which each later one
/// waits.
pub fn environment(home: &CodexHome) -> BTreeMap<String, OsString> {
    let folder = home.path().as_os_str().to_owned();
    let mut variables =
        BTreeMap::from([("CODEX_HOME".to_owned(), folder.clone()), ("HOME".to_owned(), folder)]);
    // The port that discards, and that nobody serves any more.
    for (name, value) in [
        ("http_proxy", "http://127.0.0.1:9"),
        ("https_proxy", "http://127.0.0.1:9"),
        ("all_proxy", "http://127.0.0.1:9"),
        ("no_proxy", "127.0.0.1"),
    ] {
        variables.insert(name.to_owned(), value.into());
        variables.insert(name.to_uppercase(), value.into());
    }
    variables
}
