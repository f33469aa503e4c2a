//! Lists that come in pages, without async.

use std::sync::Arc;

use super::worker::{Waiter, Worker};
use crate::{error::Result, pages};

/// The items of a list that comes in pages: [`Pages`](crate::Pages) as an iterator. An error is the
/// last item.
#[derive(Debug)]
pub struct Pages<T> {
    inner: pages::Pages<T>,
    waiter: Waiter,
}

impl<T> Pages<T> {
    pub(super) fn new(inner: pages::Pages<T>, worker: Arc<Worker>) -> Self {
        Self { inner, waiter: Waiter::new(worker) }
    }
}

impl<T> Iterator for Pages<T> {
    type Item = Result<T>;

    fn next(&mut self) -> Option<Self::Item> {
        self.waiter.wait(self.inner.next())
    }
}
