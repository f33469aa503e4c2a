//! What tests of `codex app-server` clients are written with. Two halves, both usable alone:
//!
//! - [`MockModel`] stands in for the **model**. It is an HTTP server on loopback that speaks the
//!   Responses API; point the real `codex` at it with a [`CodexHome`], and each answer of the model
//!   is the one that the test asked for. Use it for whatever the real app-server does.
//! - [`FakeServer`] stands in for the **app-server**. It plays a [`Script`] in memory or as the
//!   program `codex-fake-app-server`. Use it for what a real one will not do on demand: dying,
//!   garbage, floods, silence, overload.
//!
//! The model works with codex 0.150.0 and later, up to the version that the SDK is made for: the
//! SDK's tests run one suite of everyday steps against 0.150.0, 0.163.0 and that version.
//!
//! Neither needs a network, a login or a sleep: whatever a test waits for is an event, such as
//! [`MockModel::next_request`], [`FakeServer::next_received`] or a [`Gate`].

mod gate;
mod model;
mod record;
mod server;

pub use gate::Gate;
pub use model::{Answer, CodexHome, MockModel, ModelRequest};
pub use server::{
    Action, FakeServer, Rule, Script, message, turn, turn_accepted, turn_ended, turn_events,
    turn_started,
};

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Locks; a test that panicked while it held the lock must not hide behind a second panic.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
