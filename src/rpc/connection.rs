//! A connection: how it opens, who subscribes, how it ends.

use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use bytes::Bytes;

use super::{
    held::HeldReader,
    link::{Link, Shared},
    mailbox::{Interest, Mailbox},
    message::Payload,
    recall::find_item,
    router::Topic,
    subscription::Subscription,
};
use crate::{
    error::{Closed, Error, Result},
    reply::Reply,
};

/// A connection to one app-server. It is open as long as somebody holds its [`Link`].
pub(crate) struct Connection {
    shared: Arc<Shared>,
}

/// What a request of the server refers to.
#[derive(Default)]
pub(crate) struct Recalled {
    /// The `item/started` of its item.
    pub(crate) item: Option<Payload>,
    /// The thread that has started its thread.
    pub(crate) parent: Option<String>,
}

impl Connection {
    /// The connection whose tasks and users share this.
    pub(super) fn of(shared: &Arc<Shared>) -> Self {
        Self { shared: Arc::clone(shared) }
    }

    /// What keeps it open. There is one, which its users share.
    pub(crate) fn link(&self) -> Arc<Link> {
        Arc::new(Link { shared: Arc::clone(&self.shared) })
    }

    /// Runs a task where those of the connection run, and for no longer.
    pub(crate) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.shared.runtime.spawn(task);
    }

    /// Notes that the handshake is done. A server that is given up before that is ended at once.
    pub(crate) fn initialized(&self) {
        self.shared().initialized();
    }

    /// Sends a notification, a whole message.
    pub(crate) async fn notify(&self, method: &str, message: impl Into<Bytes>) -> Result<()> {
        self.shared().when_here(|_| ()).await.map_err(Error::Closed)?;
        match self.shared().outbox.send(message.into()).await {
            Ok(()) => Ok(()),
            Err(_) => Err(self.gone(method, false).await),
        }
    }

    /// Notes that a handle of the program refers to a thread, and goes on with it when the
    /// connection is opened again; None where it never is.
    pub(crate) fn hold_thread(&self, thread: &str) -> Option<Arc<ThreadHold>> {
        self.shared().router().progress.as_mut()?.hold(thread);
        let hold = ThreadHold { shared: Arc::clone(&self.shared), thread: thread.to_owned() };
        Some(Arc::new(hold))
    }

    /// Notes that the server tells of a thread from now on.
    pub(crate) fn open_thread(&self, thread: &str) {
        if let Some(progress) = &mut self.shared().router().progress {
            progress.open(thread);
        }
    }

    /// Notes that a turn runs of which nothing may have been heard.
    pub(crate) fn expect_turn(&self, thread: &str, turn: &str) {
        if let Some(progress) = &mut self.shared().router().progress {
            progress.expect(thread, turn);
        }
    }

    /// Whether it is opened again when it is lost.
    pub(crate) fn comes_back(&self) -> bool {
        self.shared().router().progress.is_some()
    }

    /// Whether a turn runs, as far as that was heard once the connection is there.
    pub(crate) async fn runs(&self, thread: &str, turn: &str) -> bool {
        let busy = self.shared().when_here(|router| router.busy(thread)).await;
        matches!(busy, Ok(Some(Some(running))) if running == turn)
    }

    /// Refuses a thread of which the server does not tell any more.
    pub(crate) fn check_thread(&self, thread: &str) -> Result<()> {
        let router = self.shared().router();
        let why = router.progress.as_ref().and_then(|progress| progress.gone(thread));
        why.map_or(Ok(()), |why| {
            Err(Error::invalid(
                "thread",
                format!(
                    "the connection was lost, and the server does not tell of this thread on the                      next one ({why}); resume it with `thread_resume`, or start another"
                ),
            ))
        })
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
        Subscription::new(Arc::clone(&self.shared), topic, mailbox)
    }

    /// Whether a turn runs on a thread or is about to, as far as this connection has heard; and
    /// which one, if that is known.
    pub(crate) fn busy(&self, thread: &str) -> Option<Option<String>> {
        self.shared().router().busy(thread)
    }

    /// What a request of the server refers to, as far as it was kept.
    pub(crate) fn recall(
        &self,
        thread: Option<&str>,
        turn: Option<&str>,
        item: Option<&str>,
    ) -> Recalled {
        let router = self.shared().router();
        let Some(recall) = router.recall() else {
            return Recalled::default();
        };
        let parent = thread.and_then(|thread| recall.parent(thread));
        let items = turn.map(|turn| recall.items(turn)).unwrap_or_default();
        drop(router);
        Recalled { item: item.and_then(|id| find_item(items, id)), parent }
    }

    /// Waits until the program has taken a request of the server, and replied to it; `None` if
    /// nobody takes it within `limit`, or whoever did lets go of it.
    pub(crate) async fn hold(&self, request: Payload, limit: Duration) -> Option<Reply> {
        self.shared().held.hold(request, limit).await
    }

    /// What takes the requests that are held.
    pub(crate) fn held(&self) -> HeldReader {
        HeldReader::new(&self.shared().held)
    }

    /// How many lines were skipped because they were not messages.
    pub(crate) fn stray_lines(&self) -> u64 {
        self.shared().stray_lines.load(Ordering::Relaxed)
    }

    pub(crate) fn server_pid(&self) -> Option<u32> {
        self.shared().server_pid()
    }

    /// In which its tasks run.
    pub(crate) fn runtime(&self) -> tokio::runtime::Handle {
        self.shared().runtime.clone()
    }

    /// Becomes true when the connection, and its server process, are gone.
    #[cfg(feature = "blocking")]
    pub(crate) fn done(&self) -> tokio::sync::watch::Receiver<bool> {
        self.shared().done.subscribe()
    }

    /// Closes, and waits until the server process, if there is one, is gone.
    pub(crate) async fn close(&self) {
        self.shared().begin_close();
        let mut done = self.shared().done.subscribe();
        // The sender lives as long as `self`, so that this cannot fail.
        let _ = done.wait_for(|done| *done).await;
    }

    /// The reason why the connection is closed.
    pub(crate) async fn closed_error(&self) -> Error {
        Error::Closed(self.shared().closed().await)
    }

    /// Waits until it is known why nothing more comes. Does not keep the connection open.
    pub(crate) fn closed(&self) -> impl Future<Output = Arc<Closed>> + Send + use<> {
        let shared = Arc::clone(&self.shared);
        async move { shared.closed().await }
    }

    /// Whether that is known.
    pub(crate) fn is_closed(&self) -> bool {
        self.shared().router().closed().is_some()
    }

    pub(super) fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }
}

/// A handle of the program refers to a thread, for as long as this lives.
pub(crate) struct ThreadHold {
    shared: Arc<Shared>,
    thread: String,
}

impl Drop for ThreadHold {
    fn drop(&mut self) {
        if let Some(progress) = &mut self.shared.router().progress {
            progress.release(&self.thread);
        }
    }
}
