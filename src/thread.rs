//! A thread: one conversation with the agent.

mod busy;
mod compaction;
mod defaults;
mod fork;
mod open;
mod retrying;
mod review;
mod start;
mod update;

use std::{fmt, sync::Arc};

use serde::{Deserialize, de::IgnoredAny};
use serde_json::Value;

use self::defaults::RawDefaults;
pub use self::defaults::ThreadDefaults;
use crate::{
    client::{Client, NotificationStream},
    error::{Error, Result},
    generated::v2_all::{self as v2, ThreadCompactStartParams, ThreadReadParams},
    input::Input,
    result::RunResult,
    rpc::{Boxed, Interest, Origin, ThreadHold, Topic},
    settings::TurnOverrides,
    turn::TurnHandle,
};

/// How many of the latest turns are looked at for one that runs. Others can hardly have begun
/// since.
const LATEST_TURNS: u32 = 20;

/// A conversation with the agent. Clones refer to the same one.
///
/// Obtained from [`Codex::thread_start`](crate::Codex::thread_start),
/// [`thread_resume`](crate::Codex::thread_resume) or [`thread_fork`](crate::Codex::thread_fork).
/// Dropping it changes nothing at the server.
#[derive(Clone)]
pub struct Thread {
    client: Client,
    id: String,
    defaults: RawDefaults,
    /// Has it resumed when the connection is opened again.
    _hold: Option<Arc<ThreadHold>>,
}

impl Thread {
    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    /// The thread's id.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Runs one turn to its end.
    ///
    /// # Errors
    ///
    /// - [`Error::InvalidInput`](Error::InvalidInput) for an [input](Input) that says nothing,
    /// - [`Error::TurnFailed`](Error::TurnFailed) if the turn ends as failed, with what it had done
    ///   until then,
    /// - [`Error::Closed`](Error::Closed) if the connection ends first,
    /// - [`Error::Busy`] if a turn runs, and [`TurnOverrides::when_busy`] says to refuse then,
    /// - those of [`Call`](crate::Call) from starting the turn.
    ///
    /// An interrupted turn is a normal result; its [`status`](RunResult::status) says so. Dropping
    /// the future leaves the turn running at the server; with
    /// [`TurnOverrides::interrupt_on_drop`] it is interrupted.
    pub async fn run(&self, input: impl Into<Input>) -> Result<RunResult> {
        self.run_with(input, TurnOverrides::new()).await
    }

    /// Runs one turn to its end, with overrides.
    ///
    /// # Errors
    ///
    /// Those of [`run`](Self::run).
    pub async fn run_with(
        &self,
        input: impl Into<Input>,
        overrides: TurnOverrides,
    ) -> Result<RunResult> {
        let turn = self.start(input.into(), overrides, Interest::Results).await?;
        let result: Boxed<'_, _> = Box::pin(turn.into_result());
        result.await
    }

    /// Starts a turn and returns at once (`turn/start`). The handle sees everything that the turn
    /// does from its first event on. On a thread whose turn is still running, the input joins that
    /// turn, unless [`TurnOverrides::when_busy`] says otherwise.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInput`](Error::InvalidInput) for an [input](Input) that says nothing, else
    /// those of [`Call`](crate::Call).
    pub async fn turn(&self, input: impl Into<Input>) -> Result<TurnHandle> {
        self.turn_with(input, TurnOverrides::new()).await
    }

    /// Starts a turn with overrides.
    ///
    /// # Errors
    ///
    /// Those of [`turn`](Self::turn).
    pub async fn turn_with(
        &self,
        input: impl Into<Input>,
        overrides: TurnOverrides,
    ) -> Result<TurnHandle> {
        self.start(input.into(), overrides, Interest::All).await
    }

