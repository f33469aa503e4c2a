//! An app-server as a child process that speaks over its stdin and stdout.

use std::{io, process::Stdio};

use tokio::{process::Command, runtime::Handle};

use super::{Transport, descendants, process::Process};
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
        if Handle::try_current().is_err() {
            return Err(Error::invalid(
                "Transport::stdio",
                "called outside of a tokio runtime, which reads from the server; call it in one, \
                 or use `connect_stdio`",
            ));
        }
        let mut command = Command::from(config.command()?);
        let program = command.as_std().get_program().to_owned();
        let failed = |source: io::Error| Error::spawn(&program, source);
        let mark = descendants::new_mark();
        command
            .env(descendants::VARIABLE, &mark)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        #[cfg(unix)]
        command.process_group(0);

        let mut child = command.spawn().map_err(failed)?;
        let missing = || failed(io::Error::other("the child has no stdin or stdout"));
        let stdin = child.stdin.take().ok_or_else(missing)?;
        let stdout = child.stdout.take().ok_or_else(missing)?;
        let mut transport = Self::from_io(stdout, stdin);
        transport.process = Some(Process::new(child, mark));
        transport.stray_lines = true;
        Ok(transport)
    }
}
