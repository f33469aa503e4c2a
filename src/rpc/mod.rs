//! One connection: requests with ids and deadlines, answers out of order, events to their
//! subscribers, the server's own requests to their handler.
//!
//! Two tasks serve a connection. The *driver* reads and routes, never decodes a payload and never
//! waits for anybody; the *writer* sends what its senders could not write at once. Both end when
//! the last [`Connection`] is dropped or [`Connection::close`] is called.

mod envelope;
mod mailbox;
mod outbox;
mod router;
mod scan;
mod server_requests;
mod subscription;
mod tasks;

use std::{
    sync::{
        Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use serde::Serialize;
use serde_json::value::RawValue;
use tokio::{
    sync::{Semaphore, oneshot, watch},
    task::JoinHandle,
    time::timeout,
};

pub(crate) use self::{
    envelope::{Event, is_delta},
    mailbox::Interest,
    router::{Id, Topic},
    server_requests::Handler,
    subscription::{Subscription, shown},
};
use self::{
    mailbox::Mailbox,
    outbox::Outbox,
    router::{Router, TurnStarted},
    tasks::Driver,
};
use crate::{
    error::{CloseReason, Closed, Error, Result, RpcError},
    json::{decode, encode},
    retry::RetryPolicy,
    transport::{Transport, process::Process},
    version::ServerVersion,
};

/// More requests than this at once, and the server loses some of them.
const IN_FLIGHT: usize = 64;

/// What a connection is made with.
pub(crate) struct Options {
    /// The deadline of requests that do not bring their own.
    pub(crate) request_timeout: Option<Duration>,
    /// Unread bytes of one subscriber beyond which deltas are dropped.
    pub(crate) unread_limit: usize,
    /// How calls that only read are repeated when the server is overloaded.
    pub(crate) retry: Option<RetryPolicy>,
    pub(crate) handler: Option<Handler>,
}

/// A connection to one app-server. Clones share it.
#[derive(Clone)]
pub(crate) struct Connection(Arc<Link>);

/// What the clones of a connection hold together. Its drop is the end.
struct Link {
    shared: Arc<Shared>,
    /// Not aborted on drop: it outlives the last client by the grace that the server gets, and sees
    /// the process out.
    _driver: JoinHandle<()>,
}

/// What the connection's tasks share with its clients.
struct Shared {
    router: Mutex<Router>,
    outbox: Outbox,
    slots: Semaphore,
    next_id: AtomicU64,
    stray_lines: AtomicU64,
    closing: watch::Sender<bool>,
    done: watch::Sender<bool>,
    options: Options,
    server_pid: Option<u32>,
    /// Known after the handshake.
    server_version: OnceLock<ServerVersion>,
    link: OnceLock<Weak<Link>>,
}

impl Drop for Link {
    fn drop(&mut self) {
        self.shared.begin_close();
    }
}

impl Connection {
    /// Takes over `transport`. Has to be called within a tokio runtime.
    pub(crate) fn open(transport: Transport, options: Options) -> Self {
        let shared = Arc::new(Shared {
            router: Mutex::default(),
            outbox: Outbox::new(transport.writer),
            slots: Semaphore::new(IN_FLIGHT),
            next_id: AtomicU64::new(1),
            stray_lines: AtomicU64::new(0),
            closing: watch::Sender::new(false),
            done: watch::Sender::new(false),
            options,
            server_pid: transport.process.as_ref().and_then(Process::id),
            server_version: OnceLock::new(),
            link: OnceLock::new(),
        });
        let writer = tokio::spawn(tasks::write(Arc::clone(&shared)));
        let driver = Driver {
            shared: Arc::clone(&shared),
            reader: transport.reader,
            writer,
            process: transport.process,
            stray_lines: transport.stray_lines,
        };
        let link = Arc::new(Link { shared, _driver: tokio::spawn(driver.run()) });
        // It is new, so that nobody can have set it.
        let _ = link.shared.link.set(Arc::downgrade(&link));
        Self(link)
    }

    /// Sends a request and waits for its answer, as raw JSON.
    ///
    /// Dropping the future forgets the request; the server may still act on it.
    pub(crate) async fn request(
        &self,
        method: &str,
        params: &RawValue,
        deadline: Deadline,
    ) -> Result<Bytes> {
        self.send(method, params, deadline, None).await
    }

    /// Sends `turn/start` and subscribes to the turn that the answer names, from the moment in
    /// which the request is written. Gives the turn's id.
    pub(crate) async fn start_turn(
        &self,
        thread: &str,
        params: &RawValue,
        interest: Interest,
    ) -> Result<(String, Subscription)> {
        let mailbox = Mailbox::new(interest, self.shared().options.unread_limit);
        // The answer may subscribe it before this future is polled again.
        let unsubscribe = Unsubscribe { shared: self.shared(), mailbox: &mailbox };
        let start = Some((thread, &mailbox));
        let answer = self.send("turn/start", params, Deadline::Default, start).await?;
        let id = decode::<TurnStarted>("turn/start", &answer)?.turn.id;
        // From here on the subscription does that.
        std::mem::forget(unsubscribe);
        let topic = Topic::Turn(id.clone());
        Ok((id, Subscription::new(self.clone(), topic, mailbox)))
    }

    async fn send(
        &self,
        method: &str,
        params: &RawValue,
        deadline: Deadline,
        start: Option<(&str, &Arc<Mailbox>)>,
    ) -> Result<Bytes> {
        let deadline = match deadline {
            Deadline::Default => self.shared().options.request_timeout,
            Deadline::After(duration) => Some(duration),
            Deadline::Never => None,
        };
        let exchange = self.exchange(method, params, start);
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
        start: Option<(&str, &Arc<Mailbox>)>,
    ) -> Result<Bytes> {
        let shared = self.shared();
        let id = shared.next_id.fetch_add(1, Ordering::Relaxed);
        let message = encode_request(id, method, params)?;
        // The semaphore is fair and never closed: requests go out in order.
        let _slot = shared.slots.acquire().await.map_err(|_| self.gone())?;

        let (reply, answer) = oneshot::channel();
        {
            let mut router = shared.router();
            if let Some(closed) = router.closed() {
                return Err(Error::Closed(Arc::clone(closed)));
            }
            router.expect(id, reply);
            if let Some((thread, mailbox)) = start {
                router.expect_turn(id, thread, mailbox);
            }
        }
        let _entry = Entry { shared, id };
        if shared.outbox.send(&message).await.is_err() {
            return Err(self.gone());
        }
        match answer.await {
            Ok(Ok(result)) => Ok(result),
            Ok(Err(error)) => Err(Error::Rpc(Box::new(RpcError {
                method: method.to_owned(),
                code: error.code,
                message: error.message,
                data: error.data,
            }))),
            Err(_) => Err(self.gone()),
        }
    }

    /// Sends a notification.
    pub(crate) async fn notify(&self, method: &str) -> Result<()> {
        let message = serde_json::json!({ "method": method }).to_string();
        let sent = self.shared().outbox.send(&message.into()).await;
        sent.map_err(|_| self.gone())
    }

    /// Hears about `topic` from now on.
    pub(crate) fn subscribe(&self, topic: Topic, interest: Interest) -> Subscription {
        let mailbox = Mailbox::new(interest, self.shared().options.unread_limit);
        let mut router = self.shared().router();
        match router.closed() {
            Some(closed) => mailbox.close(closed),
            None => router.subscribe(&topic, Arc::clone(&mailbox)),
        }
        drop(router);
        Subscription::new(self.clone(), topic, mailbox)
    }

    /// Interrupts a turn, once: the server never answers a second request, so that later callers
    /// get the outcome of the first.
    ///
    /// `attempt` sends the request. It runs as a task of the connection and is not cancelled with
    /// its caller.
    pub(crate) async fn interrupt_once<F>(&self, turn: &str, attempt: F) -> Result<()>
    where
        F: Future<Output = Result<()>> + Send + 'static,
    {
        let mut outcome = {
            let weak = Arc::downgrade(self.shared());
            let mut router = self.shared().router();
            router.interrupt(turn, || {
                let (done, outcome) = watch::channel(None);
                let turn = turn.to_owned();
                // Ends with its request, which has a deadline.
                tokio::spawn(async move {
                    let result = attempt.await;
                    if let (Err(_), Some(shared)) = (&result, weak.upgrade()) {
                        shared.router().interrupt_failed(&turn);
                    }
                    done.send_replace(Some(result));
                });
                outcome
            })
        };
        match outcome.wait_for(Option::is_some).await.as_deref() {
            Ok(Some(result)) => result.clone(),
            _ => Err(self.gone()),
        }
    }

    /// Keeps `thread` for a goal until the reservation is dropped; none if it is kept already.
    pub(crate) fn reserve(&self, thread: &str) -> Option<Reservation> {
        let new = self.shared().router().goals().insert(thread.to_owned());
        new.then(|| Reservation { shared: Arc::clone(self.shared()), thread: thread.to_owned() })
    }

    /// Whether `thread` is kept for a goal.
    pub(crate) fn is_reserved(&self, thread: &str) -> bool {
        self.shared().router().goals().contains(thread)
    }

    /// How many lines were skipped because they were not messages.
    pub(crate) fn stray_lines(&self) -> u64 {
        self.shared().stray_lines.load(Ordering::Relaxed)
    }

    pub(crate) fn set_version(&self, version: ServerVersion) {
        // There is one handshake.
        let _ = self.shared().server_version.set(version);
    }

    /// The server's version; before the handshake, one that knows everything.
    pub(crate) fn version(&self) -> ServerVersion {
        let version = self.shared().server_version.get();
        version.cloned().unwrap_or_else(|| ServerVersion::new(""))
    }

    pub(crate) fn server_pid(&self) -> Option<u32> {
        self.shared().server_pid
    }

    /// Becomes true when the connection, and its server process, are gone.
    #[cfg(feature = "blocking")]
    pub(crate) fn closed(&self) -> watch::Receiver<bool> {
        self.shared().done.subscribe()
    }

    /// Closes, and waits until the server process, if there is one, is gone.
    pub(crate) async fn close(&self) {
        self.shared().begin_close();
        let mut done = self.shared().done.subscribe();
        // The sender lives as long as `self`.
        let _ = done.wait_for(|done| *done).await;
    }

    fn shared(&self) -> &Arc<Shared> {
        &self.0.shared
    }

    pub(crate) fn retry_policy(&self) -> Option<&RetryPolicy> {
        self.shared().options.retry.as_ref()
    }

    /// The reason why the connection is closed.
    pub(crate) fn gone(&self) -> Error {
        self.shared().gone()
    }
}

/// A thread that is kept for a goal.
pub(crate) struct Reservation {
    shared: Arc<Shared>,
    thread: String,
}

impl Drop for Reservation {
    fn drop(&mut self) {
        self.shared.router().goals().remove(&self.thread);
    }
}

/// How long a request may take.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Deadline {
    /// What the connection was made with.
    Default,
    After(Duration),
    Never,
}

/// Forgets a request when its caller goes away.
struct Entry<'a> {
    shared: &'a Shared,
    id: u64,
}

