//! A goal: an objective that the server pursues over as many turns as it takes, handled like one
//! turn.

mod hold;
mod progress;

use std::{
    collections::VecDeque,
    fmt,
    future::poll_fn,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use futures_core::Stream;
use tokio::time::timeout;

use self::{
    hold::{Hold, pause},
    progress::{Progress, Shown, named_as},
};
use crate::{
    Error, Input, Result, RunResult, Thread,
    client::Client,
    generated::v2_all::{
        ServerNotification, ThreadGoalClearParams, ThreadGoalSetParams, ThreadGoalStatus,
        ThreadStatus,
    },
    result::Collector,
    rpc::{Event, Interest, Subscription, Topic, shown},
    turn,
};

/// The longest objective, in characters.
const MAX_OBJECTIVE: usize = 4000;

/// How long the server may take to begin the first turn.
const FIRST_TURN: Duration = Duration::from_secs(30);

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
    client: Client,
    thread_id: String,
    /// The id of the first inner turn, which stands for all.
    id: String,
    events: Subscription,
    progress: Progress,
    collector: Collector,
    ended: bool,
    hold: Hold,
}

/// Begins a goal; see [`Thread::start_goal`].
pub(crate) async fn start(client: &Client, thread: &Thread, objective: &str) -> Result<GoalHandle> {
    let objective = objective.trim();
    let length = objective.chars().count();
    if length == 0 || length > MAX_OBJECTIVE {
        return Err(Error::invalid(
            "objective",
            format!("it has {length} characters; 1 to {MAX_OBJECTIVE} are allowed"),
        ));
    }
    let mut hold = Hold::new(client, thread.id())?;
    let now = thread.read(false).await?;
    if now.ephemeral || now.path.is_none() {
        return Err(Error::invalid(
            "thread",
            "it is ephemeral; only a thread that the server stores can have a goal",
        ));
    }
    if matches!(now.status, ThreadStatus::Active(_)) {
        return Err(Error::invalid("thread", "a turn is running on it; wait for its end"));
    }

    let id = thread.id();
    client.request(ThreadGoalClearParams::new(id)).await?;
    let topic = Topic::Thread(id.to_owned());
    let mut events = client.connection().subscribe(topic, Interest::All);
    let set = ThreadGoalSetParams::new(id).objective(objective).status(ThreadGoalStatus::Active);
    let mut progress = Progress::default();
    hold.unwatched = true;
    let begun = async {
        let answer = client.request(set).await;
        // Refused: there is no goal to be stopped.
        hold.unwatched = !matches!(answer, Err(Error::Rpc(_)));
        answer?;
        let first = timeout(FIRST_TURN, first_turn(&mut events, &mut progress.early)).await;
        first.unwrap_or_else(|_| {
            Err(Error::RequestTimeout { method: "thread/goal/set".into(), after: FIRST_TURN })
        })
    };
    match begun.await {
        Ok(turn) => {
            hold.unwatched = false;
            Ok(GoalHandle {
                client: client.clone(),
                thread_id: id.to_owned(),
                id: turn,
                events,
                progress,
                collector: Collector::default(),
                ended: false,
                hold,
            })
        }
        Err(error) => {
            if let Some(stopped) = hold.stop() {
                // The caller learns why it failed, not how the rest went.
                let _ = stopped.await;
            }
            Err(error)
        }
    }
}

/// Pursues a goal to its end; see [`Thread::run_goal`].
pub(crate) async fn run(client: &Client, thread: &Thread, objective: &str) -> Result<RunResult> {
    let mut goal = start(client, thread, objective).await?;
    goal.hold.unwatched = true;
    let result = goal.run().await;
    goal.hold.unwatched = !goal.collector.is_complete();
    result
}

/// Waits for the first turn, and keeps everything heard until then.
async fn first_turn(events: &mut Subscription, early: &mut VecDeque<Event>) -> Result<String> {
    while let Some(event) = events.next().await {
        match event {
            Ok(event) => {
                let started = event.is("turn/started");
                let turn = event.turn_id().map(str::to_owned);
                early.push_back(event);
                if let (true, Some(turn)) = (started, turn) {
                    return Ok(turn);
                }
            }
            Err(error) if error.ends_stream() => return Err(error),
            Err(_) => {}
        }
    }
    Err(Error::invalid("objective", "the thread was closed"))
}

