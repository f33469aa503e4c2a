//! Requests: their deadlines, their order, and what becomes of one that is dropped.

use std::{io::Write, pin::pin, sync::Arc, time::Duration};

use bytes::Bytes;
use tokio::{
    sync::oneshot,
    time::{Instant, error::Elapsed, sleep_until, timeout, timeout_at},
};

use super::{
    connection::Connection,
    link::Shared,
    mailbox::{Interest, Mailbox},
    origin::Origin,
    router::{Pending, RawResponse, Router, Topic, TurnStart, TurnStarted},
    slots::{Lane, Slot},
    subscription::Subscription,
};
use crate::{
    error::{Error, Result, RpcError},
    json::decode,
};

/// How long a request may take.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Deadline {
    /// What the connection was made with.
    Default,
    After(Duration),
    Never,
}

/// What becomes of a turn that was asked for by a request which nobody waits for any more. It is
/// called with the turn's id, and with whether that is known to have been started before, as soon
/// as the response tells.
pub(crate) type OnAbandoned = Box<dyn FnOnce(String, bool) + Send>;

/// A turn that was asked for.
pub(crate) struct StartedTurn {
    pub(crate) id: String,
    pub(crate) subscription: Subscription,
    pub(crate) origin: Arc<Origin>,
}

/// How long the response to a request that was abandoned is waited for.
const ABANDONED: Duration = Duration::from_secs(60);

impl Connection {
    /// Sends a request, written by [`encode`](crate::json::encode), and waits for its response, as
    /// raw JSON.
    ///
    /// Dropping the future forgets the request; the server may still act on it.
    pub(crate) async fn request(
        &self,
        method: &str,
        request: Vec<u8>,
        lane: Lane,
        deadline: Deadline,
    ) -> Result<Bytes> {
        let (sender, response) = oneshot::channel();
        let pending = Pending::Request(sender);
        let awaited = Awaited { pending, response, on_abandoned: None, passes: false };
        self.send(method, request, lane, deadline, awaited).await
    }

    /// Sends a request that starts a turn on `thread`, with a `message` if that has an id, and
    /// subscribes to the turn that the response names, from the moment in which the request is
    /// written.
    ///
    /// When the future is dropped, or gives up, after the request was sent, `on_abandoned` gets the
    /// turn that it starts, unless that has ended.
    pub(crate) async fn request_turn(
        &self,
        method: &str,
        request: Vec<u8>,
        (thread, message): (String, Option<String>),
        interest: Interest,
        on_abandoned: Option<OnAbandoned>,
    ) -> Result<StartedTurn> {
        let mailbox = Mailbox::new(interest, self.shared().options.unread_limit);
        let origin = Arc::<Origin>::default();
        // The response may subscribe it before this future is polled again.
        let unsubscribe = UnsubscribeOnDrop { shared: self.shared(), mailbox: &mailbox };
        let (sender, response) = oneshot::channel();
        let (subscriber, begun) = (Arc::clone(&mailbox), Arc::clone(&origin));
        let start = TurnStart::new(sender, thread, message, subscriber, begun);
        let on_abandoned = on_abandoned.map(|call| Abandoned {
            call,
            origin: Arc::clone(&origin),
            mailbox: Arc::clone(&mailbox),
        });
        let pending = Pending::TurnStart(start);
        let awaited = Awaited { pending, response, on_abandoned, passes: false };
        let response = self.send(method, request, Lane::Short, Deadline::Default, awaited).await?;
        let id = decode::<TurnStarted>(method, &response)?.turn.id;
        // From here on the subscription does that.
        std::mem::forget(unsubscribe);
        let topic = Topic::Turn(id.clone());
        let subscription = Subscription::new(Arc::clone(self.shared()), topic, mailbox);
        Ok(StartedTurn { id, subscription, origin })
    }

    pub(super) async fn send(
        &self,
        method: &str,
        request: Vec<u8>,
        lane: Lane,
        deadline: Deadline,
        awaited: Awaited,
    ) -> Result<Bytes> {
        let after = match deadline {
            Deadline::Default => self.shared().options.request_timeout,
            Deadline::After(duration) => Some(duration),
            Deadline::Never => None,
        };
        // One that is too far away to be told is none.
        let ends = after.and_then(|after| Instant::now().checked_add(after));
        let too_late = |unsent_behind| Error::RequestTimeout {
            method: method.to_owned(),
            after: after.unwrap_or_default(),
            unsent_behind,
        };
        let slots = &self.shared().slots;
        let slot = match slots.try_take(lane) {
            Some(slot) => slot,
            None => match within(ends, self.wait_for_slot(lane)).await {
                Ok(slot) => slot,
                Err(_) => return Err(too_late(Some(slots.places(lane)))),
            },
        };
        let response = within(ends, self.exchange(method, request, slot, awaited)).await;
        response.unwrap_or_else(|_| Err(too_late(None)))
    }

