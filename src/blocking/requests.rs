//! The server's own requests, taken one after another, without async.

use std::sync::Arc;

use super::worker::{Waiter, Worker};
use crate::{
    error::Result,
    handlers::{self, PendingRequest},
};

/// The server's requests that no handler takes, of all threads:
/// [`PendingRequests`](crate::PendingRequests) as an iterator, which waits for the next.
#[derive(Debug)]
pub struct PendingRequests {
    inner: handlers::PendingRequests,
    waiter: Waiter,
}

impl PendingRequests {
    pub(super) fn new(inner: handlers::PendingRequests, worker: Arc<Worker>) -> Self {
        Self { inner, waiter: Waiter::new(worker) }
    }
}

impl Iterator for PendingRequests {
    type Item = Result<PendingRequest>;

    fn next(&mut self) -> Option<Self::Item> {
        let inner = &mut self.inner;
        self.waiter.wait(async { inner.next().await.map(Ok) })
    }
}
