//! Servers that are started for many connections: owned ones, which end with the program's hold on
//! them, and daemons, which outlive it.

#[cfg(unix)]
mod daemon;
mod owned;
#[cfg(unix)]
mod socket;
#[cfg(unix)]
mod stop;
mod token;

#[cfg(unix)]
use std::path::{Path, PathBuf};
use std::{fmt, io, process::ExitStatus, sync::Arc, time::Duration};

use tokio::time::Instant;

use crate::{
    codex::Codex,
    config::WebsocketConfig,
    connect::CodexBuilder,
    error::{Error, Result},
    transport::process::Process,
};

/// How long a server may take to stop: half of it for the turns that run.
const STOP: Duration = Duration::from_secs(10);

/// A `codex app-server` that was started to listen, so that many connections share it: their
/// threads, and what it keeps in memory.
///
/// - [`start`](Self::start) and [`start_unix`](Self::start_unix) own the server: it ends with this
///   value.
/// - [`daemon`](Self::daemon) shares a server that outlives the program, and starts it where none
///   runs.
///
/// ```no_run
/// # async fn example() -> codex_app_server::Result<()> {
/// use codex_app_server::{AppServerConfig, Codex, ManagedServer, ThreadConfig};
///
/// let server = ManagedServer::start(AppServerConfig::new().cwd("/srv/project")).await?;
/// let codex = Codex::builder().connect_websocket(server.url()).await?;
/// let thread = codex.thread_start(ThreadConfig::new()).await?;
/// // Another connection, to the same thread.
/// let watcher = server.connect(Codex::builder()).await?;
/// let same = watcher.thread_resume(thread.id(), ThreadConfig::new()).await?;
/// # let _ = same;
/// server.stop().await?;
/// # Ok(()) }
/// ```
pub struct ManagedServer {
    place: Place,
    url: String,
    pid: Option<u32>,
    /// The process that ends with this; none for a daemon.
    owned: Option<Process>,
}

/// Where a server listens.
enum Place {
    Websocket(WebsocketConfig),
    #[cfg(unix)]
    Unix(PathBuf),
}

impl ManagedServer {
    fn of(place: Place, pid: Option<u32>, owned: Option<Process>) -> Self {
        let url = match &place {
            Place::Websocket(server) => server.url.clone(),
            #[cfg(unix)]
            Place::Unix(path) => format!("unix://{}", path.display()),
        };
        Self { place, url, pid, owned }
    }

    /// Connects to it, with the options of a connection. What these say of the server's process
    /// does not concern it. A connection does not keep the server.
    ///
    /// # Errors
    ///
    /// Those of [`connect_websocket`](CodexBuilder::connect_websocket).
    pub async fn connect(&self, builder: CodexBuilder) -> Result<Codex> {
        match &self.place {
            Place::Websocket(server) => builder.connect_websocket(server.clone()).await,
            #[cfg(unix)]
            Place::Unix(path) => builder.connect_unix(path).await,
        }
    }

    /// Where it listens, as its `--listen` says: `ws://127.0.0.1:…`, or `unix://…`. Another program
    /// reaches it there.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Its unix socket, if it listens on one, for [`connect_unix`](CodexBuilder::connect_unix).
    #[cfg(unix)]
    #[must_use]
    pub fn socket(&self) -> Option<&Path> {
        match &self.place {
            Place::Websocket(_) => None,
            Place::Unix(path) => Some(path),
        }
    }

    /// The id of its process, if it is known: that of a running daemon is what the system says.
    #[must_use]
    pub fn pid(&self) -> Option<u32> {
        self.pid
    }

    /// Ends the server, be it shared or not, and waits until it is gone with what it has started.
    /// Turns that run may take 5 seconds to end; after 10 it is killed.
    ///
    /// Cancelling it drops the server, which ends an owned one at once.
    ///
    /// # Errors
    ///
    /// [`Error::ManagedServer`] for a daemon that may not be ended, or does not end.
    pub async fn stop(self) -> Result<()> {
        match (self.owned, &self.place) {
            (Some(mut process), _) => process.stop(Instant::now() + STOP).await,
            #[cfg(unix)]
            (None, Place::Unix(path)) => stop::stop(path, STOP).await?,
            (None, Place::Websocket(_)) => {}
        }
        Ok(())
    }
}

impl fmt::Debug for ManagedServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ManagedServer")
            .field("url", &self.url)
            .field("pid", &self.pid)
            .field("is_owned", &self.owned.is_some())
            .finish()
    }
}

/// Why a server does not come to listen.
enum Failure {
    Ended,
    Late(Duration),
    Other(Error),
}

impl Failure {
    fn error(self, exit_status: Option<ExitStatus>, stderr: String) -> Error {
        let (reason, source) = match self {
            Self::Ended => ("the server ended before it listened".to_owned(), None),
            Self::Late(limit) => (
                format!("the server did not listen within {limit:?}"),
                Some(Arc::new(io::ErrorKind::TimedOut.into())),
            ),
            Self::Other(error) => return error,
        };
        Error::ManagedServer { reason, exit_status, stderr, source }
    }
}
