//! A tool: what the model is told of it, and the function that it runs.

use std::{fmt, pin::Pin, sync::Arc, time::Duration};

use serde_json::Value;

use super::{
    context::ToolContext,
    output::{IntoToolOutput, ToolOutput},
};

/// A function of the program that the agent may call, such as in [`Tools`].
///
/// What goes wrong is told to the model, which may try again or do something else, and the turn
/// goes on: arguments that do not fit, an error, a panic, a timeout.
///
/// The function's future is dropped when nobody waits for it any more, because the turn was
/// interrupted or the connection has ended.
#[derive(Clone)]
pub struct Tool {
    pub(super) name: String,
    pub(super) description: String,
    pub(super) schema: Value,
    pub(super) deferred: bool,
    pub(super) timeout: Option<Duration>,
    pub(super) run: Run,
}

/// Runs the function of a tool. An error is in words for the model.
pub(super) type Run = Arc<dyn Fn(Value, ToolContext) -> Running + Send + Sync>;

pub(super) type Running = Pin<Box<dyn Future<Output = Result<ToolOutput, String>> + Send>>;

impl Tool {
    /// A tool whose arguments have a JSON schema that is given, and come as JSON. They are not
    /// checked against it.
    ///
    /// ```
    /// use codex_app_server::Tool;
    /// use serde_json::json;
    ///
    /// let schema = json!({"type": "object", "properties": {"key": {"type": "string"}}});
    /// let lookup = Tool::from_schema("lookup", "Looks up a key.", schema, |arguments, call| {
    ///     let text = format!("{} is unknown to {}", arguments["key"], call.thread_id());
    ///     async move { text }
    /// });
    /// ```
    pub fn from_schema<F, R>(
        name: impl Into<String>,
        description: impl Into<String>,
        schema: impl Into<Value>,
        run: F,
    ) -> Self
    where
        F: Fn(Value, ToolContext) -> R + Send + Sync + 'static,
        R: Future<Output: IntoToolOutput> + Send + 'static,
    {
        let run = move |arguments, context| -> Running {
            let running = run(arguments, context);
            Box::pin(async move { running.await.into_tool_output() })
        };
        Self::with_run(name.into(), description.into(), schema.into(), Arc::new(run))
    }

    pub(super) fn with_run(name: String, description: String, schema: Value, run: Run) -> Self {
        Self { name, description, schema, deferred: false, timeout: None, run }
    }

    /// How long a call may take; as long as its work, unless set. After that its future is dropped,
    /// and the model is told.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// Leaves the tool out of what the model sees at first; it can be searched for
    /// (`deferLoading`). Only for a tool in a [namespace](Tools::namespace).
    #[must_use]
    pub fn deferred(mut self) -> Self {
        self.deferred = true;
        self
    }
}

/// Equal if they are the same tool, with the same options.
impl PartialEq for Tool {
    fn eq(&self, other: &Self) -> bool {
        let options = |tool: &Self| (tool.deferred, tool.timeout);
        self.name == other.name
            && self.description == other.description
            && self.schema == other.schema
            && options(self) == options(other)
            && Arc::ptr_eq(&self.run, &other.run)
    }
}

impl fmt::Debug for Tool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tool")
            .field("name", &self.name)
            .field("description", &self.description)
            .field("deferred", &self.deferred)
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}

/// Tools that belong together.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Namespace {
    pub(super) name: String,
    pub(super) description: String,
    pub(super) tools: Vec<Tool>,
}