    /// Waits for a place, and has those freed that were given up long ago.
    async fn wait_for_slot(&self, lane: Lane) -> Slot {
        let mut slot = pin!(self.shared().slots.take(lane));
        loop {
            let next = self.shared().router().pending.free_given_up();
            tokio::select! {
                biased;
                slot = &mut slot => return slot,
                () = sleep_until(next) => {}
            }
        }
    }

    async fn exchange(
        &self,
        method: &str,
        request: Vec<u8>,
        slot: Slot,
        awaited: Awaited,
    ) -> Result<Bytes> {
        let Awaited { pending, response, on_abandoned, passes } = awaited;
        let shared = self.shared();
        let id = shared.next_id();
        let message = complete_request(request, id);
        let register = |router: &mut Router| router.pending.register(id, pending, slot);
        if passes {
            register(&mut shared.router());
        } else {
            shared.when_here(register).await.map_err(Error::Closed)?;
        }
        let mut waiting =
            Waiting { shared, id, sent: false, response: Some(response), on_abandoned };
        if shared.outbox.send(message).await.is_err() {
            return Err(self.gone(method, false).await);
        }
        waiting.sent = true;
        match waiting.response().await {
            Ok(Ok(result)) => Ok(result),
            Ok(Err(error)) => Err(Error::Rpc(Box::new(RpcError {
                method: method.to_owned(),
                code: error.code,
                message: error.message,
                data: error.data,
            }))),
            Err(_) => Err(self.gone(method, true).await),
        }
    }

    /// Why there is no response to a request.
    pub(super) async fn gone(&self, method: &str, sent: bool) -> Error {
        let lost = {
            let router = self.shared().router();
            router.lost().filter(|_| router.closed().is_none()).cloned()
        };
        match lost {
            Some(closed) => Error::ConnectionLost { method: method.to_owned(), sent, closed },
            None => self.closed_error().await,
        }
    }
}

/// A request that is about to be sent, and where its response will be.
pub(super) struct Awaited {
    pending: Pending,
    response: oneshot::Receiver<RawResponse>,
    on_abandoned: Option<Abandoned>,
    /// Whether it does not wait for the connection to be back.
    passes: bool,
}

impl Awaited {
    /// A request that brings the connection back.
    pub(super) fn passing() -> Self {
        let (sender, response) = oneshot::channel();
        Self { pending: Pending::Request(sender), response, on_abandoned: None, passes: true }
    }
}

/// What is needed when the turn of a request is nobody's.
struct Abandoned {
    call: OnAbandoned,
    origin: Arc<Origin>,
    mailbox: Arc<Mailbox>,
}

/// Waits for the response to a request, which it forgets when its caller goes away before.
struct Waiting<'a> {
    shared: &'a Arc<Shared>,
    id: u64,
    sent: bool,
    /// None once it has come.
    response: Option<oneshot::Receiver<RawResponse>>,
    on_abandoned: Option<Abandoned>,
}

impl Waiting<'_> {
    async fn response(&mut self) -> Result<RawResponse, oneshot::error::RecvError> {
        let Some(response) = &mut self.response else {
            return std::future::pending().await;
        };
        let response = response.await;
        self.response = None;
        response
    }

    /// Has the turn taken care of that the response will name.
    fn leave(&self, response: oneshot::Receiver<RawResponse>, on_abandoned: Abandoned) {
        // Ends with the response, with the connection, or soon.
        self.shared.runtime.spawn(async move {
            if let Ok(Ok(Ok(result))) = timeout(ABANDONED, response).await
                && let Ok(started) = decode::<TurnStarted>("turn/start", &result)
                && !on_abandoned.mailbox.is_finished()
            {
                (on_abandoned.call)(started.turn.id, on_abandoned.origin.has_joined());
            }
        });
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        if !self.sent {
            self.shared.router().pending.take(self.id);
        } else if let Some(response) = self.response.take() {
            self.shared.router().pending.give_up(self.id);
            if let Some(on_abandoned) = self.on_abandoned.take() {
                self.leave(response, on_abandoned);
            }
        }
    }
}

/// Waits for `future`, but not beyond `ends`.
async fn within<F: Future>(ends: Option<Instant>, future: F) -> Result<F::Output, Elapsed> {
    match ends {
        Some(ends) => timeout_at(ends, future).await,
        None => Ok(future.await),
    }
}

/// Takes a mailbox out of the router when the start of its turn is given up.
struct UnsubscribeOnDrop<'a> {
    shared: &'a Shared,
    mailbox: &'a Arc<Mailbox>,
}

impl Drop for UnsubscribeOnDrop<'_> {
    fn drop(&mut self) {
        self.shared.router().unsubscribe_turns(self.mailbox);
    }
}

/// Adds what is still missing: the id, and the end.
fn complete_request(mut request: Vec<u8>, id: u64) -> Bytes {
    // Long ones are not to grow by doubling for these few bytes.
    request.reserve_exact(32);
    // Writing to memory does not fail.
    let _ = write!(request, r#","id":{id}}}"#);
    request.into()
}
