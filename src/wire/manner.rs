//! How this thread is reading: serde has no way to tell a type how to be read.

use std::{cell::Cell, thread::LocalKey};

#[derive(Clone, Copy)]
pub(super) struct Manner {
    /// What does not fit is kept as unknown.
    lenient: bool,
    /// What is kept keeps its text, where that is needed. The text is JSON, and nothing else.
    exact: bool,
    /// Whether something was kept that needs its text.
    inexact: bool,
}

impl Manner {
    pub(super) const STRICT: Self = Self { lenient: false, exact: false, inexact: false };
    pub(super) const EXACT: Self = Self { exact: true, ..Self::STRICT };
    pub(super) const LENIENT: Self = Self { lenient: true, ..Self::EXACT };
}

fn manner() -> &'static LocalKey<Cell<Manner>> {
    thread_local! {
        static MANNER: Cell<Manner> = const { Cell::new(Manner::STRICT) };
    }
    &MANNER
}

pub(super) fn is_lenient() -> bool {
    manner().get().lenient
}

pub(super) fn is_exact() -> bool {
    manner().get().exact
}

pub(super) fn note_inexact() {
    manner().set(Manner { inexact: true, ..manner().get() });
}

/// Has this thread read in another manner for a while.
pub(super) struct UntilDropped {
    before: Manner,
}

impl UntilDropped {
    pub(super) fn begin(next: Manner) -> Self {
        Self { before: manner().replace(next) }
    }

    /// Whether something was kept that needs its text.
    pub(super) fn is_inexact(&self) -> bool {
        manner().get().inexact
    }
}

impl Drop for UntilDropped {
    fn drop(&mut self) {
        manner().set(self.before);
    }
}
