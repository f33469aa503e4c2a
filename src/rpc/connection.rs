//! A connection: how it opens, who subscribes, how it ends.

use std::sync::{Arc, atomic::Ordering};

use tokio::time::timeout;

use super::{
    driver::Driver,
    link::{Link, Options, Shared},
    mailbox::{Interest, Mailbox},
    outbox::FLUSH,
    router::Topic,
    subscription::Subscription,
};
use crate::{
    error::{CloseReason, Error, Result},
    transport::Transport,
};

/// A connection to one app-server. Clones share it.
#[derive(Clone)]
pub(crate) struct Connection {
    pub(super) link: Arc<Link>,
}

impl Connection {
    /// Takes over `transport`. Has to be called within a tokio runtime.
    pub(crate) fn open(transport: Transport, options: Options) -> Self {
        let shared = Shared::new(transport.writer, transport.process.as_ref(), options);
        let writer = tokio::spawn(write(Arc::clone(&shared)));
        let driver = Driver {
            shared: Arc::clone(&shared),
            reader: transport.reader,
            writer,
            process: transport.process,
            stray_lines: transport.stray_lines,
        };
        Self { link: Arc::new(Link { shared, _driver: tokio::spawn(driver.run()) }) }
    }

    /// Sends a notification.
    pub(crate) async fn notify(&self, method: &str) -> Result<()> {
        let message = serde_json::json!({ "method": method }).to_string();
        let sent = self.shared().outbox.send(message.into()).await;
        sent.map_err(|_| self.closed_error())
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
        Subscription::new(Arc::clone(&self.link), topic, mailbox)
    }

    /// How many lines were skipped because they were not messages.
    pub(crate) fn stray_lines(&self) -> u64 {
        self.shared().stray_lines.load(Ordering::Relaxed)
    }

    pub(crate) fn server_pid(&self) -> Option<u32> {
        self.shared().server_pid
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
    pub(crate) fn closed_error(&self) -> Error {
        self.shared().closed_error()
    }

    pub(super) fn shared(&self) -> &Arc<Shared> {
        &self.link.shared
    }
}

/// The task that writes what senders could not, and reports when that fails.
async fn write(shared: Arc<Shared>) {
    let Some(error) = shared.outbox.write_until(shared.closing()).await else {
        return;
    };
    // The driver is about to see the end of the stream, and can say more about it. If it does not,
    // this is all there is to say.
    if timeout(FLUSH, shared.closing()).await.is_err() {
        shared.close(CloseReason::Io(error.to_string()), None, String::new());
        shared.closing.send_replace(true);
    }
}
