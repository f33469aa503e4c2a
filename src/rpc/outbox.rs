//! Messages on their way to the server, and the task that writes.
//!
//! Whoever sends a message writes it too, if nothing is in its way: waking a task for it costs more
//! than the write. What the server does not take at once, the connection's writer task sends on.

use std::{
    future::poll_fn,
    io,
    sync::{Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker, ready},
    time::Duration,
};

use bytes::Bytes;
use tokio::{sync::Notify, time::timeout};

use crate::transport::MessageWriter;

/// Messages that wait to be written; beyond that, senders wait.
const WAITING: usize = 256;

/// How long messages that are still unwritten may hold up closing.
pub(super) const FLUSH: Duration = Duration::from_secs(1);

pub(super) struct Outbox {
    unwritten: Mutex<Unwritten>,
    /// There is something for the writer task to do.
    stuck: Notify,
    /// All was written.
    room: Notify,
}

struct Unwritten {
    /// None once it is closed: a pipe only ends when it is dropped.
    writer: Option<Box<dyn MessageWriter>>,
    /// Messages that were pushed since everything was written.
    waiting: usize,
    /// What a sender has met, for the writer task to report.
    failure: Option<io::Error>,
}

/// Nothing can be sent any more.
pub(super) struct Gone;

impl Outbox {
    pub(super) fn new(writer: Box<dyn MessageWriter>) -> Self {
        Self {
            unwritten: Mutex::new(Unwritten { writer: Some(writer), waiting: 0, failure: None }),
            stuck: Notify::new(),
            room: Notify::new(),
        }
    }

    /// Sends a message after all others. Waits only while too many are unwritten; when that is
    /// dropped, the message is not sent.
    pub(super) async fn send(&self, message: &Bytes) -> Result<(), Gone> {
        loop {
            let room = self.room.notified();
            if self.offer(message)? {
                return Ok(());
            }
            room.await;
        }
    }

    /// Whether there was room for the message.
    fn offer(&self, message: &Bytes) -> Result<bool, Gone> {
        let mut unwritten = self.unwritten();
        let full = unwritten.waiting == WAITING;
        match &mut unwritten.writer {
            None => return Err(Gone),
            Some(_) if full => return Ok(false),
            Some(writer) => writer.push(message),
        }
        unwritten.waiting += 1;
        if unwritten.waiting == 1 {
            match unwritten.poll_flush(&mut Context::from_waker(Waker::noop())) {
                Poll::Ready(Ok(())) => return Ok(true),
                Poll::Ready(Err(error)) => unwritten.failure = Some(error),
                Poll::Pending => {}
            }
            self.stuck.notify_one();
        }
        Ok(true)
    }

    /// The work of the writer task: writes what senders could not until `closing` ends, then what
    /// is left, and ends the writing. Gives the error at which the writing has failed before.
    pub(super) async fn write_until(&self, closing: impl Future) -> Option<io::Error> {
        let failure = tokio::select! {
            biased;
            error = self.drain() => Some(error),
            _ = closing => None,
        };
        if failure.is_none() {
            let _ = timeout(FLUSH, self.flush()).await;
        }
        let _ = timeout(FLUSH, self.close()).await;
        failure
    }

    /// Writes whatever senders could not, until that fails.
    async fn drain(&self) -> io::Error {
        loop {
            self.stuck.notified().await;
            if let Err(error) = self.flush().await {
                return error;
            }
        }
    }

    /// Writes what is unwritten.
    async fn flush(&self) -> io::Result<()> {
        poll_fn(|cx| self.unwritten().poll_flush(cx)).await?;
        self.room.notify_waiters();
        Ok(())
    }

    /// Tells the server that nothing more follows.
    async fn close(&self) {
        let writer = self.take_writer();
        if let Some(mut writer) = writer {
            // The connection is ending, whatever comes of this.
            let _ = poll_fn(|cx| writer.poll_close(cx)).await;
        }
    }

    /// Ends the writing where it stands.
    pub(super) fn abandon(&self) {
        drop(self.take_writer());
    }

    fn take_writer(&self) -> Option<Box<dyn MessageWriter>> {
        let writer = self.unwritten().writer.take();
        self.room.notify_waiters();
        writer
    }

    fn unwritten(&self) -> MutexGuard<'_, Unwritten> {
        self.unwritten.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Unwritten {
    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if let Some(failure) = self.failure.take() {
            return Poll::Ready(Err(failure));
        }
        if let Some(writer) = &mut self.writer {
            ready!(writer.poll_flush(cx))?;
        }
        self.waiting = 0;
        Poll::Ready(Ok(()))
    }
}

#[cfg(test)]
mod tests {
    use std::{pin::pin, sync::Arc};

    use tokio::io::{AsyncReadExt, DuplexStream};

    use super::*;
    use crate::transport::Transport;

    /// An outbox whose peer holds no more than `capacity` bytes unread.
    fn outbox(capacity: usize) -> (Arc<Outbox>, DuplexStream) {
        let (near, far) = tokio::io::duplex(capacity);
        let transport = Transport::from_io(tokio::io::empty(), near);
        (Arc::new(Outbox::new(transport.writer)), far)
    }

    async fn send(outbox: &Outbox, message: usize) {
        let sent = outbox.send(&Bytes::from(message.to_string())).await;
        assert!(sent.is_ok());
    }

    #[tokio::test]
    async fn what_the_peer_takes_is_written_by_its_sender() {
        let (outbox, mut far) = outbox(100);
        send(&outbox, 1).await;
        send(&outbox, 2).await;
        let mut read = [0; 4];
        far.read_exact(&mut read).await.unwrap();
        assert_eq!(&read, b"1\n2\n");
    }

    #[tokio::test]
    async fn what_it_does_not_take_is_sent_on_in_order() {
        let (outbox, mut far) = outbox(7);
        let drain = tokio::spawn({
            let outbox = Arc::clone(&outbox);
            async move { outbox.drain().await }
        });
        let sending = tokio::spawn({
            let outbox = Arc::clone(&outbox);
            async move {
                for n in 0..10 * WAITING {
                    send(&outbox, n).await;
                }
            }
        });
        let expected: String = (0..10 * WAITING).map(|n| format!("{n}\n")).collect();
        let mut read = vec![0; expected.len()];
        far.read_exact(&mut read).await.unwrap();
        assert_eq!(String::from_utf8(read).unwrap(), expected);
        sending.await.unwrap();
        drop(far);
        send(&outbox, 0).await;
        assert_eq!(drain.await.unwrap().kind(), io::ErrorKind::BrokenPipe);
    }

    #[tokio::test]
    async fn senders_wait_while_too_many_are_unwritten_and_learn_of_the_end() {
        let (outbox, mut far) = outbox(1);
        for n in 0..WAITING {
            send(&outbox, n).await;
        }
        let message = Bytes::from_static(b"{}");
        let mut waiting = pin!(outbox.send(&message));
        let polled = poll_fn(|cx| Poll::Ready(waiting.as_mut().poll(cx))).await;
        assert!(polled.is_pending());
        outbox.close().await;
        assert!(waiting.await.is_err());
        assert!(outbox.send(&message).await.is_err());
        let mut read = Vec::new();
        far.read_to_end(&mut read).await.unwrap();
        assert_eq!(read, b"0");
    }
}
