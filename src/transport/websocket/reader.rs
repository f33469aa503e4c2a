//! What a server says on a websocket.

use std::{
    io,
    ops::Range,
    task::{Context, Poll},
};

use bytes::Bytes;
use tokio_tungstenite::tungstenite::{
    Message as Frame,
    protocol::{CloseFrame, frame::coding::CloseCode},
};

use super::{
    pings::Pings,
    socket::{Io, Shared},
};
use crate::transport::{
    chunk::{CHUNK, LARGE, Message, ReadBuffer},
    halves::MessageReader,
};

pub(super) struct WebsocketReader<S> {
    socket: Shared<S>,
    pings: Option<Pings>,
    arrived: Arrived,
    /// How it has ended, for the read after the one that gives what came before.
    end: Option<io::Result<bool>>,
}

impl<S> WebsocketReader<S> {
    pub(super) fn new(socket: Shared<S>, pings: Option<Pings>) -> Self {
        Self { socket, pings, arrived: Arrived::default(), end: None }
    }
}

impl<S: Io> MessageReader for WebsocketReader<S> {
    fn poll_read(
        &mut self,
        cx: &mut Context<'_>,
        batch: &mut Vec<Message>,
    ) -> Poll<io::Result<bool>> {
        if let Some(end) = self.end.take() {
            return Poll::Ready(end);
        }
        let Self { socket, pings, arrived, .. } = self;
        let mut socket = socket.lock();
        if let Some(pings) = pings {
            pings.poll(cx, &mut socket)?;
        }
        let before = batch.len();
        let end = loop {
            match socket.poll_next(cx) {
                Poll::Ready(Ok(Some(frame))) => match frame {
                    Frame::Text(text) => arrived.add(text.into(), batch),
                    Frame::Binary(bytes) => arrived.add(bytes, batch),
                    Frame::Close(frame) => break Poll::Ready(end(frame)),
                    Frame::Ping(_) | Frame::Pong(_) | Frame::Frame(_) => {}
                },
                Poll::Ready(Ok(None)) => break Poll::Ready(Ok(false)),
                Poll::Ready(Err(error)) => break Poll::Ready(Err(error)),
                Poll::Pending => break Poll::Pending,
            }
            if arrived.is_enough() {
                break Poll::Pending;
            }
        };
        arrived.give(batch);
        if batch.len() == before {
            return end;
        }
        if let Poll::Ready(end) = end {
            self.end = Some(end);
        }
        Poll::Ready(Ok(true))
    }
}

/// What the end of a websocket is, when the server says so.
fn end(frame: Option<CloseFrame>) -> io::Result<bool> {
    match frame {
        Some(CloseFrame { code, reason })
            if code != CloseCode::Normal && code != CloseCode::Away =>
        {
            let reason = if reason.is_empty() { "for no reason that it told" } else { &*reason };
            let code = u16::from(code);
            Err(io::Error::other(format!("the server ended the websocket: {reason} (code {code})")))
        }
        _ => Ok(false),
    }
}

/// Messages that have arrived at once. The library gives each as a part of its buffer, which one
/// that stays unread would keep: so they are copied together into a chunk of our own. A long one is
/// nearly alone in its memory and stays there.
#[derive(Default)]
struct Arrived {
    buffer: ReadBuffer,
    parts: Vec<Range<usize>>,
}

impl Arrived {
    fn add(&mut self, json: Bytes, batch: &mut Vec<Message>) {
        if json.len() > LARGE {
            self.give(batch);
            batch.push(json.into());
        } else {
            let start = self.length();
            self.buffer.with_room().extend_from_slice(&json);
            self.parts.push(start..start + json.len());
        }
    }

    /// As much as is given at once.
    fn is_enough(&self) -> bool {
        self.length() >= CHUNK
    }

    fn length(&self) -> usize {
        self.parts.last().map_or(0, |part| part.end)
    }

    fn give(&mut self, batch: &mut Vec<Message>) {
        if !self.parts.is_empty() {
            let chunk = self.buffer.take(self.length());
            batch.extend(self.parts.drain(..).map(|part| chunk.message(part)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_keep_their_order_and_long_ones_their_memory() {
        let texts = ["a".repeat(10), "b".repeat(LARGE + 1), "c".repeat(LARGE), "d".into()];
        let texts = texts.map(Bytes::from);
        let (mut arrived, mut batch) = (Arrived::default(), Vec::new());
        for text in &texts {
            arrived.add(text.clone(), &mut batch);
        }
        assert!(arrived.is_enough());
        arrived.give(&mut batch);
        assert!(!arrived.is_enough());
        let read: Vec<_> = batch.iter().map(Message::as_bytes).collect();
        assert!(read == texts, "{:?}", read.iter().map(|text| text.len()).collect::<Vec<_>>());
        assert_eq!(read[1].as_ptr(), texts[1].as_ptr());
        assert_ne!(read[3].as_ptr(), texts[3].as_ptr());
    }
}
