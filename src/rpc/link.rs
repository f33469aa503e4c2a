//! What a connection's tasks and its users share.

use std::{
    pin::Pin,
    process::ExitStatus,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::{
    sync::{Semaphore, watch},
    task::JoinHandle,
};

use super::{message::Payload, outbox::Outbox, router::Router, slots::Slots};
use crate::{
    error::{CloseReason, Closed, Error},
    reply::Reply,
    transport::{MessageWriter, process::Process},
};

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
}

/// What everybody holds who needs the connection to be open. Its drop is the end.
pub(crate) struct Link {
    pub(super) shared: Arc<Shared>,
    /// Not aborted on drop: it outlives the last user by the grace that the server gets, and sees
    /// the process out.
    pub(super) _driver: JoinHandle<()>,
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
    last_id: AtomicU64,
    pub(super) stray_lines: AtomicU64,
    /// True once this side wants the connection to end.
    pub(super) closing: watch::Sender<bool>,
    /// True once the connection, and its server process, are gone.
    pub(super) done: watch::Sender<bool>,
    pub(super) options: Options,
    pub(super) server_pid: Option<u32>,
}

impl Shared {
    pub(super) fn new(
        writer: Box<dyn MessageWriter>,
        process: Option<&Process>,
        options: Options,
    ) -> Arc<Self> {
        Arc::new(Self {
            router: Mutex::default(),
            outbox: Outbox::new(writer),
            slots: Slots::default(),
            at_work: Arc::new(Semaphore::new(AT_WORK)),
            last_id: AtomicU64::new(0),
            stray_lines: AtomicU64::new(0),
            closing: watch::Sender::new(false),
            done: watch::Sender::new(false),
            options,
            server_pid: process.and_then(Process::id),
        })
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
        self.closing.send_replace(true);
    }

    /// Tells everybody why nothing more will come. Only the first reason counts.
    pub(super) fn close(
        &self,
        reason: CloseReason,
        exit_status: Option<ExitStatus>,
        stderr: String,
    ) {
        self.router().close(Closed { reason, exit_status, stderr });
    }

    /// Waits until closing has begun.
    pub(super) async fn closing(&self) {
        // The sender lives as long as `self`, so that this cannot fail.
        let _ = self.closing.subscribe().wait_for(|closing| *closing).await;
    }

    /// The error of whoever needs the connection after its end.
    pub(super) fn closed_error(&self) -> Error {
        let closed = self.router().closed().cloned();
        Error::Closed(closed.unwrap_or_else(|| {
            Arc::new(Closed {
                reason: CloseReason::ServerClosed,
                exit_status: None,
                stderr: String::new(),
            })
        }))
    }
}
