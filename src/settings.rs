//! The options of threads and turns: every one may be left out, set to null or given a value, and
//! two sets of them can be merged.
//!
//! The build script lists those that are fields of the requests; [`thread`] and [`turn`] add those
//! that are more than that.

mod busy;
mod presets;
mod thread;
mod turn;

pub use self::{
    busy::WhenBusy,
    presets::{ApprovalMode, IntoSandboxMode, Sandbox},
    thread::ThreadConfig,
    turn::TurnOverrides,
};

/// Makes a struct of [`Maybe`](crate::Maybe) fields with setters and `merge`. `Debug` hides those
/// that are `secret`. In JSON each option has its wire name; what is unset is left out, and null is
/// null.
///
/// - `maybe`: the setter takes what becomes a `Maybe` of the type;
/// - `maybe_list`: a list of the type, given as what becomes its items;
/// - `by_hand`: the setter is written by hand.
macro_rules! settings {
    ($(#[$doc:meta])* $name:ident {
        $(
            $(#[$field_doc:meta])*
            $field:ident $(#[$serde:meta])? $(($secret:ident))?: $kind:ident $ty:ty;
        )*
    }) => {
        $(#[$doc])*
        #[derive(Clone, Default, Deserialize, PartialEq, Serialize)]
        #[serde(default, deny_unknown_fields, rename_all = "camelCase")]
        #[non_exhaustive]
        pub struct $name {
            $(
                $(#[$field_doc])*
                $(#[$serde])?
                #[serde(skip_serializing_if = "Maybe::is_unset")]
                pub $field: Maybe<settings!(@type $kind $ty)>,
            )*
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($name))
                    $(.field(stringify!($field), redacted_debug!(@value self.$field $($secret)?)))*
                    .finish()
            }
        }

        impl $name {
            /// Nothing set.
            #[must_use]
            pub fn new() -> Self {
                Self::default()
            }

            /// What `over` sets (null is set, too), and the rest from here.
            #[must_use]
            pub fn merge(self, over: Self) -> Self {
                Self { $($field: over.$field.or(self.$field),)* }
            }

            $(settings!(@setter $kind $field $ty, $(#[$field_doc])*);)*
        }
    };

    (@type maybe_list $ty:ty) => { Vec<$ty> };
    (@type $kind:ident $ty:ty) => { $ty };

    (@setter maybe $field:ident $ty:ty, $(#[$doc:meta])*) => {
        $(#[$doc])*
        #[must_use]
        pub fn $field(mut self, value: impl Into<Maybe<$ty>>) -> Self {
            self.$field = value.into();
            self
        }
    };
    (@setter maybe_list $field:ident $ty:ty, $(#[$doc:meta])*) => {
        $(#[$doc])*
        #[must_use]
        pub fn $field(mut self, value: impl IntoList<$ty>) -> Self {
            self.$field = value.into_list();
            self
        }
    };
    (@setter by_hand $field:ident $ty:ty, $(#[$doc:meta])*) => {};
}
use settings;

/// Sets a field of the params of a request to an option, unless its column says that they have no
/// such field.
///
/// - `path`: the option has to be Unicode;
/// - `object`: it has to be a JSON object;
/// - `specs`: the tools are described.
macro_rules! set {
    (_ $params:ident $field:ident) => {
        let _ = $field;
    };
    (path $params:ident $field:ident) => {
        $params.$field = sendable(stringify!($field), $field)?;
    };
    (object $params:ident $field:ident) => {
        $params.$field = object(stringify!($field), $field)?;
    };
    (specs $params:ident $field:ident) => {
        if let Maybe::Value(tools) = &$field {
            $params.dynamic_tools = Maybe::Value(tools.specs()?);
        }
    };
    ($request:ident $params:ident $field:ident) => {
        $params.$field = $field.into();
    };
}
use set;

use std::path::PathBuf;

use crate::{error::Result, json, wire::Maybe};

/// A path as the server's types have it.
fn sendable(argument: &'static str, path: Maybe<PathBuf>) -> Result<Maybe<String>> {
    Ok(match path {
        Maybe::Unset => Maybe::Unset,
        Maybe::Null => Maybe::Null,
        Maybe::Value(path) => json::path(argument, &path)?.into(),
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::{Map, Value, json};

    use super::*;

    #[test]
    fn settings_are_written_and_read_as_they_are_set() {
        let config = ThreadConfig::new()
            .approval_mode(ApprovalMode::Ask)
            .cwd("/tmp")
            .model("gpt-5.4")
            .sandbox(Sandbox::WorkspaceWrite)
            .service_tier(None);
        let json = json!({
            "approvalPolicy": "on-request",
            "approvalsReviewer": "user",
            "cwd": "/tmp",
            "model": "gpt-5.4",
            "sandbox": "workspace-write",
            "serviceTier": null,
        });
        assert_eq!(serde_json::to_value(&config).unwrap(), json);
        assert_eq!(serde_json::from_value::<ThreadConfig>(json).unwrap(), config);

        let overrides = TurnOverrides::new()
            .effort("high")
            .sandbox(Sandbox::ReadOnly)
            .summary(None)
            .deadline(Duration::from_millis(1500))
            .when_busy(WhenBusy::Wait);
        let json = serde_json::to_value(&overrides).unwrap();
        assert_eq!((&json["effort"], &json["summary"]), (&json!("high"), &Value::Null));
        assert_eq!((&json["deadlineMs"], &json["whenBusy"]), (&json!(1500), &json!("wait")));
        assert_eq!(json.as_object().map(Map::len), Some(5), "{json}");
        assert_eq!(serde_json::from_value::<TurnOverrides>(json).unwrap(), overrides);
    }

    #[test]
    fn a_misspelt_setting_is_an_error() {
        let misspelt = json!({"modle": "gpt-5.4"});
        let error = serde_json::from_value::<ThreadConfig>(misspelt.clone()).unwrap_err();
        assert!(error.to_string().contains("`modle`"), "{error}");
        assert!(serde_json::from_value::<TurnOverrides>(misspelt).is_err());
    }
}
