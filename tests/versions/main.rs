//! What all versions of codex show: one table of everyday steps, through the public API, against
//! the pinned codex and against the other versions in `others.txt`.
//!
//! This room names only what older schemas have too. So it can also be built with one of these and
//! run against a newer codex: `cargo xtask walk` does that, with the newer version in
//! `others.txt`.

mod server;
mod steps;
mod suite;
mod testkit;

use support::Install;

/// The versions beside the pinned one, oldest first.
fn others() -> impl Iterator<Item = &'static str> {
    include_str!("others.txt").lines()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_pinned_codex_passes_all_steps() {
    let failures = suite::failures(&Install::pinned()).await;
    assert!(failures.is_empty(), "{failures}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn other_versions_of_codex_pass_all_steps() {
    let mut failures = String::new();
    for version in others() {
        failures += &suite::failures(&Install::of(version)).await;
    }
    assert!(failures.is_empty(), "{failures}");
}
