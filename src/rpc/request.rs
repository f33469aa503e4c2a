//! Requests: their deadlines, their order, and what becomes of one that is dropped.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use serde::Serialize;
use serde_json::value::RawValue;
use tokio::{sync::oneshot, time::timeout};

use super::{
    connection::Connection,
    link::Shared,
    mailbox::{Interest, Mailbox},
    router::{Pending, RawResponse, Topic, TurnStarted},
    subscription::Subscription,
};
use crate::{
    error::{Error, Result, RpcError},
    json::{decode, encode},
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
    /// Sends a request and waits for its response, as raw JSON.
    ///
    /// Dropping the future forgets the request; the server may still act on it.
    pub(crate) async fn request(
        &self,
        method: &str,
        params: &RawValue,
        deadline: Deadline,
    ) -> Result<Bytes> {
        self.send(method, params, deadline, Pending::Request).await
    }

    /// Sends a request that starts a turn on `thread`, and subscribes to the turn that the response
    /// names, from the moment in which the request is written. Gives the turn's id.
    pub(crate) async fn request_turn(
        &self,
        method: &str,
        params: &RawValue,
        thread: &str,
        interest: Interest,
    ) -> Result<(String, Subscription)> {
        let mailbox = Mailbox::new(interest, self.shared().options.unread_limit);
        // The response may subscribe it before this future is polled again.
        let unsubscribe = UnsubscribeOnDrop { shared: self.shared(), mailbox: &mailbox };
        let pending = |sender| Pending::TurnStart {
            sender,
            thread: thread.to_owned(),
            mailbox: Arc::clone(&mailbox),
        };
        let response = self.send(method, params, Deadline::Default, pending).await?;
        let id = decode::<TurnStarted>(method, &response)?.turn.id;
        // From here on the subscription does that.
        std::mem::forget(unsubscribe);
        let topic = Topic::Turn(id.clone());
        Ok((id, Subscription::new(Arc::clone(self.shared()), topic, mailbox)))
    }

    async fn send(
        &self,
        method: &str,
        params: &RawValue,
        deadline: Deadline,
        pending: impl FnOnce(oneshot::Sender<RawResponse>) -> Pending,
    ) -> Result<Bytes> {
        let deadline = match deadline {
            Deadline::Default => self.shared().options.request_timeout,
            Deadline::After(duration) => Some(duration),
            Deadline::Never => None,
        };
        let exchange = self.exchange(method, params, pending);
        match deadline {
            None => exchange.await,
            Some(after) => timeout(after, exchange).await.unwrap_or_else(|_| {
                Err(Error::RequestTimeout { method: method.to_owned(), after })
            }),
        }
    }

    async fn exchange(
        &self,
        method: &str,
        params: &RawValue,
        pending: impl FnOnce(oneshot::Sender<RawResponse>) -> Pending,
    ) -> Result<Bytes> {
        let shared = self.shared();
        let id = shared.next_id();
        let message = encode_request(id, method, params)?;
        // The semaphore is fair and never closed: requests go out in order.
        let Ok(_slot) = shared.slots.acquire().await else {
            return Err(self.closed_error().await);
        };

        let (sender, response) = oneshot::channel();
        {
            let mut router = shared.router();
            if let Some(closed) = router.closed() {
                return Err(Error::Closed(Arc::clone(closed)));
            }
            router.register(id, pending(sender));
        }
        let _cancel = CancelOnDrop { shared, id };
        if shared.outbox.send(&message).await.is_err() {
            return Err(self.closed_error().await);
        }
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
struct CancelOnDrop<'a> {
    shared: &'a Shared,
    id: u64,
}

impl Drop for CancelOnDrop<'_> {
    fn drop(&mut self) {
        self.shared.router().cancel(self.id);
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

fn encode_request(id: u64, method: &str, params: &RawValue) -> Result<Bytes> {
    #[derive(Serialize)]
    struct Request<'a> {
        id: u64,
        method: &'a str,
        params: &'a RawValue,
    }
    let request = encode(&Request { id, method, params })?;
    Ok(Bytes::from(String::from(Box::<str>::from(request))))
}
