//! The two halves of a transport.

use std::{
    io,
    task::{Context, Poll},
};

use bytes::Bytes;

use super::chunk::Message;

/// The receiving half of a [`Transport`](super::Transport).
pub trait MessageReader: Send + 'static {
    /// Waits until a message is there, then appends it and all others that have arrived whole to
    /// `batch`. `Ok(false)` is the end of the stream.
    ///
    /// # Errors
    ///
    /// Any I/O error ends the connection.
    fn poll_read(
        &mut self,
        cx: &mut Context<'_>,
        batch: &mut Vec<Message>,
    ) -> Poll<io::Result<bool>>;
}

/// The sending half of a [`Transport`](super::Transport). It must not block: whoever sends a
/// message writes it at once, if the peer takes it.
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
