//! Tools without async: their functions may wait, each call on a thread of its own.

#[cfg(feature = "schemars")]
use std::sync::Arc;

use super::client::Client;
#[cfg(feature = "schemars")]
use super::worker::unblock;
use crate::tools::ToolContext;
#[cfg(feature = "schemars")]
use crate::{
    settings::ThreadConfig,
    tools::{IntoToolOutput, Tool},
};

#[cfg(feature = "schemars")]
impl ThreadConfig {
    /// Adds a tool whose function is not async: [`tool`](Self::tool) with
    /// [`Tool::blocking`].
    #[must_use]
    pub fn blocking_tool<A, F, R>(
        self,
        name: impl Into<String>,
        description: impl Into<String>,
        run: F,
    ) -> Self
    where
        A: schemars::JsonSchema + serde::de::DeserializeOwned + Send + 'static,
        F: Fn(A) -> R + Send + Sync + 'static,
        R: IntoToolOutput + Send + 'static,
    {
        self.add_tool(Tool::blocking(name, description, move |arguments, _| run(arguments)))
    }
}

#[cfg(feature = "schemars")]
impl Tool {
    /// A tool whose function is not async, as [`with_context`](Self::with_context). Each call has a
    /// thread of its own to block on, and may use [`ToolContext::blocking_client`]. One that nobody
    /// waits for any more runs on, and its output is not sent;
    /// [`is_cancelled`](ToolContext::is_cancelled) tells it so.
    ///
    /// ```
    /// use codex_app_server::Tool;
    ///
    /// #[derive(schemars::JsonSchema, serde::Deserialize)]
    /// struct Read {
    ///     path: String,
    /// }
    ///
    /// let read = Tool::blocking("read", "Reads a note.", |args: Read, _| {
    ///     std::fs::read_to_string(args.path)
    /// });
    /// ```
    pub fn blocking<A, F, R>(
        name: impl Into<String>,
        description: impl Into<String>,
        run: F,
    ) -> Self
    where
        A: schemars::JsonSchema + serde::de::DeserializeOwned + Send + 'static,
        F: Fn(A, ToolContext) -> R + Send + Sync + 'static,
        R: IntoToolOutput + Send + 'static,
    {
        let run = Arc::new(run);
        Self::with_context(name, description, move |arguments, context| {
            let run = Arc::clone(&run);
            async move {
                let output = unblock(move || run(arguments, context)).await;
                output.ok_or("it was stopped")?.into_tool_output()
            }
        })
    }
}

impl ToolContext {
    /// The client of the connection, for a tool that waits for what it asks: see
    /// [`client`](Self::client). In async code its calls are refused with
    /// [`Error::InvalidInput`](crate::Error::InvalidInput).
    #[must_use]
    pub fn blocking_client(&self) -> Client {
        Client::of(self.client())
    }
}
