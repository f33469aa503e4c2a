//! The server's requests, until they have a reply.

use std::collections::{HashMap, VecDeque};

use serde::Deserialize;
use serde_json::value::RawValue;
use tokio::task::AbortHandle;

use crate::rpc::message::{Payload, Request};

/// Requests of the server that wait for a place, and the bytes that they may take.
const WAITING: usize = 1024;
const WAITING_BYTES: usize = 16 << 20;

#[derive(Default)]
pub(in crate::rpc) struct ServerRequests {
    /// By their ids, as they are written.
    asking: HashMap<String, Asking>,
    /// Those that wait, and what they take in memory. Some may not be `asking` any more.
    waiting: VecDeque<Request>,
    waiting_bytes: usize,
}

/// A request of the server that has no reply yet.
struct Asking {
    /// The turn that it is about, if it names one.
    turn: Option<Box<[u8]>>,
    /// The task of its handler; none while it waits.
    handler: Option<AbortHandle>,
}

impl Asking {
    /// Nobody waits for the reply: our handler has nothing to say any more.
    fn cancel(self) {
        if let Some(handler) = self.handler {
            handler.abort();
        }
    }
}

impl ServerRequests {
    /// Remembers the handler of a request of the server, so that it can be stopped.
    pub(in crate::rpc) fn register(
        &mut self,
        id: String,
        turn: Option<Box<[u8]>>,
        handler: AbortHandle,
    ) {
        self.asking.insert(id, Asking { turn, handler: Some(handler) });
    }

    /// Keeps a request of the server for later; gives it back if there are too many.
    pub(in crate::rpc) fn wait(&mut self, mut request: Request) -> Result<(), Request> {
        let bytes = self.waiting_bytes + request.payload.message().len();
        if self.waiting.len() == WAITING || bytes > WAITING_BYTES {
            return Err(request);
        }
        request.payload.detach();
        let turn = request.payload.turn().map(Into::into);
        let asking = Asking { turn, handler: None };
        self.asking.insert(request.id.get().to_owned(), asking);
        self.waiting.push_back(request);
        self.waiting_bytes = bytes;
        Ok(())
    }

    pub(in crate::rpc) fn has_waiting(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// Takes the first that waits and that nobody has replied to yet.
    pub(in crate::rpc) fn next_waiting(&mut self) -> Option<Request> {
        while let Some(request) = self.waiting.pop_front() {
            self.waiting_bytes -= request.payload.message().len();
            if self.asking.contains_key(request.id.get()) {
                return Some(request);
            }
        }
        None
    }

    /// Whether the request was delivered before and waits for a reply: codex sends such a one again
    /// when its thread is resumed.
    pub(in crate::rpc) fn contains(&self, id: &str) -> bool {
        self.asking.contains_key(id)
    }

    /// Whether the request still waits for a reply; it no longer does after this.
    pub(in crate::rpc) fn complete(&mut self, id: &str) -> bool {
        self.asking.remove(id).is_some()
    }

    /// Somebody else has replied.
    pub(super) fn resolve(&mut self, resolved: &Payload) {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Resolved<'a> {
            #[serde(borrow)]
            request_id: &'a RawValue,
        }
        if let Ok(resolved) = serde_json::from_str::<Resolved<'_>>(&resolved.params())
            && let Some(asking) = self.asking.remove(resolved.request_id.get())
        {
            asking.cancel();
        }
    }

    /// A turn has ended. Not all of what an interrupt has ended is resolved: calls of tools are
    /// not.
    pub(super) fn end_turn(&mut self, turn: &[u8]) {
        let of_turn = |_: &String, asking: &mut Asking| asking.turn.as_deref() == Some(turn);
        self.asking.extract_if(of_turn).for_each(|(_, asking)| asking.cancel());
    }

    /// Nobody waits for replies any more.
    pub(super) fn close(&mut self) {
        self.asking.drain().for_each(|(_, asking)| asking.cancel());
        self.waiting.clear();
        self.waiting_bytes = 0;
    }
}
