//! What was heard of each thread's turns, so that what is missed while the server cannot be reached
//! can be told from it. Kept only for connections that are opened again.

use std::{
    collections::{HashMap, VecDeque, hash_map::Entry},
    mem,
};

use serde::Deserialize;

use super::message::Payload;
use crate::json::OnlyId;

/// Turns of a thread that are known to have ended. What tells of one twice does so soon.
const ENDED: usize = 16;

#[derive(Default)]
pub(super) struct Progress {
    threads: HashMap<String, ThreadProgress>,
}

#[derive(Default)]
struct ThreadProgress {
    /// Handles of the program, which want to go on with it.
    users: usize,
    /// Whether the server tells of it to this connection.
    open: bool,
    /// Why the server will not tell of it any more.
    gone: Option<String>,
    /// The turns that have ended last, the latest at the end.
    ended: VecDeque<String>,
    /// Those that run, as far as that is known.
    running: HashMap<String, TurnProgress>,
}

impl ThreadProgress {
    fn has_ended(&self, turn: &str) -> bool {
        self.ended.iter().any(|ended| ended == turn)
    }
}

#[derive(Default)]
struct TurnProgress {
    started: bool,
    /// Its items, and which of them are complete.
    items: HashMap<String, bool>,
}

/// Notifications that wait until what came before them is known.
#[derive(Default)]
pub(super) struct Backlog {
    pub(super) payloads: Vec<Payload>,
    pub(super) bytes: usize,
}

impl Backlog {
    pub(super) fn add(&mut self, payload: Payload) {
        self.bytes += payload.message().len();
        self.payloads.push(payload);
    }
}

/// A thread, and what is to be found out about it.
#[derive(Clone, Debug)]
pub(crate) struct MissedThread {
    pub(crate) id: String,
    /// The turn that had ended last.
    pub(crate) last: Option<String>,
    /// The turns of which the end was not heard.
    pub(crate) running: Vec<String>,
    /// The messages with which turns were to begin, of which nothing was heard.
    pub(crate) starts: Vec<String>,
}

impl MissedThread {
    pub(super) fn new(id: &str) -> Self {
        Self { id: id.to_owned(), last: None, running: Vec::new(), starts: Vec::new() }
    }
}

#[derive(Deserialize)]
struct About {
    item: OnlyId,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Piece {
    item_id: String,
}

impl Progress {
    /// A handle refers to a thread, from now on.
    pub(super) fn hold(&mut self, thread: &str) {
        self.thread(thread).users += 1;
    }

    /// It does no longer.
    pub(super) fn release(&mut self, thread: &str) {
        if let Some(known) = self.threads.get_mut(thread) {
            known.users = known.users.saturating_sub(1);
        }
        self.forget_idle(thread);
    }

    /// The server tells of a thread to this connection.
    pub(super) fn open(&mut self, thread: &str) {
        let known = self.thread(thread);
        (known.open, known.gone) = (true, None);
    }

    /// The server will not tell of it any more.
    pub(super) fn give_up(&mut self, thread: &str, why: String) {
        let known = self.thread(thread);
        (known.open, known.gone) = (false, Some(why));
        known.running.clear();
    }

    /// Why the server does not tell of a thread any more, if so.
    pub(super) fn gone(&self, thread: &str) -> Option<&str> {
        self.threads.get(thread)?.gone.as_deref()
    }

    /// A turn runs, of which nothing may have been heard yet.
    pub(super) fn expect(&mut self, thread: &str, turn: &str) {
        let known = self.thread(thread);
        if !known.has_ended(turn) {
            known.running.entry(turn.to_owned()).or_default();
        }
    }

    /// A turn is not waited for any more.
    pub(super) fn forget(&mut self, thread: &str, turn: &str) {
        if let Some(known) = self.threads.get_mut(thread) {
            known.running.remove(turn);
        }
        self.forget_idle(thread);
    }

    /// Hears a notification. Whether it says something new: a response that tells of a turn, and
    /// the notifications that come meanwhile, may both tell of the same.
    pub(super) fn hear(&mut self, payload: &Payload) -> bool {
        if payload.is_delta() {
            return true;
        }
        let Some(thread) = payload.thread_id() else {
            return true;
        };
        if ["thread/closed", "thread/archived", "thread/deleted"].iter().any(|end| payload.is(end))
        {
            self.thread(thread).open = false;
            self.forget_idle(thread);
            return true;
        }
        let Some(turn) = payload.turn_id() else {
            return true;
        };
        if self.threads.get(thread).is_some_and(|known| known.has_ended(turn)) {
            return false;
        }
        if payload.is("turn/completed") {
            let known = self.thread(thread);
            known.running.remove(turn);
            if known.ended.len() == ENDED {
                known.ended.pop_front();
            }
            known.ended.push_back(turn.to_owned());
            self.forget_idle(thread);
            return true;
        }
        let completed = payload.is("item/completed");
        if completed || payload.is("item/started") {
            let Ok(About { item: OnlyId { id } }) = payload.read() else {
                return true;
            };
            return match self.turn(thread, turn).items.entry(id) {
                Entry::Vacant(item) => {
                    item.insert(completed);
                    true
                }
                Entry::Occupied(mut item) => {
                    let before = *item.get();
                    item.insert(before || completed);
                    completed && !before
                }
            };
        }
        if payload.is("turn/started") {
            return !mem::replace(&mut self.turn(thread, turn).started, true);
        }
        true
    }

