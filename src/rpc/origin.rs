//! How a turn that was asked for has begun: by the request itself, or before it.

use std::sync::atomic::{AtomicBool, Ordering};

/// What is known of whether a `turn/start` has started its turn, or has joined one that ran
/// already. The response is the same for both.
#[derive(Debug, Default)]
pub(crate) struct Origin {
    joined: AtomicBool,
    /// Whether the `turn/started` of the turn was heard since the request was sent.
    started: AtomicBool,
}

impl Origin {
    /// That of whoever takes part in a turn that runs already.
    pub(crate) fn of_other() -> Self {
        Self { joined: AtomicBool::new(true), started: AtomicBool::default() }
    }

    /// That of whoever has seen the turn begin.
    pub(crate) fn of_own() -> Self {
        Self { joined: AtomicBool::default(), started: AtomicBool::new(true) }
    }

    /// Notes that the turn ran before.
    pub(crate) fn join(&self) {
        self.joined.store(true, Ordering::Relaxed);
    }

    /// Whether the turn is known to have run before.
    pub(crate) fn has_joined(&self) -> bool {
        self.joined.load(Ordering::Relaxed)
    }

    /// Notes that the turn has begun since the request was sent.
    pub(super) fn hear_start(&self) {
        self.started.store(true, Ordering::Relaxed);
    }

    /// What is known once the turn has ended: one whose beginning was not heard ran before.
    pub(crate) fn is_of_other(&self) -> bool {
        self.has_joined() || !self.started.load(Ordering::Relaxed)
    }
}
