//! The memory that messages are read into, and when a message is copied out of it.
//!
//! A transport reads many messages at once into one *chunk*, and each message is a part of it.
//! Nothing is copied as long as messages are read soon, but a part keeps its whole chunk in memory.
//! When that is too much is decided here and nowhere else:
//!
//! - few bytes are copied out of the buffer that they were read into ([`ReadBuffer::take`]);
//! - a short message is copied out of a large chunk, which has a long message in it
//!   ([`Chunk::message`]);
//! - a queue of unread messages copies them when their chunks hold much besides ([`Surplus`]);
//! - a message that is kept for long is copied at once ([`Message::detach`]).

use std::{collections::VecDeque, fmt, mem, ops::Range};

use bytes::{Buf, Bytes, BytesMut};

/// Room made for reading, in bytes. A pipe holds as much.
pub(super) const CHUNK: usize = 64 << 10;

/// Fewer bytes than this are copied: out of the buffer, which then goes on being filled, or into
/// it.
pub(super) const FEW: usize = CHUNK / 4;

/// A chunk of more bytes than this is large: it has a long message in it. Its buffer is not used
/// again.
pub(super) const LARGE: usize = 4 * CHUNK;

/// How many buffers wait to be used again. Fresh memory costs more than it costs to fill it.
const SPARES: usize = 4;

/// Bytes that a queue may keep in memory besides its messages.
const MOST_SURPLUS: usize = 1 << 20;

/// A whole message, one JSON object, as a transport has read it.
#[derive(Clone)]
pub struct Message {
    json: Bytes,
    chunk: ChunkInfo,
}

/// Which chunk a message is a part of, and how large that is, in bytes.
#[derive(Clone, Copy, Debug, Default)]
struct ChunkInfo {
    /// Counted by the buffer; 0 is that of a message which has its memory to itself.
    id: u32,
    size: u32,
}

impl Message {
    /// The JSON.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.json
    }

    pub(crate) fn len(&self) -> usize {
        self.json.len()
    }

    /// A part of the message, which shares its memory.
    pub(crate) fn slice(&self, part: Range<usize>) -> Bytes {
        self.json.slice(part)
    }

    /// Copies the message out of its chunk, unless it is nearly all of it.
    pub(crate) fn detach(&mut self) {
        let worth_a_copy = self.len() + self.len() / 32;
        if self.chunk.size as usize > worth_a_copy {
            *self = Self::from(Bytes::copy_from_slice(&self.json));
        }
    }
}

/// The bytes are taken to be alone in their memory: a part of a larger buffer keeps all of it for
/// as long as the message is unread, and is better copied.
impl From<Bytes> for Message {
    fn from(json: Bytes) -> Self {
        Self { json, chunk: ChunkInfo::default() }
    }
}

impl From<Message> for Bytes {
    fn from(message: Message) -> Self {
        message.json
    }
}

impl From<Vec<u8>> for Message {
    fn from(json: Vec<u8>) -> Self {
        Bytes::from(json).into()
    }
}

impl From<String> for Message {
    fn from(json: String) -> Self {
        Bytes::from(json).into()
    }
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // What it says may be private.
        f.debug_struct("Message").field("bytes", &self.len()).finish_non_exhaustive()
    }
}

/// What was read at once.
pub(super) struct Chunk {
    pub(super) bytes: Bytes,
    info: ChunkInfo,
}

impl Chunk {
    /// The message that stands at `part`.
    pub(super) fn message(&self, part: Range<usize>) -> Message {
        let mut message = Message { json: self.bytes.slice(part), chunk: self.info };
        if self.info.size as usize > LARGE {
            message.detach();
        }
        message
    }
}

/// A buffer that is read into, and given away in chunks.
#[derive(Default)]
pub(super) struct ReadBuffer {
    filling: BytesMut,
    /// Chunks that were given away, oldest first. Their memory is used again once all their
    /// messages are gone.
    given: VecDeque<Bytes>,
    last_id: u32,
}

impl ReadBuffer {
    /// The buffer, with room for more behind what it holds.
    pub(super) fn with_room(&mut self) -> &mut BytesMut {
        if self.filling.capacity() - self.filling.len() < CHUNK / 2 {
            self.filling.reserve(CHUNK / 2);
        }
        &mut self.filling
    }

    /// What was read and not taken yet.
    pub(super) fn unread(&self) -> &[u8] {
        &self.filling
    }

    /// Takes the first `length` bytes. Few are copied; many take the buffer with them, and what
    /// follows begins another.
    pub(super) fn take(&mut self, length: usize) -> Chunk {
        if length < FEW {
            let bytes = Bytes::copy_from_slice(&self.filling[..length]);
            self.filling.advance(length);
            return self.chunk(bytes, length);
        }
        let mut next = self.spare();
        next.extend_from_slice(&self.filling[length..]);
        // Memory beyond what was read into it counts only if it was used before.
        let size = self.filling.len().max(self.filling.capacity().min(CHUNK));
        self.filling.truncate(length);
        let bytes = mem::replace(&mut self.filling, next).freeze();
        if size <= LARGE {
            self.given.push_back(bytes.clone());
        }
        self.chunk(bytes, size)
    }