    /// Whether these are the ids of what was heard of a turn, or nothing was: servers have given
    /// items other ids when they had read them from a file.
    pub(super) fn knows(&self, thread: &str, turn: &str, items: &[String]) -> bool {
        let known = self.threads.get(thread).and_then(|known| known.running.get(turn));
        let mut complete = known.iter().flat_map(|turn| &turn.items).filter(|(_, it)| **it);
        let is_first = complete.clone().next().is_none();
        is_first || complete.any(|(id, _)| items.contains(id))
    }

    /// Whether a delta is of an item that is not complete.
    pub(super) fn wants_delta(&self, delta: &Payload) -> bool {
        let known = delta.thread_id().and_then(|thread| self.threads.get(thread));
        let (Some(known), Some(turn)) = (known, delta.turn_id()) else {
            return true;
        };
        let (Some(turn), Ok(Piece { item_id })) = (known.running.get(turn), delta.read()) else {
            return !known.has_ended(turn);
        };
        turn.items.get(&item_id) != Some(&true)
    }

    /// The turns of a thread that run.
    pub(super) fn running(&self, thread: &str) -> Vec<String> {
        let known = self.threads.get(thread);
        known.map(|known| known.running.keys().cloned().collect()).unwrap_or_default()
    }

    /// The threads of which something may be missed.
    pub(super) fn missed(&self) -> Vec<MissedThread> {
        let is_wanted =
            |known: &ThreadProgress| (known.open && known.users > 0) || !known.running.is_empty();
        let wanted = self.threads.iter().filter(|(_, known)| is_wanted(known));
        let missed = wanted.map(|(id, known)| MissedThread {
            last: known.ended.back().cloned(),
            running: known.running.keys().cloned().collect(),
            ..MissedThread::new(id)
        });
        missed.collect()
    }

    fn thread(&mut self, thread: &str) -> &mut ThreadProgress {
        self.threads.entry(thread.to_owned()).or_default()
    }

    fn turn(&mut self, thread: &str, turn: &str) -> &mut TurnProgress {
        self.thread(thread).running.entry(turn.to_owned()).or_default()
    }

    /// Lets go of a thread that nobody uses and on which nothing runs.
    fn forget_idle(&mut self, thread: &str) {
        let is_idle = |known: &ThreadProgress| known.users == 0 && known.running.is_empty();
        if self.threads.get(thread).is_some_and(is_idle) {
            self.threads.remove(thread);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn told(method: &str, item: &str) -> Payload {
        let mut params = json!({"threadId": "t", "turnId": "u", "itemId": item});
        params["item"] = json!({"id": item});
        let message: Value = json!({"method": method, "params": params});
        Payload::from_json(&message).unwrap()
    }

    #[test]
    fn each_thing_is_new_once() {
        let mut progress = Progress::default();
        progress.hold("t");
        let mut hear = |method: &str, item: &str| progress.hear(&told(method, item));
        assert!(hear("turn/started", "") && !hear("turn/started", ""));
        assert!(hear("item/started", "a") && !hear("item/started", "a"));
        assert!(hear("item/completed", "a") && !hear("item/completed", "a"));
        assert!(!hear("item/started", "a"), "it is complete");
        assert!(hear("item/completed", "b"), "its beginning was missed");
        assert!(hear("turn/completed", "") && !hear("turn/completed", ""));
        assert!(!hear("item/completed", "c"), "its turn has ended");
        assert!(!progress.wants_delta(&told("item/agentMessage/delta", "c")));
    }

    #[test]
    fn deltas_of_complete_items_are_not_wanted() {
        let mut progress = Progress::default();
        progress.hear(&told("item/started", "a"));
        assert!(progress.wants_delta(&told("item/agentMessage/delta", "a")));
        assert!(progress.wants_delta(&told("item/agentMessage/delta", "of something new")));
        progress.hear(&told("item/completed", "a"));
        assert!(!progress.wants_delta(&told("item/agentMessage/delta", "a")));
        assert!(progress.knows("t", "u", &["a".into()]));
        assert!(!progress.knows("t", "u", &["item-1".into()]));
    }

    #[test]
    fn what_is_neither_used_nor_running_is_forgotten() {
        let mut progress = Progress::default();
        progress.hear(&told("turn/started", ""));
        assert_eq!(progress.missed().len(), 1);
        progress.hear(&told("turn/completed", ""));
        assert!(progress.threads.is_empty());
        progress.open("t");
        progress.hold("t");
        progress.hear(&told("turn/started", ""));
        progress.hear(&told("turn/completed", ""));
        progress.expect("t", "u");
        let [missed] = &progress.missed()[..] else { panic!("it is in use") };
        assert_eq!((missed.last.as_deref(), missed.running.len()), (Some("u"), 0));
        progress.release("t");
        assert!(progress.threads.is_empty());
    }
}