impl GoalHandle {
    /// The id of the goal as a turn: that of its first inner turn.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The id of its thread.
    #[must_use]
    pub fn thread_id(&self) -> &str {
        &self.thread_id
    }

    /// How many inner turns have been seen to start.
    #[must_use]
    pub fn turns(&self) -> u64 {
        self.progress.turns
    }

    /// The next notification; `None` after the end. Dropping the future loses nothing.
    ///
    /// # Errors
    ///
    /// As for [`TurnHandle::next`](crate::TurnHandle::next).
    pub async fn next(&mut self) -> Option<Result<ServerNotification>> {
        poll_fn(|cx| self.poll_event(cx)).await
    }

    /// Waits for the end of the goal, and gives what all its turns have come to, as one result.
    ///
    /// # Errors
    ///
    /// As for [`TurnHandle::run`](crate::TurnHandle::run).
    pub async fn run(&mut self) -> Result<RunResult> {
        while !self.collector.is_complete() {
            match poll_fn(|cx| self.poll_raw(cx)).await {
                Some(Err(error)) if error.ends_stream() => return Err(error),
                Some(_) => self.collector.read()?,
                None => break,
            }
        }
        let gathered = self.collector.clone();
        gathered.into_result(&self.thread_id, &self.id)
    }

    /// Adds input to the inner turn that runs. Returns the id of the goal.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInput`] after the end, and for an empty list of items; else those of
    /// [`Call`](crate::Call).
    pub async fn steer(&self, input: impl Into<Input>) -> Result<String> {
        self.check_running("no active turn to steer")?;
        turn::steer(&self.client, &self.thread_id, self.inner_turn(), input.into()).await?;
        Ok(self.id.clone())
    }

    /// Pauses the goal and interrupts its inner turn. It then ends as interrupted, which
    /// [`run`](Self::run) gives as a normal result.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInput`] after the end; else those of [`Call`](crate::Call).
    pub async fn interrupt(&mut self) -> Result<()> {
        self.check_running("no active turn to interrupt")?;
        pause(&self.client, &self.thread_id).await?;
        self.progress.interrupted = true;
        let (client, thread) = (&self.client, &self.thread_id);
        match turn::interrupt(client, thread, self.inner_turn(), self.events.probe()).await {
            // Another inner turn runs by now: that one.
            Err(Error::Rpc(error)) => match turn::found_turn(&error.message) {
                Some(found) => turn::interrupt(client, thread, found, self.events.probe()).await,
                // Between two turns there is nothing to interrupt.
                None if turn::not_active(&error) => Ok(()),
                None => Err(Error::Rpc(error)),
            },
            other => other,
        }
    }

    fn check_running(&self, otherwise: &str) -> Result<()> {
        if self.collector.is_complete() {
            Err(Error::invalid("goal", format!("it has ended: {otherwise}")))
        } else {
            Ok(())
        }
    }

    fn inner_turn(&self) -> &str {
        if self.progress.latest.is_empty() { &self.id } else { &self.progress.latest }
    }

    /// The next event as one of the single turn that this looks like.
    fn poll_raw(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Event>>> {
        while !self.collector.is_complete() {
            let event = match self.progress.early.pop_front() {
                Some(event) => event,
                None => match self.events.poll_next(cx) {
                    Poll::Ready(Some(Ok(event))) => event,
                    other => return other,
                },
            };
            let shown = match self.progress.observe(&event, &self.id) {
                Ok(Shown::No) => continue,
                Ok(Shown::Yes) => named_as(&event, &self.id),
                Ok(Shown::Instead(event)) => Some(*event),
                Err(error) => return Poll::Ready(Some(Err(error))),
            };
            if let Some(event) = shown {
                self.collector.add(&event);
                return Poll::Ready(Some(Ok(event)));
            }
        }
        Poll::Ready(None)
    }

    fn poll_event(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<ServerNotification>>> {
        if self.ended {
            return Poll::Ready(None);
        }
        self.poll_raw(cx).map(|event| shown(event?, &mut self.ended))
    }
}

impl Stream for GoalHandle {
    type Item = Result<ServerNotification>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll_event(cx)
    }
}

impl fmt::Debug for GoalHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GoalHandle")
            .field("thread_id", &self.thread_id)
            .field("id", &self.id)
            .field("turns", &self.progress.turns)
            .field("ended", &self.ended)
            .finish_non_exhaustive()
    }
}
