//! Trying again what failed for a reason that may pass.

use std::{fmt, sync::Arc, time::Duration};

use crate::{Error, Result};

/// How often, at which intervals and after which errors something is tried again:
/// [`retry_on_overload`], [`Call::retry`](crate::Call::retry),
/// [`Thread::run_retrying`](crate::Thread::run_retrying).
#[derive(Clone)]
#[non_exhaustive]
pub struct RetryPolicy {
    /// Calls in all; at least 1.
    pub max_attempts: u32,
    /// The wait before the second attempt. Each further one is twice as long.
    pub initial_delay: Duration,
    /// The longest wait.
    pub max_delay: Duration,
    /// By which part of itself a wait may be longer or shorter, 0 to 1, so that many clients do not
    /// come back at the same moment.
    pub jitter: f64,
    /// Whether a turn is tried again though it has begun to run commands, change files or call
    /// tools.
    pub after_actions: bool,
    /// After which errors; None for those that are usual where it is used.
    when: Option<Predicate>,
}

/// Says of an error whether to try again.
type Predicate = Arc<dyn Fn(&Error) -> bool + Send + Sync>;

impl Default for RetryPolicy {
    /// 3 attempts, 250 ms doubling up to 2 s, ±20 %.
    fn default() -> Self {
        Self {
            max_attempts: 3,
            initial_delay: Duration::from_millis(250),
            max_delay: Duration::from_secs(2),
            jitter: 0.2,
            after_actions: false,
            when: None,
        }
    }
}

impl RetryPolicy {
    /// The defaults.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the number of calls in all.
    #[must_use]
    pub fn max_attempts(mut self, attempts: u32) -> Self {
        self.max_attempts = attempts;
        self
    }

    /// Sets the first and the longest wait.
    #[must_use]
    pub fn delays(mut self, initial: Duration, max: Duration) -> Self {
        self.initial_delay = initial;
        self.max_delay = max;
        self
    }

    /// Sets the jitter, 0 to 1.
    #[must_use]
    pub fn jitter(mut self, part: f64) -> Self {
        self.jitter = part;
        self
    }

    /// Tries again after those errors of which `predicate` says so, and no others. What fails may
    /// have been done in part: only the program knows what may be done twice.
    ///
    /// Without it, [`Thread::run_retrying`](crate::Thread::run_retrying) tries again what [is
    /// retryable](Error::is_retryable), and all else only what an overloaded server has refused
    /// without beginning.
    ///
    /// ```
    /// use codex_app_server::{Error, RetryPolicy};
    ///
    /// let policy = RetryPolicy::new().when(Error::is_rate_limited);
    /// ```
    #[must_use]
    pub fn when(mut self, predicate: impl Fn(&Error) -> bool + Send + Sync + 'static) -> Self {
        self.when = Some(Arc::new(predicate));
        self
    }

    /// Sets whether [`Thread::run_retrying`](crate::Thread::run_retrying) repeats a turn that has
    /// begun to run commands, change files or call tools. These stay done, and may be done again.
    #[must_use]
    pub fn after_actions(mut self, repeat: bool) -> Self {
        self.after_actions = repeat;
        self
    }

    fn check(&self) -> Result<()> {
        if self.max_attempts == 0 {
            return Err(Error::invalid("max_attempts", "0 would never call; give at least 1"));
        }
        if !(0.0..=1.0).contains(&self.jitter) {
            return Err(Error::invalid(
                "jitter",
                format!("{} is not between 0 and 1", self.jitter),
            ));
        }
        Ok(())
    }

    /// The wait before attempt `number`, the second being 2; `random` is between 0 and 1.
    fn delay(&self, number: u32, random: f64) -> Duration {
        let doubled = 2u32.saturating_pow(number.saturating_sub(2));
        let delay = self.initial_delay.saturating_mul(doubled).min(self.max_delay);
        let jittered = delay.as_secs_f64() * (1.0 + self.jitter * (2.0 * random - 1.0));
        Duration::try_from_secs_f64(jittered).unwrap_or(Duration::MAX)
    }
}

impl fmt::Debug for RetryPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RetryPolicy")
            .field("max_attempts", &self.max_attempts)
            .field("initial_delay", &self.initial_delay)
            .field("max_delay", &self.max_delay)
            .field("jitter", &self.jitter)
            .field("after_actions", &self.after_actions)
            .finish_non_exhaustive()
    }
}

/// Two are the same when their numbers are, and they share their predicate.
impl PartialEq for RetryPolicy {
    fn eq(&self, other: &Self) -> bool {
        let same_predicate = match (&self.when, &other.when) {
            (Some(a), Some(b)) => Arc::ptr_eq(a, b),
            (a, b) => a.is_none() && b.is_none(),
        };
        let numbers = |policy: &Self| {
            let Self { max_attempts, initial_delay, max_delay, jitter, after_actions, when: _ } =
                *policy;
            (max_attempts, initial_delay, max_delay, jitter, after_actions)
        };
        same_predicate && numbers(self) == numbers(other)
    }
}