    fn chunk(&mut self, bytes: Bytes, size: usize) -> Chunk {
        self.last_id = self.last_id.checked_add(1).unwrap_or(1);
        let size = u32::try_from(size).unwrap_or(u32::MAX);
        Chunk { bytes, info: ChunkInfo { id: self.last_id, size } }
    }

    /// A buffer whose messages are all gone, or a new one.
    fn spare(&mut self) -> BytesMut {
        if self.given.len() < SPARES {
            return BytesMut::with_capacity(CHUNK);
        }
        let oldest = self.given.pop_front().unwrap_or_default();
        match oldest.try_into_mut() {
            Ok(mut buffer) => {
                buffer.clear();
                buffer
            }
            Err(_still_unread) => BytesMut::with_capacity(CHUNK),
        }
    }
}

/// What the messages of a queue keep in memory besides themselves: the rest of their chunks.
#[derive(Default)]
pub(crate) struct Surplus {
    bytes: usize,
    last_chunk: u32,
}

impl Surplus {
    /// Counts a message behind those that were counted before. True says that it is too much by
    /// now: the messages are to be detached, and counted anew.
    #[must_use]
    pub(crate) fn add(&mut self, message: &Message) -> bool {
        let ChunkInfo { id, size } = message.chunk;
        if id == 0 {
            return false;
        }
        if id != self.last_chunk {
            self.last_chunk = id;
            self.bytes += size as usize;
        }
        self.bytes = self.bytes.saturating_sub(message.len());
        self.bytes > MOST_SURPLUS
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fill(buffer: &mut ReadBuffer, length: usize) {
        buffer.with_room().extend_from_slice(&vec![b'x'; length]);
    }

    /// Bytes that the message keeps in memory.
    fn memory_of(message: Message) -> usize {
        message.json.try_into_mut().unwrap().capacity()
    }

    #[test]
    fn few_bytes_are_copied_and_many_take_their_buffer() {
        let mut buffer = ReadBuffer::default();
        fill(&mut buffer, 10);
        let few = buffer.take(10).message(0..10);
        assert!(memory_of(few) < 100);
        fill(&mut buffer, FEW);
        let start = buffer.unread().as_ptr();
        assert_eq!(buffer.take(FEW).bytes.as_ptr(), start);
    }

    #[test]
    fn a_short_message_does_not_keep_a_large_chunk() {
        let mut buffer = ReadBuffer::default();
        fill(&mut buffer, 2 * LARGE);
        let chunk = buffer.take(2 * LARGE);
        let (long, short) = (chunk.message(100..2 * LARGE), chunk.message(0..100));
        let start = chunk.bytes.as_ptr();
        assert_eq!(short.chunk.id, 0);
        assert_eq!(long.as_bytes().as_ptr(), start.wrapping_add(100), "it was copied");
        drop((chunk, long));
        assert!(memory_of(short) < 200);
    }

    #[test]
    fn a_long_message_leaves_no_large_buffer_behind() {
        let mut buffer = ReadBuffer::default();
        fill(&mut buffer, 2 * LARGE);
        fill(&mut buffer, 1);
        drop(buffer.take(2 * LARGE));
        assert!(buffer.filling.capacity() <= LARGE, "{}", buffer.filling.capacity());
        assert!(buffer.given.is_empty());
    }

    #[test]
    fn buffers_are_used_again_when_their_messages_are_gone() {
        let mut buffer = ReadBuffer::default();
        let mut starts = Vec::new();
        for _ in 0..3 * SPARES {
            fill(&mut buffer, CHUNK / 2);
            starts.push(buffer.take(CHUNK / 2).bytes.as_ptr());
        }
        let distinct: std::collections::BTreeSet<_> = starts.into_iter().collect();
        assert!(distinct.len() <= SPARES + 1, "{distinct:?}");
    }

    #[test]
    fn what_is_kept_besides_is_counted_by_chunk() {
        let mut buffer = ReadBuffer::default();
        let mut dense = Surplus::default();
        let mut sparse = Surplus::default();
        let mut too_much_after = None;
        for count in 0..1000 {
            fill(&mut buffer, CHUNK);
            let chunk = buffer.take(CHUNK);
            for at in (0..CHUNK).step_by(1024) {
                assert!(!dense.add(&chunk.message(at..at + 1024)), "nothing else is in there");
            }
            if sparse.add(&chunk.message(0..1024)) {
                too_much_after.get_or_insert(count);
            }
        }
        assert_eq!(too_much_after, Some(MOST_SURPLUS / (CHUNK - 1024)));
    }
}
