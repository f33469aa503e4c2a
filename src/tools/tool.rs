//! A tool: what the model is told of it, and the function that it runs.

use std::{fmt, pin::Pin, sync::Arc, time::Duration};

use serde_json::Value;

use super::{context::ToolContext, output::ToolOutput};
use crate::{client::WeakClient, session::ToolHandler};

/// A function of the program that the agent may call, such as in [`Tools`](super::Tools).
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
    /// What answers calls of it. A program that makes no tools does not contain that.
    pub(super) handler: fn(Self, WeakClient) -> ToolHandler,
}

/// Runs the function of a tool. An error is in words for the model.
pub(super) type Run = Arc<dyn Fn(Value, ToolContext) -> Running + Send + Sync>;

pub(super) type Running = Pin<Box<dyn Future<Output = Result<ToolOutput, String>> + Send>>;

impl Tool {
    /// How long a call may take; as long as its work, unless set. After that its future is dropped,
    /// and the model is told.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// Leaves the tool out of what the model sees at first; it can be searched for
    /// (`deferLoading`). Only for a tool in a [namespace](super::Tools::namespace).
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
