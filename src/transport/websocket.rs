//! A server that listens on a websocket: one message per text frame.

mod dial;
mod pings;
mod reader;
mod request;
mod socket;
#[cfg(feature = "tls")]
mod tls;
mod writer;

pub(super) use self::dial::{Options, nobody, open};
