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
use tokio::{
    sync::{self, Notify},
    time::timeout,
};

use crate::transport::MessageWriter;

/// Bytes that wait to be written; beyond that, senders wait.
const WAITING: usize = 16 << 20;

/// How long messages that are still unwritten may hold up closing.
pub(super) const FLUSH: Duration = Duration::from_secs(1);

pub(super) struct Outbox {
    /// Whoever sends passes here, in the order in which they came, and waits for room inside.
    turnstile: sync::Mutex<()>,
    unwritten: Mutex<Unwritten>,
    /// There is something for the writer task to do.
    stuck: Notify,
    /// All was written.
    room: Notify,
}

struct Unwritten {
    /// None once it is closed: a pipe only ends when it is dropped.
    writer: Option<Box<dyn MessageWriter>>,
    /// Bytes that were pushed since everything was written.
    waiting: usize,
    /// What a sender has met, for the writer task to report.
    failure: Option<io::Error>,
}

/// Nothing can be sent any more.
pub(super) struct Gone;

impl Outbox {
    pub(super) fn new(writer: Box<dyn MessageWriter>) -> Self {
        Self {
            turnstile: sync::Mutex::default(),
            unwritten: Mutex::new(Unwritten { writer: Some(writer), waiting: 0, failure: None }),
            stuck: Notify::new(),
            room: Notify::new(),
        }
    }

    /// Sends a message after all others. Waits only while too much is unwritten; when that is
    /// dropped, the message is not sent.
    pub(super) async fn send(&self, message: Bytes) -> Result<(), Gone> {
        let _turn = self.turnstile.lock().await;
        loop {
            let room = self.room.notified();
            if self.offer(&message)? {
                return Ok(());
            }
            room.await;
        }
    }

    /// Sends a message, if there is room for it; says whether there was.
    pub(super) fn offer(&self, message: &Bytes) -> Result<bool, Gone> {
        let mut unwritten = self.unwritten();
        // One that is alone always finds room, however long it is.
        let alone = unwritten.waiting == 0;
        let full = !alone && unwritten.waiting + message.len() > WAITING;
        match &mut unwritten.writer {
            None => return Err(Gone),
            Some(_) if full => return Ok(false),
            Some(writer) => writer.push(message),
        }
        unwritten.waiting += message.len();
        if alone {
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

    /// Goes on with another writer, after the last one was [abandoned](Self::abandon).
    pub(super) fn resume(&self, writer: Box<dyn MessageWriter>) {
        *self.unwritten() = Unwritten { writer: Some(writer), waiting: 0, failure: None };
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
        assert!(outbox.send(message.to_string().into()).await.is_ok());
    }

    /// Fills the outbox, whose peer does not read.
    async fn fill(outbox: &Outbox) {
        for _ in 0..16 {
            assert!(outbox.send(vec![b'x'; WAITING / 16].into()).await.is_ok());
        }
    }

    async fn is_pending(sending: &mut (impl Future + Unpin)) -> bool {
        poll_fn(|cx| Poll::Ready(pin!(&mut *sending).poll(cx).is_pending())).await
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
                for n in 0..2000 {
                    send(&outbox, n).await;
                }
            }
        });
        let expected: String = (0..2000).map(|n| format!("{n}\n")).collect();
        let mut read = vec![0; expected.len()];
        far.read_exact(&mut read).await.unwrap();
        assert_eq!(String::from_utf8(read).unwrap(), expected);
        sending.await.unwrap();
        drop(far);
        send(&outbox, 0).await;
        assert_eq!(drain.await.unwrap().kind(), io::ErrorKind::BrokenPipe);
    }

    #[tokio::test]
    async fn senders_wait_while_too_much_is_unwritten_and_learn_of_the_end() {
        let (outbox, mut far) = outbox(1);
        fill(&outbox).await;
        let message = Bytes::from_static(b"{}");
        let mut waiting = pin!(outbox.send(message.clone()));
        assert!(is_pending(&mut waiting).await);
        outbox.close().await;
        assert!(waiting.await.is_err());
        assert!(outbox.send(message).await.is_err());
        let mut read = Vec::new();
        far.read_to_end(&mut read).await.unwrap();
        assert_eq!(read, b"x");
    }

    #[tokio::test]
    async fn senders_who_wait_go_on_in_order() {
        let (outbox, mut far) = outbox(1 << 20);
        fill(&outbox).await;
        let sending: Vec<_> = (0..1000)
            .map(|n| {
                let outbox = Arc::clone(&outbox);
                tokio::spawn(async move { send(&outbox, n).await })
            })
            .collect();
        // They have begun before this goes on.
        tokio::task::yield_now().await;
        // One that gives up holds up no other.
        sending[0].abort();
        let drain = tokio::spawn(async move { outbox.drain().await });
        let mut read = Vec::new();
        while !read.ends_with(b"\n999\n") {
            far.read_buf(&mut read).await.unwrap();
        }
        drain.abort();
        let numbers = read.split(|byte| *byte == b'\n').filter(|line| line.len() < 4);
        let numbers: Vec<_> = numbers.map(|line| String::from_utf8_lossy(line)).collect();
        let expected: Vec<_> = (1..1000).map(|n| n.to_string()).chain([String::new()]).collect();
        assert_eq!(numbers, expected);
    }

    #[tokio::test]
    async fn a_single_message_is_taken_however_long_it_is() {
        let (outbox, _far) = outbox(1);
        assert!(outbox.send(vec![b'x'; 2 * WAITING].into()).await.is_ok());
        assert!(is_pending(&mut pin!(outbox.send(Bytes::from_static(b"{}")))).await);
    }
}
