//! JSON-RPC on one connection: requests with ids and deadlines, responses out of order,
//! notifications to their subscribers, the server's requests to their handler.
//!
//! Two tasks serve a connection. The *driver* reads and routes, never decodes a payload and never
//! waits for anybody; the *writer* sends what its senders could not write at once. Both end when
//! the last [`Link`] is dropped or [`Connection::close`] is called.

mod connection;
mod driver;
mod held;
mod link;
mod mailbox;
mod merge;
mod message;
mod open;
mod origin;
mod outbox;
mod progress;
mod recall;
mod recovery;
mod request;
mod router;
mod scan;
mod slots;
mod subscription;

pub(crate) use self::{
    connection::{Connection, Recalled, ThreadHold},
    held::HeldReader,
    link::{Link, Options, RawHandler},
    mailbox::Interest,
    message::{Payload, is_delta},
    origin::Origin,
    progress::MissedThread,
    recovery::{Boxed, Reconnect, Recovery},
    request::{Deadline, OnAbandoned, StartedTurn},
    router::Topic,
    slots::Lane,
    subscription::Subscription,
};
