//! An open websocket, which its reader and its writer share.

use std::{
    io,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
};

use bytes::Bytes;
use futures_core::Stream;
use futures_sink::Sink;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{
        self, Message,
        error::{CapacityError, ProtocolError},
        protocol::WebSocketConfig,
    },
};

/// What the library is told of the longest message that is read, in bytes: codex sends each in a
/// single frame.
pub(super) fn limits(max_message: usize) -> WebSocketConfig {
    WebSocketConfig::default().max_message_size(Some(max_message)).max_frame_size(Some(max_message))
}

/// What a websocket goes over.
pub(crate) trait Io: AsyncRead + AsyncWrite + Send + Unpin + 'static {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin + 'static> Io for T {}

/// The websocket of a reader and a writer. Whoever locks it does what can be done at once, and
/// never waits.
pub(super) struct Shared<S>(Arc<Mutex<Socket<S>>>);

impl<S> Shared<S> {
    pub(super) fn lock(&self) -> MutexGuard<'_, Socket<S>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<S> Clone for Shared<S> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

pub(super) struct Socket<S> {
    stream: WebSocketStream<Heard<S>>,
    /// Who waits for what was sent to be written.
    writer: Waker,
    /// A ping waits to be written.
    ping: bool,
}

impl<S: Io> Socket<S> {
    pub(super) fn share(stream: WebSocketStream<Heard<S>>) -> Shared<S> {
        let socket = Self { stream, writer: Waker::noop().clone(), ping: false };
        Shared(Arc::new(Mutex::new(socket)))
    }

    /// The reader's: the next frame that says something; None at the end of the websocket.
    pub(super) fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<Option<Message>>> {
        self.write_ping()?;
        let next = Pin::new(&mut self.stream).poll_next(cx);
        next.map(|next| next.transpose().map_err(cause))
    }

    /// The writer's: takes a frame, to be written by `poll_flush`.
    pub(super) fn send(&mut self, message: Message) -> io::Result<()> {
        Pin::new(&mut self.stream).start_send(message).map_err(cause)
    }

    /// The writer's: writes what was sent.
    pub(super) fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.stream).poll_flush(cx);
        if flushed.is_pending() {
            self.writer.clone_from(cx.waker());
        } else {
            self.ping = false;
        }
        flushed.map_err(cause)
    }

    /// The writer's: says that nothing more follows, and hears the server out until it says the
    /// same. If we left before that, what it has not read yet might be lost.
    pub(super) fn poll_close(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        // Also where it is closed already: the reader may be at its end and still be the last whom
        // the stream promised to wake. Who flushes is woken by both.
        if let Poll::Ready(closed) = Pin::new(&mut self.stream).poll_close(cx) {
            closed.map_err(cause)?;
        }
        loop {
            match Pin::new(&mut self.stream).poll_next(cx) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(None | Some(Err(_) | Ok(Message::Close(_)))) => {
                    return Poll::Ready(Ok(()));
                }
                Poll::Ready(Some(Ok(_too_late))) => {}
            }
        }
    }

    /// The reader's: asks the server whether it is there.
    pub(super) fn ping(&mut self) -> io::Result<()> {
        self.send(Message::Ping(Bytes::new()))?;
        self.ping = true;
        self.write_ping()
    }

    /// Writes a ping in the name of the writer, if it waits for something to be written: the stream
    /// remembers one only. The reader is woken as well.
    fn write_ping(&mut self) -> io::Result<()> {
        if self.ping {
            let mut cx = Context::from_waker(&self.writer);
            match Pin::new(&mut self.stream).poll_flush(&mut cx) {
                Poll::Ready(flushed) => {
                    self.ping = false;
                    flushed.map_err(cause)?;
                }
                Poll::Pending => {}
            }
        }
        Ok(())
    }

    /// Whether a byte was read since this was asked last.
    pub(super) fn has_heard(&mut self) -> bool {
        std::mem::take(&mut self.stream.get_mut().heard)
    }
}

/// Notes that something is read. A long message that arrives slowly is a sign of life, too.
pub(super) struct Heard<S> {
    io: S,
    heard: bool,
}

impl<S> Heard<S> {
    pub(super) fn new(io: S) -> Self {
        Self { io, heard: false }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Heard<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let read = Pin::new(&mut self.io).poll_read(cx, buf);
        self.heard |= buf.filled().len() > before;
        read
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Heard<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }
}

/// What ended a websocket, in words for those who have not written its library.
pub(super) fn cause(error: tungstenite::Error) -> io::Error {
    use tungstenite::Error;
    match error {
        Error::Io(error) => error,
        Error::Protocol(ProtocolError::ResetWithoutClosingHandshake) => io::Error::new(
            io::ErrorKind::UnexpectedEof,
            "it was cut off, without the end of a websocket: the server, or a proxy before it, has \
             died or given this client up",
        ),
        Error::Protocol(ProtocolError::HandshakeIncomplete) => io::Error::new(
            io::ErrorKind::UnexpectedEof,
            "it ended the connection before it answered: it is about to end, or no such server",
        ),
        Error::Capacity(CapacityError::MessageTooLong { size, max_size }) => io::Error::new(
            io::ErrorKind::InvalidData,
            format!(
                "the server sent a message of {size} bytes, more than the limit of {max_size}; \
                 `WebsocketConfig::max_message_bytes` allows longer ones"
            ),
        ),
        other => io::Error::other(other),
    }
}
