//! Requests: their deadlines, their order, and what becomes of one that is dropped.

use std::{io::Write, pin::pin, sync::Arc, time::Duration};

use bytes::Bytes;
use tokio::{
    sync::oneshot,
    time::{Instant, error::Elapsed, sleep_until, timeout_at},
};

use super::{
    connection::Connection,
    link::Shared,
    mailbox::{Interest, Mailbox},
    router::{Pending, RawResponse, Topic, TurnStart, TurnStarted},
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
        self.send(method, request, lane, deadline, pending, response).await
    }

    /// Sends a request that starts a turn on `thread`, and subscribes to the turn that the response
    /// names, from the moment in which the request is written. Gives the turn's id.
    pub(crate) async fn request_turn(
        &self,
        method: &str,
        request: Vec<u8>,
        thread: String,
        interest: Interest,
    ) -> Result<(String, Subscription)> {
        let mailbox = Mailbox::new(interest, self.shared().options.unread_limit);
        // The response may subscribe it before this future is polled again.
        let unsubscribe = UnsubscribeOnDrop { shared: self.shared(), mailbox: &mailbox };
        let (sender, response) = oneshot::channel();
        let pending = Pending::TurnStart(TurnStart::new(sender, thread, Arc::clone(&mailbox)));
        let (lane, deadline) = (Lane::Short, Deadline::Default);
        let response = self.send(method, request, lane, deadline, pending, response).await?;
        let id = decode::<TurnStarted>(method, &response)?.turn.id;
        // From here on the subscription does that.
        std::mem::forget(unsubscribe);
        let topic = Topic::Turn(id.clone());
        Ok((id, Subscription::new(Arc::clone(self.shared()), topic, mailbox)))
    }

    async fn send(
        &self,
        method: &str,
        request: Vec<u8>,
        lane: Lane,
        deadline: Deadline,
        pending: Pending,
        response: oneshot::Receiver<RawResponse>,
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
        let response = within(ends, self.exchange(method, request, slot, pending, response)).await;
        response.unwrap_or_else(|_| Err(too_late(None)))
    }

    /// Waits for a place, and has those freed that were given up long ago.
    async fn wait_for_slot(&self, lane: Lane) -> Slot {
        let mut slot = pin!(self.shared().slots.take(lane));
        loop {
            let next = self.shared().router().free_given_up();
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
        pending: Pending,
        response: oneshot::Receiver<RawResponse>,
    ) -> Result<Bytes> {
        let shared = self.shared();
        let id = shared.next_id();
        let message = complete_request(request, id);
        {
            let mut router = shared.router();
            if let Some(closed) = router.closed() {
                return Err(Error::Closed(Arc::clone(closed)));
            }
            router.register(id, pending, slot);
        }
        let mut forget = ForgetOnDrop { shared, id, sent: false };
        if shared.outbox.send(message).await.is_err() {
            return Err(self.closed_error().await);
        }
        forget.sent = true;
        match response.await {
            Ok(Ok(result)) => Ok(result),
            Ok(Err(error)) => Err(Error::Rpc(Box::new(RpcError {
                method: method.to_owned(),
                code: error.code,
                message: error.message,
                data: error.data,
            }))),
            Err(_) => Err(self.closed_error().await),
        }
    }
}

/// Forgets a request when its caller goes away.
struct ForgetOnDrop<'a> {
    shared: &'a Shared,
    id: u64,
    sent: bool,
}

impl Drop for ForgetOnDrop<'_> {
    fn drop(&mut self) {
        let mut router = self.shared.router();
        if self.sent {
            router.give_up(self.id);
        } else {
            router.cancel(self.id);
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
