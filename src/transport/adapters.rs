//! Transports made of what a program has: any stream and sink of messages.

use std::{
    collections::VecDeque,
    error::Error,
    io,
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use futures_core::Stream;
use futures_sink::Sink;

use super::{
    Transport,
    chunk::Message,
    halves::{MessageReader, MessageWriter},
};

/// Messages that are read at once, before others of the runtime get their turn.
const BATCH: usize = 256;

/// Any error.
type Cause = Box<dyn Error + Send + Sync>;

impl Transport {
    /// A transport of any stream and sink of whole messages, one JSON object each: a websocket of
    /// another library, a message queue, a channel. An error of either ends the connection, and its
    /// text is in the [reason](crate::CloseReason::Io).
    ///
    /// The sink is flushed after each message, or several, and closed at the end.
    ///
    /// ```
    /// # fn main() {
    /// use codex_app_server::transport::{Bytes, Transport};
    /// use futures_util::{SinkExt, StreamExt, sink, stream};
    ///
    /// # let received = stream::empty::<std::io::Result<String>>();
    /// # let sent = sink::drain::<String>();
    /// // Text frames of some library, made into messages, and back.
    /// let incoming = received.map(|text| text.map(Bytes::from));
    /// let outgoing = sent.with(async |message: Bytes| {
    ///     Ok::<_, std::convert::Infallible>(String::from_utf8_lossy(&message).into_owned())
    /// });
    /// let transport = Transport::from_messages(incoming, outgoing);
    /// # let _ = transport;
    /// # }
    /// ```
    #[must_use]
    pub fn from_messages<M, E>(
        incoming: impl Stream<Item = Result<M, E>> + Send + 'static,
        outgoing: impl Sink<Bytes, Error: Into<Cause>> + Send + 'static,
    ) -> Self
    where
        M: Into<Message> + 'static,
        E: Into<Cause> + 'static,
    {
        let writer = SinkWriter { sink: Box::pin(outgoing), unsent: VecDeque::new() };
        Self::new(StreamReader::new(incoming), writer)
    }
}

/// Reads the messages of a stream.
pub(super) struct StreamReader<S> {
    stream: Pin<Box<S>>,
    /// It may not be asked again.
    ended: bool,
    /// Its error, for the read after the one that gives what came before.
    failure: Option<io::Error>,
}

impl<S> StreamReader<S> {
    pub(super) fn new(stream: S) -> Self {
        Self { stream: Box::pin(stream), ended: false, failure: None }
    }
}

impl<S, M, E> MessageReader for StreamReader<S>
where
    S: Stream<Item = Result<M, E>> + Send + 'static,
    M: Into<Message> + 'static,
    E: Into<Cause> + 'static,
{
    fn poll_read(
        &mut self,
        cx: &mut Context<'_>,
        batch: &mut Vec<Message>,
    ) -> Poll<io::Result<bool>> {
        let mut read = 0;
        while !self.ended && read < BATCH {
            match self.stream.as_mut().poll_next(cx) {
                Poll::Ready(Some(Ok(message))) => {
                    batch.push(message.into());
                    read += 1;
                }
                Poll::Ready(Some(Err(error))) => {
                    self.ended = true;
                    self.failure = Some(io::Error::other(error));
                }
                Poll::Ready(None) => self.ended = true,
                Poll::Pending if read == 0 => return Poll::Pending,
                Poll::Pending => break,
            }
        }
        if read > 0 {
            return Poll::Ready(Ok(true));
        }
        Poll::Ready(self.failure.take().map_or(Ok(false), Err))
    }
}

struct SinkWriter<S> {
    sink: Pin<Box<S>>,
    /// What it was not ready for.
    unsent: VecDeque<Bytes>,
}

impl<S> MessageWriter for SinkWriter<S>
where
    S: Sink<Bytes, Error: Into<Cause>> + Send + 'static,
{
    fn push(&mut self, message: &Bytes) {
        self.unsent.push_back(message.clone());
    }

    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.unsent.is_empty() {
            ready!(self.sink.as_mut().poll_ready(cx)).map_err(io::Error::other)?;
            if let Some(message) = self.unsent.pop_front() {
                self.sink.as_mut().start_send(message).map_err(io::Error::other)?;
            }
        }
        self.sink.as_mut().poll_flush(cx).map_err(io::Error::other)
    }

    fn poll_close(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.sink.as_mut().poll_close(cx).map_err(io::Error::other)
    }
}

#[cfg(test)]
mod tests {
    use futures_util::{StreamExt, sink, stream};

    use super::*;

    #[tokio::test]
    async fn what_comes_before_an_error_is_read() {
        let items = [Ok("1"), Ok("2"), Err("it broke"), Ok("3")];
        let incoming = stream::iter(items).map(|item| item.map(str::to_owned));
        let mut transport = Transport::from_messages(incoming, sink::drain::<Bytes>());
        assert_eq!(transport.read().await.unwrap().unwrap().len(), 2);
        assert_eq!(transport.read().await.unwrap_err().to_string(), "it broke");
        assert!(transport.read().await.unwrap().is_none());
    }

    #[tokio::test]
    async fn messages_pass_a_sink_that_is_not_always_ready() {
        let (sender, receiver) = tokio::sync::mpsc::channel(1);
        let outgoing = sink::unfold(sender, async |sender, message: Bytes| {
            sender.send(message).await.map_err(io::Error::other)?;
            Ok::<_, io::Error>(sender)
        });
        let incoming = stream::unfold(receiver, async |mut receiver| {
            let message: Option<Bytes> = receiver.recv().await;
            message.map(|message| (Ok::<_, io::Error>(message), receiver))
        });
        let mut near = Transport::from_messages(stream::pending::<io::Result<Bytes>>(), outgoing);
        let mut far = Transport::from_messages(incoming, sink::drain::<Bytes>());
        let sending = tokio::spawn(async move {
            for n in 0..1000 {
                near.write(n.to_string()).await?;
            }
            io::Result::Ok(())
        });
        let mut read = Vec::new();
        while let Some(messages) = far.read().await.unwrap() {
            read.extend(
                messages.iter().map(|m| String::from_utf8_lossy(m.as_bytes()).into_owned()),
            );
        }
        sending.await.unwrap().unwrap();
        let expected: Vec<_> = (0..1000).map(|n| n.to_string()).collect();
        assert_eq!(read, expected);
    }
}
