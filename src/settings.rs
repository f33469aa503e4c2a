//! The options of threads and turns: every one may be left out, set to null or given a value, and
//! two sets of them can be merged.

mod busy;

use std::{fmt, path::PathBuf, time::Duration};

use serde_json::{Map, Value};

pub use self::busy::WhenBusy;
#[cfg(feature = "schemars")]
use crate::tools::{IntoToolOutput, Tool};
use crate::{
    client::Client,
    error::Result,
    generated::v2_all::{
        ApprovalsReviewer, AskForApproval, CollaborationMode, Personality, ReadOnlySandboxPolicy,
        ReasoningEffort, ReasoningSummary, SandboxMode, SandboxPolicy, ThreadForkParams,
        ThreadResumeParams, ThreadSource, ThreadStartParams, ThreadStartSource, TurnStartParams,
        WorkspaceWriteSandboxPolicy,
    },
    json,
    session::ThreadTools,
    tools::Tools,
    wire::{Maybe, redacted_debug},
};

/// Makes a struct of [`Maybe`] fields with setters and `merge`. `Debug` hides those that are
/// `secret`.
macro_rules! settings {
    ($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident $(($secret:ident))?: $ty:ty,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Default, PartialEq)]
        #[non_exhaustive]
        pub struct $name {
            $($(#[$field_doc])* pub $field: Maybe<$ty>,)*
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

            $(
                $(#[$field_doc])*
                #[must_use]
                pub fn $field(mut self, value: impl Into<Maybe<$ty>>) -> Self {
                    self.$field = value.into();
                    self
                }
            )*
        }
    };
}

settings! {
    /// How a thread works: the options of starting, resuming and forking one.
    ///
    /// What is left out keeps the server's default (or, for a thread that exists, its own). Options
    /// that resuming or forking do not have are named so; they only count where a thread is
    /// started.
    ///
    /// ```
    /// use codex_app_server::{Sandbox, ThreadConfig};
    ///
    /// let base = ThreadConfig::new().model("gpt-5.4").sandbox(Sandbox::ReadOnly);
    /// let config = base.merge(ThreadConfig::new().sandbox(Sandbox::WorkspaceWrite));
    /// ```
    ThreadConfig {
        /// When the agent asks before it acts. See also [`approval_mode`](Self::approval_mode).
        approval_policy: AskForApproval,
        /// Who answers when it asks: the user, or a reviewing model.
        approvals_reviewer: ApprovalsReviewer,
        /// Replaces the agent's own instructions.
        base_instructions: String,
        /// Settings on top of the server's configuration, by dotted key.
        config(secret): Map<String, Value>,
        /// The folder to work in. One whose name is not Unicode cannot be sent, and is refused.
        cwd: PathBuf,
        /// Instructions of the embedding program, beside the agent's own.
        developer_instructions: String,
        /// Whether the thread lives in memory only. Not for resuming.
        ephemeral: bool,
        /// The model's name.
        model: String,
        /// The model provider's id in the server's configuration.
        model_provider: String,
        /// The agent's tone. Not for forking.
        personality: Personality,
        /// What commands may touch. A misspelt name cannot be given:
        ///
        /// ```compile_fail
        /// codex_app_server::ThreadConfig::new().sandbox("workspace-write");
        /// ```
        sandbox: Sandbox,
        /// Names the embedding service. For starting only.
        service_name: String,
        /// The service tier, such as `priority`.
        service_tier: String,
        /// Why the session starts. For starting only.
        session_start_source: ThreadStartSource,
        /// What the thread is for, in lists of threads. Not for resuming.
        thread_source: ThreadSource,
        /// Functions of the program that the agent may call. See also [`tool`](Self::tool).
        ///
        /// A thread keeps the tools that it was started with, also in its forks and when it is
        /// resumed later; sub-agents have none of them. So resuming and forking take functions for
        /// tools that the thread has, and offer the model no others: where this connection knows
        /// the tools of the thread, another is refused with
        /// [`Error::InvalidInput`](crate::Error::InvalidInput). On the connection that has started
        /// the thread they need not be given again.
        ///
        /// The functions are kept as long as the connection, of up to 4,096 threads. A call of a
        /// tool without a function goes to
        /// [`on_tool_call`](crate::CodexBuilder::on_tool_call), else the model is told that there
        /// is no such tool. One that has the name of a tool of codex's own (`exec_command`, …) is
        /// never called.
        tools: Tools,
    }
}

settings! {
    /// What a turn does differently from its thread.
    ///
    /// The server keeps these for the turns that follow, except `output_schema` and
    /// `service_tier_for_turn`.
    ///
    /// ```
    /// use codex_app_server::TurnOverrides;
    ///
    /// let overrides = TurnOverrides::new().effort("high").model("gpt-5.4");
    /// ```
    TurnOverrides {
        /// When the agent asks before it acts. See also [`approval_mode`](Self::approval_mode).
        approval_policy: AskForApproval,
        /// Who answers when it asks: the user, or a reviewing model.
        approvals_reviewer: ApprovalsReviewer,
        /// Plan or default mode, with its settings.
        collaboration_mode: CollaborationMode,
        /// The folder to work in. One whose name is not Unicode cannot be sent, and is refused.
        cwd: PathBuf,
        /// How much the model reasons: `low`, `medium`, `high`, …
        effort: ReasoningEffort,
        /// The model's name.
        model: String,
        /// The JSON schema that the final answer has to fit.
        output_schema: Value,
        /// The agent's tone.
        personality: Personality,
        /// What commands may touch.
        sandbox_policy: SandboxPolicy,
        /// The service tier, from this turn on.
        service_tier: String,
        /// The service tier, for this turn only.
        service_tier_for_turn: String,
        /// How reasoning is summarised.
        summary: ReasoningSummary,
        /// What triggered the turn.
        turn_trigger: String,
        /// How long the turn may take, from the moment in which `turn/start` is sent. Then it is
        /// interrupted, whether or not its handle is read or still there, and its result has what
        /// was done until then and [says so](crate::RunResult::deadline_passed).
        ///
        /// A server that does not end the turn within 10 seconds after that is not waited for: the
        /// result then has the status "in progress", and a stream of the turn ends. A turn that was
        /// joined is interrupted, too. Not for goals.
        ///
        /// ```no_run
        /// # async fn example(thread: codex_app_server::Thread) -> codex_app_server::Result<()> {
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
        deadline: Duration,
        /// Whether the turn is interrupted when its handle, or the future that runs it, is dropped
        /// before its end: in `tokio::time::timeout`, in `select!`, in a task that is aborted. See
        /// [`TurnHandle::interrupt_on_drop`](crate::TurnHandle::interrupt_on_drop).
        ///
        /// It also holds while the turn is being started. A `turn/start` that was not written is
        /// never sent; the turn of one that was is interrupted as soon as its id is known.
        interrupt_on_drop: bool,
        /// What to do while a turn runs on the thread: join it, as the server does by itself, wait
        /// for its end, or refuse.
        ///
        /// Waiting and refusing ask the server, too. Only when another client starts a turn in this
        /// very moment is it joined all the same, and [the result](crate::RunResult::joined) says
        /// so: with this option the message has an id (`clientUserMessageId`) by which it is known
        /// whether it has started the turn.
        when_busy: WhenBusy,
    }
}

/// Who approves what the agent asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ApprovalMode {
    /// Nobody is asked; what would need approval does not happen.
    DenyAll,
    /// The agent asks, and the server's reviewing model answers.
    AutoReview,
    /// The agent asks, and the program answers: its [policy](crate::Policy), its handlers, or
    /// whoever takes the requests that [are held](crate::CodexBuilder::hold_requests). Without any
    /// of them, starting a thread or a turn is refused with
    /// [`Error::InvalidInput`](crate::Error::InvalidInput); where another client of the server
    /// answers, set the `approval_policy` alone. [The guide](crate::guide::approvals) says what is
    /// asked in which sandbox.
    Ask,
}

