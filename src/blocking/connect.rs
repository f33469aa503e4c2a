//! How a connection is made, without async.

use std::{io, path::PathBuf, time::Duration};

use super::{codex::Codex, worker::Worker};
#[cfg(feature = "websocket")]
use crate::config::WebsocketConfig;
use crate::{
    config::AppServerConfig, error::Result, generated::v2_all::InitializeCapabilities,
    reconnect::Reconnect, retry::RetryPolicy, transport::Transport, version::VersionPolicy,
};

impl Codex {
    /// Starts `codex app-server` and connects to it over stdio, with all defaults.
    ///
    /// # Errors
    ///
    /// Those of [`CodexBuilder::connect_stdio`].
    pub fn connect() -> Result<Self> {
        Self::builder().connect_stdio()
    }

    /// A connection with options.
    pub fn builder() -> CodexBuilder {
        CodexBuilder(crate::Codex::builder())
    }
}

/// Options of a connection: [`CodexBuilder`](crate::CodexBuilder) without async.
#[must_use = "nothing happens before one of the `connect_…` methods"]
#[derive(Debug)]
pub struct CodexBuilder(pub(super) crate::CodexBuilder);

impl CodexBuilder {
    /// How the server is started, and the client's name.
    pub fn app_server(self, config: AppServerConfig) -> Self {
        Self(self.0.app_server(config))
    }

    /// How long the server may take to respond to a request; see
    /// [`crate::CodexBuilder::request_timeout`].
    pub fn request_timeout(self, timeout: Duration) -> Self {
        Self(self.0.request_timeout(timeout))
    }

    /// How long a turn may be silent; see [`crate::CodexBuilder::inactivity_timeout`].
    pub fn inactivity_timeout(self, timeout: Duration) -> Self {
        Self(self.0.inactivity_timeout(timeout))
    }

    /// How many bytes of events may stay unread; see [`crate::CodexBuilder::max_unread_bytes`].
    pub fn max_unread_bytes(self, bytes: usize) -> Self {
        Self(self.0.max_unread_bytes(bytes))
    }

    /// Which versions of the server are accepted; see [`crate::CodexBuilder::version_policy`].
    pub fn version_policy(self, policy: VersionPolicy) -> Self {
        Self(self.0.version_policy(policy))
    }

    /// What the server is told of this client; see [`crate::CodexBuilder::capabilities`].
    pub fn capabilities(self, capabilities: InitializeCapabilities) -> Self {
        Self(self.0.capabilities(capabilities))
    }

    /// Asks the server to leave out notifications; see [`crate::CodexBuilder::opt_out`].
    pub fn opt_out(self, methods: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self(self.0.opt_out(methods))
    }

    /// Asks the server to leave out the pieces in which items come; see
    /// [`crate::CodexBuilder::without_deltas`].
    pub fn without_deltas(self) -> Self {
        Self(self.0.without_deltas())
    }

    /// Repeats requests that only read when the server is overloaded; see
    /// [`crate::CodexBuilder::retry`].
    pub fn retry(self, policy: RetryPolicy) -> Self {
        Self(self.0.retry(policy))
    }

    /// Writes all messages of the connection into a file; see [`crate::CodexBuilder::record`].
    pub fn record(self, path: impl Into<PathBuf>) -> Self {
        Self(self.0.record(path))
    }

    /// Opens the connection again when it is lost; see [`crate::CodexBuilder::reconnect`].
    pub fn reconnect(self, reconnect: Reconnect) -> Self {
        Self(self.0.reconnect(reconnect))
    }

    /// Starts `codex app-server` and speaks with it over stdin and stdout.
    ///
    /// # Errors
    ///
    /// Those of [`crate::CodexBuilder::connect_stdio`];
    /// [`Error::InvalidInput`](crate::Error::InvalidInput) inside an async runtime, or if there can
    /// be no thread for it.
    pub fn connect_stdio(self) -> Result<Codex> {
        connect(self.0.connect_stdio())
    }

    /// Connects to a server that listens on a websocket; see
    /// [`crate::CodexBuilder::connect_websocket`].
    ///
    /// # Errors
    ///
    /// Those of [`crate::CodexBuilder::connect_websocket`], and as for
    /// [`connect_stdio`](Self::connect_stdio).
    #[cfg(feature = "websocket")]
    pub fn connect_websocket(self, server: impl Into<WebsocketConfig>) -> Result<Codex> {
        connect(self.0.connect_websocket(server))
    }

    /// Connects to a server that listens on a unix socket; see
    /// [`crate::CodexBuilder::connect_unix`].
    ///
    /// # Errors
    ///
    /// Those of [`crate::CodexBuilder::connect_unix`], and as for
    /// [`connect_stdio`](Self::connect_stdio).
    #[cfg(all(unix, feature = "websocket"))]
    pub fn connect_unix(self, path: impl AsRef<std::path::Path>) -> Result<Codex> {
        connect(self.0.connect_unix(path))
    }

    /// Speaks with a server over a transport of your own.
    ///
    /// # Errors
    ///
    /// Those of [`crate::CodexBuilder::connect_with`], and as for
    /// [`connect_stdio`](Self::connect_stdio).
    pub fn connect_with(self, transport: Transport) -> Result<Codex> {
        connect(self.0.connect_with(transport))
    }

    /// Speaks with a server over transports of your own, which `open` opens; see
    /// [`crate::CodexBuilder::connect_by`].
    ///
    /// # Errors
    ///
    /// Those of [`crate::CodexBuilder::connect_by`], and as for
    /// [`connect_stdio`](Self::connect_stdio).
    pub fn connect_by<F>(self, open: impl Fn() -> F + Send + Sync + 'static) -> Result<Codex>
    where
        F: Future<Output = io::Result<Transport>> + Send + 'static,
    {
        connect(self.0.connect_by(open))
    }
}

pub(super) fn connect(connecting: impl Future<Output = Result<crate::Codex>>) -> Result<Codex> {
    let worker = Worker::start()?;
    let inner = worker.run(connecting)?;
    worker.serves(inner.client().connection().done());
    Ok(Codex::new(inner, worker))
}
