//! A turn, without async.

use std::{sync::Arc, time::Duration};

use super::{
    client::next,
    worker::{Waiter, Worker},
};
use crate::{
    error::Result, generated::v2_all::ServerNotification, input::Input, result::RunResult,
    turn::TurnEvent,
};

/// A turn that is running, or has just ended: [`TurnHandle`](crate::TurnHandle) as an iterator of
/// its notifications, which waits for the next. `for event in &mut turn` leaves the handle for
/// [`run`](Self::run).
#[derive(Debug)]
pub struct TurnHandle {
    inner: crate::TurnHandle,
    waiter: Waiter,
}

impl TurnHandle {
    pub(super) fn new(inner: crate::TurnHandle, worker: Arc<Worker>) -> Self {
        Self { inner, waiter: Waiter::new(worker) }
    }

    /// The turn's id.
    #[must_use]
    pub fn id(&self) -> &str {
        self.inner.id()
    }

    /// Whether dropping this handle before the end of the turn interrupts it; see
    /// [`crate::TurnHandle::interrupt_on_drop`].
    #[must_use]
    pub fn interrupt_on_drop(self, interrupt: bool) -> Self {
        Self { inner: self.inner.interrupt_on_drop(interrupt), ..self }
    }

    /// Whether the input has joined a turn that ran already; see [`crate::TurnHandle::joined`].
    #[must_use]
    pub fn joined(&self) -> bool {
        self.inner.joined()
    }

    /// The id of its thread.
    #[must_use]
    pub fn thread_id(&self) -> &str {
        self.inner.thread_id()
    }

    /// The next notification, or the next request of the server that no handler takes; see
    /// [`crate::TurnHandle::next_event`].
    pub fn next_event(&mut self) -> Option<Result<TurnEvent>> {
        self.waiter.wait(self.inner.next_event())
    }

    /// How long the turn may be silent; see [`crate::TurnHandle::inactivity_timeout`].
    #[must_use]
    pub fn inactivity_timeout(self, limit: impl Into<Option<Duration>>) -> Self {
        Self { inner: self.inner.inactivity_timeout(limit), ..self }
    }

    /// The next piece of the agent's messages; see [`crate::TurnHandle::next_text`].
    pub fn next_text(&mut self) -> Option<Result<String>> {
        self.waiter.wait(self.inner.next_text())
    }

    /// Waits for the end of the turn, and gives its result.
    ///
    /// # Errors
    ///
    /// Those of [`crate::TurnHandle::run`].
    pub fn run(&mut self) -> Result<RunResult> {
        self.waiter.worker().run(self.inner.run())
    }

    /// Adds input to the running turn (`turn/steer`).
    ///
    /// # Errors
    ///
    /// Those of [`crate::TurnHandle::steer`].
    pub fn steer(&self, input: impl Into<Input>) -> Result<String> {
        self.waiter.worker().run(self.inner.steer(input))
    }

    /// Stops the turn (`turn/interrupt`).
    ///
    /// # Errors
    ///
    /// Those of [`crate::TurnHandle::interrupt`].
    pub fn interrupt(&self) -> Result<()> {
        self.waiter.worker().run(self.inner.interrupt())
    }

    /// What steers and interrupts the turn from elsewhere, while this handle is being read.
    #[must_use]
    pub fn control(&self) -> TurnControl {
        TurnControl::new(self.inner.control(), Arc::clone(self.waiter.worker()))
    }
}

/// Steers and interrupts a turn while another thread, or the loop around it, reads it:
/// [`TurnControl`](crate::TurnControl) without async.
#[derive(Clone, Debug)]
pub struct TurnControl {
    inner: crate::TurnControl,
    worker: Arc<Worker>,
}

impl TurnControl {
    pub(super) fn new(inner: crate::TurnControl, worker: Arc<Worker>) -> Self {
        Self { inner, worker }
    }

    /// The turn's id.
    #[must_use]
    pub fn id(&self) -> &str {
        self.inner.id()
    }

    /// Adds input to the running turn (`turn/steer`).
    ///
    /// # Errors
    ///
    /// Those of [`crate::TurnControl::steer`].
    pub fn steer(&self, input: impl Into<Input>) -> Result<String> {
        self.worker.run(self.inner.steer(input))
    }

    /// Stops the turn (`turn/interrupt`).
    ///
    /// # Errors
    ///
    /// Those of [`crate::TurnControl::interrupt`].
    pub fn interrupt(&self) -> Result<()> {
        self.worker.run(self.inner.interrupt())
    }
}

impl Iterator for TurnHandle {
    type Item = Result<ServerNotification>;

    fn next(&mut self) -> Option<Self::Item> {
        next(&mut self.waiter, &mut self.inner)
    }
}
