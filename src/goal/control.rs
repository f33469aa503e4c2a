//! What steers and interrupts a goal, and what of its inner turns is known for that.

use std::{
    fmt,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use super::hold::pause;
use crate::{
    client::Client,
    error::{Error, Result},
    input::Input,
    thread::Thread,
    turn,
};

/// What the reader of a goal and its controls share.
pub(super) struct InnerTurns {
    /// The inner turn that has started last.
    latest: Mutex<String>,
    /// Whether the goal's end was read.
    ended: AtomicBool,
    /// Whether the goal was interrupted from here.
    interrupted: AtomicBool,
}

impl InnerTurns {
    pub(super) fn new(first: &str) -> Self {
        Self {
            latest: Mutex::new(first.to_owned()),
            ended: AtomicBool::new(false),
            interrupted: AtomicBool::new(false),
        }
    }

    pub(super) fn latest(&self) -> String {
        self.latest.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn start(&self, turn: &str) {
        turn.clone_into(&mut self.latest.lock().unwrap_or_else(PoisonError::into_inner));
    }

    pub(super) fn end(&self) {
        self.ended.store(true, Ordering::Relaxed);
    }

    pub(super) fn was_interrupted(&self) -> bool {
        self.interrupted.load(Ordering::Relaxed)
    }
}

/// Steers and interrupts a goal while somebody else reads it. Clones are for the same goal.
#[derive(Clone)]
pub struct GoalControl {
    client: Client,
    thread_id: String,
    id: String,
    inner: Arc<InnerTurns>,
    /// Whether nothing more will be heard of the thread.
    is_over: Arc<dyn Fn() -> bool + Send + Sync>,
}

impl GoalControl {
    pub(super) fn new(
        thread: &Thread,
        id: String,
        inner: Arc<InnerTurns>,
        is_over: impl Fn() -> bool + Send + Sync + 'static,
    ) -> Self {
        Self {
            client: thread.client().clone(),
            thread_id: thread.id().to_owned(),
            id,
            inner,
            is_over: Arc::new(is_over),
        }
    }

    /// The id of the goal as a turn: that of its first inner turn.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    pub(super) fn client(&self) -> &Client {
        &self.client
    }

    pub(super) fn thread_id(&self) -> &str {
        &self.thread_id
    }

    /// Adds input to the inner turn that runs (`turn/steer`). Returns the id of the goal.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInput`] after the end, and for an input that says nothing; else those of
    /// [`Call`](crate::Call).
    pub async fn steer(&self, input: impl Into<Input>) -> Result<String> {
        if self.has_ended() {
            return Err(Error::invalid("goal", "it has ended: no active turn to steer"));
        }
        turn::steer(&self.client, &self.thread_id, &self.inner.latest(), input.into()).await?;
        Ok(self.id.clone())
    }

    /// Pauses the goal (`thread/goal/set`) and interrupts its inner turn (`turn/interrupt`). It
    /// then ends as interrupted, which [`GoalHandle::run`](crate::GoalHandle::run) gives as a
    /// normal result. For a goal that has ended this is `Ok`.
    ///
    /// It starts when the future is first polled; a future that is dropped before the response may
    /// leave it half done.
    ///
    /// # Errors
    ///
    /// Those of [`Call`](crate::Call).
    pub async fn interrupt(&self) -> Result<()> {
        if self.has_ended() {
            return Ok(());
        }
        pause(&self.client, &self.thread_id).await?;
        self.inner.interrupted.store(true, Ordering::Relaxed);
        match self.interrupt_turn(&self.inner.latest()).await {
            // Another inner turn runs by now: that one.
            Err(Error::Rpc(error)) => match turn::found_turn(&error.message) {
                Some(found) => self.interrupt_turn(found).await,
                // Between two turns there is nothing to interrupt.
                None if turn::not_active(&error) => Ok(()),
                None => Err(Error::Rpc(error)),
            },
            other => other,
        }
    }

    async fn interrupt_turn(&self, turn: &str) -> Result<()> {
        let is_over = Arc::clone(&self.is_over);
        turn::interrupt(&self.client, &self.thread_id, turn, move || is_over()).await
    }

    fn has_ended(&self) -> bool {
        self.inner.ended.load(Ordering::Relaxed)
    }
}

impl fmt::Debug for GoalControl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GoalControl")
            .field("thread_id", &self.thread_id)
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}
