//! An app-server as a child process that speaks over its stdin and stdout.

use std::{io, process::Stdio};

use tokio::process::Command;

use super::{Transport, descendants, process::Process};
use crate::{Error, config::Launch};

impl Transport {
    /// Starts the server.
    pub(crate) fn spawn(launch: &Launch) -> Result<Self, Error> {
        let failed = |source: io::Error| Error::spawn(&launch.program, source);
        let mark = descendants::new_mark();
        let mut command = Command::new(&launch.program);
        // The tail of stderr goes into error texts, where colours are noise.
        command.args(&launch.args).env("NO_COLOR", "1");
        for (key, value) in &launch.env {
            match value {
                Some(value) => command.env(key, value),
                None => command.env_remove(key),
            };
        }
        command
            .env(descendants::VARIABLE, &mark)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        if let Some(cwd) = &launch.cwd {
            command.current_dir(cwd);
        }
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
