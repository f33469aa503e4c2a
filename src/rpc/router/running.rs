//! The turns that run, as far as that was heard: whether a thread is busy, and who has started it.

use std::{collections::HashMap, sync::Arc};

use crate::rpc::origin::Origin;

/// The turn that runs on each thread, by the bytes of its id.
#[derive(Default)]
pub(super) struct RunningTurns(HashMap<Vec<u8>, Running>);

struct Running {
    turn: Vec<u8>,
    /// The first turn of the work that it belongs to: that by which a review is known to everybody,
    /// and with which it ends.
    root: Option<Vec<u8>>,
    /// That of our request that has started it, if one has.
    started_by: Option<Arc<Origin>>,
}

impl Running {
    /// Whether it is known by this id.
    fn is(&self, turn: &[u8]) -> bool {
        self.turn == turn || self.root.as_deref() == Some(turn)
    }
}

impl RunningTurns {
    /// The id of the turn that runs on a thread.
    pub(super) fn on(&self, thread: &str) -> Option<&[u8]> {
        self.0.get(thread.as_bytes()).map(|running| &*running.turn)
    }

    /// The thread on which a turn runs, and the id that the server has for it there.
    pub(super) fn find(&self, turn: &str) -> Option<(&[u8], &[u8])> {
        let (thread, running) = self.0.iter().find(|(_, running)| {
            // Nobody here has started the turn of a sub-agent, whose root is of another thread.
            let by_root = running.started_by.is_some() && running.is(turn.as_bytes());
            by_root || running.turn == turn.as_bytes()
        })?;
        Some((thread, &running.turn))
    }

    /// A turn has begun. Gives the id by which its subscribers know it, if that is another.
    pub(super) fn hear_start(
        &mut self,
        thread: &[u8],
        turn: &[u8],
        root: Option<Vec<u8>>,
    ) -> Option<Vec<u8>> {
        let known = self.0.get_mut(thread);
        let known = known.filter(|it| it.turn == turn || root.as_ref() == Some(&it.turn));
        let Some(running) = known else {
            let running = Running { turn: turn.to_vec(), root, started_by: None };
            self.0.insert(thread.to_vec(), running);
            return None;
        };
        running.started_by.iter().for_each(|origin| origin.hear_start());
        let renamed = running.turn != turn;
        running.turn = turn.to_vec();
        running.root = root;
        running.root.clone().filter(|_| renamed)
    }

    /// Tells a request of ours, whose response names `turn`, whether it has started that turn or
    /// joined it. `started` says that the beginning of the turn was heard since it was sent.
    pub(super) fn tell(&self, origin: &Origin, thread: &str, turn: &str, started: bool) {
        let running = self.0.get(thread.as_bytes());
        let running = running.filter(|running| running.is(turn.as_bytes()));
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
        let running = Running { turn: turn.as_bytes().to_vec(), root: None, started_by };
        self.0.insert(thread.as_bytes().to_vec(), running);
    }

    /// Forgets the turn that runs on a thread: `turn`, or whichever it is. The end of another may
    /// be told after the response that starts the next, and is not the end of that.
    pub(super) fn end(&mut self, thread: &[u8], turn: Option<&[u8]>) -> Option<Vec<u8>> {
        let running = self.0.get(thread)?;
        if turn.is_some_and(|turn| !running.is(turn)) {
            return None;
        }
        self.0.remove(thread).map(|running| running.turn)
    }
}
