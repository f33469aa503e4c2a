//! A turn: one run of the agent, while it runs.

use std::{
    fmt,
    future::poll_fn,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use futures_core::Stream;
use tokio::time::sleep;

use crate::{
    Error, Input, Result, RpcError, RunResult,
    client::Client,
    generated::v2_all::{ServerNotification, TurnInterruptParams, TurnSteerParams},
    result::Collector,
    rpc::{Event, Subscription, shown},
};

/// How often, and how fast at first, an interrupt is tried again that came before the turn was
/// active: 5 s in all.
const INTERRUPT_TRIES: u32 = 10;
const INTERRUPT_DELAY: Duration = Duration::from_millis(5);

/// A turn that is running, or has just ended.
///
/// It is a [`Stream`] of the turn's notifications, in the order of the server, complete from the
/// first to `turn/completed`, which is the last. Two kinds of error do not end the stream:
/// [`Error::Lagged`], where this reader was so slow that deltas had to be dropped, and
/// [`Error::StrayOutput`].
///
/// Dropping the handle frees what is unread and leaves the turn running.
///
/// ```no_run
/// # async fn example(thread: codex_app_server::Thread) -> codex_app_server::Result<()> {
/// use codex_app_server::generated::v2_all::ServerNotification;
///
/// let mut turn = thread.turn("Tell me a story.").await?;
/// while let Some(event) = turn.next().await {
///     if let ServerNotification::ItemAgentMessageDelta(delta) = event? {
///         print!("{}", delta.delta);
///     }
/// }
/// let result = turn.run().await?;
/// # Ok(()) }
/// ```
pub struct TurnHandle {
    control: TurnControl,
    events: Subscription,
    collector: Collector,
    /// Whether the stream has given its last item.
    ended: bool,
}

impl TurnHandle {
    pub(crate) fn new(client: Client, thread_id: String, id: String, events: Subscription) -> Self {
        Self {
            control: TurnControl { client, thread_id, id, over: Arc::new(events.probe()) },
            events,
            collector: Collector::default(),
            ended: false,
        }
    }

    /// The turn's id.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.control.id
    }

    /// The id of its thread.
    #[must_use]
    pub fn thread_id(&self) -> &str {
        &self.control.thread_id
    }

    /// The next notification; `None` after the end. Dropping the future loses nothing.
    ///
    /// # Errors
    ///
    /// [`Error::Closed`] and [`Error::Overflow`] end the stream; [`Error::Lagged`] does not.
    pub async fn next(&mut self) -> Option<Result<ServerNotification>> {
        poll_fn(|cx| self.poll_event(cx)).await
    }

    /// The next piece of the agent's messages, as it is written; `None` after the end of the turn.
    /// Other notifications are passed over, and still count for [`run`](Self::run). Dropping the
    /// future loses nothing.
    ///
    /// ```no_run
    /// # async fn example(thread: codex_app_server::Thread) -> codex_app_server::Result<()> {
    /// let mut turn = thread.turn("Tell me a story.").await?;
    /// while let Some(text) = turn.next_text().await {
    ///     print!("{}", text?);
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`next`](Self::next).
    pub async fn next_text(&mut self) -> Option<Result<String>> {
        loop {
            match self.next().await? {
                Ok(ServerNotification::ItemAgentMessageDelta(message)) => {
                    return Some(Ok(message.delta));
                }
                Ok(_) => {}
                Err(error) => return Some(Err(error)),
            }
        }
    }

    /// Waits for the end of the turn, and gives its result. What has been streamed before is part
    /// of it. After the end it gives the same again.
    ///
    /// Dropping the future loses nothing: the turn goes on, and so can this.
    ///
    /// # Errors
    ///
    /// [`Error::TurnFailed`] if the turn ends as failed, [`Error::Closed`] or [`Error::Overflow`]
    /// if its end cannot be seen any more, and [`Error::Decode`] if what ended it cannot be read.
    pub async fn run(&mut self) -> Result<RunResult> {
        self.finish().await?;
        let gathered = self.collector.clone();
        gathered.into_result(&self.control.thread_id, &self.control.id)
    }

    /// The same, for a handle that is not needed any more.
    pub(crate) async fn into_result(mut self) -> Result<RunResult> {
        self.finish().await?;
        self.collector.into_result(&self.control.thread_id, &self.control.id)
    }

    /// Waits for the end, and decodes what counts on the way.
    async fn finish(&mut self) -> Result<()> {
        while !self.collector.is_complete() {
            match poll_fn(|cx| self.poll_raw(cx)).await {
                Some(Err(error)) if error.ends_stream() => return Err(error),
                Some(_) => self.collector.read()?,
                None => break,
            }
        }
        self.collector.read()
    }

    /// Adds input to the running turn; see [`TurnControl::steer`].
    ///
    /// # Errors
    ///
    /// Those of [`TurnControl::steer`].
    pub async fn steer(&self, input: impl Into<Input>) -> Result<String> {
        self.control.steer(input).await
    }

    /// Stops the turn; see [`TurnControl::interrupt`].
    ///
    /// # Errors
    ///
    /// Those of [`TurnControl::interrupt`].
    pub async fn interrupt(&self) -> Result<()> {
        self.control.interrupt().await
    }

    /// What steers and interrupts the turn from elsewhere, while this handle is being read.
    #[must_use]
    pub fn control(&self) -> TurnControl {
        self.control.clone()
    }

    /// The next event. What ended the stream comes again on each call.
    fn poll_raw(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Event>>> {
        if self.collector.is_complete() {
            return Poll::Ready(None);
        }
        let polled = self.events.poll_next(cx);
        if let Poll::Ready(Some(Ok(event))) = &polled {
            self.collector.add(event);
        }
        polled
    }

    fn poll_event(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<ServerNotification>>> {
        if self.ended {
            return Poll::Ready(None);
        }
        self.poll_raw(cx).map(|event| shown(event?, &mut self.ended))
    }
}

impl Stream for TurnHandle {
    type Item = Result<ServerNotification>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll_event(cx)
    }
}

