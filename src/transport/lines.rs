//! Messages as lines: one JSON object, then LF (CRLF is accepted).

use std::{
    collections::VecDeque,
    io, mem,
    pin::{Pin, pin},
    task::{Context, Poll, ready},
};

use bytes::{Buf, Bytes, BytesMut};
use memchr::{memchr_iter, memrchr};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite};

use super::{MessageReader, MessageWriter};

/// The longest line that is read, in bytes.
const MAX_LINE: usize = 256 << 20;

/// Room made for reading. A pipe holds as much.
const CHUNK: usize = 64 << 10;

/// Bytes that are rather copied than kept with the buffer they are in.
const FEW: usize = CHUNK / 4;

/// A buffer that has grown beyond this, in bytes, is given back after use.
const KEEP: usize = 4 * CHUNK;

/// How many buffers are used again: fresh memory costs more than to read it.
const SPARES: usize = 4;

pub(super) struct LineReader<R> {
    io: R,
    buffer: BytesMut,
    /// What was read last, oldest first.
    used: VecDeque<Bytes>,
}

impl<R> LineReader<R> {
    pub(super) fn new(io: R) -> Self {
        Self { io, buffer: BytesMut::new(), used: VecDeque::new() }
    }

    /// Takes the first `length` bytes. Few are copied, or whoever leaves a line unread would keep a
    /// whole buffer for it; many take the buffer with them, and what follows begins another.
    fn take(&mut self, length: usize) -> Bytes {
        if length < FEW {
            let taken = Bytes::copy_from_slice(&self.buffer[..length]);
            self.buffer.advance(length);
            return taken;
        }
        let mut next = self.spare();
        next.extend_from_slice(&self.buffer[length..]);
        self.buffer.truncate(length);
        let taken = mem::replace(&mut self.buffer, next).freeze();
        if length <= KEEP {
            self.used.push_back(taken.clone());
        }
        taken
    }

    /// A buffer whose lines are all gone, or a new one.
    fn spare(&mut self) -> BytesMut {
        if self.used.len() < SPARES {
            return BytesMut::with_capacity(CHUNK);
        }
        let oldest = self.used.pop_front().unwrap_or_default();
        match oldest.try_into_mut() {
            Ok(mut buffer) => {
                buffer.clear();
                buffer
            }
            Err(_still_read) => BytesMut::with_capacity(CHUNK),
        }
    }
}

impl<R: AsyncRead + Send + Unpin + 'static> MessageReader for LineReader<R> {
    fn poll_read(
        &mut self,
        cx: &mut Context<'_>,
        batch: &mut Vec<Bytes>,
    ) -> Poll<io::Result<bool>> {
        loop {
            let known = self.buffer.len();
            if self.buffer.capacity() - known < CHUNK / 2 {
                self.buffer.reserve(CHUNK / 2);
            }
            let read = pin!(self.io.read_buf(&mut self.buffer));
            if ready!(read.poll(cx))? == 0 {
                // A last line without its LF is still a line.
                let rest = self.take(known);
                return Poll::Ready(Ok(push_line(batch, rest)));
            }
            // Only what is new can hold a line end: long lines stay linear.
            if let Some(end) = memrchr(b'\n', &self.buffer[known..]) {
                let lines = self.take(known + end + 1);
                let before = batch.len();
                split_lines(&lines, batch);
                if batch.len() > before {
                    return Poll::Ready(Ok(true));
                }
            }
            if self.buffer.len() > MAX_LINE {
                return Poll::Ready(Err(io::Error::new(
                    io::ErrorKind::InvalidData,
                    format!("the server sent a line of more than {MAX_LINE} bytes"),
                )));
            }
        }
    }
}

fn split_lines(lines: &Bytes, batch: &mut Vec<Bytes>) {
    let mut start = 0;
    for end in memchr_iter(b'\n', lines) {
        push_line(batch, lines.slice(start..end));
        start = end + 1;
    }
}

/// Adds `line` unless it is blank; says whether it did.
fn push_line(batch: &mut Vec<Bytes>, mut line: Bytes) -> bool {
    if line.last() == Some(&b'\r') {
        line.truncate(line.len() - 1);
    }
    let blank = line.is_empty();
    if !blank {
        batch.push(line);
    }
    !blank
}

pub(super) struct LineWriter<W> {
    io: W,
    unsent: BytesMut,
}

impl<W> LineWriter<W> {
    pub(super) fn new(io: W) -> Self {
        Self { io, unsent: BytesMut::new() }
    }
}

impl<W: AsyncWrite + Send + Unpin + 'static> MessageWriter for LineWriter<W> {
    fn push(&mut self, message: &Bytes) {
        self.unsent.reserve(message.len() + 1);
        self.unsent.extend_from_slice(message);
        self.unsent.extend_from_slice(b"\n");
    }

    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.unsent.is_empty() {
            let written = ready!(Pin::new(&mut self.io).poll_write(cx, &self.unsent))?;
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.unsent.advance(written);
        }
        if self.unsent.capacity() > KEEP {
            self.unsent = BytesMut::new();
        }
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_close(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use tokio::io::AsyncWriteExt;

    use super::*;

    async fn read_all(input: &'static [u8], capacity: usize) -> Vec<Bytes> {
        let (mut near, far) = tokio::io::duplex(capacity);
        let mut reader = LineReader::new(far);
        let writing = tokio::spawn(async move { near.write_all(input).await });
        let mut batch = Vec::new();
        while poll_fn(|cx| reader.poll_read(cx, &mut batch)).await.unwrap() {}
        writing.await.unwrap().unwrap();
        batch
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
    async fn messages_keep_their_order_whatever_the_peer_takes_at_once() {
        let (near, mut far) = tokio::io::duplex(100);
        let mut writer = LineWriter::new(near);
        let large = Bytes::from(vec![b'x'; KEEP + 1]);
        for message in [&Bytes::from_static(b"1"), &large, &Bytes::from_static(b"2")] {
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
        assert_eq!(lines, [1, large.len(), 1]);
    }

    #[tokio::test]
    async fn a_short_line_that_is_kept_keeps_no_more_than_itself() {
        let lines = read_all(b"{\"a\":1}\n{\"b\":2}\n", CHUNK).await;
        let kept = lines.into_iter().next().unwrap();
        assert!(kept.try_into_mut().unwrap().capacity() < 100);
    }

    #[tokio::test]
    async fn a_long_line_leaves_no_large_buffer_behind() {
        let (mut near, far) = tokio::io::duplex(CHUNK);
        let mut reader = LineReader::new(far);
        let writing = tokio::spawn(async move {
            near.write_all(&vec![b'x'; 8 * KEEP]).await?;
            near.write_all(b"\n{").await
        });
        let mut batch = Vec::new();
        poll_fn(|cx| reader.poll_read(cx, &mut batch)).await.unwrap();
        writing.await.unwrap().unwrap();
        assert_eq!(batch[0].len(), 8 * KEEP);
        assert!(reader.buffer.capacity() <= KEEP, "{}", reader.buffer.capacity());
    }
}
