//! Moves whole messages between the client and one app-server, and knows nothing of what they say.
//!
//! A [`Transport`] is a reader, a writer and, for a server that we started, its process.
//! [`Transport::from_io`] makes one from any pair of byte streams, which is how tests and embedders
//! bring their own.

mod chunk;
mod descendants;
mod halves;
mod lines;
pub(crate) mod process;
mod stderr;
pub(crate) mod stdio;
#[cfg(all(unix, feature = "websocket"))]
mod unix;
#[cfg(feature = "websocket")]
mod websocket;

use std::fmt;

use tokio::io::{AsyncRead, AsyncWrite};

pub(crate) use self::chunk::Surplus;
#[cfg(all(unix, feature = "websocket"))]
pub use self::unix::control_socket;
pub use self::{
    chunk::Message,
    halves::{MessageReader, MessageWriter},
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
