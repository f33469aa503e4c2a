//! Lets those who start turns on one thread pass one by one.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError, Weak},
};

use tokio::sync::{self, OwnedMutexGuard};

/// One queue for each thread that somebody wants a turn of its own on.
#[derive(Default)]
pub(crate) struct TurnQueues(Mutex<HashMap<String, Weak<sync::Mutex<()>>>>);

impl TurnQueues {
    /// Waits for all who came before; the others wait until what this gives is dropped.
    pub(crate) async fn enter(&self, thread: &str) -> OwnedMutexGuard<()> {
        self.of(thread).lock_owned().await
    }

    /// The same where nobody waits, and nobody is inside.
    pub(crate) fn try_enter(&self, thread: &str) -> Option<OwnedMutexGuard<()>> {
        self.of(thread).try_lock_owned().ok()
    }

    fn of(&self, thread: &str) -> Arc<sync::Mutex<()>> {
        let mut queues = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(queue) = queues.get(thread).and_then(Weak::upgrade) {
            return queue;
        }
        // Those that nobody uses any more go before there is room made for others.
        if queues.len() == queues.capacity() {
            queues.retain(|_, queue| queue.strong_count() > 0);
        }
        let queue = Arc::default();
        queues.insert(thread.to_owned(), Arc::downgrade(&queue));
        queue
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_uses_any_more_does_not_pile_up() {
        let queues = TurnQueues::default();
        let kept = queues.try_enter("kept");
        for thread in 0..10_000 {
            assert!(queues.try_enter(&thread.to_string()).is_some());
        }
        assert!(queues.try_enter("kept").is_none());
        assert!(queues.0.lock().unwrap().len() < 100);
        drop(kept);
        assert!(queues.try_enter("kept").is_some());
    }
}