impl fmt::Debug for TurnHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TurnHandle")
            .field("thread_id", &self.thread_id())
            .field("id", &self.id())
            .field("ended", &self.ended)
            .finish_non_exhaustive()
    }
}

/// Steers and interrupts a turn while somebody else reads it. Clones are for the same turn.
///
/// ```no_run
/// # async fn example(thread: codex_app_server::Thread) -> codex_app_server::Result<()> {
/// let mut turn = thread.turn("Count to a million.").await?;
/// let control = turn.control();
/// tokio::spawn(async move {
///     let _ = tokio::signal::ctrl_c().await;
///     control.interrupt().await
/// });
/// let result = turn.run().await?;
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct TurnControl {
    client: Client,
    thread_id: String,
    id: String,
    /// Whether the turn has ended.
    over: Arc<dyn Fn() -> bool + Send + Sync>,
}

impl TurnControl {
    /// The turn's id.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Adds input to the running turn (`turn/steer`). Returns the id of the turn that took it.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInput`] for an empty list of items; [`Error::Rpc`] if the turn has ended;
    /// else those of [`Call`](crate::Call).
    pub async fn steer(&self, input: impl Into<Input>) -> Result<String> {
        steer(&self.client, &self.thread_id, &self.id, input.into()).await
    }

    /// Stops the turn (`turn/interrupt`). It then ends as interrupted, which [`TurnHandle::run`]
    /// gives as a normal result.
    ///
    /// A turn is interrupted once: a second call, from anywhere, gets the outcome of the first. A
    /// turn that has only just been started is tried again until it is active. Once called, it is
    /// carried out even when this future or the handle is dropped.
    ///
    /// # Errors
    ///
    /// [`Error::Rpc`] if the turn has ended; else those of [`Call`](crate::Call).
    pub async fn interrupt(&self) -> Result<()> {
        let over = Arc::clone(&self.over);
        interrupt(&self.client, &self.thread_id, &self.id, move || over()).await
    }
}

impl fmt::Debug for TurnControl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TurnControl")
            .field("thread_id", &self.thread_id)
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

/// Adds input to the turn `turn_id`, or to the one that the thread has in its place.
pub(crate) async fn steer(
    client: &Client,
    thread_id: &str,
    turn_id: &str,
    input: Input,
) -> Result<String> {
    let items = input.into_items()?;
    let steer = |expected: &str| {
        let params = TurnSteerParams::new(expected, items.clone(), thread_id);
        client.request(params)
    };
    let answer = match steer(turn_id).await {
        Err(Error::Rpc(error)) => match found_turn(&error.message) {
            Some(found) => steer(found).await?,
            None => return Err(Error::Rpc(error)),
        },
        other => other?,
    };
    Ok(answer.turn_id)
}

/// Interrupts the turn `turn_id`, trying again while it is not active yet; `over` says that it has
/// ended.
pub(crate) async fn interrupt(
    client: &Client,
    thread_id: &str,
    turn_id: &str,
    over: impl Fn() -> bool + Send + 'static,
) -> Result<()> {
    let params = TurnInterruptParams::new(thread_id, turn_id);
    let connection = client.connection();
    let client = client.clone();
    let attempt = async move {
        let mut delay = INTERRUPT_DELAY;
        for _ in 1..INTERRUPT_TRIES {
            match client.request(params.clone()).await {
                Err(Error::Rpc(error)) if !over() && not_active(&error) => {
                    sleep(delay).await;
                    delay *= 2;
                }
                other => return other.map(drop),
            }
        }
        client.request(params).await.map(drop)
    };
    connection.interrupt_once(turn_id, attempt).await
}

/// The turn in "expected active turn id `a` but found `b`", which the answer to an interrupt writes
/// without the backticks.
pub(crate) fn found_turn(message: &str) -> Option<&str> {
    let (_, found) = message.split_once("but found ")?;
    let id = found.trim_start_matches('`').split(['`', ' ']).next();
    id.filter(|id| !id.is_empty())
}

pub(crate) fn not_active(error: &RpcError) -> bool {
    error.message.contains("no active turn to interrupt")
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_turn_that_was_found_is_read_from_the_message() {
        for message in [
            "expected active turn id `nope` but found `01a1-f884`",
            "expected active turn id nope but found 01a1-f884",
        ] {
            assert_eq!(super::found_turn(message), Some("01a1-f884"));
        }
        for message in ["no active turn to steer", "a but found ", "but found ``"] {
            assert_eq!(super::found_turn(message), None);
        }
    }
}