    /// Takes part in a turn that is running already, such as one whose handle was dropped, or one
    /// that another client has started. The handle sees what comes from now on; what the turn did
    /// before is not in its result.
    ///
    /// ```no_run
    /// # use codex_app_server::{Result, Thread};
    /// # async fn example(thread: Thread, turn_id: String) -> Result<()> {
    /// let result = thread.attach(turn_id).await?.run().await?; // waits for its end
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInput`] if the turn has ended, or is none of this thread; else those of
    /// [`Call`](crate::Call). The server does not tell the turns of an ephemeral thread.
    pub async fn attach(&self, turn_id: impl Into<String>) -> Result<TurnHandle> {
        let id = turn_id.into();
        let topic = Topic::Turn(id.clone());
        let mut notifications = self.client.subscribe(topic, Interest::All);
        let latest = v2::ThreadTurnsListParams::new(&self.id)
            .items_view(v2::TurnItemsView::NotLoaded)
            .limit(LATEST_TURNS)
            .sort_direction(v2::SortDirection::Desc);
        let turns = self.client.request(latest).read::<LatestTurns>().await?.data;
        let in_progress = v2::TurnStatus::InProgress;
        let runs = |turn: &Value| turn["id"] == id && turn["status"] == in_progress.as_str();
        let has_ended_meanwhile = notifications.subscription().is_over();
        if turns.iter().any(runs) || has_ended_meanwhile {
            if !has_ended_meanwhile {
                self.client.connection().expect_turn(&self.id, &id);
            }
            return Ok(self.handle(id, notifications, Arc::new(Origin::of_other())));
        }
        Err(Error::invalid(
            "turn_id",
            format!(
                "no turn {id:?} is running on this thread; `Thread::read` shows those that have ended"
            ),
        ))
    }

    /// All notifications about this thread from now on, of every turn and from every client.
    #[must_use]
    pub fn events(&self) -> NotificationStream {
        self.client.subscribe(Topic::Thread(self.id.clone()), Interest::All)
    }

    /// The thread as the server has it (`thread/read`), without its turns.
    ///
    /// # Errors
    ///
    /// Those of [`Call`](crate::Call).
    pub async fn read(&self) -> Result<v2::Thread> {
        Ok(self.client.request(ThreadReadParams::new(&self.id)).await?.thread)
    }

    /// The thread as the server has it (`thread/read`), with its turns.
    ///
    /// # Errors
    ///
    /// Those of [`Call`](crate::Call). A thread that has not had a turn yet can only be read
    /// without turns.
    pub async fn read_with_turns(&self) -> Result<v2::Thread> {
        let params = ThreadReadParams::new(&self.id).include_turns(true);
        Ok(self.client.request(params).await?.thread)
    }

    /// Names the thread (`thread/name/set`).
    ///
    /// # Errors
    ///
    /// Those of [`Call`](crate::Call).
    pub async fn set_name(&self, name: impl Into<String>) -> Result<()> {
        let params = v2::ThreadSetNameParams::new().thread_id(&self.id).name(name);
        self.client.request(params).await.map(drop)
    }

    /// Archives the thread (`thread/archive`): lists leave it out, and nothing of it is lost. The
    /// server lets go of it, so that no turns run on it until it is brought back and resumed.
    ///
    /// # Errors
    ///
    /// Those of [`Call`](crate::Call).
    pub async fn archive(&self) -> Result<()> {
        self.client.request(v2::ThreadArchiveParams::new(&self.id)).await.map(drop)
    }

    /// Brings the thread back from the archive (`thread/unarchive`). Before turns run on it, it has
    /// to be [resumed](crate::Codex::thread_resume).
    ///
    /// # Errors
    ///
    /// Those of [`Call`](crate::Call).
    pub async fn unarchive(&self) -> Result<()> {
        let params = v2::ThreadUnarchiveParams::new(&self.id);
        self.client.request(params).read::<IgnoredAny>().await.map(drop)
    }

    /// Starts to summarise the history, to make room in the model's context
    /// (`thread/compact/start`). The server goes on with it as a turn, after this has returned;
    /// [`start_compaction`](Self::start_compaction) gives a handle of that. A turn that is running
    /// is interrupted.
    ///
    /// # Errors
    ///
    /// Those of [`Call`](crate::Call).
    pub async fn compact(&self) -> Result<()> {
        let params = ThreadCompactStartParams::new(&self.id);
        self.client.request(params).await.map(drop)
    }

    /// Deletes the thread (`thread/delete`), for good.
    ///
    /// # Errors
    ///
    /// Those of [`Call`](crate::Call): the server keeps a thread of which there are
    /// [copies](Self::fork), as these share its history.
    pub async fn delete(&self) -> Result<()> {
        self.client.request(v2::ThreadDeleteParams::new(&self.id)).await.map(drop)
    }

    /// Takes a turn, and all that came after it, out of the thread's history (`thread/revert`).
    /// What these have done to files stays. The ids of turns are in
    /// [`read_with_turns`](Self::read_with_turns) and in each [`RunResult::id`].
    ///
    /// # Errors
    ///
    /// Those of [`Call`](crate::Call); an unknown turn is an [`Error::Rpc`].
    pub async fn revert(&self, before_turn_id: impl Into<String>) -> Result<()> {
        let params =
            v2::ThreadRevertParams::new().thread_id(&self.id).before_turn_id(before_turn_id);
        self.client.request(params).read::<IgnoredAny>().await.map(drop)
    }
}

/// The latest turns, without their items. Two members of each are looked at, whatever the others
/// are.
#[derive(Deserialize)]
struct LatestTurns {
    data: Vec<Value>,
}

impl fmt::Debug for Thread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Thread").field("id", &self.id).finish_non_exhaustive()
    }
}