/// Calls `operation` until it succeeds, fails for another reason than the policy is for, or its
/// attempts are used up; then the last error is returned.
///
/// Unless the policy [says when](RetryPolicy::when), only what a server has refused because it was
/// overloaded is tried again: it has not begun with that. So a turn that fails on the way is not:
/// its prompt is in the thread already, and the model would see it twice.
/// [`Thread::run_retrying`](crate::Thread::run_retrying) is for turns.
///
/// ```no_run
/// # async fn example(codex: codex_app_server::Codex) -> codex_app_server::Result<()> {
/// use codex_app_server::{RetryPolicy, ThreadConfig, retry_on_overload};
///
/// let thread = retry_on_overload(RetryPolicy::new(), || {
///     codex.thread_start(ThreadConfig::new())
/// })
/// .await?;
/// # Ok(()) }
/// ```
///
/// # Errors
///
/// [`Error::InvalidInput`] for a policy without attempts or with a jitter outside 0 to 1; else what
/// `operation` returns.
pub async fn retry_on_overload<T, F>(
    policy: RetryPolicy,
    mut operation: impl FnMut() -> F,
) -> Result<T>
where
    F: Future<Output = Result<T>>,
{
    let mut attempts = Attempts::new(policy)?;
    loop {
        match attempts.after(operation().await) {
            Ok(result) => return result,
            Err(delay) => tokio::time::sleep(delay).await,
        }
    }
}

/// Counts the attempts of one operation.
pub(crate) struct Attempts {
    policy: RetryPolicy,
    made: u32,
    /// After which errors, if the policy does not say.
    by_default: fn(&Error) -> bool,
}

impl Attempts {
    pub(crate) fn new(policy: RetryPolicy) -> Result<Self> {
        policy.check()?;
        Ok(Self { policy, made: 0, by_default: Error::is_refusal_by_overload })
    }

    /// The same for what is tried again after other errors.
    pub(crate) fn by_default(self, by_default: fn(&Error) -> bool) -> Self {
        Self { by_default, ..self }
    }

    /// What an attempt has come to: the end, or a wait before the next.
    pub(crate) fn after<T>(&mut self, result: Result<T>) -> Result<Result<T>, Duration> {
        match result {
            Err(error) => self.wait_after(&error).map_or(Ok(Err(error)), Err),
            end => Ok(end),
        }
    }

    /// The wait before the next attempt, if there is to be one.
    pub(crate) fn wait_after(&mut self, error: &Error) -> Option<Duration> {
        self.made += 1;
        let may_pass = match &self.policy.when {
            Some(when) => when(error),
            None => (self.by_default)(error),
        };
        if !may_pass || self.made >= self.policy.max_attempts {
            return None;
        }
        let delay = self.policy.delay(self.made + 1, fastrand::f64());
        tracing::debug!(%error, made = self.made, ?delay, "trying again");
        Some(delay)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::RpcError;

    fn busy() -> Error {
        Error::Rpc(Box::new(RpcError {
            method: "thread/start".into(),
            code: -32001,
            message: "Server overloaded; retry later.".into(),
            data: None,
        }))
    }

    #[test]
    fn waits_double_up_to_the_longest() {
        let policy = RetryPolicy::new();
        let waits: Vec<_> = (2..8).map(|n| policy.delay(n, 0.5).as_millis()).collect();
        assert_eq!(waits, [250, 500, 1000, 2000, 2000, 2000]);
        assert_eq!(policy.delay(2, 0.0).as_millis(), 200);
        assert_eq!(policy.delay(2, 1.0).as_millis(), 300);
        assert!(policy.delay(u32::MAX, 1.0) < Duration::from_secs(3));
        let for_ever = policy.delays(Duration::MAX, Duration::MAX);
        assert_eq!(for_ever.delay(2, 1.0), Duration::MAX);
    }

    #[tokio::test(start_paused = true)]
    async fn the_last_error_is_returned() {
        let mut calls = 0;
        let result: Result<()> = retry_on_overload(RetryPolicy::new(), || {
            calls += 1;
            async { Err(busy()) }
        })
        .await;
        assert!(result.unwrap_err().is_retryable());
        assert_eq!(calls, 3);
    }

    #[tokio::test(start_paused = true)]
    async fn other_errors_and_successes_end_it() {
        let mut calls = 0;
        let result = retry_on_overload(RetryPolicy::new(), || {
            calls += 1;
            let call = calls;
            async move { if call == 1 { Err(busy()) } else { Ok(call) } }
        });
        assert_eq!(result.await.unwrap(), 2);

        let result: Result<()> =
            retry_on_overload(RetryPolicy::new(), || async { Err(Error::invalid("x", "y")) }).await;
        assert!(matches!(result, Err(Error::InvalidInput { .. })));
    }

    #[tokio::test]
    async fn a_policy_without_attempts_is_refused() {
        let policy = RetryPolicy::new().max_attempts(0);
        let result: Result<()> = retry_on_overload(policy, || async { Ok(()) }).await;
        assert!(result.unwrap_err().to_string().contains("max_attempts"));
    }
}
