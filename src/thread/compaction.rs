//! Compaction, as the turn that it is.

use std::{collections::VecDeque, sync::Arc, time::Duration};

use serde::Deserialize;
use serde_json::Value;
use tokio::time::timeout;

use super::Thread;
use crate::{
    client::NotificationStream,
    error::{Error, Result},
    generated::v2_all::ThreadCompactStartParams,
    rpc::{Interest, Origin, Payload, Topic},
    turn::TurnHandle,
    wire::ClientRequest,
};

/// How long the server may take to begin.
const FIRST_EVENT: Duration = Duration::from_secs(30);

/// Turns that are looked at at once, and notifications of each that are kept until it is known
/// which of them it is. A thread runs one after another.
const TURNS: usize = 4;
const EARLY: usize = 64;

impl Thread {
    /// Summarises the history, to make room in the model's context (`thread/compact/start`), and
    /// returns when that has begun. The server does it in a turn of its own: the handle sees all of
    /// that, and [`run`](TurnHandle::run) waits for its end. A turn that is running is interrupted.
    ///
    /// ```no_run
    /// # async fn example(thread: codex_app_server::Thread) -> codex_app_server::Result<()> {
    /// thread.start_compaction().await?.run().await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`Call`](crate::Call); [`Error::RequestTimeout`] if no such turn begins within 30
    /// seconds. Dropping the future leaves the server at it.
    pub async fn start_compaction(&self) -> Result<TurnHandle> {
        self.client.session().check_goal(&self.id)?;
        let topic = Topic::Thread(self.id.clone());
        let mut notifications = self.client.subscribe(topic, Interest::All);
        self.compact().await?;
        let begun = timeout(FIRST_EVENT, find_turn(&mut notifications)).await;
        let turn = begun.unwrap_or_else(|_| {
            Err(Error::RequestTimeout {
                method: ThreadCompactStartParams::METHOD.into(),
                after: FIRST_EVENT,
                unsent_behind: None,
            })
        })?;
        Ok(self.handle(turn, notifications, Arc::new(Origin::of_own())))
    }
}

/// A turn that has begun since, and what was heard of it.
struct Candidate {
    turn: String,
    early: VecDeque<Payload>,
}

/// The params of `item/started`, of which one member counts.
#[derive(Deserialize)]
struct ItemStarted {
    item: Value,
}

/// Waits for the turn that compacts, and has the stream go on with it, from its beginning.
///
/// It is the first whose items begin with the compaction, or that ends without any: all others
/// begin with what the user says.
async fn find_turn(notifications: &mut NotificationStream) -> Result<String> {
    let mut candidates: VecDeque<Candidate> = VecDeque::new();
    while let Some(next) = notifications.next_payload().await {
        let payload = match next {
            Ok(payload) => payload,
            Err(error) if error.ends_stream() => return Err(error),
            Err(_) => continue,
        };
        let Some(turn) = payload.turn_id().map(str::to_owned) else {
            continue;
        };
        if payload.is("turn/started") {
            candidates.truncate(TURNS - 1);
            candidates.push_front(Candidate { turn: turn.clone(), early: VecDeque::new() });
        }
        let Some(at) = candidates.iter().position(|candidate| candidate.turn == turn) else {
            continue;
        };
        let is_item = payload.is("item/started");
        let is_it = payload.is("turn/completed") || (is_item && begins_to_compact(&payload));
        let early = &mut candidates[at].early;
        early.push_back(payload);
        if is_it {
            let early = std::mem::take(early);
            let subscription = notifications.subscription();
            subscription.put_back(early);
            subscription.narrow(turn.clone());
            return Ok(turn);
        }
        if is_item || early.len() == EARLY {
            candidates.remove(at);
        }
    }
    Err(Error::invalid("thread", "it was closed"))
}

fn begins_to_compact(payload: &Payload) -> bool {
    let started = payload.read::<ItemStarted>();
    started.is_ok_and(|started| started.item["type"] == "contextCompaction")
}
