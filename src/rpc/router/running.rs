//! The turns that run, as far as that was heard: whether a thread is busy, and who has started it.

use std::{collections::HashMap, sync::Arc};

use crate::rpc::origin::Origin;

/// The turn that runs on each thread, by the bytes of its id.
#[derive(Default)]
pub(super) struct RunningTurns(HashMap<Vec<u8>, Running>);

struct Running {
    turn: Vec<u8>,
    /// That of our request that has started it, if one has.
    started_by: Option<Arc<Origin>>,
}

impl RunningTurns {
    /// The id of the turn that runs on a thread.
    pub(super) fn on(&self, thread: &str) -> Option<&[u8]> {
        self.0.get(thread.as_bytes()).map(|running| &*running.turn)
    }

    /// A turn has begun.
    pub(super) fn hear_start(&mut self, thread: &[u8], turn: &[u8]) {
        match self.0.get(thread) {
            Some(Running { turn: known, started_by }) if known == turn => {
                started_by.iter().for_each(|origin| origin.hear_start());
            }
            _ => {
                let running = Running { turn: turn.to_vec(), started_by: None };
                self.0.insert(thread.to_vec(), running);
            }
        }
    }

    /// Tells a request of ours, whose response names `turn`, whether it has started that turn or
    /// joined it. `started` says that the beginning of the turn was heard since it was sent.
    pub(super) fn tell(&self, origin: &Origin, thread: &str, turn: &str, started: bool) {
        let running = self.0.get(thread.as_bytes());
        let running = running.filter(|running| running.turn == turn.as_bytes());
        if started {
            origin.hear_start();
        } else if running.is_some() {
            origin.join();
        }
        // Of several requests the first that has a response has started it.
        if running.is_some_and(|running| running.started_by.is_some()) {
            origin.join();
        }
    }

    /// A turn runs that a request of ours has started.
    pub(super) fn begin(&mut self, thread: &str, turn: &str, origin: &Arc<Origin>) {
        let started_by = Some(Arc::clone(origin));
        let running = Running { turn: turn.as_bytes().to_vec(), started_by };
        self.0.insert(thread.as_bytes().to_vec(), running);
    }

    /// Forgets the turn that runs on a thread: `turn`, or whichever it is. The end of another may
    /// be told after the response that starts the next, and is not the end of that.
    pub(super) fn end(&mut self, thread: &[u8], turn: Option<&[u8]>) -> Option<Vec<u8>> {
        let running = self.0.get(thread)?;
        if turn.is_some_and(|turn| running.turn != turn) {
            return None;
        }
        self.0.remove(thread).map(|running| running.turn)
    }
}
