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
mod origin;
mod outbox;
mod recall;
mod request;
mod router;
mod scan;
mod slots;
mod subscription;

pub(crate) use self::{
    connection::{Connection, Recalled},
    held::HeldReader,
    link::{Link, Options, RawHandler},
    mailbox::Interest,
    message::{Payload, is_delta},
    origin::Origin,
    request::{Deadline, OnAbandoned, StartedTurn},
    router::Topic,
    slots::Lane,
    subscription::Subscription,
};
