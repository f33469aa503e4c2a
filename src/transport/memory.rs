//! Two transports in memory, each of which is the other end of the other: for tests, and for
//! servers in the same program.

use std::{
    collections::VecDeque,
    io,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
};

use bytes::Bytes;

use super::{
    Transport,
    chunk::Message,
    halves::{MessageReader, MessageWriter},
};

/// Bytes that are on their way; beyond that, whoever sends waits.
const UNREAD: usize = 1 << 20;

impl Transport {
    /// Two ends of one connection in memory: what is sent at one end is read at the other. One of
    /// them is for [`connect_with`](crate::CodexBuilder::connect_with); with the other one a
    /// program plays the server, by [`read`](Self::read) and [`write`](Self::write).
    ///
    /// Whoever sends waits while more than 1 MiB is unread. An end that is dropped ends what the
    /// other one reads, and fails what that sends.
    ///
    /// ```
    /// # #[tokio::main]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use codex_app_server::{Codex, transport::Transport};
    ///
    /// let (transport, mut server) = Transport::pair();
    /// let serving = tokio::spawn(async move {
    ///     server.read().await?; // `initialize`
    ///     server.write(r#"{"id": 1, "result": {"userAgent": "mine/1.0.0"}}"#).await?;
    ///     server.read().await // `initialized`
    /// });
    /// let codex = Codex::builder().connect_with(transport).await?;
    /// assert_eq!(codex.metadata().server_version, "1.0.0");
    /// assert!(serving.await??.is_some());
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn pair() -> (Self, Self) {
        let [there, back] = [Arc::<Pipe>::default(), Arc::default()];
        let near = Self::new(Reader(Arc::clone(&back)), Writer(Arc::clone(&there)));
        (near, Self::new(Reader(there), Writer(back)))
    }
}

/// One direction.
#[derive(Default)]
struct Pipe(Mutex<State>);

#[derive(Default)]
struct State {
    unread: VecDeque<Bytes>,
    /// Bytes in there.
    size: usize,
    reader: End,
    writer: End,
}

/// One end of a direction.
#[derive(Default)]
struct End {
    gone: bool,
    /// Who waits there.
    waker: Option<Waker>,
}

impl End {
    fn wait(&mut self, cx: &Context<'_>) {
        self.waker = Some(cx.waker().clone());
    }

    fn wake(&mut self) {
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }
}

impl Pipe {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Reader(Arc<Pipe>);

impl MessageReader for Reader {
    fn poll_read(
        &mut self,
        cx: &mut Context<'_>,
        batch: &mut Vec<Message>,
    ) -> Poll<io::Result<bool>> {
        let mut state = self.0.state();
        if !state.unread.is_empty() {
            batch.extend(state.unread.drain(..).map(Message::from));
            state.size = 0;
            state.writer.wake();
            return Poll::Ready(Ok(true));
        }
        if state.writer.gone {
            return Poll::Ready(Ok(false));
        }
        state.reader.wait(cx);
        Poll::Pending
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.reader.gone = true;
        state.unread.clear();
        state.writer.wake();
    }
}

struct Writer(Arc<Pipe>);

impl MessageWriter for Writer {
    fn push(&mut self, message: &Bytes) {
        let mut state = self.0.state();
        if !state.reader.gone {
            state.unread.push_back(message.clone());
            state.size += message.len();
            state.reader.wake();
        }
    }

    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut state = self.0.state();
        if state.reader.gone {
            return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
        }
        if state.size <= UNREAD {
            return Poll::Ready(Ok(()));
        }
        state.writer.wait(cx);
        Poll::Pending
    }

    fn poll_close(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut state = self.0.state();
        state.writer.gone = true;
        state.reader.wake();
        Poll::Ready(Ok(()))
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.writer.gone = true;
        state.reader.wake();
    }
}

#[cfg(test)]
mod tests {
    use std::{future::poll_fn, pin::pin};

    use super::*;

    fn texts(messages: Option<Vec<Message>>) -> Vec<String> {
        let text = |message: &Message| String::from_utf8_lossy(message.as_bytes()).into_owned();
        messages.unwrap().iter().map(text).collect()
    }

    #[tokio::test]
    async fn what_one_end_sends_the_other_reads_in_order() {
        let (mut near, mut far) = Transport::pair();
        near.write("1").await.unwrap();
        near.write("2").await.unwrap();
        far.write("3").await.unwrap();
        assert_eq!(texts(far.read().await.unwrap()), ["1", "2"]);
        assert_eq!(texts(near.read().await.unwrap()), ["3"]);
        near.write("last").await.unwrap();
        drop(near);
        assert_eq!(texts(far.read().await.unwrap()), ["last"]);
        assert!(far.read().await.unwrap().is_none());
        assert_eq!(far.write("4").await.unwrap_err().kind(), io::ErrorKind::BrokenPipe);
    }

    #[tokio::test]
    async fn whoever_sends_waits_while_too_much_is_unread() {
        let (mut near, mut far) = Transport::pair();
        let mut writing = pin!(near.write(vec![b'x'; UNREAD + 1]));
        let is_pending = poll_fn(|cx| Poll::Ready(writing.as_mut().poll(cx).is_pending())).await;
        assert!(is_pending);
        let (written, read) = tokio::join!(writing, far.read());
        written.unwrap();
        assert_eq!(read.unwrap().unwrap()[0].len(), UNREAD + 1);
    }
}
