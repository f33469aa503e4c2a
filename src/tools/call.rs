//! One call of a tool, from the request to the reply.

use std::sync::Arc;

use tokio::{sync::watch, time::timeout};

use super::{context::ToolContext, output::ToolOutput, tool::Tool};
use crate::{
    client::{Client, WeakClient},
    generated::v2_all::{DynamicToolCallParams, DynamicToolCallResponse},
    reply::Reply,
    session::ToolHandler,
    unwind::catch_panic,
};

/// What runs a tool.
pub(super) fn handler(tool: Tool, client: WeakClient) -> ToolHandler {
    Arc::new(move |payload| {
        let (tool, client) = (tool.clone(), client.upgrade());
        let call = payload.read::<DynamicToolCallParams>();
        Box::pin(async move {
            let call = call?;
            let response = match client {
                Some(client) => run(&tool, call.clone(), client).await,
                None => refusal("The connection has ended."),
            };
            Ok(Reply::to(&call, response))
        })
    })
}

async fn run(tool: &Tool, call: DynamicToolCallParams, client: Client) -> DynamicToolCallResponse {
    let DynamicToolCallParams { thread_id, turn_id, call_id, arguments, .. } = call;
    // Dropped with this future, at the end or before.
    let (_waiting, waited_for) = watch::channel(());
    let context = ToolContext { thread_id, turn_id, call_id, client, waited_for };
    let running = catch_panic(|| (tool.run)(arguments, context));
    let ran = match tool.timeout {
        Some(limit) => timeout(limit, running).await.map_err(|_| limit),
        None => Ok(running.await),
    };
    let name = &tool.name;
    let problem = match ran {
        Ok(Ok(Ok(output))) => return output.response(true),
        Ok(Ok(Err(error))) => error,
        Ok(Err(_)) => {
            tracing::error!(tool = name, "the tool panicked; the model is told that it failed");
            format!("`{name}` failed: it has a bug, and panicked with these arguments.")
        }
        Err(limit) => format!("`{name}` was stopped: it took longer than {limit:?}."),
    };
    tracing::debug!(tool = name, "the tool failed; the model is told why");
    refusal(problem)
}

fn refusal(text: impl Into<String>) -> DynamicToolCallResponse {
    ToolOutput::text(text).response(false)
}
