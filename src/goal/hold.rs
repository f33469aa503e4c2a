//! A thread is kept for its goal, and a goal that nobody watches is stopped.

use tokio::{runtime::Handle, task::JoinHandle};

use crate::{
    client::Client,
    error::{Error, Result},
    generated::v2_all::{ThreadGoalSetParams, ThreadGoalStatus, TurnInterruptParams},
    session::Reservation,
    turn,
};

/// A thread that is kept for a goal.
pub(super) struct Hold {
    client: Client,
    thread_id: String,
    /// None once the goal is being stopped.
    reservation: Option<Reservation>,
    /// Whether the goal is active and would go on with nobody to hold it.
    pub(super) unwatched: bool,
    runtime: Handle,
}

impl Hold {
    pub(super) fn new(client: &Client, thread_id: &str) -> Result<Self> {
        Ok(Self {
            client: client.clone(),
            thread_id: thread_id.to_owned(),
            reservation: Some(client.session().reserve_for_goal(thread_id)?),
            unwatched: false,
            runtime: Handle::current(),
        })
    }

    /// Pauses the goal and interrupts its turn, unless somebody watches it. The thread is free
    /// after that.
    pub(super) fn stop(&mut self) -> Option<JoinHandle<()>> {
        let reservation = self.reservation.take().filter(|_| self.unwatched)?;
        let (client, thread_id) = (self.client.clone(), self.thread_id.clone());
        // Ends with its requests, which have deadlines.
        Some(self.runtime.spawn(async move {
            if let Err(error) = stop(&client, &thread_id).await {
                tracing::warn!(%error, thread_id, "a goal that nobody watches could not be stopped");
            }
            drop(reservation);
        }))
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Pauses the goal, then interrupts whichever turn is running.
async fn stop(client: &Client, thread_id: &str) -> Result<()> {
    pause(client, thread_id).await?;
    // Which one it is, the server says when it is asked for another.
    let any = TurnInterruptParams::new().thread_id(thread_id).turn_id("any");
    match client.request(any).await {
        Err(Error::Rpc(error)) => match turn::found_turn(&error.message) {
            Some(found) => turn::interrupt(client, thread_id, found, || false).await,
            None => Ok(()),
        },
        other => other.map(drop),
    }
}

pub(super) async fn pause(client: &Client, thread_id: &str) -> Result<()> {
    let params = ThreadGoalSetParams::new(thread_id).status(ThreadGoalStatus::Paused);
    client.request(params).await.map(drop)
}
