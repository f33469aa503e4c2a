//! What a server has started, and what that has started in turn.
//!
//! codex gives each command a session of its own, where no signal to its process group arrives. A
//! server that leaves takes them along; one that is killed does not, and after that they are
//! nobody's children. So they are found twice: by their parents while the server lives, and by a
//! mark in their environment at any time. Elsewhere than on Linux there is no such way.

use std::{
    process,
    sync::atomic::{AtomicU64, Ordering},
    time::{SystemTime, UNIX_EPOCH},
};

/// The environment variable with the mark of a server, which what it starts inherits.
pub(super) const VARIABLE: &str = "CODEX_APP_SERVER_SDK_MARK";

/// A mark that no other server has.
pub(super) fn new_mark() -> String {
    static SERVERS: AtomicU64 = AtomicU64::new(0);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos();
    format!("{}-{now}-{}", process::id(), SERVERS.fetch_add(1, Ordering::Relaxed))
}

/// A process, which another one of the same id is not taken for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Descendant {
    pid: u32,
    started: u64,
}

#[cfg(target_os = "linux")]
mod linux {
    use std::{collections::HashMap, fs};

    use rustix::process::{Pid, Signal, kill_process};

    use super::{Descendant, VARIABLE};

    impl Descendant {
        pub(in crate::transport) fn is_alive(&self) -> bool {
            Found::read(self.pid).is_some_and(|found| found.process == *self)
        }

        pub(in crate::transport) fn terminate(&self) {
            self.signal(Signal::TERM);
            // As for the server: one that was stopped obeys only when it goes on.
            self.signal(Signal::CONT);
        }

        pub(in crate::transport) fn kill(&self) {
            self.signal(Signal::KILL);
        }

        fn signal(&self, signal: Signal) {
            let pid = i32::try_from(self.pid).ok().and_then(Pid::from_raw);
            if let Some(pid) = pid.filter(|_| self.is_alive()) {
                // An error says that it is gone, or not ours to end.
                let _ = kill_process(pid, signal);
            }
        }
    }

    /// The processes below `server`, and all that have its mark. Reads `/proc`, which takes some
    /// milliseconds.
    pub(in crate::transport) fn find(server: Option<u32>, mark: &str) -> Vec<Descendant> {
        let Ok(processes) = fs::read_dir("/proc") else {
            return Vec::new();
        };
        let ids = processes.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok());
        let variable = format!("{VARIABLE}={mark}");
        let (mut descendants, mut children) = (Vec::new(), HashMap::<u32, Vec<_>>::new());
        for found in ids.filter_map(Found::read) {
            if Some(found.process.pid) == server {
                continue;
            }
            if has_variable(found.process.pid, &variable) {
                descendants.push(found.process);
            } else {
                children.entry(found.parent).or_default().push(found.process);
            }
        }
        let below = |children: &mut HashMap<_, Vec<_>>, pid| children.remove(&pid);
        descendants.extend(server.and_then(|pid| below(&mut children, pid)).unwrap_or_default());
        // Each is looked at once, also what the loop has added.
        let mut next = 0;
        while let Some(parent) = descendants.get(next) {
            let more = below(&mut children, parent.pid);
            descendants.extend(more.unwrap_or_default());
            next += 1;
        }
        descendants
    }

    struct Found {
        process: Descendant,
        parent: u32,
    }

    impl Found {
        /// Nothing for a process that has ended, even if it was not waited for.
        fn read(pid: u32) -> Option<Self> {
            let stat = fs::read(format!("/proc/{pid}/stat")).ok()?;
            let stat = String::from_utf8_lossy(&stat);
            // The name in front may have any characters, also parentheses.
            let (_, fields) = stat.rsplit_once(')')?;
            let fields: Vec<_> = fields.split_whitespace().collect();
            let (state, parent, started) = (fields.first()?, fields.get(1)?, fields.get(19)?);
            if matches!(*state, "Z" | "X") {
                return None;
            }
            let process = Descendant { pid, started: started.parse().ok()? };
            Some(Self { process, parent: parent.parse().ok()? })
        }
    }

    fn has_variable(pid: u32, variable: &str) -> bool {
        // Those of other users cannot be read.
        let environment = fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
        environment.split(|&byte| byte == 0).any(|entry| entry == variable.as_bytes())
    }
}

#[cfg(target_os = "linux")]
pub(super) use self::linux::find;

#[cfg(not(target_os = "linux"))]
pub(super) fn find(_server: Option<u32>, _mark: &str) -> Vec<Descendant> {
    Vec::new()
}

#[cfg(not(target_os = "linux"))]
impl Descendant {
    pub(super) fn is_alive(&self) -> bool {
        false
    }

    pub(super) fn terminate(&self) {}

    pub(super) fn kill(&self) {}
}
