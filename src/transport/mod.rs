//! Moves whole messages between the client and one app-server, and knows nothing of what they say.
//!
//! A [`Transport`] is a reader, a writer and, for a server that we started, its process.
//! [`Transport::from_io`] makes one from any pair of byte streams, which is how tests and embedders
//! bring their own.

mod lines;
pub(crate) mod process;
mod stderr;
pub(crate) mod stdio;

use std::{
    fmt, io,
    task::{Context, Poll},
};

use bytes::Bytes;
use tokio::io::{AsyncRead, AsyncWrite};

use self::{
    lines::{LineReader, LineWriter},
    process::Process,
};

/// The receiving half of a [`Transport`].
pub trait MessageReader: Send + 'static {
    /// Waits until a message is there, then appends it and all others that have arrived whole to
    /// `batch`. `Ok(false)` is the end of the stream.
    ///
    /// # Errors
    ///
    /// Any I/O error ends the connection.
    fn poll_read(&mut self, cx: &mut Context<'_>, batch: &mut Vec<Bytes>)
    -> Poll<io::Result<bool>>;
}

/// The sending half of a [`Transport`]. It must not block: whoever sends a message writes it at
/// once, if the peer takes it.
pub trait MessageWriter: Send + 'static {
    /// Takes a message, one JSON object without a line end, to be written after those before it.
    fn push(&mut self, message: &Bytes);

    /// Writes what was pushed, and flushes.
    ///
    /// # Errors
    ///
    /// Any I/O error ends the connection.
    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>>;

    /// Tells the peer that nothing more follows.
    ///
    /// # Errors
    ///
    /// Any I/O error; the connection is ending anyway.
    fn poll_close(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>>;
}

/// A way to an app-server, for [`connect_with`](crate::CodexBuilder::connect_with).
pub struct Transport {
    pub(crate) reader: Box<dyn MessageReader>,
    pub(crate) writer: Box<dyn MessageWriter>,
    pub(crate) process: Option<Process>,
    /// Whether a line that is not JSON is somebody's stray print, to be skipped, or the end of the
    /// connection.
    pub(crate) stray_lines: bool,
}

impl Transport {
    /// A transport of your own.
    #[must_use]
    pub fn new(reader: impl MessageReader, writer: impl MessageWriter) -> Self {
        Self {
            reader: Box::new(reader),
            writer: Box::new(writer),
            process: None,
            stray_lines: false,
        }
    }

    /// One JSON object per line over a pair of byte streams: a socket, a pipe or an in-memory
    /// duplex. Lines longer than 256 MiB end the connection.
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
}

impl fmt::Debug for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transport")
            .field("process", &self.process.as_ref().map(Process::id))
            .finish_non_exhaustive()
    }
}
