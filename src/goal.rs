//! A goal: an objective that the server pursues over as many turns as it takes, handled like one
//! turn.

mod control;
mod hold;
mod progress;

use std::{
    collections::VecDeque,
    fmt,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use futures_core::Stream;
use tokio::time::timeout;

pub use self::control::GoalControl;
use self::{control::InnerTurns, hold::Hold, progress::Progress};
use crate::{
    client::NotificationStream,
    error::{Error, Result},
    generated::v2_all::{
        ServerNotification, ThreadGoalClearParams, ThreadGoalSetParams, ThreadGoalStatus,
        ThreadStatus,
    },
    input::Input,
    result::{ChatContinuation, ChatMode, RunResult},
    rpc::{Interest, Payload, Topic},
    thread::Thread,
    turn::TurnReader,
};

/// The longest objective, in characters.
const MAX_OBJECTIVE: usize = 4000;

/// How long the server may take to begin the first turn.
const FIRST_TURN: Duration = Duration::from_secs(30);

impl Thread {
    /// Sets a goal, and pursues it to its end: [`start_goal`](Self::start_goal), then
    /// [`GoalHandle::run`]. Dropping the future stops it, as there is no handle left that could:
    /// the goal is paused and its turn interrupted. After
    /// [`Error::TurnInactive`], whose continuation is that of the turn that runs, it goes on.
    ///
    /// # Errors
    ///
    /// Those of [`start_goal`](Self::start_goal) and [`run`](Self::run).
    pub async fn run_goal(&self, objective: impl AsRef<str>) -> Result<RunResult> {
        let mut goal = self.start_goal(objective).await?;
        goal.hold.unwatched = true;
        let result = goal.run().await;
        let is_silent = matches!(result, Err(Error::TurnInactive { .. }));
        goal.hold.unwatched = !goal.reader.is_complete() && !is_silent;
        result
    }

    /// Sets a goal, which the server pursues over as many turns as it takes (`thread/goal/set`). A
    /// goal that the thread has had is cleared. Returns when the first turn has begun. Needs the
    /// server's feature `goals`. A goal whose first turn is not seen, because the future is dropped
    /// before or something fails, is paused and interrupted.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInput`] for an objective that is blank or longer than 4,000 characters, and
    /// for a thread that is ephemeral, busy, or has a goal that is being pursued;
    /// [`Error::RequestTimeout`] if no turn begins within 30 seconds; else those of
    /// [`Call`](crate::Call).
    pub async fn start_goal(&self, objective: impl AsRef<str>) -> Result<GoalHandle> {
        let objective = objective.as_ref().trim();
        check_objective(objective)?;
        let mut hold = Hold::new(self.client(), self.id())?;
        self.check_ready_for_goal().await?;

        let client = self.client();
        client.request(ThreadGoalClearParams::new(self.id())).await?;
        let topic = Topic::Thread(self.id().to_owned());
        let mut notifications = client.subscribe(topic, Interest::All);
        let set = ThreadGoalSetParams::new(self.id())
            .objective(objective)
            .status(ThreadGoalStatus::Active);
        hold.unwatched = true;
        let begun = async {
            let response = client.request(set).await;
            // Refused: there is no goal to be stopped.
            hold.unwatched = !matches!(response, Err(Error::Rpc(_)));
            response?;
            let first = timeout(FIRST_TURN, first_turn(&mut notifications)).await;
            first.unwrap_or_else(|_| {
                Err(Error::RequestTimeout {
                    method: "thread/goal/set".into(),
                    after: FIRST_TURN,
                    unsent_behind: None,
                })
            })
        };
        match begun.await {
            Ok(turn) => {
                hold.unwatched = false;
                Ok(GoalHandle::new(self, turn, notifications, hold))
            }
            Err(error) => {
                if let Some(stopping) = hold.stop() {
                    // The caller learns why it failed, not how the rest went.
                    let _ = stopping.await;
                }
                Err(error)
            }
        }
    }

    async fn check_ready_for_goal(&self) -> Result<()> {
        let now = self.read().await?;
        if now.ephemeral || now.path.is_none() {
            return Err(Error::invalid(
                "thread",
                "it is ephemeral; only a thread that the server stores can have a goal",
            ));
        }
        if matches!(now.status, ThreadStatus::Active(_)) {
            return Err(Error::invalid("thread", "a turn is running on it; wait for its end"));
        }
        Ok(())
    }
}

fn check_objective(objective: &str) -> Result<()> {
    let length = objective.chars().count();
    if length == 0 || length > MAX_OBJECTIVE {
        return Err(Error::invalid(
            "objective",
            format!("it has {length} characters; 1 to {MAX_OBJECTIVE} are allowed"),
        ));
    }
    Ok(())
}

/// Waits for the first turn, and gives its id. Everything that was heard until then is put back.
async fn first_turn(notifications: &mut NotificationStream) -> Result<String> {
    let mut early: VecDeque<Payload> = VecDeque::new();
    while let Some(next) = notifications.next_payload().await {
        match next {
            Ok(payload) => {
                let started = payload.is("turn/started");
                let turn = payload.turn_id().map(str::to_owned);
                early.push_back(payload);
                if let (true, Some(turn)) = (started, turn) {
                    notifications.subscription().put_back(early);
                    return Ok(turn);
                }
            }
            Err(error) if error.ends_stream() => return Err(error),
            Err(_) => {}
        }
    }
    Err(Error::invalid("objective", "the thread was closed"))
}

/// A goal that is pursued, or has just ended.
///
/// It looks like one turn: a [`Stream`] of notifications whose turn id is always that of the first
/// inner turn, from one `turn/started` to one `turn/completed`. What separates the inner turns, and
/// the goal's own notifications, are left out.
///
/// It ends when the goal is complete, blocked, paused, cleared or out of budget, or when an inner
/// turn was interrupted. While it lives, no other turn can be started on its thread through this
/// connection. Dropping it leaves the goal active at the server.
pub struct GoalHandle {
    control: GoalControl,
    reader: TurnReader<Progress>,
    hold: Hold,
}

impl GoalHandle {
    fn new(
        thread: &Thread,
        first_turn: String,
        mut notifications: NotificationStream,
        hold: Hold,
    ) -> Self {
        let is_over = notifications.subscription().probe();
        let inner = Arc::new(InnerTurns::new(&first_turn));
        let progress = Progress::new(first_turn.clone(), Arc::clone(&inner));
        let limit = thread.client().session().inactivity_timeout();
        let goal = Self {
            control: GoalControl::new(thread, first_turn, inner, is_over),
            reader: TurnReader::new(notifications, progress),
            hold,
        };
        goal.inactivity_timeout(limit)
    }

    /// How long the turns of the goal may be silent before the reader is told so with
    /// [`Error::TurnInactive`], whose continuation is that of the turn that runs; `None` for ever.
    /// The goal goes on, and so can this be read.
    /// [`CodexBuilder::inactivity_timeout`](crate::CodexBuilder::inactivity_timeout) sets it for
    /// all.
    #[must_use]
    pub fn inactivity_timeout(mut self, limit: impl Into<Option<Duration>>) -> Self {
        let runtime = self.control.client().connection().runtime();
        let place = ChatContinuation::new(self.thread_id(), self.id(), ChatMode::Stream);
        self.reader.limit_silence(limit.into(), runtime, place);
        self
    }

    /// The id of the goal as a turn: that of its first inner turn.
    #[must_use]
    pub fn id(&self) -> &str {
        self.control.id()
    }

    /// The id of its thread.
    #[must_use]
    pub fn thread_id(&self) -> &str {
        self.control.thread_id()
    }

    /// How many inner turns have been seen to start.
    #[must_use]
    pub fn turns(&self) -> u64 {
        self.reader.map().turns()
    }

    /// The next notification; `None` after the end. Dropping the future loses nothing.
    ///
    /// # Errors
    ///
    /// As for [`TurnHandle::next`](crate::TurnHandle::next).
    pub async fn next(&mut self) -> Option<Result<ServerNotification>> {
        self.reader.next().await
    }

    /// The next piece of the agent's messages, as for
    /// [`TurnHandle::next_text`](crate::TurnHandle::next_text).
    ///
    /// # Errors
    ///
    /// Those of [`next`](Self::next).
    pub async fn next_text(&mut self) -> Option<Result<String>> {
        self.reader.next_text().await
    }

    /// Waits for the end of the goal, and gives what all its turns have come to, as one result.
    ///
    /// # Errors
    ///
    /// As for [`TurnHandle::run`](crate::TurnHandle::run).
    pub async fn run(&mut self) -> Result<RunResult> {
        self.reader.run(self.control.thread_id(), self.control.id()).await
    }

    /// Adds input to the inner turn that runs; see [`GoalControl::steer`].
    ///
    /// # Errors
    ///
    /// Those of [`GoalControl::steer`].
    pub async fn steer(&self, input: impl Into<Input>) -> Result<String> {
        self.control.steer(input).await
    }

    /// Pauses the goal and interrupts its inner turn; see [`GoalControl::interrupt`].
    ///
    /// # Errors
    ///
    /// Those of [`GoalControl::interrupt`].
    pub async fn interrupt(&self) -> Result<()> {
        self.control.interrupt().await
    }

    /// What steers and interrupts the goal from elsewhere, while this handle is being read.
    #[must_use]
    pub fn control(&self) -> GoalControl {
        self.control.clone()
    }
}

impl Stream for GoalHandle {
    type Item = Result<ServerNotification>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.reader.poll_decoded(cx)
    }
}

impl fmt::Debug for GoalHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GoalHandle")
            .field("thread_id", &self.thread_id())
            .field("id", &self.id())
            .field("turns", &self.turns())
            .field("ended", &self.reader.has_ended())
            .finish_non_exhaustive()
    }
}
