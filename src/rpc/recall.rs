//! What the server's requests refer to and do not say themselves: the items that were started, and
//! who has started a thread. Kept only for connections that show it to their handlers.

use std::collections::VecDeque;

use serde::Deserialize;

use super::message::Payload;
use crate::json::OnlyId;

/// Items that are kept, and the bytes that they may take. The newest is kept however long it is.
const ITEMS: usize = 256;
const BYTES: usize = 8 << 20;

/// Threads that are kept, of those which another thread has started.
const THREADS: usize = 1024;

#[derive(Default)]
pub(super) struct Recall {
    /// `item/started` of turns that go on, and which of their changes are others now; the newest
    /// last.
    items: VecDeque<Payload>,
    bytes: usize,
    /// Threads with their parents, the newest last.
    parents: VecDeque<(String, String)>,
}

impl Recall {
    /// Hears a notification that may be worth keeping; most are not.
    pub(super) fn hear(&mut self, payload: &Payload) {
        if payload.is("item/started") {
            if starts_agent(payload) {
                self.hear_of_agent(payload);
            }
            self.add_item(payload.to_detached());
        } else if payload.is("item/fileChange/patchUpdated") {
            self.hear_of_patch(payload);
        } else if payload.is("thread/started") {
            self.hear_of_thread(payload);
        }
    }

    /// What the item says is not so any more: nobody is to approve one change for another. Only
    /// that is noted here, in few bytes; [`find_item`] looks which item it was.
    fn hear_of_patch(&mut self, updated: &Payload) {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Updated {
            item_id: String,
        }
        if !self.items.iter().any(|item| item.turn() == updated.turn()) {
            return;
        }
        let note = updated.read().ok().and_then(|Updated { item_id }| {
            let params = serde_json::json!({"turnId": updated.turn_id(), "itemId": item_id});
            updated.with_params(&params.to_string())
        });
        match (note, self.items.back()) {
            (Some(note), Some(last)) if last.params() == note.params() => {}
            (Some(note), _) => self.add_item(note),
            // It may be any of them.
            (None, _) => self.end_turn(updated.turn().unwrap_or_default()),
        }
    }

    fn add_item(&mut self, payload: Payload) {
        self.bytes += payload.message().len();
        self.items.push_back(payload);
        while self.items.len() > 1 && (self.items.len() > ITEMS || self.bytes > BYTES) {
            self.bytes -= self.items.pop_front().map_or(0, |old| old.message().len());
        }
    }

    /// A thread that says who its parent is.
    fn hear_of_thread(&mut self, payload: &Payload) {
        #[derive(Deserialize)]
        struct Started {
            thread: Child,
        }
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Child {
            id: String,
            parent_thread_id: Option<String>,
        }
        if let Ok(Started { thread: Child { id, parent_thread_id: Some(parent) } }) = payload.read()
        {
            self.add_parent(id, parent);
        }
    }

    /// An item of a thread that has started an agent, of whose thread the server tells no more.
    fn hear_of_agent(&mut self, payload: &Payload) {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Started {
            thread_id: String,
            item: Agent,
        }
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Agent {
            agent_thread_id: String,
        }
        if let Ok(Started { thread_id, item }) = payload.read() {
            self.add_parent(item.agent_thread_id, thread_id);
        }
    }

    fn add_parent(&mut self, thread: String, parent: String) {
        if self.parents.iter().any(|(known, _)| *known == thread) {
            return;
        }
        if self.parents.len() == THREADS {
            self.parents.pop_front();
        }
        self.parents.push_back((thread, parent));
    }

    /// Lets go of the items of a turn that has ended.
    pub(super) fn end_turn(&mut self, turn: &[u8]) {
        self.items.retain(|item| item.turn() != Some(turn));
        self.bytes = self.items.iter().map(|item| item.message().len()).sum();
    }

    /// What was heard of the items of a turn, the newest first: [`find_item`] looks into that,
    /// without the lock that this is under.
    pub(super) fn items(&self, turn: &str) -> Vec<Payload> {
        let newest = self.items.iter().rev();
        newest.filter(|item| item.turn() == Some(turn.as_bytes())).cloned().collect()
    }

    /// The thread that has started `thread`.
    pub(super) fn parent(&self, thread: &str) -> Option<String> {
        let found = self.parents.iter().find(|(child, _)| child == thread);
        found.map(|(_, parent)| parent.clone())
    }
}

