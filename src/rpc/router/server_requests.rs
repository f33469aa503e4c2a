//! The server's requests, until they have a reply.

use std::{
    collections::{HashMap, VecDeque},
    mem,
};

use bytes::Bytes;
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
    /// Whether what is needed is kept to know them again on another connection to the same server.
    keep: bool,
}

/// What is to be done about a request that has come in.
pub(in crate::rpc) enum Again {
    /// It is new.
    New,
    /// Its handler is at work.
    Waits,
    /// Its handler has replied already, but the server may not have heard that.
    Replied(Bytes),
}

/// A request of the server that has no reply yet.
struct Asking {
    /// The turn that it is about, if it names one.
    turn: Option<Box<[u8]>>,
    /// The task of its handler; none while it waits.
    handler: Option<AbortHandle>,
    /// What it says, if that is kept.
    payload: Option<Payload>,
    /// What was replied, until the server says that it knows.
    reply: Option<Bytes>,
    /// Whether it came on a connection that is lost, and not again since. No reply is sent before
    /// it comes again: another server may mean another request by the same id.
    lost: bool,
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
    /// Those of a connection that may be opened again.
    pub(in crate::rpc) fn kept() -> Self {
        Self { keep: true, ..Self::default() }
    }

    /// Notes a request of the server.
    pub(in crate::rpc) fn add(&mut self, request: &Request) {
        let turn = request.payload.turn().map(Into::into);
        let payload = self.keep.then(|| request.payload.to_detached());
        let asking = Asking { turn, handler: None, payload, reply: None, lost: false };
        self.asking.insert(request.id.get().to_owned(), asking);
    }

    /// Remembers the handler of a request, so that it can be stopped.
    pub(in crate::rpc) fn start(&mut self, id: &str, handler: AbortHandle) {
        if let Some(asking) = self.asking.get_mut(id) {
            asking.handler = Some(handler);
        }
    }

    /// Keeps a request of the server for later; gives it back if there are too many.
    pub(in crate::rpc) fn wait(&mut self, mut request: Request) -> Result<(), Request> {
        let bytes = self.waiting_bytes + request.payload.message().len();
        if self.waiting.len() == WAITING || bytes > WAITING_BYTES {
            return Err(request);
        }
        request.payload.detach();
        self.add(&request);
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

    /// Whether a request was delivered before: codex sends those that wait for a reply again when
    /// their thread is resumed.
    pub(in crate::rpc) fn hear(&mut self, request: &Request) -> Again {
        let id = request.id.get();
        let Some(asking) = self.asking.get_mut(id) else {
            return Again::New;
        };
        let same = |known: &Payload| {
            known.method() == request.payload.method() && known.params() == request.payload.params()
        };
        if asking.lost && !asking.payload.as_ref().is_some_and(same) {
            // The server is another one.
            self.asking.remove(id).into_iter().for_each(Asking::cancel);
            return Again::New;
        }
        match &asking.reply {
            Some(reply) if mem::take(&mut asking.lost) => Again::Replied(reply.clone()),
            _ => {
                asking.lost = false;
                Again::Waits
            }
        }
    }

    /// Whether a reply is to be sent: the request still waits for it.
    pub(in crate::rpc) fn complete(&mut self, id: &str, reply: &Bytes) -> bool {
        let Some(asking) = self.asking.get_mut(id) else {
            return false;
        };
        let sent = !asking.lost;
        if self.keep && asking.turn.is_some() {
            asking.reply = Some(reply.clone());
            asking.handler = None;
        } else {
            self.asking.remove(id);
        }
        sent
    }

    /// The connection is lost on which they came. Those that are about a turn may come again.
    pub(in crate::rpc) fn lose(&mut self) {
        let gone = |_: &String, asking: &mut Asking| {
            asking.lost = true;
            asking.turn.is_none()
        };
        self.asking.extract_if(gone).for_each(|(_, asking)| asking.cancel());
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
