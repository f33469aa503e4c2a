//! Opens a lost connection again, as often as it takes.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Instant,
};

use bytes::Bytes;
use tokio::time::sleep;

use super::{ConnectionEvent, Reconnect, Restored, catch_up};
use crate::{
    error::{CloseReason, Closed, Error, Result},
    retry::Attempts,
    rpc::{self, Boxed, Recovery},
    transport::Transport,
};

/// Opens a transport to the server, each time that it is called.
pub(crate) type Dial = Box<dyn Fn() -> Boxed<'static, Result<Transport>> + Send + Sync>;

/// Begins anew with a server: a request, and what is to be thought of its response.
pub(crate) struct Request {
    pub(crate) method: &'static str,
    pub(crate) request: Vec<u8>,
    pub(crate) check: Check,
    /// Sent after that.
    pub(crate) notification: &'static str,
}

/// Refuses a server for its response.
type Check = Box<dyn Fn(&Bytes) -> Result<()> + Send + Sync>;

/// What opens a connection again.
pub(crate) struct Opening {
    reconnect: Reconnect,
    dial: Dial,
    first: Arc<Request>,
    outage: Arc<Mutex<Option<Outage>>>,
}

/// The time between the loss of a connection and the moment at which all goes on.
struct Outage {
    since: Instant,
    attempts: Attempts,
    /// Why the last attempt has failed after it had reached the server.
    failed: Option<Error>,
}

impl Opening {
    /// # Errors
    ///
    /// [`Error::InvalidInput`] for a policy that makes no sense.
    pub(crate) fn new(reconnect: Reconnect, dial: Dial, first: Request) -> Result<Self> {
        Attempts::new(reconnect.attempts.clone())?;
        Ok(Self { reconnect, dial, first: Arc::new(first), outage: Arc::default() })
    }

    /// Notes the loss of the connection, or of one that was to take its place.
    fn begin(&self, lost: &Closed) -> Result<()> {
        let mut outage = lock(&self.outage);
        match &mut *outage {
            Some(outage) => {
                let failure = || Error::Closed(Arc::new(lost.clone()));
                outage.failed.get_or_insert_with(failure);
            }
            None => {
                let attempts = Attempts::new(self.reconnect.attempts.clone())?;
                let attempts = attempts.by_default(may_pass);
                *outage = Some(Outage { since: Instant::now(), attempts, failed: None });
                drop(outage);
                self.reconnect.tell(&ConnectionEvent::Lost(lost.clone()));
            }
        }
        Ok(())
    }

    /// Waits as long as it is right after a failure; an error if that was the last.
    async fn wait_after(&self, error: Error) -> Result<()> {
        let wait = lock(&self.outage).as_mut().and_then(|it| it.attempts.wait_after(&error));
        match wait {
            Some(retry_in) => {
                self.reconnect.tell(&ConnectionEvent::AttemptFailed { error, retry_in });
                sleep(retry_in).await;
                Ok(())
            }
            None => {
                self.reconnect.tell(&ConnectionEvent::GivenUp(error.clone()));
                Err(error)
            }
        }
    }

    async fn open(&self, lost: &Closed) -> Result<Transport> {
        self.begin(lost)?;
        let failed = lock(&self.outage).as_mut().and_then(|outage| outage.failed.take());
        if let Some(error) = failed {
            self.wait_after(error).await?;
        }
        loop {
            match (self.dial)().await {
                Ok(transport) => return Ok(transport),
                Err(error) => self.wait_after(error).await?,
            }
        }
    }
}

impl rpc::Reconnect for Opening {
    fn dial<'a>(&'a mut self, lost: &'a Closed) -> Boxed<'a, Result<Transport, CloseReason>> {
        Box::pin(async move {
            let opened = self.open(lost).await;
            let reason = |error| format!("{}; {error:?}", lost.reason);
            opened.map_err(|error| CloseReason::NotReconnected(reason(error)))
        })
    }

    fn restore(&mut self, recovery: Recovery) -> Boxed<'static, Result<()>> {
        let (first, outage) = (Arc::clone(&self.first), Arc::clone(&self.outage));
        let reconnect = self.reconnect.clone();
        Box::pin(async move {
            let restored = async {
                let response = recovery.request(first.method, first.request.clone()).await?;
                (first.check)(&response)?;
                recovery.notify(first.notification).await?;
                catch_up::catch_up(&recovery).await
            };
            match restored.await {
                Ok((threads, missing)) => {
                    let since = lock(&outage).take().map(|outage| outage.since.elapsed());
                    let after = since.unwrap_or_default();
                    let restored = Restored { after, threads, missing };
                    reconnect.tell(&ConnectionEvent::Restored(restored));
                    Ok(())
                }
                Err(error) => {
                    if let Some(outage) = &mut *lock(&outage) {
                        outage.failed = Some(error.clone());
                    }
                    Err(error)
                }
            }
        })
    }
}

/// Whether the next attempt may succeed after this failure of one.
fn may_pass(error: &Error) -> bool {
    match error {
        Error::InvalidInput { .. } | Error::RuntimeNotFound { .. } | Error::Version { .. } => false,
        // What speaks for the server may refuse for a while; a refused token stays so.
        Error::Connect { status: Some(status), .. } => matches!(status, 408 | 429 | 500..=599),
        _ => true,
    }
}

fn lock(outage: &Mutex<Option<Outage>>) -> MutexGuard<'_, Option<Outage>> {
    outage.lock().unwrap_or_else(PoisonError::into_inner)
}
