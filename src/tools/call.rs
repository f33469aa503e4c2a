//! One call of a tool, from the request to the response.

use std::sync::Arc;

use tokio::{sync::watch, time::timeout};

use super::{context::ToolContext, output::ToolOutput, tool::Tool};
use crate::{
    client::{Client, WeakClient},
    generated::v2_all::{DynamicToolCallParams, DynamicToolCallResponse},
    reply::Reply,
    rpc::Payload,
    session::{ToolHandler, ToolName},
    unwind::catch_panic,
    wire::ServerRequestParams,
};

/// Runs the tool that a request of the server calls; `None` if it calls none that is known here.
pub(crate) async fn answer(payload: &Payload, client: &Client) -> Option<Reply> {
    if !payload.is(DynamicToolCallParams::METHOD) {
        return None;
    }
    let tools = client.session().tools();
    let call: DynamicToolCallParams = payload.read().ok()?;
    let name = ToolName { namespace: call.namespace.clone(), name: call.tool.clone() };
    let tool = tools.find(&call.thread_id, &name)?;
    let response = tool(call.clone()).await;
    Some(Reply::to(&call, response))
}

/// What runs a tool.
pub(super) fn handler(tool: Tool, client: WeakClient) -> ToolHandler {
    Arc::new(move |call| {
        let (tool, client) = (tool.clone(), client.upgrade());
        Box::pin(async move {
            match client {
                Some(client) => run(&tool, call, client).await,
                None => refusal("The connection has ended."),
            }
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
