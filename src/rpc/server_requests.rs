//! The server's own requests: each runs its handler as a task of its own, so that a slow answer
//! holds up nothing else.

use std::{
    any::Any,
    future::{Future, poll_fn},
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    sync::Arc,
    task::Poll,
};

use bytes::Bytes;
use serde_json::value::RawValue;

use super::{Connection, Event, Shared, router::Router};
use crate::{
    client::Client,
    reply::{Outcome, Reply},
};

/// What answers a server request. It decodes it, so that a program without a handler has no use for
/// the decoders.
pub(crate) type Handler =
    Arc<dyn Fn(&Event, Client) -> Pin<Box<dyn Future<Output = Reply> + Send>> + Send + Sync>;

/// Starts the task that answers the request `id`.
pub(super) fn dispatch(shared: &Arc<Shared>, router: &mut Router, id: Box<RawValue>, event: Event) {
    let key = id.get().to_owned();
    let task = tokio::spawn(answer(Arc::clone(shared), id, event));
    // The router's lock is held: the task cannot end before it is known.
    router.handling(key, task.abort_handle());
}

async fn answer(shared: Arc<Shared>, id: Box<RawValue>, event: Event) {
    let method = event.method();
    let refusal = Reply::decline_method(method);
    let reply = match (&shared.options.handler, client(&shared)) {
        (Some(handler), Some(client)) => match guarded(|| handler(&event, client)).await {
            Ok(reply) if reply.fits(method) => reply,
            Ok(_) => {
                tracing::error!(method, "the handler answered another kind of request; declined");
                refusal
            }
            Err(_) => {
                tracing::error!(method, "the handler panicked; declined");
                refusal
            }
        },
        _ => refusal,
    };
    let message = encode(&id, reply);
    // Whoever is resolved in the meantime was answered by somebody else.
    if shared.router().handled(id.get()) {
        // It fails only when the connection is gone, and with it the question.
        let _ = shared.outbox.send(&message).await;
    }
}

fn client(shared: &Shared) -> Option<Client> {
    let link = shared.link.get()?.upgrade()?;
    Some(Client::new(Connection(link)))
}

/// Runs a handler, and turns its panic into an error.
async fn guarded<F>(start: impl FnOnce() -> F) -> Result<F::Output, Box<dyn Any + Send>>
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

fn encode(id: &RawValue, reply: Reply) -> Bytes {
    let message = match reply.into_outcome() {
        Outcome::Result(result) => format!(r#"{{"id":{id},"result":{result}}}"#),
        Outcome::Error(error) => format!(r#"{{"id":{id},"error":{error}}}"#),
    };
    Bytes::from(message)
}
