//! A growing list that can be read as a whole or awaited item by item.

use std::{collections::HashMap, sync::Mutex};

use tokio::sync::watch;

use crate::lock;

/// What was received so far. It keeps everything: it lives as long as one test.
#[derive(Debug)]
pub(crate) struct Record<T> {
    log: watch::Sender<Log<T>>,
    /// How many items each kind of waiter has been given or has passed over.
    seen: Mutex<HashMap<String, usize>>,
}

#[derive(Debug)]
struct Log<T> {
    items: Vec<T>,
    ended: bool,
}

impl<T: Clone> Record<T> {
    pub(crate) fn new() -> Self {
        let log = Log { items: Vec::new(), ended: false };
        Self { log: watch::Sender::new(log), seen: Mutex::default() }
    }

    /// Adds an item and returns how many there are now.
    pub(crate) fn push(&self, item: T) -> usize {
        let mut count = 0;
        self.log.send_modify(|log| {
            log.items.push(item);
            count = log.items.len();
        });
        count
    }

    /// Nothing more will come: who waits is told.
    pub(crate) fn end(&self) {
        self.log.send_modify(|log| log.ended = true);
    }

    pub(crate) fn all(&self) -> Vec<T> {
        self.log.borrow().items.clone()
    }

    /// The next item that matches and was not given out under this key yet; `None` when the record
    /// ended without one. Dropping the future loses no item.
    pub(crate) async fn next(&self, key: &str, matches: impl Fn(&T) -> bool) -> Option<T> {
        let mut log = self.log.subscribe();
        loop {
            {
                let log = log.borrow_and_update();
                let mut seen = lock(&self.seen);
                let seen = seen.entry(key.to_owned()).or_default();
                let unseen = &log.items[*seen..];
                if let Some(at) = unseen.iter().position(&matches) {
                    *seen += at + 1;
                    return Some(unseen[at].clone());
                }
                *seen = log.items.len();
                if log.ended {
                    return None;
                }
            }
            log.changed().await.ok()?;
        }
    }
}
