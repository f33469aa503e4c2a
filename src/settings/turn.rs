//! The options of a turn.

use std::{collections::BTreeMap, fmt, path::PathBuf, time::Duration};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{ApprovalMode, WhenBusy, sendable, set, settings};
use crate::{
    error::Result,
    generated::v2_all::*,
    wire::{IntoList, Maybe, redacted_debug},
};

/// Makes the overrides of the options that the build script lists, and of those that are written
/// here.
macro_rules! turn_options {
    ($($(#[$doc:meta])* $field:ident $(($secret:ident))?: $kind:ident $ty:ty;)*) => {
        settings! {
            /// What a turn does differently from its thread.
            ///
            /// The server keeps most of these for the turns that follow; `output_schema`,
            /// `service_tier_for_turn` and what names the turn or its message are for this one
            /// only. Each takes a value, or `None` for null.
            ///
            /// ```
            /// use codex_app_server::{TurnOverrides, protocol::ReasoningEffort};
            ///
            /// let overrides = TurnOverrides::new().effort(ReasoningEffort::HIGH).model("gpt-5.4");
            /// assert_eq!(overrides, TurnOverrides::new().effort("high").model("gpt-5.4"));
            /// ```
            ///
            /// With serde it is an object with the wire names of what is set, as a
            /// [`ThreadConfig`](crate::ThreadConfig) is.
            TurnOverrides {
                $($(#[$doc])* $field $(($secret))?: $kind $ty;)*
                /// The folder to work in. One whose name is not Unicode cannot be sent, and is
                /// refused.
                cwd: maybe PathBuf;
                /// How long the turn may take, from the moment in which `turn/start` is sent. Then
                /// it is interrupted, whether or not its handle is read or still there, and its
                /// result has what was done until then and [says
                /// so](crate::RunResult::deadline_passed).
                ///
                /// A server that does not end the turn within 10 seconds after that is not waited
                /// for: the result then has the status "in progress", and a stream of the turn
                /// ends. A turn that was joined is interrupted, too. Not for goals.
                ///
                /// ```no_run
                /// # use codex_app_server::{Result, Thread};
                /// # async fn example(thread: Thread) -> Result<()> {
                /// use std::time::Duration;
                /// use codex_app_server::TurnOverrides;
                ///
                /// let overrides = TurnOverrides::new().deadline(Duration::from_secs(300));
                /// let result = thread.run_with("Fix the failing test.", overrides).await?;
                /// if result.deadline_passed {
                ///     println!("not done; {} items until then", result.items.len());
                /// }
                /// # Ok(()) }
                /// ```
                deadline #[serde(rename = "deadlineMs", with = "milliseconds")]: maybe Duration;
                /// How long nothing may be heard of the turn before its reader is told so with
                /// [`Error::TurnInactive`](crate::Error::TurnInactive); `None` for ever. Only what
                /// the turn itself does counts, each delta too, and other turns do not.
                ///
                /// The turn goes on, and its handle can be read on: what comes later is lost to
                /// nobody. It is told again each time that this passes. The time runs while
                /// somebody waits, or has waited, for an event; it may be told later by up to an
                /// eighth where nobody reads the deltas. [`run`](crate::Thread::run) has no handle
                /// to read on by; the error has a continuation.
                ///
                /// On a connection [without
                /// deltas](crate::CodexBuilder::without_deltas) a long text comes in silence.
                ///
                /// Unless set,
                /// [`CodexBuilder::inactivity_timeout`](crate::CodexBuilder::inactivity_timeout).
                ///
                /// ```no_run
                /// # use codex_app_server::{Codex, Result, Thread};
                /// # async fn example(codex: Codex, thread: Thread) -> Result<()> {
                /// use std::time::Duration;
                /// use codex_app_server::{Error, TurnOverrides};
                ///
                /// let minute = Duration::from_secs(60);
                /// let overrides = TurnOverrides::new().inactivity_timeout(minute);
                /// match thread.run_with("Fix the failing test.", overrides).await {
                ///     Err(Error::TurnInactive { continuation, .. }) => {
                ///         codex.cancel(continuation).await?;
                ///     }
                ///     other => println!("{:?}", other?.final_response),
                /// }
                /// # Ok(()) }
                /// ```
                inactivity_timeout
                    #[serde(rename = "inactivityTimeoutMs", with = "milliseconds")]: maybe Duration;
                /// Whether the turn is interrupted when its handle, or the future that runs it, is
                /// dropped before its end: in `tokio::time::timeout`, in `select!`, in a task that
                /// is aborted. See
                /// [`TurnHandle::interrupt_on_drop`](crate::TurnHandle::interrupt_on_drop).
                ///
                /// It also holds while the turn is being started. A `turn/start` that was not
                /// written is never sent; the turn of one that was is interrupted as soon as its id
                /// is known.
                interrupt_on_drop: maybe bool;
                /// What to do while a turn runs on the thread: join it, as the server does by
                /// itself, wait for its end, or refuse.
                ///
                /// Waiting and refusing ask the server, too. Only when another client starts a turn
                /// in this very moment is it joined all the same, and [the
                /// result](crate::RunResult::joined) says so: with this option the message has an
                /// id (`clientUserMessageId`) by which it is known whether it has started the turn.
                when_busy: maybe WhenBusy;
            }
        }

        impl TurnOverrides {
            pub(crate) fn apply(self, mut params: TurnStartParams) -> Result<TurnStartParams> {
                // The others are not for the server.
                let Self {
                    $($field,)*
                    cwd,
                    deadline: _,
                    inactivity_timeout: _,
                    interrupt_on_drop: _,
                    when_busy: _,
                } = self;
                $(set!(turn params $field);)*
                set!(path params cwd);
                Ok(params)
            }
        }
    };
}

include!(concat!(env!("OUT_DIR"), "/turn_options.rs"));

impl TurnOverrides {
    /// Sets the approval policy and its reviewer to a preset.
    #[must_use]
    pub fn approval_mode(self, mode: ApprovalMode) -> Self {
        self.approval_policy(mode.policy()).approvals_reviewer(mode.reviewer())
    }

    /// Sets the sandbox policy: to a preset ([`Sandbox`](crate::Sandbox)), to that of a
    /// [`SandboxMode`], or to a [`SandboxPolicy`] of its own; `None` is null.
    ///
    /// ```
    /// use codex_app_server::{
    ///     Sandbox, TurnOverrides,
    ///     protocol::{ReadOnlySandboxPolicy, SandboxMode, SandboxPolicy},
    /// };
    ///
    /// let preset = TurnOverrides::new().sandbox(Sandbox::ReadOnly);
    /// let mode = TurnOverrides::new().sandbox(SandboxMode::ReadOnly);
    /// let policy = ReadOnlySandboxPolicy::new().network_access(true);
    /// let policy = TurnOverrides::new().sandbox(SandboxPolicy::from(policy));
    /// # assert_eq!(preset, mode);
    /// ```
    #[must_use]
    pub fn sandbox(self, sandbox: impl Into<Maybe<SandboxPolicy>>) -> Self {
        self.sandbox_policy(sandbox)
    }
}

/// Durations as whole milliseconds, as the protocol has them.
mod milliseconds {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use crate::wire::Maybe;

    pub(super) fn serialize<S: Serializer>(
        duration: &Maybe<Duration>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        let milliseconds = |duration: &Duration| u64::try_from(duration.as_millis());
        // What no number holds is for ever.
        let milliseconds = duration.as_option().map(milliseconds).map(|it| it.unwrap_or(u64::MAX));
        milliseconds.serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Maybe<Duration>, D::Error> {
        let milliseconds: Maybe<u64> = Maybe::deserialize(deserializer)?;
        Ok(milliseconds.map(Duration::from_millis))
    }
}
