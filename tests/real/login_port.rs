//! The port that a browser comes back to after a login.

use tokio::sync::{Mutex, MutexGuard};

/// The real codex waits for the browser at one port of the machine, and sends away whoever else
/// does.
pub(crate) async fn alone() -> MutexGuard<'static, ()> {
    static PORT: Mutex<()> = Mutex::const_new(());
    PORT.lock().await
}
