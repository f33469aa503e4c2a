//! The task that reads: it routes what it reads, never decodes a payload and never waits for
//! anybody; and it sees the writer and the server process out.

mod reconnect;

use std::{
    future::{pending, poll_fn},
    io,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::pin,
    sync::{Arc, atomic::Ordering},
    task::{Poll, Waker},
};

use tokio::{
    runtime::Handle,
    sync::OwnedSemaphorePermit,
    task::{JoinHandle, yield_now},
    time::{sleep, timeout, timeout_at},
};

use super::{
    link::Shared,
    message::{Incoming, Request},
    outbox::FLUSH,
    recovery::{LastWords, Reconnect, Restoring, restore},
    router::{Again, Router},
};
use crate::{
    error::{CloseReason, shorten},
    reply::Reply,
    transport::{AtEnd, Message, MessageReader, process::Process},
};

/// Messages read at once from which the driver lets others run before it goes on reading, if the
/// runtime has one thread for all.
const FLOOD: usize = 64;

pub(super) struct Driver {
    pub(super) shared: Arc<Shared>,
    pub(super) reader: Box<dyn MessageReader>,
    /// Gives the error at which the writing has failed.
    pub(super) writer: JoinHandle<Option<io::Error>>,
    pub(super) process: Option<Process>,
    pub(super) stray_lines: bool,
    pub(super) at_end: Option<AtEnd>,
    /// Those of the process that is not there any more.
    pub(super) last_words: Option<LastWords>,
    pub(super) reconnect: Option<Box<dyn Reconnect>>,
}

impl Driver {
    pub(super) async fn run(mut self) {
        let mut reason = self.attend(None).await;
        loop {
            match self.reconnect(reason).await {
                Ok(restoring) => reason = self.attend(Some(restoring)).await,
                Err(last) => break self.end(last).await,
            }
        }
    }

    /// Reads until the end, and says what it was.
    async fn attend(&mut self, restoring: Option<Restoring>) -> CloseReason {
        let mut reading = pin!(self.read(restoring));
        poll_fn(|cx| {
            let poll = catch_unwind(AssertUnwindSafe(|| reading.as_mut().poll(cx)));
            poll.unwrap_or(Poll::Ready(CloseReason::Panicked))
        })
        .await
    }

    /// Tells everybody of the end, and sees the writer and the server process out.
    async fn end(mut self, reason: CloseReason) {
        let deadline = self.shared.end();
        let (exit_status, stderr) = match &mut self.process {
            Some(process) => process.last_words().await,
            None => self.last_words.take().unwrap_or_default(),
        };
        // Does nothing if this side has closed: then that is the reason.
        self.shared.close(reason, exit_status, stderr);
        if !self.writer.is_finished() {
            let _ = timeout_at(deadline, &mut self.writer).await;
        }
        self.shared.outbox.abandon();
        if let Some(process) = &mut self.process {
            process.finish(deadline).await;
        }
        if let Some(at_end) = self.at_end.take() {
            let _ = timeout(FLUSH, at_end).await;
        }
    }

