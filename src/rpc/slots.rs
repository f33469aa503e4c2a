//! How many requests are under way at once, and which of them wait for which.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Short requests at once. With more than about a hundred, the server loses some.
const SHORT: usize = 64;

/// Long ones, besides.
const LONG: usize = 32;

/// Who waits behind whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lane {
    /// Requests that the server responds to at once.
    Short,
    /// Those that take as long as their work: no others wait for them.
    Long,
    /// Those that end the work of others, and wait for none.
    Control,
}

impl Lane {
    /// The same for a request that has no deadline.
    pub(crate) fn without_deadline(self) -> Self {
        match self {
            Self::Short | Self::Long => Self::Long,
            Self::Control => Self::Control,
        }
    }
}

/// The places of the requests that are under way.
pub(super) struct Slots {
    short: Arc<Semaphore>,
    long: Arc<Semaphore>,
}

/// The place of one request, free again once it is dropped. A control request has none.
pub(super) type Slot = Option<OwnedSemaphorePermit>;

impl Default for Slots {
    fn default() -> Self {
        Self { short: Arc::new(Semaphore::new(SHORT)), long: Arc::new(Semaphore::new(LONG)) }
    }
}

impl Slots {
    /// A place, if one is free and nobody waits for it.
    pub(super) fn try_take(&self, lane: Lane) -> Option<Slot> {
        match self.of(lane) {
            Some((places, _)) => Arc::clone(places).try_acquire_owned().ok().map(Some),
            None => Some(None),
        }
    }

    /// Waits for a place, after all others who do.
    pub(super) async fn take(&self, lane: Lane) -> Slot {
        match self.of(lane) {
            // The semaphore is fair and never closed: requests go out in order.
            Some((places, _)) => Arc::clone(places).acquire_owned().await.ok(),
            None => None,
        }
    }

    /// How many requests may be under way.
    pub(super) fn places(&self, lane: Lane) -> usize {
        self.of(lane).map_or(0, |(_, places)| places)
    }

    fn of(&self, lane: Lane) -> Option<(&Arc<Semaphore>, usize)> {
        match lane {
            Lane::Short => Some((&self.short, SHORT)),
            Lane::Long => Some((&self.long, LONG)),
            Lane::Control => None,
        }
    }
}
