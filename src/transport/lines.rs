//! Messages as lines: one JSON object, then LF (CRLF is accepted).

use std::io;

use bytes::{Bytes, BytesMut};
use memchr::{memchr_iter, memrchr};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use super::{BoxFuture, MessageReader, MessageWriter};

/// The longest line that is read, in bytes.
const MAX_LINE: usize = 256 << 20;

/// Room made for each read. A pipe holds as much.
const CHUNK: usize = 64 << 10;

/// Messages smaller than this are copied together into one write.
const COALESCE: usize = 16 << 10;

pub(super) struct LineReader<R> {
    io: R,
    buffer: BytesMut,
}

impl<R> LineReader<R> {
    pub(super) fn new(io: R) -> Self {
        Self {
            io,
            buffer: BytesMut::new(),
        }
    }
}

impl<R: AsyncRead + Send + Unpin + 'static> MessageReader for LineReader<R> {
    fn read<'a>(&'a mut self, batch: &'a mut Vec<Bytes>) -> BoxFuture<'a, io::Result<bool>> {
        Box::pin(async move {
            loop {
                let known = self.buffer.len();
                self.buffer.reserve(CHUNK);
                if self.io.read_buf(&mut self.buffer).await? == 0 {
                    // A last line without its LF is still a line.
                    let rest = self.buffer.split().freeze();
                    return Ok(push_line(batch, rest));
                }
                // Only what is new can hold a line end: long lines stay linear.
                if let Some(end) = memrchr(b'\n', &self.buffer[known..]) {
                    let lines = self.buffer.split_to(known + end + 1).freeze();
                    let before = batch.len();
                    split_lines(&lines, batch);
                    if batch.len() > before {
                        return Ok(true);
                    }
                }
                if self.buffer.len() > MAX_LINE {
                    return Err(io::Error::new(
                        io::ErrorKind::InvalidData,
                        format!("the server sent a line of more than {MAX_LINE} bytes"),
                    ));
                }
            }
        })
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
    buffer: Vec<u8>,
}

impl<W> LineWriter<W> {
    pub(super) fn new(io: W) -> Self {
        Self {
            io,
            buffer: Vec::new(),
        }
    }
}

impl<W: AsyncWrite + Send + Unpin + 'static> MessageWriter for LineWriter<W> {
    fn write<'a>(&'a mut self, batch: &'a [Bytes]) -> BoxFuture<'a, io::Result<()>> {
        Box::pin(async move {
            for message in batch {
                if message.len() > COALESCE {
                    self.io.write_all(&self.buffer).await?;
                    self.buffer.clear();
                    self.io.write_all(message).await?;
                } else {
                    self.buffer.extend_from_slice(message);
                }
                self.buffer.push(b'\n');
            }
            self.io.write_all(&self.buffer).await?;
            self.buffer.clear();
            self.io.flush().await
        })
    }

    fn close(&mut self) -> BoxFuture<'_, io::Result<()>> {
        Box::pin(self.io.shutdown())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn read_all(input: &'static [u8], capacity: usize) -> Vec<Bytes> {
        let (mut near, far) = tokio::io::duplex(capacity);
        let mut reader = LineReader::new(far);
        let writing = tokio::spawn(async move { near.write_all(input).await });
        let mut batch = Vec::new();
        while reader.read(&mut batch).await.unwrap() {}
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
    async fn small_and_large_messages_keep_their_order() {
        let (near, mut far) = tokio::io::duplex(1 << 20);
        let mut writer = LineWriter::new(near);
        let large = Bytes::from(vec![b'x'; COALESCE + 1]);
        let batch = [
            Bytes::from_static(b"1"),
            large.clone(),
            Bytes::from_static(b"2"),
        ];
        writer.write(&batch).await.unwrap();
        writer.close().await.unwrap();
        let mut text = String::new();
        far.read_to_string(&mut text).await.unwrap();
        let lines: Vec<_> = text.lines().map(str::len).collect();
        assert_eq!(lines, [1, large.len(), 1]);
    }
}