/// What commands may touch, as a preset for threads and turns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Sandbox {
    /// Reads anything, writes nothing, no network.
    ReadOnly,
    /// Writes inside the working folder, no network.
    WorkspaceWrite,
    /// No limits at all.
    DangerFullAccess,
}

impl ApprovalMode {
    fn policy(self) -> AskForApproval {
        match self {
            Self::DenyAll => AskForApproval::Never,
            Self::AutoReview | Self::Ask => AskForApproval::OnRequest,
        }
    }

    fn reviewer(self) -> Maybe<ApprovalsReviewer> {
        match self {
            Self::DenyAll => Maybe::Unset,
            Self::AutoReview => Maybe::Value(ApprovalsReviewer::AutoReview),
            Self::Ask => Maybe::Value(ApprovalsReviewer::User),
        }
    }

    /// Whether these settings are those of [`Ask`](Self::Ask): the user is named, and asked.
    fn is_ask(policy: &Maybe<AskForApproval>, reviewer: &Maybe<ApprovalsReviewer>) -> bool {
        policy.as_option() == Some(&Self::Ask.policy()) && *reviewer == Self::Ask.reviewer()
    }
}

impl ThreadConfig {
    /// Sets the approval policy and its reviewer to a preset.
    #[must_use]
    pub fn approval_mode(self, mode: ApprovalMode) -> Self {
        self.approval_policy(mode.policy()).approvals_reviewer(mode.reviewer())
    }

