//! How the driver goes on with another transport.

use std::{pin::pin, sync::Arc};

use tokio::time::{Instant, timeout};

use super::{Driver, write};
use crate::{
    error::{CloseReason, Closed},
    rpc::{
        link::GRACE,
        outbox::FLUSH,
        recovery::{Recovery, Restoring},
    },
};

impl Driver {
    /// Opens the connection again, if somebody wants that; else gives the reason for its end.
    pub(super) async fn reconnect(&mut self, lost: CloseReason) -> Result<Restoring, CloseReason> {
        let may_pass = matches!(
            lost,
            CloseReason::ServerClosed | CloseReason::Io(_) | CloseReason::BadMessage(_)
        );
        let Some(reconnect) = self.reconnect.as_mut().filter(|_| may_pass) else {
            return Err(lost);
        };
        let shared = Arc::clone(&self.shared);
        // Nothing more is written, also to a process that is still there.
        shared.outbox.abandon();
        let mut closing = pin!(shared.closing());
        let (process, at_end) = (&mut self.process, &mut self.at_end);
        let closed = async {
            let (exit_status, stderr) = match process {
                Some(process) => process.last_words().await,
                None => (None, String::new()),
            };
            let closed = Closed { reason: lost, exit_status, stderr };
            shared.lose(closed.clone());
            if let Some(process) = process {
                process.finish(Instant::now() + GRACE).await;
            }
            if let Some(at_end) = at_end.take() {
                let _ = timeout(FLUSH, at_end).await;
            }
            closed
        };
        let closed = tokio::select! {
            biased;
            _ = &mut closing => return Err(CloseReason::Requested),
            closed = closed => closed,
        };
        self.process = None;
        self.last_words = Some((closed.exit_status, closed.stderr.clone()));
        let transport = tokio::select! {
            biased;
            _ = &mut closing => return Err(CloseReason::Requested),
            transport = reconnect.dial(&closed) => transport?,
        };
        shared.resume(transport.writer, transport.process.as_ref());
        self.writer.abort();
        self.writer = write(&shared);
        self.reader = transport.reader;
        self.process = transport.process;
        self.stray_lines = transport.stray_lines;
        self.at_end = transport.at_end;
        Ok(reconnect.restore(Recovery::new(&shared)))
    }
}