impl Drop for Entry<'_> {
    fn drop(&mut self) {
        self.shared.router().forget(self.id);
    }
}

/// Takes a mailbox out of the router when the start of its turn is given up.
struct Unsubscribe<'a> {
    shared: &'a Shared,
    mailbox: &'a Arc<Mailbox>,
}

impl Drop for Unsubscribe<'_> {
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

impl Shared {
    fn router(&self) -> MutexGuard<'_, Router> {
        self.router.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Fails what is pending and lets the tasks end.
    fn begin_close(&self) {
        self.close(CloseReason::Requested, None, String::new());
        self.closing.send_replace(true);
    }

    fn close(
        &self,
        reason: CloseReason,
        exit_status: Option<std::process::ExitStatus>,
        stderr: String,
    ) {
        self.router().close(Closed { reason, exit_status, stderr });
    }

    fn gone(&self) -> Error {
        let closed = self.router().closed().cloned();
        Error::Closed(closed.unwrap_or_else(|| {
            Arc::new(Closed {
                reason: CloseReason::ServerClosed,
                exit_status: None,
                stderr: String::new(),
            })
        }))
    }

    /// Waits until closing has begun.
    async fn closing(&self) {
        // The sender lives as long as `self`.
        let _ = self.closing.subscribe().wait_for(|closing| *closing).await;
    }
}
