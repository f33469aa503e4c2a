//! Which tool a request of the server calls.

use serde::Deserialize;

use crate::{
    client::Client,
    rpc::Payload,
    session::{ToolHandler, ToolName},
};

/// What runs the tool that is called; `None` if the request calls none that is known here.
pub(crate) fn find(payload: &Payload, client: &Client) -> Option<ToolHandler> {
    #[derive(Deserialize)]
    struct Called {
        namespace: Option<String>,
        tool: String,
    }
    if !payload.is("item/tool/call") {
        return None;
    }
    let Called { namespace, tool: name } = payload.read().ok()?;
    client.session().tools().find(payload.thread_id()?, &ToolName { namespace, name })
}
