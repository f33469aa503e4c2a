//! An app-server as a child process that speaks over its stdin and stdout.

use std::process::Stdio;

use super::{Transport, process::Process};
use crate::{AppServerConfig, Error, Result};

impl Transport {
    /// Starts `codex app-server` as a child process, as
    /// [`connect_stdio`](crate::CodexBuilder::connect_stdio) does: for programs that
    /// [wrap](Self::wrap) it or set its limits first, or speak with the server themselves. The
    /// process ends with the connection, or with the transport if it gets none. Has to be called
    /// within a tokio runtime.
    ///
    /// ```no_run
    /// # async fn example() -> codex_app_server::Result<()> {
    /// use codex_app_server::{AppServerConfig, Codex, transport::Transport};
    ///
    /// let config = AppServerConfig::new().cwd("/srv/project");
    /// let transport = Transport::stdio(&config)?.max_message_bytes(1 << 30);
    /// let codex = Codex::builder().app_server(config).connect_with(transport).await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`AppServerConfig::command`]; [`Error::Spawn`] if the command cannot be started;
    /// [`Error::InvalidInput`] outside of a tokio runtime.
    pub fn stdio(config: &AppServerConfig) -> Result<Self> {
        let command = config.command()?;
        let program = command.get_program().to_owned();
        let mut process = Process::start(command, Stdio::piped, |_| {})?;
        let pipes = process.take_pipes();
        let (stdin, stdout) = pipes.map_err(|source| Error::spawn(program, source))?;
        let mut transport = Self::from_io(stdout, stdin);
        transport.process = Some(process);
        transport.stray_lines = true;
        Ok(transport)
    }
}
