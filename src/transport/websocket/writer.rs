//! What a server is told on a websocket.

use std::{
    collections::VecDeque,
    io,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use tokio_tungstenite::tungstenite::{
    Message,
    protocol::frame::{
        Frame,
        coding::{Data, OpCode},
    },
};

use super::socket::{Io, Shared};
use crate::transport::halves::MessageWriter;

/// The longest frame that is sent, in bytes: longer messages are sent in several. codex ends the
/// connection at one of more than 16 MiB. The library moves what is unwritten of a frame each time
/// that some of it was written, which is cheap as long as it is short.
const FRAME: usize = 1 << 20;

pub(super) struct WebsocketWriter<S> {
    socket: Shared<S>,
    waiting: VecDeque<Frame>,
    /// Frames were given to the socket, and may not be written yet.
    unwritten: bool,
}

impl<S> WebsocketWriter<S> {
    pub(super) fn new(socket: Shared<S>) -> Self {
        Self { socket, waiting: VecDeque::new(), unwritten: false }
    }
}

impl<S: Io> MessageWriter for WebsocketWriter<S> {
    fn push(&mut self, message: &Bytes) {
        self.waiting.extend(frames(message));
    }

    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut socket = self.socket.lock();
        loop {
            if self.unwritten {
                ready!(socket.poll_flush(cx))?;
                self.unwritten = false;
            }
            let mut given = 0;
            while given < FRAME
                && let Some(frame) = self.waiting.pop_front()
            {
                given += frame.payload().len();
                self.unwritten = true;
                socket.send(Message::Frame(frame))?;
            }
            if !self.unwritten {
                return Poll::Ready(Ok(()));
            }
        }
    }

    fn poll_close(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.socket.lock().poll_close(cx)
    }
}

/// A message in one frame, or in as many as it takes.
fn frames(message: &Bytes) -> impl Iterator<Item = Frame> {
    // One that says nothing is still a frame.
    let count = message.len().div_ceil(FRAME).max(1);
    (0..count).map(move |nth| {
        let start = nth * FRAME;
        let part = message.slice(start..message.len().min(start + FRAME));
        let kind = if nth == 0 { Data::Text } else { Data::Continue };
        Frame::message(part, OpCode::Data(kind), nth + 1 == count)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_messages_are_sent_in_several_frames() {
        for length in [0, 1, FRAME, FRAME + 1, 3 * FRAME] {
            let message: Bytes = (0..length).map(|n| n as u8).collect();
            let frames: Vec<_> = frames(&message).collect();
            let mut whole = Vec::new();
            for (nth, frame) in frames.iter().enumerate() {
                let kind = if nth == 0 { Data::Text } else { Data::Continue };
                assert_eq!(frame.header().opcode, OpCode::Data(kind));
                assert_eq!(frame.header().is_final, nth + 1 == frames.len());
                assert!(frame.payload().len() <= FRAME);
                whole.extend_from_slice(frame.payload());
            }
            assert!(whole == message, "{length}");
        }
    }
}
