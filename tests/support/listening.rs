//! A codex that others connect to.

use std::{
    env,
    path::{Path, PathBuf},
    process::Stdio,
    time::{Duration, Instant},
};

use codex_app_server::{
    CODEX_VERSION, Codex, CodexBuilder, Result, WebsocketConfig, transport::Transport,
};
use codex_app_server_testkit::CodexHome;
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt, BufReader, Lines, copy_bidirectional, join},
    process::{Child, ChildStderr, Command},
};

use crate::{environment, npm::native_binary, profile, soon};

/// How a server is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// A child process of the SDK.
    Stdio,
    /// Byte streams in memory.
    Memory,
    /// A websocket.
    Websocket,
    /// A websocket that asks for a token.
    WebsocketWithToken,
    /// A unix socket.
    #[cfg(unix)]
    Unix,
    /// `codex app-server proxy`, before a unix socket.
    #[cfg(unix)]
    Proxy,
}

impl Way {
    /// How this run of the tests reaches servers: what the environment variable
    /// `CODEX_APP_SERVER_TESTS_WAY` says, or stdio.
    ///
    /// # Panics
    ///
    /// If there is no such way.
    #[must_use]
    pub fn of_this_run() -> Self {
        const VARIABLE: &str = "CODEX_APP_SERVER_TESTS_WAY";
        let Some(way) = env::var_os(VARIABLE) else {
            return Self::Stdio;
        };
        match way.to_str() {
            Some("stdio") => Self::Stdio,
            Some("memory") => Self::Memory,
            Some("websocket") => Self::Websocket,
            Some("websocket-with-token") => Self::WebsocketWithToken,
            #[cfg(unix)]
            Some("unix") => Self::Unix,
            #[cfg(unix)]
            Some("proxy") => Self::Proxy,
            _ => panic!("{VARIABLE} is {way:?}, which is no way to a server"),
        }
    }
}

/// A running codex.
#[derive(Debug)]
pub struct Listening {
    child: Child,
    pub(crate) way: Way,
    /// Where it is: a URL, or a path.
    pub url: String,
    /// What stands before it.
    proxy: std::sync::Mutex<Option<Child>>,
    /// What it asks for.
    pub token: Option<String>,
    /// Its end of the memory.
    memory: std::sync::Mutex<Option<tokio::io::DuplexStream>>,
}

impl Listening {
    /// Starts the pinned codex, and waits until it listens.
    pub async fn start(way: Way, home: &CodexHome, cwd: &TempDir) -> Self {
        let mut command = Command::new(binary());
        command.arg("app-server").envs(environment(home)).env("NO_COLOR", "1");
        command.current_dir(cwd).kill_on_drop(true).stdin(Stdio::null()).stderr(Stdio::piped());
        let token = (way == Way::WebsocketWithToken).then(|| "a token of this test".to_owned());
        match way {
            Way::Stdio | Way::Memory => {
                command.stdin(Stdio::piped()).stdout(Stdio::piped());
            }
            Way::Websocket | Way::WebsocketWithToken => {
                command.args(["--listen", "ws://127.0.0.1:0"]).stdout(Stdio::null());
            }
            #[cfg(unix)]
            Way::Unix | Way::Proxy => {
                let url = format!("unix://{}", socket(home).display());
                command.args(["--listen", &url]).stdout(Stdio::null());
            }
        }
        if let Some(token) = &token {
            let file = home.path().join("token");
            std::fs::write(&file, token).unwrap();
            command.args(["--ws-auth", "capability-token", "--ws-token-file"]).arg(file);
        }
        let mut child = command.spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let (mut url, mut memory) = (String::new(), None);
        match way {
            Way::Stdio | Way::Memory => {
                let (near, mut far) = tokio::io::duplex(1 << 16);
                let mut pipes = join(child.stdout.take().unwrap(), child.stdin.take().unwrap());
                tokio::spawn(async move { copy_bidirectional(&mut far, &mut pipes).await });
                memory = Some(near);
            }
            Way::Websocket | Way::WebsocketWithToken => url = soon(listening(&mut lines)).await,
            #[cfg(unix)]
            Way::Unix | Way::Proxy => {
                let socket = socket(home);
                // It says nothing when it listens.
                soon(async {
                    while tokio::net::UnixStream::connect(&socket).await.is_err() {
                        tokio::time::sleep(Duration::from_millis(5)).await;
                    }
                })
                .await;
                url = socket.to_str().unwrap().to_owned();
            }
        }
        // What else it says is read, so that it never waits for that.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Self { child, way, url, token, memory: memory.into(), proxy: None.into() }
    }

    /// Connects to it. In memory, this can be done once.
    ///
    /// # Errors
    ///
    /// Those of the SDK.
    pub async fn connect(&self, builder: CodexBuilder) -> Result<Codex> {
        match self.way {
            Way::Stdio | Way::Memory => {
                let memory = self.memory.lock().unwrap().take().expect("it was connected already");
                let (reader, writer) = tokio::io::split(memory);
                soon(builder.connect_with(Transport::from_io(reader, writer))).await
            }
            Way::Websocket | Way::WebsocketWithToken => {
                soon(builder.connect_websocket(self.config())).await
            }
            #[cfg(unix)]
            Way::Unix => soon(builder.connect_unix(&self.url)).await,
            #[cfg(unix)]
            Way::Proxy => {
                let mut command = Command::new(binary());
                command.args(["app-server", "proxy", "--sock", &self.url]).kill_on_drop(true);
                command.stdin(Stdio::piped()).stdout(Stdio::piped());
                let mut proxy = command.spawn().unwrap();
                let pipes = join(proxy.stdout.take().unwrap(), proxy.stdin.take().unwrap());
                *self.proxy.lock().unwrap() = Some(proxy);
                let transport = soon(Transport::websocket_over(pipes)).await?;
                soon(builder.connect_with(transport)).await
            }
        }
    }

    /// How its websocket is reached.
    #[must_use]
    pub fn config(&self) -> WebsocketConfig {
        let config = WebsocketConfig::new(&self.url);
        match &self.token {
            Some(token) => config.token(token),
            None => config,
        }
    }

    /// Its process id.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.child.id().expect("it runs")
    }
}

/// It is gone before its home is.
impl Drop for Listening {
    fn drop(&mut self) {
        let _ = self.child.start_kill();
        let patience = Instant::now() + Duration::from_secs(5);
        while let Ok(None) = self.child.try_wait()
            && Instant::now() < patience
        {
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}

/// Reads until it says where it listens.
async fn listening(lines: &mut Lines<BufReader<ChildStderr>>) -> String {
    let mut said = String::new();
    while let Some(line) = lines.next_line().await.unwrap() {
        if let Some((_, url)) = line.split_once("listening on: ") {
            return url.trim().to_owned();
        }
        said.push_str(&line);
    }
    panic!("it does not listen: {said}")
}

/// Where a server listens.
#[cfg(unix)]
fn socket(home: &CodexHome) -> PathBuf {
    home.path().join("socket")
}

/// The pinned codex: the same that the SDK finds.
fn binary() -> PathBuf {
    if let Some(named) = env::var_os("CODEX_BIN") {
        return named.into();
    }
    let runtimes = profile().parent().map(Path::to_owned).unwrap_or_default().join("codex-runtime");
    let binary = native_binary(&runtimes.join(CODEX_VERSION).join("node_modules"));
    binary.expect("the pinned codex is needed; `cargo xtask test` installs it")
}
