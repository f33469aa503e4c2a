//! The server's side: a scripted app-server for what a real one will not do on demand.

mod context;
mod events;
mod run;
mod script;

use std::{collections::HashMap, io, sync::Arc, sync::Mutex};

use serde_json::Value;
use tokio::{
    io::{AsyncRead, AsyncWrite, DuplexStream},
    sync::{mpsc, watch},
    task::JoinHandle,
};

pub use self::{
    events::{message, turn, turn_accepted, turn_ended, turn_events, turn_started},
    script::{Action, Rule, Script},
};
use crate::{Gate, lock, record::Record};

/// Room in the pipe to the client, as in a real one: a client that does not read stops the server.
const PIPE_BYTES: usize = 64 * 1024;

/// An app-server that plays a [`Script`], one JSON message per line, and records what it is told.
///
/// Dropping it is the death of the server: the client reads the end of the stream.
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// use codex_app_server_testkit::{Action, FakeServer, Script};
/// use serde_json::json;
/// use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
///
/// let script = Script::new().on("model/list", [
///     Action::raw("Loading models..."),
///     Action::error(-32001, "Server overloaded; retry later.", None),
/// ]);
/// let (server, client) = FakeServer::start(script);
///
/// // A client of yours would take this stream as its transport.
/// let (reader, mut writer) = tokio::io::split(client);
/// let mut lines = BufReader::new(reader).lines();
/// writer.write_all(b"{\"id\":1,\"method\":\"model/list\",\"params\":{}}\n").await.unwrap();
///
/// assert_eq!(server.next_received("model/list").await["id"], json!(1));
/// assert_eq!(lines.next_line().await.unwrap().unwrap(), "Loading models...");
/// assert!(lines.next_line().await.unwrap().unwrap().contains("-32001"));
/// # });
/// ```
#[derive(Debug)]
pub struct FakeServer {
    shared: Arc<Shared>,
    outbox: mpsc::Sender<Action>,
    task: JoinHandle<()>,
}

#[derive(Debug)]
struct Shared {
    received: Record<Value>,
    gates: Mutex<HashMap<String, Gate>>,
    exit: watch::Sender<Option<i32>>,
}

impl FakeServer {
    /// Starts a server in memory, on the current tokio runtime, and returns the client's end.
    #[must_use]
    pub fn start(script: Script) -> (Self, DuplexStream) {
        let (client, server) = tokio::io::duplex(PIPE_BYTES);
        let (input, output) = tokio::io::split(server);
        (Self::serve(script, input, output), client)
    }

    /// Plays the script over any pair of streams, such as the halves of a socket.
    #[must_use]
    pub fn serve<R, W>(script: Script, input: R, output: W) -> Self
    where
        R: AsyncRead + Unpin + Send + 'static,
        W: AsyncWrite + Unpin + Send + 'static,
    {
        let shared = Arc::new(Shared::new());
        let (outbox, sent) = mpsc::channel(64);
        let task = tokio::spawn({
            let shared = shared.clone();
            async move { run::run(&script, &shared, sent, input, output, tokio::io::sink()).await }
        });
        Self { shared, outbox, task }
    }

    /// Plays the script on the standard streams until it ends or stdin does, and returns the code
    /// for [`std::process::exit`]. It is the whole of the program `codex-fake-app-server`, for
    /// tests that bring a binary of their own.
    ///
    /// # Errors
    /// When stdout cannot be taken over.
    pub async fn run_on_stdio(script: Script) -> io::Result<i32> {
        let shared = Shared::new();
        let (_outbox, sent) = mpsc::channel(1);
        let (input, output) = (tokio::io::stdin(), stdout()?);
        run::run(&script, &shared, sent, input, output, tokio::io::stderr()).await;
        Ok(shared.exit.borrow().unwrap_or(0))
    }

    /// All messages of the client so far, in order. A line that is not JSON is here as a string.
    #[must_use]
    pub fn received(&self) -> Vec<Value> {
        self.shared.received.all()
    }

    /// Waits for the client's next request or notification of this method that this call has not
    /// returned yet; the first call gives the first one, also when it came long ago.
    ///
    /// # Panics
    /// When the connection ended and there was no such message; it says what there was.
    pub async fn next_received(&self, method: &str) -> Value {
        let message = self.shared.received.next(method, |message| message["method"] == method);
        match message.await {
            Some(message) => message,
            None => self.give_up(&format!("another `{method}`")),
        }
    }

    /// Waits for the client's next answer to a request of the server, result or error.
    ///
    /// # Panics
    /// When the connection ended and there was no such message; it says what there was.
    pub async fn next_answer(&self) -> Value {
        let is_answer = |message: &Value| message["method"].is_null() && !message["id"].is_null();
        match self.shared.received.next("", is_answer).await {
            Some(answer) => answer,
            None => self.give_up("another answer"),
        }
    }

    /// The gate that [`Action::wait`] and [`Action::open`] call by this name.
    #[must_use]
    pub fn gate(&self, name: &str) -> Gate {
        self.shared.gate(name)
    }

    /// Sends a message at once, whatever the script is doing. Placeholders are not filled in.
    ///
    /// # Errors
    /// When the server has ended.
    pub async fn send(&self, message: Value) -> io::Result<()> {
        self.send_raw(format!("{message}\n")).await
    }

    /// Sends exactly these bytes at once; a whole line has its line feed at the end.
    ///
    /// # Errors
    /// When the server has ended.
    pub async fn send_raw(&self, bytes: impl Into<Vec<u8>>) -> io::Result<()> {
        let sent = self.outbox.send(Action::bytes(bytes)).await;
        sent.map_err(|_| io::Error::new(io::ErrorKind::BrokenPipe, "the fake server has ended"))
    }

    /// Waits for the end of the server and returns its exit code: 0 after the client hung up.
    pub async fn exited(&self) -> i32 {
        let mut exit = self.shared.exit.subscribe();
        exit.wait_for(Option::is_some).await.ok().and_then(|code| *code).unwrap_or(0)
    }

    fn give_up(&self, wanted: &str) -> ! {
        let received: Vec<String> = self.received().iter().map(Value::to_string).collect();
        panic!(
            "the connection ended while the test waited for {wanted}; received were:\n{}",
            received.join("\n")
        )
    }
}

impl Drop for FakeServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Shared {
    fn new() -> Self {
        let (received, gates) = (Record::new(), Mutex::default());
        Self { received, gates, exit: watch::Sender::new(None) }
    }

    fn gate(&self, name: &str) -> Gate {
        lock(&self.gates).entry(name.to_owned()).or_default().clone()
    }

    fn end(&self, code: i32) {
        self.received.end();
        self.exit.send_replace(Some(code));
    }
}

/// The only handle to the process's stdout, so that dropping it closes the pipe to the client.
#[cfg(unix)]
fn stdout() -> io::Result<impl AsyncWrite + Unpin + Send + 'static> {
    use std::{fs::File, os::fd::AsFd};

    let pipe = io::stdout().as_fd().try_clone_to_owned()?;
    rustix::stdio::dup2_stdout(File::create("/dev/null")?)?;
    Ok(tokio::fs::File::from_std(File::from(pipe)))
}

/// Closing stdout while the process lives is left to Unix.
#[cfg(not(unix))]
fn stdout() -> io::Result<impl AsyncWrite + Unpin + Send + 'static> {
    Ok(tokio::io::stdout())
}
