//! Writes what passes through a transport into a file, without secrets.
//!
//! A thread writes: the connection only hands over what it has read and sent, and never waits for
//! the file. What the thread has not written yet is bounded; beyond that messages are missing in
//! the transcript, which says so. When writing fails, the transcript ends there, with a warning in
//! the log; the connection goes on.

mod secrets;

use std::{
    fs::{File, OpenOptions},
    io::{self, BufWriter, Write},
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
        mpsc::{Receiver, Sender, TryRecvError, channel},
    },
    task::{Context, Poll},
    time::{Duration, Instant},
};

use bytes::Bytes;
use serde_json::{Value, value::to_raw_value};
use tokio::task::spawn_blocking;

use super::{
    Transport,
    chunk::Message,
    halves::{MessageReader, MessageWriter},
    transcript::{CLOSE, Direction, END, Line},
};
use crate::{
    Error, Result,
    redact::{Shown, redact},
};

/// Bytes that may wait to be written.
const WAITING: usize = 64 << 20;

/// What a message that waits costs besides its text, in bytes, and a little more.
const EACH: usize = 256;

impl Transport {
    /// Writes what passes into the file at `path`, from now on.
    pub(crate) async fn record(self, path: &Path) -> Result<Self> {
        let failed = |error: io::Error| {
            let path = path.display();
            Error::invalid("record", format!("the file {path} cannot be written: {error}"))
        };
        let own = path.to_owned();
        let creating = spawn_blocking(move || create(&own));
        let created = creating.await.unwrap_or_else(|error| Err(io::Error::other(error)));
        let file = created.map_err(failed)?;
        Ok(self.record_to(file, WAITING))
    }

    /// Of what is to be written, `limit` bytes may wait.
    fn record_to(self, file: impl Write + Send + 'static, limit: usize) -> Self {
        let (entries, written) = channel();
        let queue = Queue { entries, counts: Arc::default(), limit, began: Instant::now() };
        let counts = Arc::clone(&queue.counts);
        let writing = spawn_blocking(move || {
            if let Err(error) = write_all(&written, &counts, file) {
                tracing::warn!(%error, "the recording ends here: its file cannot be written");
            }
        });
        let last = queue.clone();
        let mut recorded = self.wrap(|reader, writer| {
            let reader = Recorded { inner: reader, queue: queue.clone(), ended: false };
            (reader, Recorded { inner: writer, queue, ended: false })
        });
        recorded.at_end = Some(Box::pin(async move {
            last.send(What::End);
            let _ = writing.await;
        }));
        recorded
    }
}

/// Nobody else may read it: it has all that was said.
fn create(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// The way to the thread that writes.
#[derive(Clone)]
struct Queue {
    entries: Sender<Entry>,
    counts: Arc<Counts>,
    limit: usize,
    began: Instant,
}

/// What is counted of a queue.
#[derive(Default)]
struct Counts {
    /// Bytes that wait to be written.
    waiting: AtomicUsize,
    /// Messages that were lost since the last one that was not.
    lost: AtomicUsize,
}

/// What is to be written down.
struct Entry {
    at: Duration,
    /// How many messages are missing before it.
    lost: usize,
    what: What,
}

enum What {
    Message(Direction, Message),
    Note(String),
    /// Nothing more.
    End,
}

impl What {
    /// What it takes to keep it.
    fn size(&self) -> usize {
        let text = match self {
            Self::Message(_, message) => message.len(),
            Self::Note(note) => note.len(),
            Self::End => 0,
        };
        text + EACH
    }
}

impl Queue {
    fn message(&self, direction: Direction, message: &Message) {
        let mut message = message.clone();
        message.detach();
        self.add(What::Message(direction, message));
    }

    /// Adds it, if there is room.
    fn add(&self, what: What) {
        let Counts { waiting, lost } = &*self.counts;
        // One that is alone always finds room, however long it is.
        let full = |waiting: usize| waiting > 0 && waiting + what.size() > self.limit;
        if full(waiting.load(Ordering::Relaxed)) {
            lost.fetch_add(1, Ordering::Relaxed);
        } else {
            self.send(what);
        }
    }

    fn send(&self, what: What) {
        self.counts.waiting.fetch_add(what.size(), Ordering::Relaxed);
        let lost = self.counts.lost.swap(0, Ordering::Relaxed);
        // An error says that the recording has ended.
        let _ = self.entries.send(Entry { at: self.began.elapsed(), lost, what });
    }
}

/// A half of a transport, of which all is written down.
struct Recorded<H> {
    inner: H,
    queue: Queue,
    /// Its end is written down.
    ended: bool,
}

impl<H> Recorded<H> {
    fn end(&mut self, note: String) {
        if !self.ended {
            self.ended = true;
            self.queue.add(What::Note(note));
        }
    }
}

impl<R: MessageReader> MessageReader for Recorded<R> {
    fn poll_read(
        &mut self,
        cx: &mut Context<'_>,
        batch: &mut Vec<Message>,
    ) -> Poll<io::Result<bool>> {
        let before = batch.len();
        let poll = self.inner.poll_read(cx, batch);
        for message in &batch[before..] {
            self.queue.message(Direction::Received, message);
        }
        match &poll {
            Poll::Ready(Ok(false)) => self.end(END.into()),
            Poll::Ready(Err(error)) => {
                self.end(format!("reading failed: {}", Shown(error.to_string())));
            }
            Poll::Ready(Ok(true)) | Poll::Pending => {}
        }
        poll
    }

    fn set_max_bytes(&mut self, bytes: usize) {
        self.inner.set_max_bytes(bytes);
    }
}

impl<W: MessageWriter> MessageWriter for Recorded<W> {
    fn push(&mut self, message: &Bytes) {
        self.queue.message(Direction::Sent, &message.clone().into());
        self.inner.push(message);
    }

    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.inner.poll_flush(cx)
    }

    fn poll_close(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.end(CLOSE.into());
        self.inner.poll_close(cx)
    }
}

