//! A server process that we started, and the promise that it ends.
//!
//! The child leads its own process group, so that whatever it has started goes with it, and so that
//! a Ctrl-C in the terminal reaches us alone. What it has started elsewhere is looked for.

use std::{
    io,
    process::{self, ExitStatus, Stdio},
    time::Duration,
};

use tokio::{
    process::{Child, ChildStdin, ChildStdout, Command},
    runtime::Handle,
    task::{JoinHandle, spawn_blocking},
    time::{Instant, sleep, timeout, timeout_at},
};

use super::{
    descendants::{self, Descendant},
    stderr::StderrRing,
};
use crate::error::{Error, Result};

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
    /// Starts `command`, whose stdin and stdout are `streams`. `heard` gets each line that it
    /// prints on stderr, which is read for as long as there is this.
    pub(crate) fn start(
        command: process::Command,
        streams: fn() -> Stdio,
        heard: impl FnMut(&str) + Send + 'static,
    ) -> Result<Self> {
        if Handle::try_current().is_err() {
            return Err(Error::invalid(
                "app_server",
                "a server is to be started outside of a tokio runtime, which reads what it says; \
                 do it in one, or use `codex_app_server::blocking`",
            ));
        }
        let mut command = Command::from(command);
        let mark = descendants::new_mark();
        command
            .env(descendants::VARIABLE, &mark)
            .stdin(streams())
            .stdout(streams())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        #[cfg(unix)]
        command.process_group(0);
        let started = command.spawn();
        let mut child =
            started.map_err(|source| Error::spawn(command.as_std().get_program(), source))?;
        let stderr = StderrRing::default();
        let drain = match child.stderr.take() {
            Some(pipe) => tokio::spawn(stderr.clone().drain(pipe, heard)),
            None => tokio::spawn(async {}),
        };
        let id = child.id();
        Ok(Self { child, id, mark, descendants: Vec::new(), stderr, drain, exit: None })
    }

    /// Its streams, if they are pipes and nobody has taken them.
    pub(super) fn take_pipes(&mut self) -> io::Result<(ChildStdin, ChildStdout)> {
        let pipes = self.child.stdin.take().zip(self.child.stdout.take());
        pipes.ok_or_else(|| io::Error::other("the child has no stdin or stdout"))
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

    /// Waits until the process is gone.
    pub(crate) async fn wait(&mut self) {
        if self.exit.is_none() {
            self.exit = self.child.wait().await.ok();
        }
    }

    /// Tells the process to leave, for one that does not by itself, and does as
    /// [`finish`](Self::finish) then. Who is told a second time, half of the time later, does not
    /// wait for what it has under way any more.
    #[cfg(feature = "websocket")]
    pub(crate) async fn stop(&mut self, deadline: Instant) {
        self.find_descendants().await;
        if cfg!(unix) {
            self.terminate_group();
        } else {
            self.kill_group();
        }
        self.finish(deadline).await;
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