    /// Whether somebody has to be there who is asked.
    pub(crate) fn asks(&self) -> bool {
        ApprovalMode::is_ask(&self.approval_policy, &self.approvals_reviewer)
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

/// Sets an option in the params of a request, unless its column says that they have no such field.
macro_rules! set {
    (_ $params:ident $field:ident) => {
        let _ = $field;
    };
    (path $params:ident $field:ident) => {
        $params = $params.$field(sendable(stringify!($field), $field)?);
    };
    (specs $params:ident $field:ident) => {
        if let Maybe::Value(tools) = &$field {
            $params = $params.dynamic_tools(tools.specs()?);
        }
    };
    ($request:ident $params:ident $field:ident) => {
        $params = $params.$field($field);
    };
}

/// A path as the server's types have it.
fn sendable(argument: &'static str, path: Maybe<PathBuf>) -> Result<Maybe<String>> {
    Ok(match path {
        Maybe::Unset => Maybe::Unset,
        Maybe::Null => Maybe::Null,
        Maybe::Value(path) => json::path(argument, &path)?.into(),
    })
}

/// Which requests take which options of a thread: a column for each request, which says `path`
/// where the option has to be Unicode, and `specs` where tools are described. An option that is
/// missing here does not compile.
macro_rules! thread_requests {
    ($($field:ident: $start:tt $resume:tt $fork:tt,)*) => {
        impl ThreadConfig {
            pub(crate) fn start(self) -> Result<ThreadStartParams> {
                let Self { $($field),* } = self;
                let mut params = ThreadStartParams::new();
                $(set!($start params $field);)*
                Ok(params)
            }

            pub(crate) fn resume(self, thread_id: String, exclude_turns: bool) -> Result<ThreadResumeParams> {
                let Self { $($field),* } = self;
                let mut params = ThreadResumeParams::new(thread_id)
                    .exclude_turns(exclude_turns.then_some(true));
                $(set!($resume params $field);)*
                Ok(params)
            }

            pub(crate) fn fork(self, thread_id: String, exclude_turns: bool) -> Result<ThreadForkParams> {
                let Self { $($field),* } = self;
                let mut params = ThreadForkParams::new(thread_id)
                    .exclude_turns(exclude_turns.then_some(true));
                $(set!($fork params $field);)*
                Ok(params)
            }
        }
    };
}

#[rustfmt::skip]
thread_requests! {
    approval_policy:        start resume fork,
    approvals_reviewer:     start resume fork,
    base_instructions:      start resume fork,
    config:                 start resume fork,
    cwd:                    path  path   path,
    developer_instructions: start resume fork,
    ephemeral:              start _      fork,
    model:                  start resume fork,
    model_provider:         start resume fork,
    personality:            start resume _,
    sandbox:                start resume fork,
    service_name:           start _      _,
    service_tier:           start resume fork,
    session_start_source:   start _      _,
    thread_source:          start _      fork,
    tools:                  specs _      _,
}

impl TurnOverrides {
    /// Sets the approval policy and its reviewer to a preset.
    #[must_use]
    pub fn approval_mode(self, mode: ApprovalMode) -> Self {
        self.approval_policy(mode.policy()).approvals_reviewer(mode.reviewer())
    }

    /// Whether somebody has to be there who is asked.
    pub(crate) fn asks(&self) -> bool {
        ApprovalMode::is_ask(&self.approval_policy, &self.approvals_reviewer)
    }

    /// Sets the sandbox policy to a preset.
    #[must_use]
    pub fn sandbox(self, sandbox: Sandbox) -> Self {
        self.sandbox_policy(sandbox)
    }

    pub(crate) fn apply(self, params: TurnStartParams) -> Result<TurnStartParams> {
        // All of them by name: an option that is forgotten below does not compile.
        let Self {
            approval_policy,
            approvals_reviewer,
            collaboration_mode,
            cwd,
            effort,
            model,
            output_schema,
            personality,
            sandbox_policy,
            service_tier,
            service_tier_for_turn,
            summary,
            turn_trigger,
            // Not for the server.
            deadline: _,
            interrupt_on_drop: _,
            when_busy: _,
        } = self;
        Ok(params
            .approval_policy(approval_policy)
            .approvals_reviewer(approvals_reviewer)
            .collaboration_mode(collaboration_mode)
            .cwd(sendable("cwd", cwd)?)
            .effort(effort)
            .model(model)
            .output_schema(output_schema)
            .personality(personality)
            .sandbox_policy(sandbox_policy)
            .service_tier(service_tier)
            .service_tier_for_turn(service_tier_for_turn)
            .summary(summary)
            .turn_trigger(turn_trigger))
    }
}

impl From<Sandbox> for SandboxMode {
    fn from(sandbox: Sandbox) -> Self {
        match sandbox {
            Sandbox::ReadOnly => Self::ReadOnly,
            Sandbox::WorkspaceWrite => Self::WorkspaceWrite,
            Sandbox::DangerFullAccess => Self::DangerFullAccess,
        }
    }
}

impl From<Sandbox> for SandboxPolicy {
    fn from(sandbox: Sandbox) -> Self {
        match sandbox {
            Sandbox::ReadOnly => ReadOnlySandboxPolicy::new().into(),
            Sandbox::WorkspaceWrite => WorkspaceWriteSandboxPolicy::new().into(),
            Sandbox::DangerFullAccess => Self::DangerFullAccess,
        }
    }
}

impl From<Maybe<Sandbox>> for Maybe<SandboxMode> {
    fn from(sandbox: Maybe<Sandbox>) -> Self {
        sandbox.map(SandboxMode::from)
    }
}

impl From<Sandbox> for Maybe<SandboxPolicy> {
    fn from(sandbox: Sandbox) -> Self {
        Self::Value(sandbox.into())
    }
}
