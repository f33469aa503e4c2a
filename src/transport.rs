//! Moves whole messages between the client and one app-server, and knows nothing of what they say.
//!
//! A [`Transport`] is a reader, a writer and, for a server that we started, its process. Whatever
//! moves messages can be one:
//!
//! - a server process: [`Transport::stdio`];
//! - any pair of byte streams, with a message per line: [`Transport::from_io`];
//! - any stream and sink of messages: [`Transport::from_messages`];
//! - two ends in memory: [`Transport::pair`];
//! - a recorded session: [`Replay`];
//! - a reader and a writer of your own: [`Transport::new`], or around those of another transport:
//!   [`Transport::wrap`].

mod adapters;
mod chunk;
pub(crate) mod descendants;
mod halves;
mod lines;
mod memory;
pub(crate) mod process;
mod record;
mod replay;
mod stderr;
mod stdio;
mod transcript;
#[cfg(all(unix, feature = "websocket"))]
mod unix;
#[cfg(feature = "websocket")]
mod websocket;

use std::{fmt, future::poll_fn, io, pin::Pin};

pub use bytes::Bytes;
use tokio::io::{AsyncRead, AsyncWrite};

pub(crate) use self::chunk::Surplus;
#[cfg(all(unix, feature = "websocket"))]
pub use self::unix::control_socket;
pub use self::{
    chunk::Message,
    halves::{MessageReader, MessageWriter},
    replay::Replay,
};
use self::{
    lines::{LineReader, LineWriter},
    process::Process,
};

/// A way to an app-server, for [`connect_with`](crate::CodexBuilder::connect_with).
pub struct Transport {
    pub(crate) reader: Box<dyn MessageReader>,
    pub(crate) writer: Box<dyn MessageWriter>,
    pub(crate) process: Option<Process>,
    /// Whether a line that is not JSON is somebody's stray print, to be skipped, or the end of the
    /// connection.
    pub(crate) stray_lines: bool,
    /// What is to be done once nothing passes any more, before the connection counts as closed.
    pub(crate) at_end: Option<AtEnd>,
}

pub(crate) type AtEnd = Pin<Box<dyn Future<Output = ()> + Send>>;

impl Transport {
    /// A transport of your own.
    #[must_use]
    pub fn new(reader: impl MessageReader, writer: impl MessageWriter) -> Self {
        Self {
            reader: Box::new(reader),
            writer: Box::new(writer),
            process: None,
            stray_lines: false,
            at_end: None,
        }
    }

    /// One JSON object per line over a pair of byte streams: a socket, a pipe or an in-memory
    /// duplex. Lines longer than 256 MiB, or than
    /// [`max_message_bytes`](Self::max_message_bytes), end the connection.
    ///
    /// ```
    /// # fn main() {
    /// use codex_app_server::transport::Transport;
    ///
    /// let (client, _server) = tokio::io::duplex(64 * 1024);
    /// let (reader, writer) = tokio::io::split(client);
    /// let transport = Transport::from_io(reader, writer);
    /// # let _ = transport;
    /// # }
    /// ```
    #[must_use]
    pub fn from_io(
        reader: impl AsyncRead + Send + Unpin + 'static,
        writer: impl AsyncWrite + Send + Unpin + 'static,
    ) -> Self {
        Self::new(LineReader::new(reader), LineWriter::new(writer))
    }

    /// Puts a reader and a writer of your own around those of this transport: to count, log, delay
    /// or change what passes. Its server process, if it has one, stays with it.
    ///
    /// ```
    /// use std::{io, task::{Context, Poll}};
    /// use codex_app_server::transport::{Message, MessageReader, Transport};
    ///
    /// struct Counted<R>(R);
    ///
    /// impl<R: MessageReader> MessageReader for Counted<R> {
    ///     fn poll_read(
    ///         &mut self,
    ///         cx: &mut Context<'_>,
    ///         batch: &mut Vec<Message>,
    ///     ) -> Poll<io::Result<bool>> {
    ///         let before = batch.len();
    ///         let poll = self.0.poll_read(cx, batch);
    ///         println!("{} more", batch.len() - before);
    ///         poll
    ///     }
    ///
    ///     fn set_max_bytes(&mut self, bytes: usize) {
    ///         self.0.set_max_bytes(bytes);
    ///     }
    /// }
    ///
    /// # fn example(transport: Transport) {
    /// let transport = transport.wrap(|reader, writer| (Counted(reader), writer));
    /// # }
    /// ```
    #[must_use]
    pub fn wrap<R: MessageReader, W: MessageWriter>(
        self,
        wrap: impl FnOnce(Box<dyn MessageReader>, Box<dyn MessageWriter>) -> (R, W),
    ) -> Self {
        let (reader, writer) = wrap(self.reader, self.writer);
        Self { reader: Box::new(reader), writer: Box::new(writer), ..self }
    }

    /// How long a message of the server may be, in bytes; a longer one ends the connection, unless
    /// it is longer by less than what is read at once (64 KiB). 256 MiB unless set, for transports
    /// that read messages piece by piece.
    #[must_use]
    pub fn max_message_bytes(mut self, bytes: usize) -> Self {
        self.reader.set_max_bytes(bytes);
        self
    }

    /// Reads at least one message, and all others that have arrived; `None` at the end. For
    /// programs that play the server, or pass messages on.
    ///
    /// Cancelling it loses nothing.
    ///
    /// # Errors
    ///
    /// Any I/O error of the transport.
    pub async fn read(&mut self) -> io::Result<Option<Vec<Message>>> {
        let mut batch = Vec::new();
        let more = poll_fn(|cx| self.reader.poll_read(cx, &mut batch)).await?;
        Ok((more || !batch.is_empty()).then_some(batch))
    }

    /// Sends a message, one JSON object without a line end, and waits until the transport has taken
    /// it.
    ///
    /// When it is cancelled the message is sent with the next one.
    ///
    /// # Errors
    ///
    /// Any I/O error of the transport.
    pub async fn write(&mut self, message: impl Into<Bytes>) -> io::Result<()> {
        self.writer.push(&message.into());
        poll_fn(|cx| self.writer.poll_flush(cx)).await
    }
}

impl fmt::Debug for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transport")
            .field("process", &self.process.as_ref().map(Process::id))
            .finish_non_exhaustive()
    }
}
