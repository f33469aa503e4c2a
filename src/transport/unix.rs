//! A server that listens on a unix socket: a websocket over it.

use std::{
    env,
    path::{Path, PathBuf},
};

use tokio::net::UnixStream;

use super::{
    Transport,
    websocket::{Options, nobody, open},
};
use crate::error::{Error, Result};

/// Where a server listens that was started with `--listen unix://` and without a path:
/// `app-server-control/app-server-control.sock` in `CODEX_HOME`, or else in `~/.codex`.
///
/// ```no_run
/// # async fn example() -> codex_app_server::Result<()> {
/// use codex_app_server::{Codex, transport::control_socket};
///
/// let codex = Codex::builder().connect_unix(control_socket()?).await?;
/// # Ok(()) }
/// ```
///
/// # Errors
///
/// [`Error::InvalidInput`] if there is neither that variable nor a home.
pub fn control_socket() -> Result<PathBuf> {
    let named = env::var_os("CODEX_HOME").filter(|home| !home.is_empty()).map(PathBuf::from);
    let home = named.or_else(|| env::home_dir().map(|home| home.join(".codex")));
    let home = home.ok_or_else(|| {
        Error::invalid("CODEX_HOME", "it is not set, and this user has no home; set it")
    })?;
    Ok(home.join("app-server-control").join("app-server-control.sock"))
}

impl Transport {
    /// Connects to a server that listens on a unix socket.
    pub(crate) async fn unix(path: &Path) -> Result<Self> {
        let address = format!("unix://{}", path.display());
        let request = Self::local_request()?;
        // Who dies on this machine is known to be dead: no pings.
        let options = Options { ping_interval: None, ..Options::default() };
        let connecting =
            async { UnixStream::connect(path).await.map_err(|error| nobody(&address, error)) };
        open(&address, request, options, connecting).await
    }
}
