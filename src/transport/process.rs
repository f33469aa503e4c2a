//! A server process that we started, and the promise that it ends.
//!
//! The child leads its own process group, so that whatever it has started goes with it, and so that
//! a Ctrl-C in the terminal reaches us alone.

use std::{process::ExitStatus, time::Duration};

use tokio::{
    process::Child,
    task::JoinHandle,
    time::{Instant, sleep, timeout, timeout_at},
};

use super::stderr::StderrRing;

/// How long a server whose streams are closed may take to report its exit before the error goes out
/// without it.
const EXIT_REPORT: Duration = Duration::from_millis(500);

/// How long a process that is dropped without [`Process::finish`] may take to obey SIGTERM. Blocks,
/// but only when the async runtime itself goes away.
#[cfg(unix)]
const DROP_GRACE: Duration = Duration::from_millis(250);

pub(crate) struct Process {
    child: Child,
    id: Option<u32>,
    stderr: StderrRing,
    drain: JoinHandle<()>,
    exit: Option<ExitStatus>,
}

impl Process {
    /// Takes over `child`, which must lead its own process group.
    pub(crate) fn new(mut child: Child) -> Self {
        let stderr = StderrRing::default();
        let drain = match child.stderr.take() {
            Some(pipe) => tokio::spawn(stderr.clone().drain(pipe)),
            None => tokio::spawn(async {}),
        };
        Self { id: child.id(), child, stderr, drain, exit: None }
    }

    pub(crate) fn id(&self) -> Option<u32> {
        self.id
    }

    /// The exit status, if it comes soon, and the last lines of stderr.
    pub(crate) async fn last_words(&mut self) -> (Option<ExitStatus>, String) {
        let _ = timeout(EXIT_REPORT, self.wait()).await;
        if self.exit.is_some() {
            // Whatever it has printed is in the pipe by now; a grandchild may hold the other end
            // open for ever.
            let _ = timeout(EXIT_REPORT, &mut self.drain).await;
        }
        (self.exit, self.stderr.tail())
    }

    /// Waits until the process is gone and what it has written must have been read. A grandchild
    /// may hold its output open for ever.
    pub(crate) async fn wait_drained(&mut self) {
        self.wait().await;
        sleep(EXIT_REPORT).await;
    }

    async fn wait(&mut self) {
        if self.exit.is_none() {
            self.exit = self.child.wait().await.ok();
        }
    }

    /// Waits until the process, whose input is at its end, is gone. It is told to leave when half
    /// of the time until `deadline` has passed, and killed with its group at the end.
    pub(crate) async fn finish(&mut self, deadline: Instant) {
        let patience = deadline.saturating_duration_since(Instant::now()) / 2;
        if timeout(patience, self.wait()).await.is_err() {
            tracing::debug!(pid = self.id, "the app-server has not left; it is told to");
            self.terminate_group();
        }
        if timeout_at(deadline, self.wait()).await.is_err() {
            tracing::warn!(pid = self.id, "the app-server did not leave in time; killing it");
            self.kill_group();
            // The system may need a moment for that, and for a stuck process much longer.
            let _ = timeout(EXIT_REPORT, self.wait()).await;
        }
        // The leader is gone; what it left behind goes too.
        self.kill_group();
    }

    #[cfg(unix)]
    fn signal_group(&self, signal: rustix::process::Signal) {
        let group =
            self.id.and_then(|id| i32::try_from(id).ok()).and_then(rustix::process::Pid::from_raw);
        if let Some(group) = group {
            // An error says that the group is gone, which is what we want.
            let _ = rustix::process::kill_process_group(group, signal);
        }
    }

    #[cfg(unix)]
    fn terminate_group(&self) {
        self.signal_group(rustix::process::Signal::TERM);
        // A process that was stopped obeys only when it goes on.
        self.signal_group(rustix::process::Signal::CONT);
    }

    /// There is no such word elsewhere.
    #[cfg(not(unix))]
    fn terminate_group(&self) {}

    #[cfg(unix)]
    fn kill_group(&mut self) {
        self.signal_group(rustix::process::Signal::KILL);
    }

    #[cfg(not(unix))]
    fn kill_group(&mut self) {
        let _ = self.child.start_kill();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.drain.abort();
        if self.exit.is_some() {
            return;
        }
        #[cfg(unix)]
        {
            self.terminate_group();
            let patience = std::time::Instant::now() + DROP_GRACE;
            while matches!(self.child.try_wait(), Ok(None)) && std::time::Instant::now() < patience
            {
                std::thread::sleep(Duration::from_millis(5));
            }
        }
        self.kill_group();
    }
}
