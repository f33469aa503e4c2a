//! Servers that are started for many connections, without async.

#[cfg(unix)]
use std::path::Path;
use std::sync::Arc;

use super::{
    codex::Codex,
    connect::{CodexBuilder, connect},
    worker::Worker,
};
use crate::{config::ManagedServerConfig, error::Result};

/// A server that was started to listen: [`ManagedServer`](crate::ManagedServer) without async.
#[derive(Debug)]
pub struct ManagedServer {
    inner: crate::ManagedServer,
    /// Reads what the server says.
    worker: Arc<Worker>,
}

impl ManagedServer {
    /// Starts a server that listens at a free port of 127.0.0.1; see
    /// [`crate::ManagedServer::start`].
    ///
    /// ```no_run
    /// # fn main() -> codex_app_server::Result<()> {
    /// use codex_app_server::{AppServerConfig, blocking::{Codex, ManagedServer}};
    ///
    /// let server = ManagedServer::start(AppServerConfig::new())?;
    /// let codex = server.connect(Codex::builder())?;
    /// # let _ = codex; Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`crate::ManagedServer::start`];
    /// [`Error::InvalidInput`](crate::Error::InvalidInput) inside an async runtime, or if there can
    /// be no thread for it.
    pub fn start(config: impl Into<ManagedServerConfig>) -> Result<Self> {
        Self::of(crate::ManagedServer::start(config))
    }

    /// The same on a unix socket; see [`crate::ManagedServer::start_unix`].
    ///
    /// # Errors
    ///
    /// Those of [`crate::ManagedServer::start_unix`], and as for [`start`](Self::start).
    #[cfg(unix)]
    pub fn start_unix(
        path: impl AsRef<Path>,
        config: impl Into<ManagedServerConfig>,
    ) -> Result<Self> {
        Self::of(crate::ManagedServer::start_unix(path, config))
    }

    /// Shares the server on a unix socket, and starts it if none is there; see
    /// [`crate::ManagedServer::daemon`].
    ///
    /// # Errors
    ///
    /// Those of [`crate::ManagedServer::daemon`], and as for [`start`](Self::start).
    #[cfg(unix)]
    pub fn daemon(path: impl AsRef<Path>, config: impl Into<ManagedServerConfig>) -> Result<Self> {
        Self::of(crate::ManagedServer::daemon(path, config))
    }

    /// The server that runs on a unix socket, or `None`; see [`crate::ManagedServer::running`].
    ///
    /// # Errors
    ///
    /// Those of [`crate::ManagedServer::running`], and as for [`start`](Self::start).
    #[cfg(unix)]
    pub fn running(path: impl AsRef<Path>) -> Result<Option<Self>> {
        let worker = Worker::start()?;
        let inner = worker.run(crate::ManagedServer::running(path))?;
        Ok(inner.map(|inner| Self { inner, worker }))
    }

    fn of(starting: impl Future<Output = Result<crate::ManagedServer>>) -> Result<Self> {
        let worker = Worker::start()?;
        Ok(Self { inner: worker.run(starting)?, worker })
    }

    /// Connects to it; see [`crate::ManagedServer::connect`].
    ///
    /// # Errors
    ///
    /// Those of [`crate::ManagedServer::connect`], and as for [`start`](Self::start).
    pub fn connect(&self, builder: CodexBuilder) -> Result<Codex> {
        connect(self.inner.connect(builder.0))
    }

    /// Where it listens; see [`crate::ManagedServer::url`].
    #[must_use]
    pub fn url(&self) -> &str {
        self.inner.url()
    }

    /// Its unix socket, if it listens on one.
    #[cfg(unix)]
    #[must_use]
    pub fn socket(&self) -> Option<&Path> {
        self.inner.socket()
    }

    /// The id of its process, if it is known.
    #[must_use]
    pub fn pid(&self) -> Option<u32> {
        self.inner.pid()
    }

    /// Ends the server, and waits until it is gone; see [`crate::ManagedServer::stop`].
    ///
    /// # Errors
    ///
    /// Those of [`crate::ManagedServer::stop`], and as for [`start`](Self::start).
    pub fn stop(self) -> Result<()> {
        self.worker.run(self.inner.stop())
    }
}
