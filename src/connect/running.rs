//! Connections to servers that run already.

#[cfg(unix)]
use std::path::Path;

use super::CodexBuilder;
use crate::{codex::Codex, config::WebsocketConfig, error::Result, transport::Transport};

/// Servers that run already. What [`app_server`](CodexBuilder::app_server) says of the server's
/// process does not concern them; of the client's name, it does.
impl CodexBuilder {
    /// Connects to a server that listens on a websocket: its URL, or a [`WebsocketConfig`]. Has to
    /// be called within a tokio runtime.
    ///
    /// Everything that the server sends is read at once and kept until the program reads it, within
    /// [`max_unread_bytes`](CodexBuilder::max_unread_bytes): codex cuts off whoever reads too
    /// slowly. Closing the connection, or dropping it, takes no more
    /// than 2 seconds, and the server goes on.
    ///
    /// ```no_run
    /// # async fn example() -> codex_app_server::Result<()> {
    /// use codex_app_server::Codex;
    ///
    /// // Beside `codex app-server --listen ws://127.0.0.1:8765`.
    /// let codex = Codex::builder().connect_websocket("ws://127.0.0.1:8765").await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// - [`Error::InvalidInput`](crate::Error::InvalidInput) for a malformed option, and for a
    ///   token that would go unencrypted to another machine,
    /// - [`Error::Connect`](crate::Error::Connect) if nobody is there, or refuses the connection,
    /// - and, once that is open, those of [`connect_with`](CodexBuilder::connect_with).
    pub async fn connect_websocket(mut self, server: impl Into<WebsocketConfig>) -> Result<Codex> {
        let capabilities = self.declared()?;
        let config = server.into();
        self.dial(capabilities, move || {
            let config = config.clone();
            async move { Transport::websocket(&config).await }
        })
        .await
    }

    /// Connects to a server that listens on a unix socket, such as `codex app-server --listen
    /// unix:///run/codex.sock`; without a path that is the
    /// [`control_socket`](crate::transport::control_socket). It is a websocket, too, and treated
    /// as one. Has to be called within a tokio runtime.
    ///
    /// `codex app-server proxy` passes bytes on to such a socket: see
    /// [`Transport::websocket_over`].
    ///
    /// ```no_run
    /// # async fn example() -> codex_app_server::Result<()> {
    /// use codex_app_server::Codex;
    ///
    /// let codex = Codex::builder().connect_unix("/run/codex.sock").await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`connect_websocket`](CodexBuilder::connect_websocket).
    #[cfg(unix)]
    pub async fn connect_unix(mut self, path: impl AsRef<Path>) -> Result<Codex> {
        let capabilities = self.declared()?;
        let path = path.as_ref().to_owned();
        self.dial(capabilities, move || {
            let path = path.clone();
            async move { Transport::unix(&path).await }
        })
        .await
    }
}
