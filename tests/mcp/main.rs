//! A small MCP server over stdio, for tests: its tool `greet` asks the user for a name, and gives
//! back what it was told, word by word.

use std::{error::Error, sync::Arc};

use rmcp::{
    ErrorData, RoleServer, ServerHandler, ServiceExt,
    model::{
        CallToolRequestParams, CallToolResponse, CallToolResult, ContentBlock, ElicitRequestParams,
        ElicitationSchema, JsonObject, ListToolsResult, PaginatedRequestParams, ServerCapabilities,
        ServerConfig, Tool, ToolAnnotations,
    },
    service::RequestContext,
    transport::stdio,
};

struct Asks;

impl ServerHandler for Asks {
    fn get_info(&self) -> ServerConfig {
        ServerConfig::new(ServerCapabilities::builder().enable_tools().build())
    }

    async fn list_tools(
        &self,
        _request: Option<PaginatedRequestParams>,
        _context: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        let mut schema = JsonObject::new();
        schema.insert("type".into(), "object".into());
        schema.insert("properties".into(), JsonObject::new().into());
        let tool = Tool::new("greet", "Greets somebody.", Arc::new(schema));
        // One that only reads needs nobody's approval.
        let tool = tool.with_annotations(ToolAnnotations::new().read_only(true));
        Ok(ListToolsResult::with_all_items(vec![tool]))
    }

    async fn call_tool(
        &self,
        _request: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let form = ElicitationSchema::builder()
            .required_string("name")
            .optional_bool("formal", false)
            .build()
            .map_err(|error| ErrorData::internal_error(error.to_string(), None))?;
        let asked = context.peer.create_elicitation(ElicitRequestParams::FormElicitationParams {
            meta: None,
            message: "Whom shall I greet?".into(),
            requested_schema: form,
        });
        let told = match asked.await {
            Ok(told) => serde_json::to_string(&told).unwrap_or_default(),
            Err(error) => format!("error: {error}"),
        };
        Ok(CallToolResult::success(vec![ContentBlock::text(told)]).into())
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    Asks.serve(stdio()).await?.waiting().await?;
    Ok(())
}
