//! Turns that nobody reads just now, and that may be read on.

use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
};

use crate::{
    collector::Collector,
    result::ChatContinuation,
    rpc::{Payload, Subscription},
};

/// How many are kept. Of others the server is asked.
const MOST: usize = 16;

/// A turn as its reader has left it. What comes meanwhile is unread, within the bounds of any
/// subscriber.
pub(crate) struct KeptTurn {
    pub(crate) place: ChatContinuation,
    pub(crate) subscription: Subscription,
    pub(crate) collector: Collector,
    /// What was read, if it is to be in the result.
    pub(crate) events: Vec<Payload>,
}

/// The latest of these.
#[derive(Default)]
pub(crate) struct KeptTurns(Mutex<VecDeque<KeptTurn>>);

impl KeptTurns {
    pub(crate) fn keep(&self, turn: KeptTurn) {
        let mut turns = self.turns();
        turns.push_back(turn);
        let oldest = if turns.len() > MOST { turns.pop_front() } else { None };
        drop(turns);
        // Whoever lets go of it takes the lock of the connection.
        drop(oldest);
    }

    /// The turn that was left at this place.
    pub(crate) fn take(&self, place: &ChatContinuation) -> Option<KeptTurn> {
        let mut turns = self.turns();
        let at = turns.iter().position(|kept| kept.place.is_at(place))?;
        turns.remove(at)
    }

    fn turns(&self) -> MutexGuard<'_, VecDeque<KeptTurn>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
