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
    /// `batch`. `Ok(false)` is the end of the stream. An error comes alone, after the messages that
    /// came before it.
    ///
    /// # Errors
    ///
    /// Any I/O error ends the connection.
    fn poll_read(
        &mut self,
        cx: &mut Context<'_>,
        batch: &mut Vec<Message>,
    ) -> Poll<io::Result<bool>>;

    /// How long a message may be, in bytes: a longer one is an error. A reader that gets its
    /// messages whole need not care.
    fn set_max_bytes(&mut self, bytes: usize) {
        let _ = bytes;
    }
}

impl MessageReader for Box<dyn MessageReader> {
    fn poll_read(
        &mut self,
        cx: &mut Context<'_>,
        batch: &mut Vec<Message>,
    ) -> Poll<io::Result<bool>> {
        (**self).poll_read(cx, batch)
    }

    fn set_max_bytes(&mut self, bytes: usize) {
        (**self).set_max_bytes(bytes);
    }
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

impl MessageWriter for Box<dyn MessageWriter> {
    fn push(&mut self, message: &Bytes) {
        (**self).push(message);
    }

    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        (**self).poll_flush(cx)
    }

    fn poll_close(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        (**self).poll_close(cx)
    }
}
