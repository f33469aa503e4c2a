//! The end of a server that others have started.

use std::{io, path::Path, sync::Arc, time::Duration};

use rustix::process::{Signal, kill_process};
use tokio::{
    task::spawn_blocking,
    time::{Instant, sleep},
};

use super::socket::{self, Listener, POLL};
use crate::{
    error::{Error, Result},
    transport::descendants::{self, Descendant},
};

/// Ends the server that listens on a socket now, if there is one. Half of `limit` is for
/// the turns that run; after all of it the server is killed.
pub(super) async fn stop(path: &Path, limit: Duration) -> Result<()> {
    let failed = |reason: String, source| Error::ManagedServer {
        reason: format!("the server at {} was not stopped: {reason}", path.display()),
        exit_status: None,
        stderr: String::new(),
        source,
    };
    let told = |error: io::Error| failed("the system refuses".into(), Some(Arc::new(error)));
    let Some(listener) = socket::listener(path).await.map_err(told)? else {
        return Ok(());
    };
    let Some(process) = listener.pid.and_then(socket::process) else {
        return Err(failed("this system does not say which process it is; end that".into(), None));
    };
    let find = move || descendants::find(listener.pid, "");
    let descendants = spawn_blocking(find).await.unwrap_or_default();
    // The first lets turns end, the second does not wait for them.
    for signal in [Signal::TERM, Signal::TERM, Signal::KILL] {
        if let Err(error) = kill_process(process, signal)
            && error != rustix::io::Errno::SRCH
        {
            return Err(told(error.into()));
        }
        let patience = Instant::now() + limit / 2;
        while Instant::now() < patience {
            if is_gone(path, listener).await {
                descendants.iter().for_each(Descendant::kill);
                return Ok(());
            }
            sleep(POLL).await;
        }
    }
    Err(failed("it is still there after it was killed".into(), None))
}

/// Whether a server has left its place, and, as far as the system says, its process is gone.
async fn is_gone(path: &Path, server: Listener) -> bool {
    let has_left = !matches!(socket::listener(path).await, Ok(Some(now)) if now == server);
    has_left && !server.pid.is_some_and(descendants::is_alive)
}
