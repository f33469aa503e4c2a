//! What ends a turn though nobody asks for it: the drop of its handle, and its deadline.

use std::{
    future::poll_fn,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use tokio::time::{Instant, sleep, sleep_until};

use super::TurnControl;
use crate::{
    client::Client,
    generated::v2_all::TurnStatus,
    result::RunResult,
    rpc::{Interest, Origin, Topic},
};

/// How long the server may take to end a turn whose deadline has passed.
const GRACE: Duration = Duration::from_secs(10);

/// Interrupts its turn when it is dropped, unless that has ended or somebody else has started it.
pub(super) struct InterruptOnDrop {
    control: TurnControl,
    origin: Arc<Origin>,
    released: bool,
}

impl InterruptOnDrop {
    pub(super) fn new(control: TurnControl, origin: Arc<Origin>) -> Self {
        Self { control, origin, released: false }
    }

    /// Lets go of the turn.
    pub(super) fn release(mut self) {
        self.released = true;
    }
}

impl Drop for InterruptOnDrop {
    fn drop(&mut self) {
        if !self.released && !self.origin.has_joined() && !self.control.is_over() {
            self.control.begin_interrupt();
        }
    }
}

/// Has a turn interrupted at a moment that has no handle.
pub(crate) fn interrupt_at(client: Client, thread_id: String, turn_id: String, at: Instant) {
    let control = TurnControl::new(client, thread_id, turn_id, || false);
    TurnDeadline::watch(&control, at, || ());
}

/// What has become of a deadline.
#[derive(Default)]
pub(super) struct TurnDeadline {
    passed: AtomicBool,
    gave_up: AtomicBool,
}

impl TurnDeadline {
    /// Has the turn interrupted at a moment, whoever listens then. When it does not end even so,
    /// `close` ends the reading.
    pub(super) fn watch(
        control: &TurnControl,
        at: Instant,
        close: impl Fn() + Send + Sync + 'static,
    ) -> Arc<Self> {
        let deadline = Arc::new(Self::default());
        let connection = control.client().connection();
        let topic = Topic::Turn(control.id().to_owned());
        let mut end = connection.subscribe(topic, Interest::Only("turn/completed"));
        // Asked only now: an end after this is heard.
        if control.is_over() {
            return deadline;
        }
        let (control, noted) = (control.without_link(), Arc::clone(&deadline));
        // Ends with the turn, with the connection, or at the end of the grace.
        connection.spawn(async move {
            let mut end = std::pin::pin!(poll_fn(|cx| end.poll_next(cx)));
            tokio::select! {
                biased;
                _ = &mut end => return,
                () = sleep_until(at) => {}
            }
            noted.passed.store(true, Ordering::Relaxed);
            control.begin_interrupt();
            tokio::select! {
                biased;
                _ = &mut end => return,
                () = sleep(GRACE) => {}
            }
            tracing::warn!(turn = control.id(), "the turn does not end after its deadline");
            noted.gave_up.store(true, Ordering::Relaxed);
            close();
        });
        deadline
    }

    /// Whether the end of the turn is not waited for any more.
    pub(super) fn gave_up(&self) -> bool {
        self.gave_up.load(Ordering::Relaxed)
    }

    /// Says in a result that the deadline has ended it.
    pub(super) fn note(&self, result: &mut RunResult) {
        let passed = self.passed.load(Ordering::Relaxed);
        result.deadline_passed = passed && result.status != TurnStatus::Completed;
    }
}
