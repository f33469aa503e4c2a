//! A server process that we started, and the promise that it ends.
//!
//! The child leads its own process group, so that whatever it has started goes with it, and so that
//! a Ctrl-C in the terminal reaches us alone. What it has started elsewhere is looked for.

use std::{process::ExitStatus, time::Duration};

use tokio::{
    process::Child,
    task::{JoinHandle, spawn_blocking},
    time::{Instant, sleep, timeout, timeout_at},
};

use super::{
    descendants::{self, Descendant},
    stderr::StderrRing,
};

/// How long a server whose streams are closed may take to report its exit before the error goes out
/// without it.
const EXIT_REPORT: Duration = Duration::from_millis(500);

/// How long the descendants of a server that is gone, and a process that is dropped without
/// [`Process::finish`], may take to obey SIGTERM. The latter blocks, but only when the async
/// runtime itself goes away.
const LAST_GRACE: Duration = Duration::from_millis(250);

/// How often it is looked whether processes have ended that are not our children.
const POLL: Duration = Duration::from_millis(5);

pub(crate) struct Process {
    child: Child,
    id: Option<u32>,
    /// What all that it starts inherits.
    mark: String,
    /// What it is known to have started.
    descendants: Vec<Descendant>,
    stderr: StderrRing,
    drain: JoinHandle<()>,
    exit: Option<ExitStatus>,
}

impl Process {
    /// Takes over `child`, which must lead its own process group.
    pub(super) fn new(mut child: Child, mark: String) -> Self {
        let stderr = StderrRing::default();
        let drain = match child.stderr.take() {
            Some(pipe) => tokio::spawn(stderr.clone().drain(pipe)),
            None => tokio::spawn(async {}),
        };
        let id = child.id();
        Self { child, id, mark, descendants: Vec::new(), stderr, drain, exit: None }
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
        self.find_descendants().await;
        let patience = deadline.saturating_duration_since(Instant::now()) / 2;
        if timeout(patience, self.wait()).await.is_err() {
            tracing::debug!(pid = self.id, "the app-server has not left; it is told to");
            self.terminate_group();
        }
        if timeout_at(deadline, self.wait()).await.is_err() {
            self.find_descendants().await;
            tracing::warn!(pid = self.id, "the app-server did not leave in time; killing it");
            self.kill_group();
            // The system may need a moment for that, and for a stuck process much longer.
            let _ = timeout(EXIT_REPORT, self.wait()).await;
        }
        // The leader is gone; what it left behind goes too.
        self.kill_group();
        self.find_descendants().await;
        self.descendants.iter().for_each(Descendant::terminate);
        let patience = Instant::now() + LAST_GRACE;
        while self.has_descendants() && Instant::now() < patience {
            sleep(POLL).await;
        }
        self.descendants.iter().for_each(Descendant::kill);
    }

    async fn find_descendants(&mut self) {
        let (server, mark) = (self.living(), self.mark.clone());
        let found = spawn_blocking(move || descendants::find(server, &mark)).await;
        self.add_descendants(found.unwrap_or_default());
    }

    fn add_descendants(&mut self, found: Vec<Descendant>) {
        self.descendants.retain(|known| !found.contains(known));
        self.descendants.extend(found);
    }

    fn has_descendants(&mut self) -> bool {
        self.descendants.retain(Descendant::is_alive);
        !self.descendants.is_empty()
    }

    /// Its id, unless it is gone: then the id may be that of another process.
    fn living(&self) -> Option<u32> {
        self.id.filter(|_| self.exit.is_none())
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
        self.add_descendants(descendants::find(self.living(), &self.mark));
        self.terminate_group();
        self.descendants.iter().for_each(Descendant::terminate);
        let patience = std::time::Instant::now() + LAST_GRACE;
        while cfg!(unix)
            && (matches!(self.child.try_wait(), Ok(None)) || self.has_descendants())
            && std::time::Instant::now() < patience
        {
            std::thread::sleep(POLL);
        }
        self.kill_group();
        self.descendants.iter().for_each(Descendant::kill);
    }
}
