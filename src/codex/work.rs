//! Work of the server beside threads: commands, and turns of which only the id is known.

use super::Codex;
use crate::{
    command::CommandHandle,
    error::{Error, Result},
    generated::v2_all::CommandExecParams,
    turn::interrupt,
};

impl Codex {
    /// Runs a command in the server's sandbox, beside all threads, and gives what it writes as it
    /// comes (`command/exec`). For what it has written in all, when it has ended, see
    /// [`Client::command_exec`](crate::Client::command_exec).
    ///
    /// Output is streamed, and all of it is given unless `output_bytes_cap` is set; otherwise the
    /// server would cut each stream after 1 MiB. A command that is to be written to needs
    /// `stream_stdin`, or a terminal (`tty`). The server ends one after a while unless
    /// `disable_timeout` is set, or `timeout_ms`.
    ///
    /// ```no_run
    /// # async fn example(codex: codex_app_server::Codex) -> codex_app_server::Result<()> {
    /// use codex_app_server::protocol::CommandExecParams;
    ///
    /// let mut command = codex.exec_command(CommandExecParams::new(["cargo", "test"])).await?;
    /// while let Some(output) = command.next().await {
    ///     print!("{}", String::from_utf8_lossy(&output?.data));
    /// }
    /// println!("ended with {}", command.wait().await?);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// None of its own: what the server refuses is the last item of the handle, and the result of
    /// [`wait`](CommandHandle::wait).
    pub async fn exec_command(&self, params: CommandExecParams) -> Result<CommandHandle> {
        CommandHandle::start(self.client(), params).await
    }

    /// Stops a turn of which only the id is known (`turn/interrupt`): its thread is that on which
    /// this connection has heard it begin. A [`TurnHandle`](crate::TurnHandle) and its
    /// [`control`](crate::TurnHandle::control) know theirs.
    ///
    /// ```no_run
    /// # use codex_app_server::{Codex, Result};
    /// # async fn example(codex: Codex, turn_id: String) -> Result<()> {
    /// codex.interrupt_turn(turn_id).await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInput`] if this connection knows of no such turn that runs; else those of
    /// [`TurnHandle::interrupt`](crate::TurnHandle::interrupt). Once polled it is carried out, even
    /// if nobody waits for it.
    pub async fn interrupt_turn(&self, turn_id: impl AsRef<str>) -> Result<()> {
        let turn_id = turn_id.as_ref();
        let Some((thread, _)) = self.client.connection().find_turn(turn_id) else {
            return Err(Error::invalid(
                "turn_id",
                format!(
                    "this connection has heard of no turn {turn_id:?} that runs: it has ended, or \
                     began before the connection; with the id of its thread, \
                     `codex.thread(thread_id).attach(turn_id)` gives a handle that interrupts it"
                ),
            ));
        };
        interrupt(&self.client, &thread, turn_id, || false).await
    }
}
