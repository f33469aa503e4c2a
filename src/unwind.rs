//! What to do about panics of the program's own functions.

use std::{
    any::Any,
    future::poll_fn,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    task::Poll,
};

/// Runs a function of the program, and turns its panic into an error.
pub(crate) async fn catch_panic<F>(
    start: impl FnOnce() -> F,
) -> Result<F::Output, Box<dyn Any + Send>>
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
