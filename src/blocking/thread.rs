//! A thread, without async.

use std::sync::Arc;

use super::{client::NotificationStream, goal::GoalHandle, turn::TurnHandle, worker::Worker};
use crate::{
    error::Result,
    generated::v2_all as v2,
    input::Input,
    result::RunResult,
    retry::RetryPolicy,
    settings::{ThreadConfig, TurnOverrides},
    thread::ThreadDefaults,
};

/// A conversation with the agent: [`Thread`](crate::Thread) without async. Clones refer to the same
/// one.
#[derive(Clone, Debug)]
pub struct Thread {
    pub(super) inner: crate::Thread,
    pub(super) worker: Arc<Worker>,
}

impl Thread {
    pub(super) fn new(inner: crate::Thread, worker: Arc<Worker>) -> Self {
        Self { inner, worker }
    }

    /// The thread's id.
    #[must_use]
    pub fn id(&self) -> &str {
        self.inner.id()
    }

    /// How the thread works; see [`crate::Thread::defaults`].
    #[must_use]
    pub fn defaults(&self) -> ThreadDefaults {
        self.inner.defaults()
    }

    /// Runs one turn to its end.
    ///
    /// # Errors
    ///
    /// Those of [`crate::Thread::run`].
    pub fn run(&self, input: impl Into<Input>) -> Result<RunResult> {
        self.worker.run(self.inner.run(input))
    }

    /// Runs one turn to its end, with overrides.
    ///
    /// # Errors
    ///
    /// Those of [`crate::Thread::run`].
    pub fn run_with(&self, input: impl Into<Input>, overrides: TurnOverrides) -> Result<RunResult> {
        self.worker.run(self.inner.run_with(input, overrides))
    }

    /// Runs one turn to its end, and runs it again when it fails for a reason that may pass.
    ///
    /// # Errors
    ///
    /// Those of [`crate::Thread::run_retrying`].
    pub fn run_retrying(&self, input: impl Into<Input>, policy: RetryPolicy) -> Result<RunResult> {
        self.worker.run(self.inner.run_retrying(input, policy))
    }

    /// The same with overrides.
    ///
    /// # Errors
    ///
    /// Those of [`crate::Thread::run_retrying`].
    pub fn run_retrying_with(
        &self,
        input: impl Into<Input>,
        overrides: TurnOverrides,
        policy: RetryPolicy,
    ) -> Result<RunResult> {
        self.worker.run(self.inner.run_retrying_with(input, overrides, policy))
    }

    /// Starts a turn and returns at once (`turn/start`).
    ///
    /// # Errors
    ///
    /// Those of [`crate::Thread::turn`].
    pub fn turn(&self, input: impl Into<Input>) -> Result<TurnHandle> {
        self.turn_with(input, TurnOverrides::new())
    }

    /// Starts a turn with overrides.
    ///
    /// # Errors
    ///
    /// Those of [`crate::Thread::turn`].
    pub fn turn_with(
        &self,
        input: impl Into<Input>,
        overrides: TurnOverrides,
    ) -> Result<TurnHandle> {
        let turn = self.worker.run(self.inner.turn_with(input, overrides))?;
        Ok(TurnHandle::new(turn, Arc::clone(&self.worker)))
    }

    /// Starts a turn from the params of its request (`turn/start`).
    ///
    /// # Errors
    ///
    /// Those of [`crate::Thread::turn_start_with`].
    pub fn turn_start_with(&self, params: v2::TurnStartParams) -> Result<TurnHandle> {
        let turn = self.worker.run(self.inner.turn_start_with(params))?;
        Ok(TurnHandle::new(turn, Arc::clone(&self.worker)))
    }

    /// Takes part in a turn that is running already.
    ///
    /// # Errors
    ///
    /// Those of [`crate::Thread::attach`].
    pub fn attach(&self, turn_id: impl Into<String>) -> Result<TurnHandle> {
        let turn = self.worker.run(self.inner.attach(turn_id))?;
        Ok(TurnHandle::new(turn, Arc::clone(&self.worker)))
    }

    /// Sets a goal, and pursues it to its end.
    ///
    /// # Errors
    ///
    /// Those of [`crate::Thread::run_goal`].
    pub fn run_goal(&self, objective: impl AsRef<str>) -> Result<RunResult> {
        self.worker.run(self.inner.run_goal(objective))
    }

    /// Sets a goal, and returns when its first turn has begun.
    ///
    /// # Errors
    ///
    /// Those of [`crate::Thread::start_goal`].
    pub fn start_goal(&self, objective: impl AsRef<str>) -> Result<GoalHandle> {
        let goal = self.worker.run(self.inner.start_goal(objective))?;
        Ok(GoalHandle::new(goal, Arc::clone(&self.worker)))
    }

    /// Runs one turn whose final answer is a value of type `T`.
    ///
    /// # Errors
    ///
    /// Those of [`crate::Thread::run_typed`].
    #[cfg(feature = "schemars")]
    pub fn run_typed<T>(&self, input: impl Into<Input>) -> Result<crate::TypedResult<T>>
    where
        T: schemars::JsonSchema + serde::de::DeserializeOwned,
    {
        self.worker.run(self.inner.run_typed(input))
    }

