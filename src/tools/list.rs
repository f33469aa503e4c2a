//! The tools of a thread: as the server is told of them, and as they are run.

use super::{
    names,
    tool::{Namespace, Tool},
};
use crate::{
    client::WeakClient,
    error::Result,
    generated::v2_all::{
        DynamicToolSpec, FunctionDynamicToolNamespaceTool, FunctionDynamicToolSpec,
        NamespaceDynamicToolSpec,
    },
    session::{ThreadTools, ToolName},
};

/// The tools of a thread: see [`ThreadConfig::tools`](crate::ThreadConfig::tools).
///
/// ```
/// # #[cfg(feature = "schemars")] {
/// use std::time::Duration;
/// use codex_app_server::{Json, ThreadConfig, Tool, Tools};
///
/// #[derive(schemars::JsonSchema, serde::Deserialize)]
/// struct Add {
///     a: i64,
///     b: i64,
/// }
///
/// let add = Tool::new("add", "Adds two numbers.", |args: Add| async move {
///     args.a.checked_add(args.b).map(Json).ok_or("the sum is too large")
/// });
/// let add = add.timeout(Duration::from_secs(5));
/// let tools = Tools::new().namespace("math", "Arithmetic.", [add]);
/// let config = ThreadConfig::new().tools(tools);
/// # }
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tools {
    tools: Vec<Tool>,
    namespaces: Vec<Namespace>,
}

impl Tools {
    /// None yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a tool.
    #[must_use]
    pub fn tool(mut self, tool: Tool) -> Self {
        self.tools.push(tool);
        self
    }

    /// Adds tools that belong together, under a name of their own.
    #[must_use]
    pub fn namespace(
        mut self,
        name: impl Into<String>,
        description: impl Into<String>,
        tools: impl IntoIterator<Item = Tool>,
    ) -> Self {
        let (name, description) = (name.into(), description.into());
        self.namespaces.push(Namespace { name, description, tools: tools.into_iter().collect() });
        self
    }

    /// What the server is told of them.
    ///
    /// # Errors
    ///
    /// When the server would refuse them, or the API that it uses.
    pub(crate) fn specs(&self) -> Result<Vec<DynamicToolSpec>> {
        names::check(&self.tools, &self.namespaces)?;
        let tools = self.tools.iter().map(|tool| {
            let Tool { name, description, schema, .. } = tool;
            FunctionDynamicToolSpec::new()
                .name(name)
                .description(description)
                .input_schema(schema.clone())
                .into()
        });
        let namespaces = self.namespaces.iter().map(|Namespace { name, description, tools }| {
            let tools = tools.iter().map(|tool| {
                let Tool { name, description, schema, .. } = tool;
                let deferred = tool.deferred.then_some(true);
                FunctionDynamicToolNamespaceTool::new()
                    .name(name)
                    .description(description)
                    .input_schema(schema.clone())
                    .defer_loading(deferred)
            });
            NamespaceDynamicToolSpec::new().name(name).description(description).tools(tools).into()
        });
        Ok(tools.chain(namespaces).collect())
    }

    /// What runs them for the threads of a connection.
    pub(crate) fn handlers(&self, client: &WeakClient) -> ThreadTools {
        let handler = |tool: &Tool, namespace: Option<&Namespace>| {
            let namespace = namespace.map(|namespace| namespace.name.clone());
            let name = ToolName { namespace, name: tool.name.clone() };
            (name, (tool.handler)(tool.clone(), client.clone()))
        };
        let within = self.namespaces.iter().flat_map(|namespace| {
            namespace.tools.iter().map(move |tool| handler(tool, Some(namespace)))
        });
        self.tools.iter().map(|tool| handler(tool, None)).chain(within).collect()
    }
}

impl FromIterator<Tool> for Tools {
    fn from_iter<T: IntoIterator<Item = Tool>>(tools: T) -> Self {
        Self { tools: tools.into_iter().collect(), namespaces: Vec::new() }
    }
}