    async fn read(&mut self, restoring: Option<Restoring>) -> CloseReason {
        let shared = Arc::clone(&self.shared);
        let (process, writer) = (&mut self.process, &mut self.writer);
        let over = async {
            let deadline = tokio::select! {
                deadline = shared.closing() => deadline,
                reason = fail_to_write(writer) => return reason,
                () = leave(process) => return CloseReason::ServerClosed,
                reason = restore(&shared, restoring) => return reason,
            };
            // A process is heard out until it is gone, so that it never blocks on its output; any
            // other peer is left as soon as we are done.
            if let Some(process) = process {
                process.finish(deadline).await;
            }
            CloseReason::Requested
        };
        tokio::pin!(over);
        let alone = Handle::current().metrics().num_workers() == 1;
        let (mut batch, mut parsed) = (Vec::new(), Vec::new());
        loop {
            let more = tokio::select! {
                more = poll_fn(|cx| self.reader.poll_read(cx, &mut batch)) => more,
                reason = &mut over => return reason,
            };
            let flood = alone && batch.len() >= FLOOD;
            if self.reconnect.is_some() && shared.router().backlog() > shared.options.unread_limit {
                return CloseReason::Io(
                    "too much was sent before it was known what had been missed".into(),
                );
            }
            if let Err(reason) = dispatch(&shared, &mut batch, &mut parsed, self.stray_lines) {
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

impl Drop for Driver {
    /// Comes when all is done, or else with the end of the runtime: either way nothing more comes
    /// for those who wait.
    fn drop(&mut self) {
        self.shared.close(CloseReason::RuntimeEnded, None, String::new());
        self.shared.end();
        self.shared.outbox.abandon();
        // A process that is still there does not outlive this.
        self.process = None;
        self.shared.done.send_replace(true);
    }
}

/// Starts the task that writes.
pub(super) fn write(shared: &Arc<Shared>) -> JoinHandle<Option<io::Error>> {
    let shared = Arc::clone(shared);
    tokio::spawn(async move { shared.outbox.write_until(shared.closing()).await })
}

/// Waits until the writing has failed, and says why.
async fn fail_to_write(writer: &mut JoinHandle<Option<io::Error>>) -> CloseReason {
    let reason = match writer.await {
        Ok(Some(error)) => CloseReason::Io(error.to_string()),
        // The connection is closing.
        Ok(None) => pending().await,
        Err(_) => CloseReason::Panicked,
    };
    // The end of the stream is about to be read, and says more. If it is not, this is all there is
    // to say.
    sleep(FLUSH).await;
    reason
}

/// Waits until the process, if there is one, has left.
async fn leave(process: &mut Option<Process>) {
    match process {
        Some(process) => process.wait_drained().await,
        None => pending().await,
    }
}

/// A message with its kind, or one that is none.
type Parsed = Result<Incoming, Message>;

/// Parses a batch of messages, then hands them out under one lock, and wakes their readers once for
/// all. Leaves the batch empty; `parsed` is room to work in.
fn dispatch(
    shared: &Arc<Shared>,
    batch: &mut Vec<Message>,
    parsed: &mut Vec<Parsed>,
    stray_lines: bool,
) -> Result<(), CloseReason> {
    parsed.extend(batch.drain(..).map(Incoming::parse));
    let mut router = shared.router();
    if router.closed().is_some() {
        parsed.clear();
        return Ok(());
    }
    let mut dispatched = Ok(());
    for message in parsed.drain(..) {
        match message {
            Ok(Incoming::Notification(payload)) => router.deliver(payload),
            Ok(Incoming::Response { id, result }) => router.complete(id, result),
            Ok(Incoming::Request(request)) => serve(shared, &mut router, request),
            Ok(Incoming::Unexpected) => {
                tracing::debug!("a message that is neither notification, request nor response");
            }
            Err(message) => {
                let text = shorten(&String::from_utf8_lossy(message.as_bytes()));
                if !stray_lines {
                    dispatched = Err(CloseReason::BadMessage(text));
                    break;
                }
                tracing::warn!(line = text, "the app-server printed a line that is no message");
                shared.stray_lines.fetch_add(1, Ordering::Relaxed);
                router.deliver_stray(&text);
            }
        }
    }
    let wakers = router.take_wakers();
    drop(router);
    wakers.into_iter().for_each(Waker::wake);
    dispatched
}

/// Starts the task that replies to a request of the server. A slow handler holds up nothing else
/// but, when too many are at work, those that come after it.
fn serve(shared: &Arc<Shared>, router: &mut Router, request: Request) {
    match router.server_requests.hear(&request) {
        Again::New => {}
        Again::Waits => return,
        Again::Replied(reply) => {
            // If there is no room, the server asks again on the next connection.
            let _ = shared.outbox.offer(&reply);
            return;
        }
    }
    if !router.server_requests.has_waiting()
        && let Ok(place) = Arc::clone(&shared.at_work).try_acquire_owned()
    {
        router.server_requests.add(&request);
        return start(shared, router, request, place);
    }
    let first = !router.server_requests.has_waiting();
    if let Err(request) = router.server_requests.wait(request) {
        decline(shared, &request);
    } else if first {
        tokio::spawn(serve_waiting(Arc::clone(shared)));
    }
}

fn start(shared: &Arc<Shared>, router: &mut Router, request: Request, place: OwnedSemaphorePermit) {
    let key = request.id.get().to_owned();
    let task = tokio::spawn({
        let shared = Arc::clone(shared);
        async move {
            let _place = place;
            let Request { id, payload } = request;
            let reply = (shared.options.handler)(payload).await.into_message(&id);
            // Once it is resolved, somebody else has replied.
            if shared.router().server_requests.complete(id.get(), &reply) {
                // This fails only when the connection is gone, and with it the request.
                let _ = shared.outbox.send(reply).await;
            }
        }
    });
    // The router's lock is held: the task cannot end before it is known.
    router.server_requests.start(&key, task.abort_handle());
}

/// Starts those that wait, in order, as places become free. Ends with the last of them.
async fn serve_waiting(shared: Arc<Shared>) {
    // The semaphore is never closed.
    while let Ok(place) = Arc::clone(&shared.at_work).acquire_owned().await {
        let mut router = shared.router();
        if let Some(request) = router.server_requests.next_waiting() {
            start(&shared, &mut router, request, place);
        }
        if !router.server_requests.has_waiting() {
            return;
        }
    }
}

/// Replies in the safe way to one of too many requests.
fn decline(shared: &Shared, request: &Request) {
    let method = request.payload.method();
    let reply = Reply::decline_method(method).into_message(&request.id);
    let sent = matches!(shared.outbox.offer(&reply), Ok(true));
    tracing::warn!(method, sent, "too many requests of the server are waiting; declined");
}