/// Whether an item says which thread it has started. Its kind stands in front: an item may be long.
fn starts_agent(payload: &Payload) -> bool {
    const KIND: &[u8] = b"subAgentActivity";
    let message = payload.message().as_bytes();
    message[..message.len().min(256)].windows(KIND.len()).any(|part| part == KIND)
}

/// The one among these whose item has this id; none if the item has changed since.
pub(super) fn find_item(items: Vec<Payload>, id: &str) -> Option<Payload> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct About {
        item: Option<OnlyId>,
        item_id: Option<String>,
    }
    let is_about = |item: &Payload| {
        let about = item.read::<About>();
        about.is_ok_and(|it| it.item.map(|item| item.id).or(it.item_id).as_deref() == Some(id))
    };
    items.into_iter().find(is_about).filter(|found| found.is("item/started"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn started(turn: &str, id: &str, text: &str) -> Payload {
        let item = serde_json::json!({"type": "fileChange", "text": text, "id": id});
        let params = serde_json::json!({"threadId": "t", "turnId": turn, "item": item});
        let message = serde_json::json!({"method": "item/started", "params": params});
        Payload::from_json(&message).unwrap()
    }

    fn item(recall: &Recall, turn: &str, id: &str) -> Option<Payload> {
        find_item(recall.items(turn), id)
    }

    #[test]
    fn an_item_is_found_by_its_turn_and_its_own_id() {
        let mut recall = Recall::default();
        recall.hear(&started("u", "call", "first"));
        recall.hear(&started("u", "other", "call"));
        recall.hear(&started("v", "call", "of another turn"));
        assert!(item(&recall, "u", "call").unwrap().params().contains("first"));
        assert!(item(&recall, "u", "none").is_none());
        recall.end_turn(b"u");
        assert!(item(&recall, "u", "call").is_none());
        assert!(item(&recall, "v", "call").is_some());
    }

    #[test]
    fn a_change_that_is_another_since_it_was_started_is_not_shown() {
        let mut recall = Recall::default();
        let patched = |id: &str| {
            let params = serde_json::json!({"turnId": "u", "itemId": id, "changes": ["x"]});
            let method = "item/fileChange/patchUpdated";
            let message = serde_json::json!({"method": method, "params": params});
            Payload::from_json(&message).unwrap()
        };
        recall.hear(&patched("patch"));
        recall.hear(&started("u", "patch", "as it was written"));
        recall.hear(&started("u", "other", ""));
        assert!(item(&recall, "u", "patch").is_some());
        for _ in 0..2 * ITEMS {
            recall.hear(&patched("patch"));
        }
        assert!(item(&recall, "u", "patch").is_none());
        assert!(item(&recall, "u", "other").is_some());
        recall.hear(&patched("other"));
        assert!(item(&recall, "u", "other").is_none());
        recall.hear(&started("u", "patch", "again"));
        assert!(item(&recall, "u", "patch").is_some());
    }

    #[test]
    fn parents_are_known_from_their_items_or_from_the_thread_itself() {
        let mut recall = Recall::default();
        let agent = r#"{"type":"subAgentActivity","id":"i","agentThreadId":"child"}"#;
        for json in [
            format!(r#"{{"method":"item/started","params":{{"threadId":"t","item":{agent}}}}}"#)
                .as_str(),
            r#"{"method":"thread/started","params":{"thread":{"id":"own","parentThreadId":"t"}}}"#,
            r#"{"method":"thread/started","params":{"thread":{"id":"none"}}}"#,
        ] {
            recall.hear(&Payload::from_json(&json).unwrap());
        }
        assert_eq!(recall.parent("child").unwrap(), "t");
        assert_eq!(recall.parent("own").unwrap(), "t");
        assert_eq!(recall.parent("none"), None);
    }

    #[test]
    fn the_newest_are_kept_within_bounds() {
        let mut recall = Recall::default();
        for n in 0..2 * ITEMS {
            recall.hear(&started("u", &n.to_string(), ""));
        }
        assert_eq!(recall.items.len(), ITEMS);
        assert!(item(&recall, "u", "0").is_none());
        let long = "x".repeat(BYTES);
        recall.hear(&started("u", "long", &long));
        assert!(item(&recall, "u", "long").is_some());
        assert_eq!(recall.items.len(), 1);
        recall.hear(&started("u", "short", ""));
        assert!(recall.bytes < BYTES && item(&recall, "u", "short").is_some());
    }
}
