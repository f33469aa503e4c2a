//! The options of a turn.

use std::{collections::BTreeMap, fmt, path::PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{ApprovalMode, sendable, set, settings};
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
            /// use codex_app_server::TurnOverrides;
            ///
            /// let overrides = TurnOverrides::new().effort("high").model("gpt-5.4");
            /// ```
            ///
            /// With serde it is an object with the wire names of what is set, as a
            /// [`ThreadConfig`](crate::ThreadConfig) is.
            TurnOverrides {
                $($(#[$doc])* $field $(($secret))?: $kind $ty;)*
                /// The folder to work in. One whose name is not Unicode cannot be sent, and is
                /// refused.
                cwd: maybe PathBuf;
            }
        }

        impl TurnOverrides {
            pub(crate) fn apply(self, mut params: TurnStartParams) -> Result<TurnStartParams> {
                let Self { $($field,)* cwd } = self;
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
