//! Commands, without async.

use std::sync::Arc;

use super::worker::{Waiter, Worker};
use crate::{command, command::CommandOutput, error::Result};

/// A command that runs, or has just ended: [`CommandHandle`](crate::CommandHandle) as an iterator
/// over what it writes.
///
/// Dropping it terminates the command.
#[derive(Debug)]
pub struct CommandHandle {
    inner: command::CommandHandle,
    waiter: Waiter,
}

impl CommandHandle {
    pub(super) fn new(inner: command::CommandHandle, worker: Arc<Worker>) -> Self {
        Self { inner, waiter: Waiter::new(worker) }
    }

    /// The id under which the server knows the command.
    #[must_use]
    pub fn process_id(&self) -> &str {
        self.inner.process_id()
    }

    /// What writes to the command and terminates it.
    #[must_use]
    pub fn control(&self) -> CommandControl {
        CommandControl { inner: self.inner.control(), worker: Arc::clone(self.waiter.worker()) }
    }

    /// Waits for the end, and gives the exit code.
    ///
    /// # Errors
    ///
    /// Those of [`crate::CommandHandle::wait`].
    pub fn wait(&mut self) -> Result<i32> {
        self.waiter.worker().run(self.inner.wait())
    }
}

impl Iterator for CommandHandle {
    type Item = Result<CommandOutput>;

    fn next(&mut self) -> Option<Self::Item> {
        self.waiter.wait(self.inner.next())
    }
}

/// Writes to a command and terminates it, while another thread reads it:
/// [`CommandControl`](crate::CommandControl) without async.
#[derive(Clone, Debug)]
pub struct CommandControl {
    inner: command::CommandControl,
    worker: Arc<Worker>,
}

impl CommandControl {
    /// Writes to the command's stdin (`command/exec/write`).
    ///
    /// # Errors
    ///
    /// Those of [`crate::CommandControl::write`].
    pub fn write(&self, data: impl AsRef<[u8]>) -> Result<()> {
        self.worker.run(self.inner.write(data))
    }

    /// Closes the command's stdin (`command/exec/write`).
    ///
    /// # Errors
    ///
    /// Those of [`crate::CommandControl::write`].
    pub fn close_stdin(&self) -> Result<()> {
        self.worker.run(self.inner.close_stdin())
    }

    /// Changes the size of the command's terminal (`command/exec/resize`).
    ///
    /// # Errors
    ///
    /// Those of [`crate::CommandControl::resize`].
    pub fn resize(&self, cols: u16, rows: u16) -> Result<()> {
        self.worker.run(self.inner.resize(cols, rows))
    }

    /// Kills the command (`command/exec/terminate`).
    ///
    /// # Errors
    ///
    /// Those of [`crate::CommandControl::terminate`].
    pub fn terminate(&self) -> Result<()> {
        self.worker.run(self.inner.terminate())
    }
}
