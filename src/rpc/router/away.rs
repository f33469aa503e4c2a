//! What becomes of those who wait while a connection is lost, and when it is back.

use std::{collections::HashMap, sync::Arc};

use super::Router;
use crate::{
    error::Closed,
    rpc::{
        message::Payload,
        progress::{Backlog, MissedThread, Progress},
    },
};

impl Router {
    /// Whether the connection is being brought back.
    pub(in crate::rpc) fn is_away(&self) -> bool {
        self.away.is_some()
    }

    /// What has come meanwhile and was not handed out, in bytes.
    pub(in crate::rpc) fn backlog(&self) -> usize {
        self.away.as_ref().map_or(0, |backlog| backlog.bytes)
    }

    /// Why the connection was lost, the last time.
    pub(in crate::rpc) fn lost(&self) -> Option<&Arc<Closed>> {
        self.lost.as_ref()
    }

    /// Tells everybody that the connection is lost, and may come back.
    pub(in crate::rpc) fn lose(&mut self, closed: Closed) {
        tracing::warn!(%closed, "the connection is lost, and will be opened again");
        self.lost = Some(Arc::new(closed));
        // What came of an attempt that has failed comes again, and readers were told of the gap.
        if self.away.replace(Backlog::default()).is_none() {
            let named = [&self.turns, &self.threads, &self.processes];
            let readers = named.into_iter().flat_map(HashMap::values).flatten();
            readers.chain(&self.connection).for_each(|mailbox| mailbox.push_gap());
        }
        self.pending.lose();
        self.server_requests.lose();
    }

    /// The threads of which something may be missed.
    pub(in crate::rpc) fn missed(&self) -> Vec<MissedThread> {
        let mut missed = self.progress.as_ref().map(Progress::missed).unwrap_or_default();
        for (thread, message) in self.pending.starts() {
            let at = missed.iter().position(|missed| missed.id == thread).unwrap_or_else(|| {
                missed.push(MissedThread::new(thread));
                missed.len() - 1
            });
            missed[at].starts.push(message.to_owned());
        }
        missed
    }

    /// Hands out a notification unless what it says is known; says whether it did.
    pub(in crate::rpc) fn recover(&mut self, payload: Payload) -> bool {
        let is_new = self.progress.as_mut().is_none_or(|progress| {
            if payload.is_delta() {
                progress.wants_delta(&payload)
            } else {
                progress.hear(&payload)
            }
        });
        if is_new {
            self.hand_out(payload);
        }
        is_new
    }

    /// The connection is back: what has come meanwhile is handed out.
    pub(in crate::rpc) fn come_back(&mut self) {
        for payload in self.away.take().unwrap_or_default().payloads {
            self.recover(payload);
        }
    }

    /// A turn, or all turns of a thread, will not be heard of any more.
    pub(in crate::rpc) fn give_up(&mut self, thread: &str, turn: Option<&str>, closed: Closed) {
        let Some(progress) = &mut self.progress else {
            return;
        };
        let turns = match turn {
            Some(turn) => vec![turn.to_owned()],
            None => progress.running(thread),
        };
        match turn {
            Some(turn) => progress.forget(thread, turn),
            None => progress.give_up(thread, closed.reason.to_string()),
        }
        let closed = Arc::new(closed);
        for turn in turns {
            drop(self.running.end(thread.as_bytes(), Some(turn.as_bytes())));
            self.server_requests.end_turn(turn.as_bytes());
            for mailbox in self.turns.remove(turn.as_bytes()).into_iter().flatten() {
                mailbox.close(&closed);
            }
        }
    }
}
