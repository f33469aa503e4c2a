//! The options of starting, resuming and forking a thread.

use std::{fmt, path::PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{ApprovalMode, IntoSandboxMode, sendable, set, settings};
#[cfg(feature = "schemars")]
use crate::tools::{IntoToolOutput, Tool};
use crate::{
    client::Client,
    error::{Error, Result},
    generated::v2_all::*,
    session::ThreadTools,
    tools::Tools,
    wire::{IntoList, Maybe, redacted_debug},
};

/// Makes the config of the options that the build script lists, each with the requests that take
/// it, and of those that are written here.
macro_rules! thread_options {
    ($($(#[$doc:meta])* $field:ident $(($secret:ident))?: $kind:ident $ty:ty, $start:tt $resume:tt $fork:tt;)*) => {
        settings! {
            /// How a thread works: the options of starting, resuming and forking one.
            ///
            /// What is left out keeps the server's default (or, for a thread that exists, its own).
            /// Options that are not for all of these are named so; where they are not for what is
            /// done, they are not sent. Each takes a value, or `None` for null.
            ///
            /// ```
            /// use codex_app_server::{Sandbox, ThreadConfig};
            ///
            /// let base = ThreadConfig::new().model("gpt-5.4").sandbox(Sandbox::ReadOnly);
            /// let config = base.merge(ThreadConfig::new().sandbox(Sandbox::WorkspaceWrite));
            /// ```
            ///
            /// With serde it is an object with the wire names of what is set
            /// (`{"model": "gpt-5.4"}`), so that it may stand in a configuration file: what is left
            /// out is unset, null is null, and a misspelt name is an error. The
            /// [`tools`](Self::tools) are functions, and are neither written nor read.
            ThreadConfig {
                $($(#[$doc])* $field $(($secret))?: $kind $ty;)*
                /// Settings on top of the server's configuration, by dotted key: an object. See
                /// also [`config_value`](Self::config_value).
                ///
                /// ```
                /// use codex_app_server::ThreadConfig;
                ///
                /// let config = ThreadConfig::new().config(serde_json::json!({
                ///     "model_reasoning_effort": "high",
                ///     "features.shell_snapshot": false,
                /// }));
                /// ```
                ///
                /// What is no object is refused with
                /// [`Error::InvalidInput`](crate::Error::InvalidInput) before it is sent. Merging
                /// takes the settings of one of the two, as a whole.
                config (secret): maybe Value;
                /// The folder to work in. One whose name is not Unicode cannot be sent, and is
                /// refused.
                cwd: maybe PathBuf;
                /// What commands may touch: a [`Sandbox`](crate::Sandbox) or a [`SandboxMode`].
                sandbox: by_hand SandboxMode;
                /// Functions of the program that the agent may call. With the feature `schemars`,
                /// `tool` adds one by itself.
                ///
                /// A thread keeps the tools that it was started with, also in its forks and when it
                /// is resumed later; sub-agents have none of them. So resuming and forking take
                /// functions for tools that the thread has, and offer the model no others: where
                /// this connection knows the tools of the thread, another is refused with
                /// [`Error::InvalidInput`](crate::Error::InvalidInput). On the connection that has
                /// started the thread they need not be given again.
                ///
                /// The functions are kept as long as the connection, of up to 4,096 threads. A call
                /// of a tool without a function goes to
                /// [`on_tool_call`](crate::CodexBuilder::on_tool_call), else the model is told that
                /// there is no such tool. One that has the name of a tool of codex's own
                /// (`exec_command`, …) is never called.
                tools #[serde(skip)]: maybe Tools;
            }
        }

        requests! {
            $($field: $start $resume $fork;)*
            config: object object object;
            cwd: path path path;
            sandbox: start resume fork;
            tools: specs _ _;
        }
    };
}

/// Which requests take which options: a column for each request. An option that is missing does not
/// compile.
macro_rules! requests {
    ($($field:ident: $start:tt $resume:tt $fork:tt;)*) => {
        impl ThreadConfig {
            pub(crate) fn start(self) -> Result<ThreadStartParams> {
                let Self { $($field),* } = self;
                let mut params = ThreadStartParams::new();
                $(set!($start params $field);)*
                Ok(params)
            }

            pub(crate) fn resume(self, thread_id: String) -> Result<ThreadResumeParams> {
                let Self { $($field),* } = self;
                let mut params = ThreadResumeParams::new(thread_id);
                $(set!($resume params $field);)*
                Ok(params)
            }

            pub(crate) fn fork(self, thread_id: String) -> Result<ThreadForkParams> {
                let Self { $($field),* } = self;
                let mut params = ThreadForkParams::new(thread_id);
                $(set!($fork params $field);)*
                Ok(params)
            }
        }
    };
}

include!(concat!(env!("OUT_DIR"), "/thread_options.rs"));

impl ThreadConfig {
    /// Sets the approval policy and its reviewer to a preset.
    #[must_use]
    pub fn approval_mode(self, mode: ApprovalMode) -> Self {
        self.approval_policy(mode.policy()).approvals_reviewer(mode.reviewer())
    }

    /// Sets one of the settings of [`config`](Self::config), by its dotted key, and keeps the
    /// others.
    ///
    /// ```
    /// use codex_app_server::ThreadConfig;
    ///
    /// let config = ThreadConfig::new()
    ///     .config_value("model_reasoning_effort", "high")
    ///     .config_value("mcp_servers.docs.command", "docs-server");
    /// ```
    #[must_use]
    pub fn config_value(mut self, key: impl Into<String>, value: impl Into<Value>) -> Self {
        if self.config.as_option().is_none() {
            self.config = Maybe::Value(Value::Object(Map::new()));
        }
        // What is no object stays, to be refused.
        if let Maybe::Value(Value::Object(settings)) = &mut self.config {
            settings.insert(key.into(), value.into());
        }
        self
    }

    /// What commands may touch: a [`Sandbox`](crate::Sandbox) or a [`SandboxMode`], `None` for
    /// null. A misspelt name cannot be given:
    ///
    /// ```compile_fail
    /// codex_app_server::ThreadConfig::new().sandbox("workspace-write");
    /// ```
    #[must_use]
    pub fn sandbox(mut self, sandbox: impl IntoSandboxMode) -> Self {
        self.sandbox = sandbox.into_sandbox_mode();
        self
    }

    /// Adds one of the [`tools`](Self::tools): a function of the program, whose arguments are a
    /// value of type `A`.
    ///
    /// ```
    /// use codex_app_server::{Json, ThreadConfig};
    ///
    /// #[derive(schemars::JsonSchema, serde::Deserialize)]
    /// struct Add {
    ///     a: i64,
    ///     b: i64,
    /// }
    ///
    /// let config = ThreadConfig::new().tool("add", "Adds two numbers.", |args: Add| async move {
    ///     Json(args.a + args.b)
    /// });
    /// ```
    #[cfg(feature = "schemars")]
    #[must_use]
    pub fn tool<A, F, R>(
        self,
        name: impl Into<String>,
        description: impl Into<String>,
        run: F,
    ) -> Self
    where
        A: schemars::JsonSchema + serde::de::DeserializeOwned,
        F: Fn(A) -> R + Send + Sync + 'static,
        R: Future<Output: IntoToolOutput> + Send + 'static,
    {
        self.add_tool(Tool::new(name, description, run))
    }

    /// What runs the tools.
    pub(crate) fn handlers(&self, client: &Client) -> ThreadTools {
        self.tools.as_option().map(|tools| tools.handlers(&client.downgrade())).unwrap_or_default()
    }

    #[cfg(feature = "schemars")]
    pub(crate) fn add_tool(mut self, tool: Tool) -> Self {
        let tools = self.tools.into_option().unwrap_or_default();
        self.tools = tools.tool(tool).into();
        self
    }
}

/// Settings, which have to be an object. The error repeats none of them.
fn object(argument: &'static str, value: Maybe<Value>) -> Result<Maybe<Map<String, Value>>> {
    match value {
        Maybe::Unset => Ok(Maybe::Unset),
        Maybe::Null | Maybe::Value(Value::Null) => Ok(Maybe::Null),
        Maybe::Value(Value::Object(settings)) => Ok(Maybe::Value(settings)),
        Maybe::Value(_) => Err(Error::invalid(
            argument,
            "it is no JSON object; give settings by their keys, such as \
             `json!({\"model_reasoning_effort\": \"high\"})`",
        )),
    }
}
