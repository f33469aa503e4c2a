//! What a connection's tasks and its users share.

use std::{
    pin::Pin,
    process::ExitStatus,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering},
    },
    task::Waker,
    time::Duration,
};

use tokio::{
    runtime::Handle,
    sync::{Notify, Semaphore, watch},
    time::Instant,
};

use super::{held::Held, message::Payload, outbox::Outbox, router::Router, slots::Slots};
use crate::{
    error::{CloseReason, Closed},
    reply::Reply,
    transport::{MessageWriter, process::Process},
};

/// How long closing may take in all. Servers leave soon after the end of their input; older ones
/// took 4.7 s in the middle of a turn.
pub(super) const GRACE: Duration = Duration::from_secs(6);

/// The same where nobody has work at the server: it was not even initialized.
const GRACE_AT_FIRST: Duration = Duration::from_millis(500);

/// Requests of the server that are at work at once.
const AT_WORK: usize = 64;

/// What replies to a request of the server.
pub(crate) type RawHandler =
    Arc<dyn Fn(Payload) -> Pin<Box<dyn Future<Output = Reply> + Send>> + Send + Sync>;

/// What a connection is made with.
pub(crate) struct Options {
    /// The deadline of requests that do not bring their own.
    pub(crate) request_timeout: Option<Duration>,
    /// Unread bytes of one subscriber beyond which deltas are dropped.
    pub(crate) unread_limit: usize,
    /// What replies to the server's requests.
    pub(crate) handler: RawHandler,
    /// Whether what these requests refer to is kept.
    pub(crate) recall: bool,
}

/// What everybody holds who needs the connection to be open. Its drop is the end; the driver
/// outlives that by the grace that the server gets.
pub(crate) struct Link {
    pub(super) shared: Arc<Shared>,
}

impl Drop for Link {
    fn drop(&mut self) {
        self.shared.begin_close();
    }
}

pub(super) struct Shared {
    router: Mutex<Router>,
    pub(super) outbox: Outbox,
    pub(super) slots: Slots,
    /// The places of the server's requests that are at work.
    pub(super) at_work: Arc<Semaphore>,
    /// Those of them that wait for the program to take them.
    pub(super) held: Arc<Held>,
    last_id: AtomicU64,
    pub(super) stray_lines: AtomicU64,
    /// Whether the handshake is done, and closing may take its time.
    initialized: AtomicBool,
    /// Set once the connection is to end: the moment at which nothing of it may be left.
    closing: watch::Sender<Option<Instant>>,
    /// The reason why nothing more will come is known, or the connection is back.
    told: Notify,
    /// True once the connection, and its server process, are gone.
    pub(super) done: watch::Sender<bool>,
    pub(super) options: Options,
    /// In which the tasks of the connection run.
    pub(super) runtime: Handle,
    /// 0 if there is none that we have started.
    server_pid: AtomicU32,
}

impl Shared {
    pub(super) fn new(
        writer: Box<dyn MessageWriter>,
        process: Option<&Process>,
        router: Router,
        options: Options,
    ) -> Arc<Self> {
        Arc::new(Self {
            router: Mutex::new(router),
            outbox: Outbox::new(writer),
            slots: Slots::default(),
            at_work: Arc::new(Semaphore::new(AT_WORK)),
            held: Arc::default(),
            last_id: AtomicU64::new(0),
            stray_lines: AtomicU64::new(0),
            initialized: AtomicBool::new(false),
            closing: watch::Sender::new(None),
            told: Notify::new(),
            done: watch::Sender::new(false),
            options,
            runtime: Handle::current(),
            server_pid: process.and_then(Process::id).unwrap_or_default().into(),
        })
    }

    pub(super) fn server_pid(&self) -> Option<u32> {
        Some(self.server_pid.load(Ordering::Relaxed)).filter(|pid| *pid != 0)
    }

    /// Goes on with another transport.
    pub(super) fn resume(&self, writer: Box<dyn MessageWriter>, process: Option<&Process>) {
        let pid = process.and_then(Process::id).unwrap_or_default();
        self.server_pid.store(pid, Ordering::Relaxed);
        self.outbox.resume(writer);
    }