/// Writes until the end, or until both halves are gone. Whenever nothing waits, the file has all.
fn write_all(entries: &Receiver<Entry>, counts: &Counts, file: impl Write) -> io::Result<()> {
    let mut file = BufWriter::new(file);
    loop {
        let entry = match entries.try_recv() {
            Ok(entry) => entry,
            Err(TryRecvError::Disconnected) => break,
            Err(TryRecvError::Empty) => {
                file.flush()?;
                match entries.recv() {
                    Ok(entry) => entry,
                    Err(_) => break,
                }
            }
        };
        let Entry { at, lost, what } = entry;
        counts.waiting.fetch_sub(what.size(), Ordering::Relaxed);
        if lost > 0 {
            tracing::warn!(lost, "messages are missing in the recording: its file is too slow");
            let note = Some("messages are missing here: the file was too slow".into());
            Line { lost: Some(lost), note, ..Line::new(at, Direction::Note) }.write(&mut file)?;
        }
        match what {
            What::Message(direction, message) => {
                write_message(at, direction, &message, &mut file)?;
            }
            What::Note(note) => {
                Line { note: Some(note), ..Line::new(at, Direction::Note) }.write(&mut file)?;
            }
            What::End => break,
        }
    }
    file.flush()
}

fn write_message(
    at: Duration,
    direction: Direction,
    message: &Message,
    file: &mut impl Write,
) -> io::Result<()> {
    let line = Line::new(at, direction);
    match serde_json::from_slice::<Value>(message.as_bytes()) {
        Ok(mut json) => {
            secrets::hide(&mut json);
            Line { msg: Some(&to_raw_value(&json)?), ..line }.write(file)
        }
        Err(_) => {
            let text = String::from_utf8_lossy(message.as_bytes());
            Line { line: Some(redact(&text).into_owned()), ..line }.write(file)
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Mutex, mpsc::sync_channel};

    use super::*;

    /// A file whose contents can be looked at.
    #[derive(Clone, Default)]
    struct Memory(Arc<Mutex<Vec<u8>>>);

    impl Write for Memory {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Memory {
        fn lines(&self) -> Vec<Value> {
            let bytes = self.0.lock().unwrap();
            let lines = bytes.split_inclusive(|byte| *byte == b'\n');
            lines.map(|line| serde_json::from_slice(line).unwrap()).collect()
        }
    }

    /// A disk that is full.
    struct Full;

    impl Write for Full {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::StorageFull.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// A file that is written once it may.
    struct Slow(Memory, Option<Receiver<()>>);

    impl Write for Slow {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            if let Some(gate) = self.1.take() {
                let _ = gate.recv();
            }
            self.0.write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    async fn finish(transport: &mut Transport) {
        transport.at_end.take().unwrap().await;
    }

    #[tokio::test]
    async fn what_passes_is_written_down_without_secrets() {
        let (near, mut server) = Transport::pair();
        let file = Memory::default();
        let mut near = near.record_to(file.clone(), WAITING);
        near.write(r#"{"id":1,"method":"account/login/start","params":{"apiKey":"abc"}}"#)
            .await
            .unwrap();
        server.write("token=abc").await.unwrap();
        drop(server);
        while near.read().await.unwrap().is_some() {}
        finish(&mut near).await;
        let lines = file.lines();
        assert_eq!(lines[0]["dir"], "->");
        assert_eq!(lines[0]["msg"]["params"]["apiKey"], "[redacted]");
        assert_eq!(
            (&lines[1]["dir"], &lines[1]["line"]),
            (&"<-".into(), &"token=[redacted]".into())
        );
        assert_eq!((&lines[2]["dir"], &lines[2]["note"]), (&"--".into(), &END.into()));
        assert!(lines[0]["t"].as_f64() <= lines[2]["t"].as_f64());
    }

    #[tokio::test]
    async fn a_full_disk_ends_the_recording_and_nothing_else() {
        let (near, mut server) = Transport::pair();
        let mut near = near.record_to(Full, WAITING);
        for _ in 0..3 {
            near.write("{}").await.unwrap();
            assert_eq!(server.read().await.unwrap().unwrap().len(), 1);
        }
        finish(&mut near).await;
        near.write("{}").await.unwrap();
    }

    #[tokio::test]
    async fn a_slow_file_costs_messages_and_says_so() {
        let (near, mut server) = Transport::pair();
        let file = Memory::default();
        let (open, gate) = sync_channel(1);
        let mut near = near.record_to(Slow(file.clone(), Some(gate)), 8 << 10);
        let long = Bytes::from(format!("\"{}\"", "x".repeat(1 << 10)));
        let reading = tokio::spawn(async move { while server.read().await.unwrap().is_some() {} });
        // The connection is not held up by the file.
        for _ in 0..20 {
            near.write(long.clone()).await.unwrap();
        }
        open.send(()).unwrap();
        finish(&mut near).await;
        let lines = file.lines();
        let lost: u64 = lines.iter().filter_map(|line| line["lost"].as_u64()).sum();
        let kept = lines.iter().filter(|line| line["dir"] == "->").count() as u64;
        assert!((6..20).contains(&kept), "{kept}");
        assert_eq!(kept + lost, 20);
        drop(near);
        reading.await.unwrap();
    }
}
