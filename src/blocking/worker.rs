//! The thread that runs a connection's tasks while its users block.

use std::{
    panic::resume_unwind,
    pin::pin,
    sync::{Arc, Mutex, PoisonError, mpsc},
    task::{Context, Waker},
    thread::{self, JoinHandle},
};

use tokio::{
    runtime::{Builder, Handle},
    sync::{oneshot, watch},
    task::{JoinError, consume_budget, spawn_blocking},
};

use crate::{Error, Result};

/// A thread with a runtime of its own. Dropped with the last user of its connection, it waits until
/// the connection is closed and the thread is gone, but for no handler.
pub(super) struct Worker {
    handle: Handle,
    /// Set once the connection stands: true when it is closed.
    closed: Mutex<Option<watch::Receiver<bool>>>,
    stop: Option<oneshot::Sender<Option<watch::Receiver<bool>>>>,
    thread: Option<JoinHandle<()>>,
}

impl Worker {
    /// Starts the thread.
    pub(super) fn start() -> Result<Arc<Self>> {
        refuse_in_async_code()?;
        let failed = |error: std::io::Error| {
            Error::invalid("blocking", format!("its runtime thread cannot be started: {error}"))
        };
        let (started, starting) = mpsc::sync_channel(1);
        let (stop, stopped) = oneshot::channel();
        let thread = thread::Builder::new()
            .name("codex-app-server".into())
            .spawn(move || serve(&started, stopped))
            .map_err(failed)?;
        let handle = match starting.recv() {
            Ok(runtime) => runtime.map_err(failed)?,
            Err(_) => return Err(failed(std::io::Error::other("the thread ended"))),
        };
        Ok(Arc::new(Self {
            handle,
            closed: Mutex::new(None),
            stop: Some(stop),
            thread: Some(thread),
        }))
    }

    /// Not a thread, but what runs on that of a connection for somebody who does not keep it.
    pub(super) fn of(handle: Handle) -> Arc<Self> {
        Arc::new(Self { handle, closed: Mutex::new(None), stop: None, thread: None })
    }

    /// Waits for the connection before the thread ends.
    pub(super) fn serves(&self, closed: watch::Receiver<bool>) {
        *self.closed.lock().unwrap_or_else(PoisonError::into_inner) = Some(closed);
    }

    /// Runs `work` to its end, on the calling thread.
    pub(super) fn run<T>(&self, work: impl Future<Output = Result<T>>) -> Result<T> {
        refuse_in_async_code()?;
        self.handle.block_on(work)
    }
}

/// Runs a function of the program on a thread of its own to block on. A panic goes on here, as that
/// of a function that is async; `None` if the runtime stops before.
pub(super) async fn unblock<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Option<T> {
    let stopped = |error: JoinError| {
        if let Ok(panic) = error.try_into_panic() {
            resume_unwind(panic);
        }
    };
    spawn_blocking(work).await.map_err(stopped).ok()
}

impl std::fmt::Debug for Worker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Worker").finish_non_exhaustive()
    }
}

/// What waits for the items of a stream. Where it may not wait the stream has an error and then
/// ends, so that no loop goes on for ever.
#[derive(Debug)]
pub(super) struct Waiter {
    worker: Arc<Worker>,
    refused: bool,
}

impl Waiter {
    pub(super) fn new(worker: Arc<Worker>) -> Self {
        Self { worker, refused: false }
    }

    pub(super) fn worker(&self) -> &Arc<Worker> {
        &self.worker
    }

    /// Waits for `next`, which gives the next item.
    pub(super) fn wait<T>(
        &mut self,
        next: impl Future<Output = Option<Result<T>>>,
    ) -> Option<Result<T>> {
        let item = self.worker.run(async { Ok(next.await) });
        let refused_before = std::mem::replace(&mut self.refused, item.is_err());
        match item {
            Ok(item) => item,
            Err(error) => (!refused_before).then_some(Err(error)),
        }
    }
}

/// Blocking there would stop the program's own tasks, and may hang for ever.
fn refuse_in_async_code() -> Result<()> {
    if may_block() {
        return Ok(());
    }
    Err(Error::invalid(
        "blocking",
        "called inside an async runtime, where nothing may block; use `codex_app_server::Codex` \
         there, or call this in `tokio::task::spawn_blocking`",
    ))
}

/// Whether this thread is outside of all async code. The threads of `spawn_blocking` belong to a
/// runtime, too. But tokio has a budget for what a task does between two awaits, and nothing on
/// those threads has one.
fn may_block() -> bool {
    let mut cx = Context::from_waker(Waker::noop());
    let budget_lasts = || pin!(consume_budget()).poll(&mut cx).is_ready();
    Handle::try_current().is_err() || std::iter::repeat_with(budget_lasts).take(256).all(|ok| ok)
}

fn serve(
    started: &mpsc::SyncSender<std::io::Result<Handle>>,
    stopped: oneshot::Receiver<Option<watch::Receiver<bool>>>,
) {
    let runtime = match Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            // Whoever waits for it cannot have gone away.
            let _ = started.send(Err(error));
            return;
        }
    };
    let _ = started.send(Ok(runtime.handle().clone()));
    runtime.block_on(async {
        if let Ok(Some(mut closed)) = stopped.await {
            // An error says that it is closed already.
            let _ = closed.wait_for(|closed| *closed).await;
        }
    });
    // A handler may wait for a person for ever, or for this thread: nobody waits for its reply.
    runtime.shutdown_background();
}

impl Drop for Worker {
    fn drop(&mut self) {
        let closed = self.closed.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(closed);
        }
        if let Some(thread) = self.thread.take()
            // A handler of server requests may hold, and drop, the last user.
            && thread.thread().id() != thread::current().id()
        {
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_goes_on_where_it_is_waited_for() {
        assert_eq!(unblock(|| 7).await, Some(7));
        let waiting = tokio::spawn(unblock(|| -> u8 { panic!("on purpose") }));
        assert!(waiting.await.unwrap_err().is_panic());
    }
}
