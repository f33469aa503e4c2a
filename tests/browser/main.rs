//! What a person sees: a browser without a window drives `examples/20_web_service`, with the
//! pinned codex and a model of ours.
//!
//! `cargo xtask browser` finds or installs the browser; without one these tests fail, and say so.

// Services are stopped with signals.
#![cfg(unix)]

mod browser;
mod service;

mod approvals_are_given_by_a_click;
mod other_sites_are_refused;
mod pages_show_turns;
mod services_stop;
