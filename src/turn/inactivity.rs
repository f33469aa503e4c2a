//! How long a turn may be silent.

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use tokio::{
    runtime::Handle,
    time::{Instant, Sleep, sleep_until},
};

/// Into how many parts the limit is cut: of what nobody reads it is known after each only whether
/// it was heard.
const PARTS: u32 = 8;

/// The shortest of these parts.
const SHORTEST: Duration = Duration::from_millis(1);

/// Measures how long a turn is silent. An event costs no more than to forget since when that is;
/// the timer runs on, and is set anew when it has run out.
pub(super) struct Inactivity {
    limit: Duration,
    /// Since when nothing is heard; `None` while there is something to read.
    quiet_since: Option<Instant>,
    /// From when on the limit counts: from then, or from when it was told last.
    from: Instant,
    timer: Option<Pin<Box<Sleep>>>,
    runtime: Handle,
}

impl Inactivity {
    pub(super) fn new(limit: Duration, runtime: Handle) -> Self {
        Self { limit, quiet_since: None, from: Instant::now(), timer: None, runtime }
    }

    pub(super) fn limit(&self) -> Duration {
        self.limit
    }

    /// Notes that the turn has said something.
    #[inline]
    pub(super) fn hear(&mut self) {
        self.quiet_since = None;
    }

    /// How long the turn has been silent, each time that the limit has passed. To be asked when
    /// there is nothing to read; `was_heard` says whether something came that nobody reads.
    pub(super) fn poll_silence(
        &mut self,
        cx: &mut Context<'_>,
        was_heard: impl Fn() -> bool,
    ) -> Poll<Duration> {
        if self.quiet_since.is_none() {
            self.from = Instant::now();
            self.quiet_since = Some(self.from);
        }
        let part = (self.limit / PARTS).max(SHORTEST);
        loop {
            let Some(due) = self.from.checked_add(self.limit) else {
                // It is too far away to be told.
                return Poll::Pending;
            };
            let next = |now: Instant| now.checked_add(part).map_or(due, |next| next.min(due));
            let timer = self.timer.get_or_insert_with(|| {
                // Whoever polls may be outside of it.
                let _entered = self.runtime.enter();
                Box::pin(sleep_until(next(self.from)))
            });
            ready!(timer.as_mut().poll(cx));
            let now = Instant::now();
            if was_heard() {
                (self.from, self.quiet_since) = (now, Some(now));
            } else if now >= due {
                self.from = now;
                return Poll::Ready(now - self.quiet_since.unwrap_or(now));
            }
            let due = self.from.checked_add(self.limit).unwrap_or(due);
            let next = now.checked_add(part).map_or(due, |next| next.min(due));
            timer.as_mut().reset(next);
        }
    }
}
