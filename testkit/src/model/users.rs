//! The processes that work in a home folder.

use std::{
    ffi::OsStr,
    fs,
    os::{
        fd::OwnedFd,
        unix::ffi::{OsStrExt, OsStringExt},
    },
    path::Path,
    process,
    str::FromStr,
};

use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal},
};

/// How long a process may take to obey a signal. A server takes some 30 ms.
const GRACE: Timespec = Timespec { tv_sec: 2, tv_nsec: 0 };

/// Ends the processes whose `CODEX_HOME` is `home`, and returns when they are gone.
pub(super) fn end(home: &Path) {
    for process in with_variable("CODEX_HOME", home.as_os_str()) {
        for signal in [Signal::TERM, Signal::KILL] {
            let sent = pidfd_send_signal(&process, signal);
            if sent.is_err() || has_ended(&process) {
                break;
            }
        }
    }
}

/// The processes, apart from this one, that were started with a variable in their environment.
fn with_variable(name: &str, value: &OsStr) -> Vec<OwnedFd> {
    let variable = [name.as_bytes(), b"=", value.as_bytes()].concat();
    let Ok(entries) = fs::read_dir("/proc") else {
        return Vec::new();
    };
    let ids = entries.flatten().filter_map(|entry| {
        let name = entry.file_name().into_vec();
        i32::from_str(std::str::from_utf8(&name).ok()?).ok()
    });
    ids.filter(|id| u32::try_from(*id) != Ok(process::id()))
        .filter_map(|id| {
            // Opened before it is looked at: the id may become that of another process meanwhile,
            // and then what is signalled is the one that is gone.
            let process = pidfd_open(Pid::from_raw(id)?, PidfdFlags::empty()).ok()?;
            let environment = fs::read(format!("/proc/{id}/environ")).ok()?;
            environment.split(|byte| *byte == 0).any(|one| one == variable).then_some(process)
        })
        .collect()
}

fn has_ended(process: &OwnedFd) -> bool {
    let mut events = [PollFd::new(process, PollFlags::IN)];
    poll(&mut events, Some(&GRACE)).is_ok_and(|count| count > 0)
}
