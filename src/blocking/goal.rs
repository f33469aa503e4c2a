//! A goal, without async.

use std::{sync::Arc, time::Duration};

use super::{
    client::next,
    worker::{Waiter, Worker},
};
use crate::{
    error::Result, generated::v2_all::ServerNotification, input::Input, result::RunResult,
};

/// A goal that is pursued, or has just ended: [`GoalHandle`](crate::GoalHandle) as an iterator of
/// its notifications, which waits for the next.
#[derive(Debug)]
pub struct GoalHandle {
    inner: crate::GoalHandle,
    waiter: Waiter,
}

impl GoalHandle {
    pub(super) fn new(inner: crate::GoalHandle, worker: Arc<Worker>) -> Self {
        Self { inner, waiter: Waiter::new(worker) }
    }

    /// The id of the goal as a turn: that of its first inner turn.
    #[must_use]
    pub fn id(&self) -> &str {
        self.inner.id()
    }

    /// The id of its thread.
    #[must_use]
    pub fn thread_id(&self) -> &str {
        self.inner.thread_id()
    }

    /// How many inner turns have been seen to start.
    #[must_use]
    pub fn turns(&self) -> u64 {
        self.inner.turns()
    }

    /// How long the goal may be silent; see [`crate::GoalHandle::inactivity_timeout`].
    #[must_use]
    pub fn inactivity_timeout(self, limit: impl Into<Option<Duration>>) -> Self {
        Self { inner: self.inner.inactivity_timeout(limit), ..self }
    }

    /// The next piece of the agent's messages; see [`crate::GoalHandle::next_text`].
    pub fn next_text(&mut self) -> Option<Result<String>> {
        self.waiter.wait(self.inner.next_text())
    }

    /// Waits for the end of the goal, and gives its result.
    ///
    /// # Errors
    ///
    /// Those of [`crate::GoalHandle::run`].
    pub fn run(&mut self) -> Result<RunResult> {
        self.waiter.worker().run(self.inner.run())
    }

    /// Adds input to the inner turn that runs.
    ///
    /// # Errors
    ///
    /// Those of [`crate::GoalHandle::steer`].
    pub fn steer(&self, input: impl Into<Input>) -> Result<String> {
        self.waiter.worker().run(self.inner.steer(input))
    }

    /// Pauses the goal and interrupts its inner turn.
    ///
    /// # Errors
    ///
    /// Those of [`crate::GoalHandle::interrupt`].
    pub fn interrupt(&self) -> Result<()> {
        self.waiter.worker().run(self.inner.interrupt())
    }

    /// What steers and interrupts the goal from elsewhere, while this handle is being read.
    #[must_use]
    pub fn control(&self) -> GoalControl {
        GoalControl { inner: self.inner.control(), worker: Arc::clone(self.waiter.worker()) }
    }
}

impl Iterator for GoalHandle {
    type Item = Result<ServerNotification>;

    fn next(&mut self) -> Option<Self::Item> {
        next(&mut self.waiter, &mut self.inner)
    }
}

/// Steers and interrupts a goal while another thread, or the loop around it, reads it:
/// [`GoalControl`](crate::GoalControl) without async.
#[derive(Clone, Debug)]
pub struct GoalControl {
    inner: crate::GoalControl,
    worker: Arc<Worker>,
}

impl GoalControl {
    /// The id of the goal as a turn: that of its first inner turn.
    #[must_use]
    pub fn id(&self) -> &str {
        self.inner.id()
    }

    /// Adds input to the inner turn that runs (`turn/steer`).
    ///
    /// # Errors
    ///
    /// Those of [`crate::GoalControl::steer`].
    pub fn steer(&self, input: impl Into<Input>) -> Result<String> {
        self.worker.run(self.inner.steer(input))
    }

    /// Pauses the goal and interrupts its inner turn.
    ///
    /// # Errors
    ///
    /// Those of [`crate::GoalControl::interrupt`].
    pub fn interrupt(&self) -> Result<()> {
        self.worker.run(self.inner.interrupt())
    }
}