    /// Notes that the connection is lost, until it [is back](Self::come_back).
    pub(super) fn lose(&self, closed: Closed) {
        self.router().lose(closed);
        self.outbox.abandon();
    }

    /// Hands out what has come since, and lets the requests through that wait.
    pub(super) fn come_back(&self) {
        let mut router = self.router();
        router.come_back();
        let wakers = router.take_wakers();
        drop(router);
        wakers.into_iter().for_each(Waker::wake);
        self.told.notify_waiters();
    }

    /// Waits until requests may be sent, and prepares one; an error if that will never be.
    pub(super) async fn when_here<T>(
        &self,
        prepare: impl FnOnce(&mut Router) -> T,
    ) -> Result<T, Arc<Closed>> {
        loop {
            let told = self.told.notified();
            {
                let mut router = self.router();
                if let Some(closed) = router.closed() {
                    return Err(Arc::clone(closed));
                }
                if !router.is_away() {
                    return Ok(prepare(&mut router));
                }
            }
            told.await;
        }
    }

    pub(super) fn router(&self) -> MutexGuard<'_, Router> {
        self.router.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// An id for a request.
    pub(super) fn next_id(&self) -> u64 {
        self.last_id.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// Fails what is pending and lets the tasks end.
    pub(super) fn begin_close(&self) {
        self.close(CloseReason::Requested, None, String::new());
        self.end();
    }

    /// Lets the tasks end, and gives the moment at which they have to be done: the same to all.
    pub(super) fn end(&self) -> Instant {
        let grace = if self.initialized.load(Ordering::Relaxed) { GRACE } else { GRACE_AT_FIRST };
        let deadline = Instant::now() + grace;
        self.closing.send_if_modified(|closing| {
            let first = closing.is_none();
            closing.get_or_insert(deadline);
            first
        });
        self.closing.borrow().unwrap_or(deadline)
    }

    /// Notes that the handshake is done.
    pub(super) fn initialized(&self) {
        self.initialized.store(true, Ordering::Relaxed);
    }

    /// Tells everybody why nothing more will come. Only the first reason counts.
    pub(super) fn close(
        &self,
        reason: CloseReason,
        exit_status: Option<ExitStatus>,
        stderr: String,
    ) {
        self.router().close(Closed { reason, exit_status, stderr });
        self.told.notify_waiters();
        self.held.close();
    }

    /// Waits until closing has begun, and gives the moment at which it has to be done.
    pub(super) async fn closing(&self) -> Instant {
        let mut closing = self.closing.subscribe();
        // The sender lives as long as `self`, so that this cannot fail.
        let deadline = closing.wait_for(Option::is_some).await.ok().and_then(|closing| *closing);
        deadline.unwrap_or_else(Instant::now)
    }

    /// Why nothing more comes, for whoever needs the connection at its end, or later. It is known
    /// only when the server has had its last words.
    pub(super) async fn closed(&self) -> Arc<Closed> {
        loop {
            let told = self.told.notified();
            if let Some(closed) = self.router().closed() {
                return Arc::clone(closed);
            }
            told.await;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{future::poll_fn, pin::pin, task::Poll};

    use super::*;
    use crate::transport::Transport;

    #[tokio::test]
    async fn the_error_waits_for_the_reason() {
        let transport = Transport::from_io(tokio::io::empty(), tokio::io::sink());
        let handler: RawHandler =
            Arc::new(|payload| Box::pin(async move { Reply::decline_method(payload.method()) }));
        let options =
            Options { request_timeout: None, unread_limit: 1 << 20, handler, recall: false };
        let shared = Shared::new(transport.writer, None, Router::default(), options);
        // A bad line was read: nothing is written any more, and soon everybody is told.
        shared.end();
        shared.outbox.abandon();
        let mut error = pin!(shared.closed());
        assert!(poll_fn(|cx| Poll::Ready(error.as_mut().poll(cx).is_pending())).await);
        shared.close(CloseReason::BadMessage("bad".into()), None, String::new());
        assert!(error.await.to_string().contains("not a message: bad"));
    }
}
