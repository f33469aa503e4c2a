//! A door that a test opens: what has to wait, waits for that instead of for time to pass.

use std::sync::Arc;

use tokio::sync::watch;

/// A door, closed at first, that stays open once opened. Clones are the same door.
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// use codex_app_server_testkit::Gate;
///
/// let gate = Gate::new();
/// let other = gate.clone();
/// let waiting = tokio::spawn(async move { other.opened().await });
/// gate.open();
/// waiting.await.unwrap();
/// # });
/// ```
#[derive(Clone, Debug)]
pub struct Gate(Arc<watch::Sender<bool>>);

impl Gate {
    /// A closed gate.
    #[must_use]
    pub fn new() -> Self {
        Self(Arc::new(watch::Sender::new(false)))
    }

    /// Opens the gate, for good.
    pub fn open(&self) {
        self.0.send_replace(true);
    }

    /// Waits until the gate is open. Dropping the future has no effect on the gate.
    pub async fn opened(&self) {
        // The sender lives in `self`, so waiting cannot fail.
        let _ = self.0.subscribe().wait_for(|open| *open).await;
    }
}

impl Default for Gate {
    fn default() -> Self {
        Self::new()
    }
}
