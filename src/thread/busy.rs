//! Whether a turn runs on a thread, and how its end is waited for.
//!
//! Turns that this connection has started or heard of are known here; of those of other clients the
//! server knows. It does not know of one that it has only just started.

use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;
use tokio::{
    sync::OwnedMutexGuard,
    time::{sleep, timeout},
};

use super::Thread;
use crate::{
    error::{Error, Result},
    generated::v2_all::ThreadReadParams,
    rpc::{Interest, Topic},
};

/// After what time the server is asked again, at first and later: not each end is heard of.
const TICK: Duration = Duration::from_millis(500);
const LAST_TICK: Duration = Duration::from_secs(4);

/// The wait before the next try after another client was faster.
const STEP: Duration = Duration::from_millis(50);

/// The place of one who wants a turn of its own. Nobody else of this connection starts such a turn
/// meanwhile.
pub(super) struct Place<'a> {
    thread: &'a Thread,
    _held: OwnedMutexGuard<()>,
}

impl Thread {
    /// Waits for a place behind all others.
    pub(super) async fn enter(&self) -> Place<'_> {
        let held = self.client.session().turn_queues().enter(&self.id).await;
        Place { thread: self, _held: held }
    }

    /// A place on an idle thread.
    ///
    /// # Errors
    ///
    /// [`Error::Busy`] if a turn runs, or is about to; else those of asking the server.
    pub(super) async fn enter_if_idle(&self) -> Result<Place<'_>> {
        let busy = |turn_id| Err(Error::Busy { thread_id: self.id.clone(), turn_id });
        let Some(held) = self.client.session().turn_queues().try_enter(&self.id) else {
            return busy(None);
        };
        let heard = self.heard_of_turn();
        // Of one that is about to begin there is a response to come.
        if heard == Some(None) {
            return busy(None);
        }
        let mut active = self.is_active().await?;
        if heard.is_some() && !active {
            // It has only just begun, or has ended unheard.
            sleep(2 * TICK).await;
            active = self.is_active().await?;
        }
        match self.heard_of_turn() {
            // Another one may have begun meanwhile.
            Some(turn) if active || heard.as_ref() != Some(&turn) => busy(turn),
            None if active => busy(None),
            _ => Ok(Place { thread: self, _held: held }),
        }
    }

    /// Whether this connection has heard of a turn that runs or is about to, and of which.
    fn heard_of_turn(&self) -> Option<Option<String>> {
        self.client.connection().busy(&self.id)
    }

    /// Whether the server says that a turn runs.
    async fn is_active(&self) -> Result<bool> {
        #[derive(Deserialize)]
        struct Read {
            thread: Value,
        }
        let read: Read = self.client.request(ThreadReadParams::new(&self.id)).read().await?;
        Ok(read.thread["status"]["type"] == "active")
    }
}

impl Place<'_> {
    /// Waits until no turn runs, or the connection ends.
    pub(super) async fn wait_until_idle(&self) -> Result<()> {
        let thread = self.thread;
        let topic = Topic::Thread(thread.id.clone());
        let mut ends = thread.client.subscribe(topic, Interest::Only("turn/completed"));
        let (mut tick, mut idle_with) = (TICK, None);
        loop {
            let heard = thread.heard_of_turn();
            let is_late = tick > TICK;
            if (heard.is_none() || is_late) && !thread.is_active().await? {
                // A turn that the server does not know for so long has ended unheard. One that is
                // about to begin has no id yet; its response is waited for.
                let has_ended = is_late && heard != Some(None) && idle_with == heard;
                if heard.is_none() || has_ended {
                    return Ok(());
                }
                idle_with = heard;
            }
            match timeout(tick, ends.next_payload()).await {
                Ok(Some(Err(error))) if error.ends_stream() => return Err(error),
                Ok(Some(_)) => (tick, idle_with) = (TICK, None),
                Ok(None) | Err(_) => tick = LAST_TICK.min(2 * tick),
            }
        }
    }

    /// Lets whoever was faster begin.
    pub(super) async fn step_back(&self) {
        sleep(STEP).await;
    }
}
