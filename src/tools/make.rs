//! How tools are made.

use std::sync::Arc;

use serde_json::Value;

use super::{
    call,
    context::ToolContext,
    output::IntoToolOutput,
    tool::{Run, Running, Tool},
};

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
        let handler = call::handler;
        Self { name, description, schema, deferred: false, timeout: None, run, handler }
    }
}
