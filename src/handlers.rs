//! Who replies to the server's own requests.

use std::{
    any::Any,
    future::poll_fn,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    sync::Arc,
    task::Poll,
};

use crate::{
    client::{Client, WeakClient},
    generated::v2_all::ServerRequest,
    reply::Reply,
    rpc,
};

/// The program's handler. It decodes the request itself, so that a program without one does not
/// contain the decoders.
pub(crate) type Handler =
    Arc<dyn Fn(&rpc::Payload, Client) -> Pin<Box<dyn Future<Output = Reply> + Send>> + Send + Sync>;

/// A handler from a function of the program.
pub(crate) fn typed<F, A>(handler: F) -> Handler
where
    F: Fn(ServerRequest, Client) -> A + Send + Sync + 'static,
    A: Future<Output = Reply> + Send + 'static,
{
    Arc::new(move |payload, client| {
        let request = ServerRequest::decode(payload.method(), &payload.params());
        Box::pin(handler(request, client))
    })
}

/// What the connection calls: the program's handler, if it has one and that gives a fitting reply;
/// else the request is declined.
pub(crate) fn safe(handler: Option<Handler>, client: WeakClient) -> rpc::RawHandler {
    let client = Arc::new(client);
    Arc::new(move |payload| {
        let (handler, client) = (handler.clone(), Arc::clone(&client));
        Box::pin(async move {
            let reply = match (handler, client.upgrade()) {
                (Some(handler), Some(client)) => reply_of(&handler, &payload, client).await,
                _ => None,
            };
            reply.unwrap_or_else(|| Reply::decline_method(payload.method()))
        })
    })
}

/// The reply of the program's handler, if it gives one that fits.
async fn reply_of(handler: &Handler, payload: &rpc::Payload, client: Client) -> Option<Reply> {
    let method = payload.method();
    match catch_panic(|| handler(payload, client)).await {
        Ok(reply) if reply.fits(method) => Some(reply),
        Ok(_) => {
            tracing::error!(method, "the reply is to another kind of request; declined");
            None
        }
        Err(_) => {
            tracing::error!(method, "the handler panicked; declined");
            None
        }
    }
}

/// Runs a handler, and turns its panic into an error.
async fn catch_panic<F>(start: impl FnOnce() -> F) -> Result<F::Output, Box<dyn Any + Send>>
where
    F: Future + Unpin,
{
    let mut future = catch_unwind(AssertUnwindSafe(start))?;
    poll_fn(move |cx| match catch_unwind(AssertUnwindSafe(|| Pin::new(&mut future).poll(cx))) {
        Ok(poll) => poll.map(Ok),
        Err(panic) => Poll::Ready(Err(panic)),
    })
    .await
}
