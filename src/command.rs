//! Commands that the server runs for the program: what they write, as it comes, and how they end.

use std::{
    fmt,
    future::poll_fn,
    pin::Pin,
    task::{Context, Poll, ready},
};

use base64::prelude::{BASE64_STANDARD, Engine as _};
use futures_core::Stream;
use serde::de::Error as _;
use tokio::sync::oneshot::{self, error::TryRecvError};

use crate::{
    client::{Client, NotificationStream},
    error::{Error, Result},
    generated::v2_all::{
        CommandExecOutputDeltaNotification, CommandExecOutputStream, CommandExecParams,
        CommandExecResizeParams, CommandExecResponse, CommandExecTerminalSize,
        CommandExecTerminateParams, CommandExecWriteParams,
    },
    rpc::{Interest, Payload, Topic},
};

/// A command that runs, or has just ended: a [`Stream`] of what it writes.
///
/// What is not read yet is kept, up to four times
/// [`max_unread_bytes`](crate::CodexBuilder::max_unread_bytes); then the stream ends with
/// [`Error::Overflow`], and the command goes on. Nothing is dropped before.
///
/// Dropping the handle terminates the command.
pub struct CommandHandle {
    control: CommandControl,
    output: NotificationStream,
    /// What has become of the command, once that is known.
    exit: Option<Result<i32>>,
    exiting: oneshot::Receiver<Result<CommandExecResponse>>,
    /// Whether the stream has given its last item.
    ended: bool,
}

impl CommandHandle {
    pub(crate) async fn start(client: &Client, mut params: CommandExecParams) -> Result<Self> {
        let new_id = || format!("{:032x}", fastrand::u128(..));
        let process_id = params.process_id.into_option().unwrap_or_else(new_id);
        params.process_id = process_id.clone().into();
        params.stream_stdout_stderr = Some(true);
        if params.output_bytes_cap.as_option().is_none() {
            params.disable_output_cap = params.disable_output_cap.or(Some(true));
        }
        let topic = Topic::Process(process_id.clone());
        let output = client.subscribe(topic, Interest::All);
        let (sender, exiting) = oneshot::channel();
        let running = client.without_link();
        let mut exit = Box::pin(async move {
            // The handle may be gone.
            let _ = sender.send(running.request(params).await);
        });
        // Sent before the handle is there, so that what is written to the command comes after it.
        if poll_fn(|cx| Poll::Ready(exit.as_mut().poll(cx).is_pending())).await {
            // Ends with the command, or with the connection.
            client.connection().spawn(exit);
        }
        let control = CommandControl { client: client.clone(), process_id };
        Ok(Self { control, output, exit: None, exiting, ended: false })
    }

    /// The id under which the server knows the command: the `process_id` of the params, or one that
    /// was made.
    #[must_use]
    pub fn process_id(&self) -> &str {
        &self.control.process_id
    }

    /// What writes to the command and terminates it, also from elsewhere while this is read.
    #[must_use]
    pub fn control(&self) -> CommandControl {
        self.control.clone()
    }

    /// The next piece of what the command writes; `None` after its end. Dropping the future loses
    /// nothing.
    ///
    /// # Errors
    ///
    /// Those of [`wait`](Self::wait), as the last item; [`Error::Overflow`].
    pub async fn next(&mut self) -> Option<Result<CommandOutput>> {
        poll_fn(|cx| self.poll_output(cx)).await
    }

    /// Waits for the end, and gives the exit code, any number of times. What is unread stays to be
    /// read. Dropping the future loses nothing.
    ///
    /// # Errors
    ///
    /// Those of [`Call`](crate::Call): the command cannot be started, or the connection has ended.
    pub async fn wait(&mut self) -> Result<i32> {
        poll_fn(|cx| self.poll_exit(cx)).await
    }

