//! What a server has started, and what that has started in turn.
//!
//! codex gives each command a session of its own, where no signal to its process group arrives. A
//! server that leaves takes them along; one that is killed does not, and after that they are
//! nobody's children. So they are found twice: by their parents while the server lives, and by a
//! mark in their environment at any time. Both stand in the `/proc` of Linux; where there is none,
//! nothing is found.

use std::{
    collections::HashMap,
    fs, process,
    sync::atomic::{AtomicU64, Ordering},
    time::{SystemTime, UNIX_EPOCH},
};

/// The environment variable with the mark of a server, which what it starts inherits.
pub(crate) const VARIABLE: &str = "CODEX_APP_SERVER_SDK_MARK";

/// A mark that no other server has.
pub(crate) fn new_mark() -> String {
    static SERVERS: AtomicU64 = AtomicU64::new(0);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos();
    format!("{}-{now}-{}", process::id(), SERVERS.fetch_add(1, Ordering::Relaxed))
}

/// The processes below `server`, and all that have its mark, with those below them. Takes some
/// milliseconds.
pub(crate) fn find(server: Option<u32>, mark: &str) -> Vec<Descendant> {
    let Ok(processes) = fs::read_dir("/proc") else {
        return Vec::new();
    };
    let ids = processes.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    let variable = format!("{VARIABLE}={mark}");
    let (mut descendants, mut children) = (Vec::new(), HashMap::<u32, Vec<Descendant>>::new());
    for (process, parent) in ids.filter_map(read) {
        if Some(process.pid) == server {
            continue;
        }
        if has_variable(process.pid, &variable) {
            descendants.push(process);
        } else {
            children.entry(parent).or_default().push(process);
        }
    }
    descendants.extend(server.and_then(|pid| children.remove(&pid)).unwrap_or_default());
    // Each is looked at once, also what is added here.
    let mut next = 0;
    while let Some(parent) = descendants.get(next) {
        let more = children.remove(&parent.pid);
        descendants.extend(more.unwrap_or_default());
        next += 1;
    }
    descendants
}

/// Whether a process is known to run.
#[cfg(all(unix, feature = "websocket"))]
pub(crate) fn is_alive(pid: u32) -> bool {
    read(pid).is_some()
}

/// A process, which another one of the same id is not taken for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Descendant {
    pid: u32,
    started: u64,
}

impl Descendant {
    pub(crate) fn is_alive(&self) -> bool {
        read(self.pid).is_some_and(|(process, _)| process == *self)
    }
}

#[cfg(unix)]
impl Descendant {
    pub(crate) fn terminate(&self) {
        self.signal(rustix::process::Signal::TERM);
        // As for the server: one that was stopped obeys only when it goes on.
        self.signal(rustix::process::Signal::CONT);
    }

    pub(crate) fn kill(&self) {
        self.signal(rustix::process::Signal::KILL);
    }

    fn signal(&self, signal: rustix::process::Signal) {
        let pid = i32::try_from(self.pid).ok().and_then(rustix::process::Pid::from_raw);
        if let Some(pid) = pid.filter(|_| self.is_alive()) {
            // An error says that it is gone, or not ours to end.
            let _ = rustix::process::kill_process(pid, signal);
        }
    }
}

/// There are none.
#[cfg(not(unix))]
impl Descendant {
    pub(crate) fn terminate(&self) {}

    pub(crate) fn kill(&self) {}
}

/// A process and the id of its parent. Nothing for one that has ended, even if nobody has waited
/// for it.
fn read(pid: u32) -> Option<(Descendant, u32)> {
    let stat = fs::read(format!("/proc/{pid}/stat")).ok()?;
    let stat = String::from_utf8_lossy(&stat);
    // The name in front may have any characters, also parentheses.
    let (_, fields) = stat.rsplit_once(')')?;
    let fields: Vec<_> = fields.split_whitespace().collect();
    let (state, parent, started) = (fields.first()?, fields.get(1)?, fields.get(19)?);
    if matches!(*state, "Z" | "X") {
        return None;
    }
    Some((Descendant { pid, started: started.parse().ok()? }, parent.parse().ok()?))
}

fn has_variable(pid: u32, variable: &str) -> bool {
    // Those of other users cannot be read.
    let environment = fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
    environment.split(|&byte| byte == 0).any(|entry| entry == variable.as_bytes())
}
