//! Trying again when the server is overloaded, without async.

use crate::{Result, RetryPolicy, retry::Attempts};

/// Calls `operation` until it succeeds, fails for another reason than overload, or the policy's
/// attempts are used up: [`retry_on_overload`](crate::retry_on_overload) without async. Between two
/// attempts the calling thread sleeps.
///
/// ```no_run
/// # fn example(codex: codex_app_server::blocking::Codex) -> codex_app_server::Result<()> {
/// use codex_app_server::{RetryPolicy, ThreadConfig, blocking::retry_on_overload};
///
/// let thread = retry_on_overload(RetryPolicy::new(), || codex.thread_start(ThreadConfig::new()))?;
/// # Ok(()) }
/// ```
///
/// # Errors
///
/// Those of [`retry_on_overload`](crate::retry_on_overload).
pub fn retry_on_overload<T>(
    policy: RetryPolicy,
    mut operation: impl FnMut() -> Result<T>,
) -> Result<T> {
    let mut attempts = Attempts::new(policy)?;
    loop {
        match attempts.after(operation()) {
            Ok(result) => return result,
            Err(delay) => std::thread::sleep(delay),
        }
    }
}