    fn poll_output(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<CommandOutput>>> {
        while !self.ended {
            match self.output.poll_payload(cx) {
                Poll::Ready(Some(Ok(payload))) => {
                    return Poll::Ready(Some(CommandOutput::read(&payload)));
                }
                Poll::Ready(Some(Err(error))) if error.ends_stream() => {
                    self.ended = true;
                    return Poll::Ready(Some(Err(error)));
                }
                Poll::Ready(Some(Err(_))) => {}
                Poll::Ready(None) => self.ended = true,
                // All that it has written came before its end.
                Poll::Pending if self.exit.is_some() => {
                    self.ended = true;
                    if let Some(Err(error)) = &self.exit {
                        return Poll::Ready(Some(Err(error.clone())));
                    }
                }
                Poll::Pending => drop(ready!(self.poll_exit(cx))),
            }
        }
        Poll::Ready(None)
    }

    fn poll_exit(&mut self, cx: &mut Context<'_>) -> Poll<Result<i32>> {
        let exit = match &self.exit {
            Some(exit) => exit.clone(),
            None => match ready!(Pin::new(&mut self.exiting).poll(cx)) {
                Ok(response) => response.map(|response| response.exit_code),
                Err(_) => Err(Error::invalid("command", "its runtime has ended")),
            },
        };
        Poll::Ready(self.exit.insert(exit).clone())
    }
}

impl Drop for CommandHandle {
    fn drop(&mut self) {
        if self.exit.is_none() && matches!(self.exiting.try_recv(), Err(TryRecvError::Empty)) {
            let control = self.control.clone();
            let client = control.client.without_link();
            let control = CommandControl { client, ..control };
            // Ends with its response. Nobody learns how that went.
            self.control.client.connection().spawn(async move {
                let _ = control.terminate().await;
            });
        }
    }
}

impl Stream for CommandHandle {
    type Item = Result<CommandOutput>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll_output(cx)
    }
}

impl fmt::Debug for CommandHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CommandHandle")
            .field("process_id", &self.process_id())
            .field("exit", &self.exit)
            .finish_non_exhaustive()
    }
}

/// Writes to a command and terminates it, while somebody else reads it. Clones are for the same
/// command.
#[derive(Clone)]
pub struct CommandControl {
    client: Client,
    process_id: String,
}

impl CommandControl {
    /// Writes to the command's stdin (`command/exec/write`).
    ///
    /// # Errors
    ///
    /// Those of [`Call`](crate::Call): the server refuses where neither `stream_stdin` nor `tty` is
    /// set, and after the end of the command.
    pub async fn write(&self, data: impl AsRef<[u8]>) -> Result<()> {
        let data = BASE64_STANDARD.encode(data);
        self.client.request(self.writing().delta_base64(data)).await.map(drop)
    }

    /// Closes the command's stdin (`command/exec/write`).
    ///
    /// # Errors
    ///
    /// Those of [`write`](Self::write).
    pub async fn close_stdin(&self) -> Result<()> {
        self.client.request(self.writing().close_stdin(true)).await.map(drop)
    }

    /// Changes the size of the command's terminal, in characters (`command/exec/resize`).
    ///
    /// # Errors
    ///
    /// Those of [`Call`](crate::Call): the server refuses where `tty` is not set.
    pub async fn resize(&self, cols: u16, rows: u16) -> Result<()> {
        let size = CommandExecTerminalSize::new().cols(cols).rows(rows);
        let params = CommandExecResizeParams::new().process_id(&self.process_id).size(size);
        self.client.request(params).await.map(drop)
    }

    /// Kills the command (`command/exec/terminate`). For one that has ended this is `Ok`.
    ///
    /// # Errors
    ///
    /// Those of [`Call`](crate::Call).
    pub async fn terminate(&self) -> Result<()> {
        match self.client.request(CommandExecTerminateParams::new(&self.process_id)).await {
            Err(Error::Rpc(error)) if error.message.contains("no active command/exec") => Ok(()),
            other => other.map(drop),
        }
    }

    fn writing(&self) -> CommandExecWriteParams {
        CommandExecWriteParams::new(&self.process_id)
    }
}

impl fmt::Debug for CommandControl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CommandControl")
            .field("process_id", &self.process_id)
            .finish_non_exhaustive()
    }
}

/// A piece of what a command writes. It may end in the middle of a character.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CommandOutput {
    /// Where it was written to. A terminal has one stream, `stdout`.
    pub stream: CommandExecOutputStream,
    /// The bytes.
    pub data: Vec<u8>,
    /// Whether the server leaves out what is written to this stream after that, because of
    /// `output_bytes_cap`.
    pub cap_reached: bool,
}

impl CommandOutput {
    fn read(payload: &Payload) -> Result<Self> {
        let output: CommandExecOutputDeltaNotification = payload.read()?;
        let data = BASE64_STANDARD.decode(&output.delta_base64).map_err(|error| Error::Decode {
            method: payload.method().to_owned(),
            raw: payload.params().into_owned(),
            source: serde_json::Error::custom(format!("`deltaBase64`: {error}")).into(),
        })?;
        Ok(Self { stream: output.stream, data, cap_reached: output.cap_reached })
    }
}
