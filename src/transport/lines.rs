//! Messages as lines: one JSON object, then LF (CRLF is accepted).

use std::{
    collections::VecDeque,
    io,
    pin::{Pin, pin},
    task::{Context, Poll, ready},
};

use bytes::{Buf, Bytes, BytesMut};
use memchr::{memchr_iter, memrchr};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite};

use super::{
    chunk::{Chunk, FEW, LARGE, Message, ReadBuffer},
    halves::{MessageReader, MessageWriter},
};

/// The longest line that is read, in bytes, unless it is told otherwise.
const MAX_LINE: usize = 256 << 20;

pub(super) struct LineReader<R> {
    io: R,
    buffer: ReadBuffer,
    max_line: usize,
}

impl<R> LineReader<R> {
    pub(super) fn new(io: R) -> Self {
        Self { io, buffer: ReadBuffer::default(), max_line: MAX_LINE }
    }
}

impl<R: AsyncRead + Send + Unpin + 'static> MessageReader for LineReader<R> {
    fn poll_read(
        &mut self,
        cx: &mut Context<'_>,
        batch: &mut Vec<Message>,
    ) -> Poll<io::Result<bool>> {
        loop {
            let known = self.buffer.unread().len();
            let read = pin!(self.io.read_buf(self.buffer.with_room()));
            if ready!(read.poll(cx))? == 0 {
                // A last line without its LF is still a line.
                let rest = self.buffer.take(known);
                return Poll::Ready(Ok(push_line(&rest, 0, known, batch)));
            }
            // Only what is new can hold a line end: long lines stay linear.
            if let Some(end) = memrchr(b'\n', &self.buffer.unread()[known..]) {
                let lines = self.buffer.take(known + end + 1);
                let before = batch.len();
                split_lines(&lines, batch);
                if batch.len() > before {
                    return Poll::Ready(Ok(true));
                }
            }
            if self.buffer.unread().len() > self.max_line {
                let limit = self.max_line;
                return Poll::Ready(Err(io::Error::new(
                    io::ErrorKind::InvalidData,
                    format!(
                        "the server sent a line of more than {limit} bytes; \
                         `Transport::max_message_bytes` allows longer ones"
                    ),
                )));
            }
        }
    }

    fn set_max_bytes(&mut self, bytes: usize) {
        self.max_line = bytes;
    }
}

fn split_lines(lines: &Chunk, batch: &mut Vec<Message>) {
    let mut start = 0;
    for end in memchr_iter(b'\n', &lines.bytes) {
        push_line(lines, start, end, batch);
        start = end + 1;
    }
}

/// Adds the line from `start` to `end` unless it is blank; says whether it did.
fn push_line(lines: &Chunk, start: usize, end: usize, batch: &mut Vec<Message>) -> bool {
    let end = if lines.bytes[start..end].ends_with(b"\r") { end - 1 } else { end };
    let blank = start == end;
    if !blank {
        batch.push(lines.message(start..end));
    }
    !blank
}

pub(super) struct LineWriter<W> {
    io: W,
    /// What goes before `unsent`: long messages are sent from where they are, and not copied.
    first: VecDeque<Bytes>,
    unsent: BytesMut,
}

impl<W> LineWriter<W> {
    pub(super) fn new(io: W) -> Self {
        Self { io, first: VecDeque::new(), unsent: BytesMut::new() }
    }
}

impl<W: AsyncWrite + Send + Unpin + 'static> MessageWriter for LineWriter<W> {
    fn push(&mut self, message: &Bytes) {
        if message.len() < FEW {
            self.unsent.reserve(message.len() + 1);
            self.unsent.extend_from_slice(message);
        } else {
            let before = (!self.unsent.is_empty()).then(|| self.unsent.split().freeze());
            self.first.extend(before.into_iter().chain([message.clone()]));
        }
        self.unsent.extend_from_slice(b"\n");
    }

    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let Self { io, first, unsent } = self;
        while let Some(next) = first.front_mut() {
            ready!(poll_write_all(io, cx, next))?;
            first.pop_front();
        }
        ready!(poll_write_all(io, cx, unsent))?;
        if self.unsent.capacity() > LARGE {
            self.unsent = BytesMut::new();
        }
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_close(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }
}

/// Writes what is in `bytes`, and takes it out.
fn poll_write_all(
    io: &mut (impl AsyncWrite + Unpin),
    cx: &mut Context<'_>,
    bytes: &mut impl Buf,
) -> Poll<io::Result<()>> {
    while bytes.has_remaining() {
        let written = ready!(Pin::new(&mut *io).poll_write(cx, bytes.chunk()))?;
        if written == 0 {
            return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
        }
        bytes.advance(written);
    }
    Poll::Ready(Ok(()))
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use tokio::io::AsyncWriteExt;

    use super::*;

    async fn read_all(input: &'static [u8], capacity: usize) -> Vec<String> {
        let (mut near, far) = tokio::io::duplex(capacity);
        let mut reader = LineReader::new(far);
        let writing = tokio::spawn(async move { near.write_all(input).await });
        let mut batch = Vec::new();
        while poll_fn(|cx| reader.poll_read(cx, &mut batch)).await.unwrap() {}
        writing.await.unwrap().unwrap();
        let text = |line: &Message| String::from_utf8_lossy(line.as_bytes()).into_owned();
        batch.iter().map(text).collect()
    }

    #[tokio::test]
    async fn lines_survive_any_fragmentation() {
        let input = b"{\"a\":1}\r\n\n{\"b\":\"\xc3\xa4\"}\n{\"last\":true}";
        for capacity in 1..input.len() + 1 {
            let lines = read_all(input, capacity).await;
            assert_eq!(lines, ["{\"a\":1}", "{\"b\":\"ä\"}", "{\"last\":true}"]);
        }
    }

    #[tokio::test]
    async fn a_line_may_be_as_long_as_it_is_told() {
        const LENGTH: usize = 300_000;
        for (limit, fits) in [(LENGTH, true), (LENGTH / 2, false)] {
            let mut reader = LineReader::new(tokio::io::repeat(b'x').take(LENGTH as u64));
            reader.set_max_bytes(limit);
            let mut batch = Vec::new();
            let read = poll_fn(|cx| reader.poll_read(cx, &mut batch)).await;
            assert_eq!((read.is_ok(), batch.len()), (fits, usize::from(fits)), "{read:?}");
            if let Err(error) = read {
                assert!(error.to_string().contains(&limit.to_string()), "{error}");
            }
        }
    }

    #[tokio::test]
    async fn messages_keep_their_order_whatever_the_peer_takes_at_once() {
        let (near, mut far) = tokio::io::duplex(100);
        let mut writer = LineWriter::new(near);
        let large = Bytes::from(vec![b'x'; LARGE + 1]);
        let (first, last) = (Bytes::from_static(b"1"), Bytes::from_static(b"2"));
        for message in [&first, &large, &large, &last] {
            writer.push(message);
        }
        let writing = tokio::spawn(async move {
            poll_fn(|cx| writer.poll_flush(cx)).await?;
            poll_fn(|cx| writer.poll_close(cx)).await
        });
        let mut text = String::new();
        far.read_to_string(&mut text).await.unwrap();
        writing.await.unwrap().unwrap();
        let lines: Vec<_> = text.lines().map(str::len).collect();
        assert_eq!(lines, [1, large.len(), large.len(), 1]);
    }
}