    /// The same with overrides.
    ///
    /// # Errors
    ///
    /// Those of [`crate::Thread::run_typed`].
    #[cfg(feature = "schemars")]
    pub fn run_typed_with<T>(
        &self,
        input: impl Into<Input>,
        overrides: TurnOverrides,
    ) -> Result<crate::TypedResult<T>>
    where
        T: schemars::JsonSchema + serde::de::DeserializeOwned,
    {
        self.worker.run(self.inner.run_typed_with(input, overrides))
    }

    /// Starts a turn whose final answer is a value of type `T`, and returns at once.
    ///
    /// # Errors
    ///
    /// Those of [`crate::Thread::turn_typed`].
    #[cfg(feature = "schemars")]
    pub fn turn_typed<T>(&self, input: impl Into<Input>) -> Result<super::TypedTurn<T>>
    where
        T: schemars::JsonSchema + serde::de::DeserializeOwned,
    {
        self.turn_typed_with(input, TurnOverrides::new())
    }

    /// The same with overrides.
    ///
    /// # Errors
    ///
    /// Those of [`crate::Thread::turn_typed`].
    #[cfg(feature = "schemars")]
    pub fn turn_typed_with<T>(
        &self,
        input: impl Into<Input>,
        overrides: TurnOverrides,
    ) -> Result<super::TypedTurn<T>>
    where
        T: schemars::JsonSchema + serde::de::DeserializeOwned,
    {
        let turn = self.worker.run(self.inner.turn_typed_with(input, overrides))?;
        Ok(super::TypedTurn::new(turn, Arc::clone(&self.worker)))
    }

    /// All notifications about this thread from now on.
    #[must_use]
    pub fn events(&self) -> NotificationStream {
        NotificationStream::new(self.inner.events(), Arc::clone(&self.worker))
    }

    /// The thread as the server has it (`thread/read`), without its turns.
    ///
    /// # Errors
    ///
    /// Those of [`crate::Thread::read`].
    pub fn read(&self) -> Result<v2::Thread> {
        self.worker.run(self.inner.read())
    }

    /// The thread as the server has it (`thread/read`), with its turns.
    ///
    /// # Errors
    ///
    /// Those of [`crate::Thread::read_with_turns`].
    pub fn read_with_turns(&self) -> Result<v2::Thread> {
        self.worker.run(self.inner.read_with_turns())
    }

    /// Names the thread (`thread/name/set`).
    ///
    /// # Errors
    ///
    /// Those of [`Call`](crate::Call).
    pub fn set_name(&self, name: impl Into<String>) -> Result<()> {
        self.worker.run(self.inner.set_name(name))
    }

    /// Archives the thread (`thread/archive`).
    ///
    /// # Errors
    ///
    /// Those of [`crate::Thread::archive`].
    pub fn archive(&self) -> Result<()> {
        self.worker.run(self.inner.archive())
    }

    /// Brings the thread back from the archive (`thread/unarchive`).
    ///
    /// # Errors
    ///
    /// Those of [`Call`](crate::Call).
    pub fn unarchive(&self) -> Result<()> {
        self.worker.run(self.inner.unarchive())
    }

    /// Changes how the thread works from now on (`thread/settings/update`); see
    /// [`crate::Thread::update_defaults`].
    ///
    /// # Errors
    ///
    /// Those of [`crate::Thread::update_defaults`].
    pub fn update_defaults(&self, overrides: TurnOverrides) -> Result<()> {
        self.worker.run(self.inner.update_defaults(overrides))
    }

    /// Deletes the thread (`thread/delete`), for good.
    ///
    /// # Errors
    ///
    /// Those of [`crate::Thread::delete`].
    pub fn delete(&self) -> Result<()> {
        self.worker.run(self.inner.delete())
    }

    /// Takes a turn, and all that came after it, out of the history (`thread/revert`); see
    /// [`crate::Thread::revert`].
    ///
    /// # Errors
    ///
    /// Those of [`crate::Thread::revert`].
    pub fn revert(&self, before_turn_id: impl Into<String>) -> Result<()> {
        self.worker.run(self.inner.revert(before_turn_id))
    }

    /// Has the agent review something (`review/start`), and returns at once; see
    /// [`crate::Thread::start_review`].
    ///
    /// # Errors
    ///
    /// Those of [`crate::Thread::start_review`].
    pub fn start_review(&self, target: impl Into<v2::ReviewTarget>) -> Result<TurnHandle> {
        let turn = self.worker.run(self.inner.start_review(target))?;
        Ok(TurnHandle::new(turn, Arc::clone(&self.worker)))
    }

    /// Summarises the history, and returns when that has begun (`thread/compact/start`); see
    /// [`crate::Thread::start_compaction`].
    ///
    /// # Errors
    ///
    /// Those of [`crate::Thread::start_compaction`].
    pub fn start_compaction(&self) -> Result<TurnHandle> {
        let turn = self.worker.run(self.inner.start_compaction())?;
        Ok(TurnHandle::new(turn, Arc::clone(&self.worker)))
    }

    /// Starts to summarise the history (`thread/compact/start`).
    ///
    /// # Errors
    ///
    /// Those of [`Call`](crate::Call).
    pub fn compact(&self) -> Result<()> {
        self.worker.run(self.inner.compact())
    }

    /// Copies the thread into a new one (`thread/fork`).
    ///
    /// # Errors
    ///
    /// Those of [`Call`](crate::Call).
    pub fn fork(&self, config: ThreadConfig) -> Result<Self> {
        let fork = self.worker.run(self.inner.fork(config))?;
        Ok(Self::new(fork, Arc::clone(&self.worker)))
    }
}
