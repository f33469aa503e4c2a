//! Requests of the server that no handler takes, and that wait for the program to take them.

use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll, Waker},
    time::Duration,
};

use tokio::{sync::oneshot, time::timeout};

use super::message::Payload;
use crate::reply::Reply;

/// As many as are at work at once, at most: each holds one of those places.
#[derive(Default)]
pub(super) struct Held {
    last: AtomicU64,
    waiting: Mutex<Waiting>,
}

#[derive(Default)]
struct Waiting {
    requests: VecDeque<(u64, Taken)>,
    /// The readers that have found nothing, by their number.
    readers: Vec<(u64, Waker)>,
    closed: bool,
}

/// A request, and where its reply goes.
pub(crate) struct Taken {
    pub(crate) payload: Payload,
    pub(crate) reply: oneshot::Sender<Reply>,
}

impl Held {
    /// Waits for somebody to take a request and to reply; `None` if nobody takes it within `limit`,
    /// or whoever did lets go of it. Dropping the future takes the request back.
    pub(super) async fn hold(&self, payload: Payload, limit: Duration) -> Option<Reply> {
        let (reply, mut replied) = oneshot::channel();
        let place = self.add(Taken { payload, reply });
        match timeout(limit, &mut replied).await {
            Ok(reply) => reply.ok(),
            Err(_) if place.take_back() => {
                tracing::warn!(?limit, "nobody has taken a request of the server; declined");
                None
            }
            // Somebody is at it.
            Err(_) => replied.await.ok(),
        }
    }

    fn add(&self, request: Taken) -> Place<'_> {
        let number = self.next_number();
        let mut waiting = self.waiting();
        waiting.requests.push_back((number, request));
        waiting.wake();
        Place { held: self, number }
    }

    /// A number for a reader, or for a request.
    fn next_number(&self) -> u64 {
        self.last.fetch_add(1, Ordering::Relaxed)
    }

    /// Takes the first request that `wants` says yes to; `None` once there can be no more.
    fn poll_take(
        &self,
        cx: &mut Context<'_>,
        reader: u64,
        wants: impl Fn(&Payload) -> bool,
    ) -> Poll<Option<Taken>> {
        let mut waiting = self.waiting();
        let found = waiting.requests.iter().position(|(_, request)| wants(&request.payload));
        if let Some((_, request)) = found.and_then(|at| waiting.requests.remove(at)) {
            return Poll::Ready(Some(request));
        }
        if waiting.closed {
            return Poll::Ready(None);
        }
        waiting.readers.retain(|(number, _)| *number != reader);
        waiting.readers.push((reader, cx.waker().clone()));
        Poll::Pending
    }

    pub(super) fn close(&self) {
        let mut waiting = self.waiting();
        waiting.closed = true;
        waiting.wake();
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Waiting {
    fn wake(&mut self) {
        self.readers.drain(..).for_each(|(_, waker)| waker.wake());
    }
}

/// The place of a request that waits, until it is dropped.
struct Place<'a> {
    held: &'a Held,
    number: u64,
}

impl Place<'_> {
    /// Whether nobody had taken it.
    fn take_back(&self) -> bool {
        let mut waiting = self.held.waiting();
        let before = waiting.requests.len();
        waiting.requests.retain(|(number, _)| *number != self.number);
        waiting.requests.len() < before
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.take_back();
    }
}

/// Takes the requests that are held.
pub(crate) struct HeldReader {
    held: Arc<Held>,
    number: u64,
}

impl HeldReader {
    pub(super) fn new(held: &Arc<Held>) -> Self {
        Self { number: held.next_number(), held: Arc::clone(held) }
    }

    /// Takes the first request that `wants` says yes to; `None` once there can be no more.
    pub(crate) fn poll_take(
        &self,
        cx: &mut Context<'_>,
        wants: impl Fn(&Payload) -> bool,
    ) -> Poll<Option<Taken>> {
        self.held.poll_take(cx, self.number, wants)
    }
}

impl Drop for HeldReader {
    fn drop(&mut self) {
        self.held.waiting().readers.retain(|(number, _)| *number != self.number);
    }
}
