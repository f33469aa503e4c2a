//! What steers and interrupts a running turn.

use std::{fmt, sync::Arc, time::Duration};

use serde::Deserialize;
use tokio::time::sleep;

use crate::{
    client::{Client, NotificationStream},
    error::{Error, Result, RpcError},
    generated::v2_all::{TurnInterruptParams, TurnSteerParams},
    input::{Input, new_message_id},
    rpc::{Interest, Topic},
};

/// How often, and how fast at first, an interrupt is tried again that came before the turn was
/// active: 5 s in all.
const INTERRUPT_TRIES: u32 = 10;
const INTERRUPT_DELAY: Duration = Duration::from_millis(5);

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
    is_over: Arc<dyn Fn() -> bool + Send + Sync>,
}

impl TurnControl {
    /// `is_over` says whether the turn has ended.
    pub(super) fn new(
        client: Client,
        thread_id: String,
        id: String,
        is_over: impl Fn() -> bool + Send + Sync + 'static,
    ) -> Self {
        Self { client, thread_id, id, is_over: Arc::new(is_over) }
    }

    pub(super) fn client(&self) -> &Client {
        &self.client
    }

    pub(super) fn thread_id(&self) -> &str {
        &self.thread_id
    }

    /// The turn's id.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Adds input to the running turn (`turn/steer`). Returns the id of the turn that took it.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInput`] for an input that says nothing, [`Error::Rpc`] if the turn is over;
    /// else those of [`Call`](crate::Call).
    pub async fn steer(&self, input: impl Into<Input>) -> Result<String> {
        steer(&self.client, &self.thread_id, &self.id, input.into()).await
    }

    /// Stops the turn (`turn/interrupt`). It then ends as interrupted, which
    /// [`TurnHandle::run`](super::TurnHandle::run) gives as a normal result.
    ///
    /// A turn is interrupted once: a second call, from anywhere, gets the result of the first. A
    /// turn that has only just been started is tried again until it is active; for one that has
    /// ended this is `Ok`.
    ///
    /// It starts when the future is first polled, and is then carried out even when the future or
    /// the handle is dropped. `drop(control.interrupt())` does nothing: await it, or spawn it.
    ///
    /// # Errors
    ///
    /// Those of [`Call`](crate::Call).
    pub async fn interrupt(&self) -> Result<()> {
        let is_over = Arc::clone(&self.is_over);
        match interrupt(&self.client, &self.thread_id, &self.id, move || is_over()).await {
            // It has ended: no turn is active, or another one is.
            Err(Error::Rpc(error)) if not_active(&error) => Ok(()),
            Err(Error::Rpc(error)) if found_turn(&error.message).is_some() => Ok(()),
            other => other,
        }
    }
}

impl TurnControl {
    /// Whether the turn has ended.
    pub(super) fn is_over(&self) -> bool {
        (self.is_over)()
    }

    /// The same for somebody who does not keep the connection open.
    pub(super) fn without_link(&self) -> Self {
        Self { client: self.client.without_link(), ..self.clone() }
    }

    /// Stops the turn, unless it has ended. Nobody learns how that went.
    pub(super) fn begin_interrupt(&self) {
        let is_over = Arc::clone(&self.is_over);
        begin_interrupt(&self.client, &self.thread_id, &self.id, move || is_over());
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
    // By which it is known among those of others, if the response is lost.
    let named = client.connection().comes_back().then(|| {
        let topic = Topic::Turn(turn_id.to_owned());
        (new_message_id(), client.subscribe(topic, Interest::Only("item/completed")))
    });
    let message = named.as_ref().map(|(message, _)| message.clone());
    let steer = |expected: &str| {
        let mut params = TurnSteerParams::new()
            .thread_id(thread_id)
            .expected_turn_id(expected)
            .input(items.clone());
        if let Some(message) = &message {
            params = params.client_user_message_id(message);
        }
        client.request(params)
    };
    let response = match steer(turn_id).await {
        Err(Error::Rpc(error)) => match found_turn(&error.message) {
            Some(found) => steer(found).await?,
            None => return Err(Error::Rpc(error)),
        },
        Err(error @ Error::ConnectionLost { sent: true, .. }) => {
            let Some((message, mut heard)) = named else {
                return Err(error);
            };
            let runs = client.connection().runs(thread_id, turn_id).await;
            let is_heard = runs || heard.subscription().is_over();
            let arrived = is_heard && has_arrived(&mut heard, &message).await;
            return if arrived { Ok(turn_id.to_owned()) } else { Err(error) };
        }
        other => other?,
    };
    Ok(response.turn_id)
}

/// Whether a message becomes a part of its turn, before that ends.
async fn has_arrived(items: &mut NotificationStream, message: &str) -> bool {
    #[derive(Deserialize)]
    struct Completed {
        item: Message,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Message {
        client_id: Option<String>,
    }
    while let Some(Ok(payload)) = items.next_payload().await {
        let completed = payload.read::<Completed>();
        if completed.is_ok_and(|it| it.item.client_id.as_deref() == Some(message)) {
            return true;
        }
    }
    false
}

/// Interrupts the turn `turn_id`, trying again while it is not active yet; `is_over` says that it
/// has ended.
pub(crate) async fn interrupt(
    client: &Client,
    thread_id: &str,
    turn_id: &str,
    is_over: impl Fn() -> bool + Clone + Send + 'static,
) -> Result<()> {
    let attempt = attempt_interrupt(client, thread_id, turn_id, is_over.clone());
    client.session().interrupt_once(turn_id, is_over, attempt).await
}

/// The same for nobody who would wait for it, or for whom the connection is to stay open.
pub(crate) fn begin_interrupt(
    client: &Client,
    thread_id: &str,
    turn_id: &str,
    is_over: impl Fn() -> bool + Clone + Send + 'static,
) {
    let attempt = attempt_interrupt(&client.without_link(), thread_id, turn_id, is_over.clone());
    drop(client.session().begin_interrupt(turn_id, is_over, attempt));
}

/// Sends `turn/interrupt` until the turn is active, or over.
fn attempt_interrupt(
    client: &Client,
    thread_id: &str,
    turn_id: &str,
    is_over: impl Fn() -> bool + Send + 'static,
) -> impl Future<Output = Result<()>> + Send + 'static {
    let params = TurnInterruptParams::new().thread_id(thread_id).turn_id(turn_id);
    let client = client.clone();
    async move {
        let mut delay = INTERRUPT_DELAY;
        for _ in 1..INTERRUPT_TRIES {
            match client.request(params.clone()).await {
                Err(Error::Rpc(error)) if !is_over() && not_active(&error) => {
                    sleep(delay).await;
                    delay *= 2;
                }
                // It is asked for again: a turn is not stopped twice.
                Err(Error::ConnectionLost { .. }) if !is_over() => {}
                other => return other.map(drop),
            }
        }
        client.request(params).await.map(drop)
    }
}

/// The turn in "expected active turn id `a` but found `b`", which the response to an interrupt
/// writes without the backticks.
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
