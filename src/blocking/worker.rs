//! The thread that runs a connection's tasks while its users block.

use std::{
    sync::{Arc, Mutex, PoisonError, mpsc},
    thread::{self, JoinHandle},
};

use tokio::{
    runtime::{Builder, Handle},
    sync::{oneshot, watch},
};

use crate::{Error, Result};

/// A thread with a runtime of its own. Dropped with the last user of its connection, it waits until
/// the connection is closed and the thread is gone.
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
        refuse_inside_runtime()?;
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

    /// Waits for the connection before the thread ends.
    pub(super) fn serves(&self, closed: watch::Receiver<bool>) {
        *self.closed.lock().unwrap_or_else(PoisonError::into_inner) = Some(closed);
    }

    /// Runs `work` to its end, on the calling thread.
    pub(super) fn run<T>(&self, work: impl Future<Output = Result<T>>) -> Result<T> {
        refuse_inside_runtime()?;
        self.handle.block_on(work)
    }
}

impl std::fmt::Debug for Worker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Worker").finish_non_exhaustive()
    }
}

/// Blocking there would stop the program's own tasks, and may hang for ever.
fn refuse_inside_runtime() -> Result<()> {
    match Handle::try_current() {
        Ok(_) => Err(Error::invalid(
            "blocking",
            "called inside an async runtime, where nothing may block; use `codex_app_server::Codex` there",
        )),
        Err(_) => Ok(()),
    }
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
