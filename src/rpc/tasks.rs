//! The two tasks that serve a connection: one reads, one writes.

use std::{
    future::{pending, poll_fn},
    sync::{Arc, atomic::Ordering},
    task::Waker,
    time::Duration,
};

use bytes::Bytes;
use tokio::{
    runtime::Handle,
    task::{JoinHandle, yield_now},
    time::{sleep, timeout},
};

use super::{Shared, envelope::Incoming, server_requests};
use crate::{
    error::{CloseReason, shorten},
    transport::{MessageReader, process::Process},
};

/// Messages read at once from which the driver lets others run before it goes on reading, if the
/// runtime has one thread for all.
const FLOOD: usize = 64;

/// How long a server whose stdin is closed may take to leave before its process group is killed.
/// Older servers took 4.7 s in the middle of a turn.
const GRACE: Duration = Duration::from_secs(6);

/// How long messages that are still unwritten may hold up closing.
const FLUSH: Duration = Duration::from_secs(1);

/// Writes what its senders could not, and ends the writing.
pub(super) async fn write(shared: Arc<Shared>) {
    tokio::select! {
        biased;
        error = shared.outbox.drain() => {
            // The driver is about to see the end of the stream, and can say more about it. If it
            // does not, this is all there is to say.
            if timeout(FLUSH, shared.closing()).await.is_err() {
                shared.close(CloseReason::Io(error.to_string()), None, String::new());
                shared.closing.send_replace(true);
            }
        }
        () = shared.closing() => {
            let _ = timeout(FLUSH, shared.outbox.flush()).await;
        }
    }
    let _ = timeout(FLUSH, shared.outbox.close()).await;
}

/// Reads, and sees the writer and the server process out.
pub(super) struct Driver {
    pub(super) shared: Arc<Shared>,
    pub(super) reader: Box<dyn MessageReader>,
    pub(super) writer: JoinHandle<()>,
    pub(super) process: Option<Process>,
    pub(super) stray_lines: bool,
}

impl Driver {
    pub(super) async fn run(mut self) {
        let reason = self.read().await;
        self.shared.closing.send_replace(true);
        let (exit_status, stderr) = match &mut self.process {
            Some(process) => process.last_words().await,
            None => (None, String::new()),
        };
        // Does nothing if this side has closed: then that is the reason.
        self.shared.close(reason, exit_status, stderr);
        let _ = self.writer.await;
        if let Some(process) = self.process {
            process.finish(GRACE).await;
        }
        self.shared.done.send_replace(true);
    }

    /// Reads until the end, and says what it was.
    async fn read(&mut self) -> CloseReason {
        let shared = Arc::clone(&self.shared);
        // A server process is heard out, so that it never blocks on its output; any other peer is
        // left as soon as we are done.
        let grace = if self.process.is_some() { GRACE } else { Duration::ZERO };
        let enough = async {
            shared.closing().await;
            sleep(grace).await;
        };
        let process = self.process.as_mut();
        let exited = async {
            match process {
                Some(process) => process.drained().await,
                None => pending().await,
            }
        };
        tokio::pin!(enough, exited);
        let alone = Handle::current().metrics().num_workers() == 1;
        let (mut batch, mut sorted) = (Vec::new(), Vec::new());
        loop {
            let more = tokio::select! {
                more = poll_fn(|cx| self.reader.poll_read(cx, &mut batch)) => more,
                () = &mut enough => return CloseReason::Requested,
                () = &mut exited => return CloseReason::ServerClosed,
            };
            let flood = alone && batch.len() >= FLOOD;
            if let Err(reason) = dispatch(&shared, &mut batch, &mut sorted, self.stray_lines) {
                return reason;
            }
            match more {
                // It is the readers' turn.
                Ok(true) if flood => yield_now().await,
                Ok(true) => {}
                Ok(false) => return CloseReason::ServerClosed,
                Err(error) => return CloseReason::Io(error.to_string()),
            }
        }
    }
}

/// A message, or a line that is none.
type Sorted = Result<Incoming, Bytes>;

/// Sorts a batch of lines, then hands them out under one lock, and wakes their readers once for
/// all. Leaves the batch empty; `sorted` is room to work in.
fn dispatch(
    shared: &Arc<Shared>,
    lines: &mut Vec<Bytes>,
    sorted: &mut Vec<Sorted>,
    stray_lines: bool,
) -> Result<(), CloseReason> {
    sorted.extend(lines.drain(..).map(Incoming::parse));
    let mut router = shared.router();
    if router.closed().is_some() {
        sorted.clear();
        return Ok(());
    }
    let mut outcome = Ok(());
    for message in sorted.drain(..) {
        match message {
            Ok(Incoming::Event(event)) => router.deliver(event),
            Ok(Incoming::Response { id, outcome }) => router.answer(id, outcome),
            Ok(Incoming::Request { id, event }) => {
                server_requests::dispatch(shared, &mut router, id, event);
            }
            Ok(Incoming::Stray) => {
                tracing::debug!("a message that is neither event, request nor answer");
            }
            Err(line) => {
                let text = shorten(&String::from_utf8_lossy(&line));
                if !stray_lines {
                    outcome = Err(CloseReason::BadMessage(text));
                    break;
                }
                tracing::warn!(line = text, "the app-server printed a line that is no message");
                shared.stray_lines.fetch_add(1, Ordering::Relaxed);
                router.stray(&text);
            }
        }
    }
    let wakers = router.take_wakers();
    drop(router);
    wakers.into_iter().for_each(Waker::wake);
    outcome
}
