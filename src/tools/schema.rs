//! Tools whose arguments are values of a type.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde_json::{Error, Value, json};

use super::{
    context::ToolContext,
    output::IntoToolOutput,
    tool::{Running, Tool},
};
use crate::json::schema;

/// Characters of arguments that the model is shown again.
const SHOWN: usize = 1000;

impl Tool {
    /// A tool whose arguments are a value of type `A`, a struct whose JSON schema the model sees
    /// with its documentation; `()` if it takes none.
    ///
    /// ```
    /// use codex_app_server::{Json, Tool};
    ///
    /// #[derive(schemars::JsonSchema, serde::Deserialize)]
    /// struct Add {
    ///     /// The first number.
    ///     a: i64,
    ///     b: i64,
    /// }
    ///
    /// let add = Tool::new("add", "Adds two numbers.", |args: Add| async move {
    ///     Json(args.a + args.b)
    /// });
    /// ```
    pub fn new<A, F, R>(name: impl Into<String>, description: impl Into<String>, run: F) -> Self
    where
        A: JsonSchema + DeserializeOwned,
        F: Fn(A) -> R + Send + Sync + 'static,
        R: Future<Output: IntoToolOutput> + Send + 'static,
    {
        Self::with_context(name, description, move |arguments, _| run(arguments))
    }

    /// The same for a function that gets to know the call.
    pub fn with_context<A, F, R>(
        name: impl Into<String>,
        description: impl Into<String>,
        run: F,
    ) -> Self
    where
        A: JsonSchema + DeserializeOwned,
        F: Fn(A, ToolContext) -> R + Send + Sync + 'static,
        R: Future<Output: IntoToolOutput> + Send + 'static,
    {
        let (name, schema) = (name.into(), schema::<A>());
        let is_unit = schema["type"] == "null";
        // No arguments are an object without members on the wire.
        let schema = if is_unit { json!({"type": "object", "properties": {}}) } else { schema };
        let (own_name, own_schema) = (name.clone(), schema.clone());
        let run = move |arguments: Value, context| -> Running {
            match A::deserialize(if is_unit { &Value::Null } else { &arguments }) {
                Ok(arguments) => {
                    let running = run(arguments, context);
                    Box::pin(async move { running.await.into_tool_output() })
                }
                Err(error) => {
                    let misfit = misfit(&own_name, &arguments, &error, &own_schema);
                    Box::pin(async move { Err(misfit) })
                }
            }
        };
        Self::with_run(name, description.into(), schema, Arc::new(run))
    }
}

/// Which arguments there are, what does not fit, and what would, for the model.
fn misfit(tool: &str, arguments: &Value, error: &Error, schema: &Value) -> String {
    let arguments = arguments.to_string();
    let shown: String = arguments.chars().take(SHOWN).collect();
    let more = if shown.len() < arguments.len() { "…" } else { "" };
    format!(
        "`{tool}` was called with {shown}{more}, which does not fit: {error}. Its arguments have \
         to fit this JSON schema: {schema}"
    )
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;
    use crate::{ToolOutput, Tools};

    #[derive(Deserialize, JsonSchema)]
    #[allow(dead_code)]
    struct Search {
        /// What to look for.
        text: String,
        limit: Option<u32>,
        scope: Scope,
    }

    #[derive(Deserialize, JsonSchema)]
    #[serde(rename_all = "camelCase")]
    #[allow(dead_code)]
    enum Scope {
        Here,
        Everywhere,
    }

    fn tool<A: JsonSchema + DeserializeOwned + 'static>(name: &str) -> Tool {
        Tool::new(name, "Does it.", |_: A| async { "done" })
    }

    /// What the server is told of a tool.
    fn spec<A: JsonSchema + DeserializeOwned + 'static>() -> Value {
        serde_json::to_value(Tools::new().tool(tool::<A>("search")).specs().unwrap()).unwrap()
    }

    #[test]
    fn the_model_sees_the_arguments_with_their_documentation() {
        let spec = &spec::<Search>()[0];
        assert_eq!((&spec["type"], &spec["name"]), (&json!("function"), &json!("search")));
        assert_eq!(spec["description"], "Does it.");
        let schema = &spec["inputSchema"];
        assert_eq!(schema["type"], "object");
        assert_eq!(schema["properties"]["text"]["description"], "What to look for.");
        assert_eq!(schema["required"], json!(["text", "scope"]));
        assert_eq!(schema["$defs"]["Scope"]["enum"], json!(["here", "everywhere"]));
        assert_eq!(schema.get("$schema"), None);
    }

    #[test]
    fn a_tool_without_arguments_takes_an_empty_object() {
        assert_eq!(spec::<()>()[0]["inputSchema"], json!({"type": "object", "properties": {}}));
    }

    #[test]
    fn what_does_not_fit_is_told_with_what_would() {
        let schema = schema::<Search>();
        let arguments = json!({"a": 7, "text": 7, "z": "x".repeat(2 * SHOWN)});
        let error = Search::deserialize(&arguments).err().unwrap();
        let text = misfit("search", &arguments, &error, &schema);
        for part in ["`search`", "\"text\":7", "expected a string", "everywhere"] {
            assert!(text.contains(part), "{part}: {text}");
        }
        assert!(!text.contains(&"x".repeat(SHOWN)), "{text}");
    }

    #[test]
    fn tools_that_the_api_refuses_are_not_sent() {
        let long = "a".repeat(129);
        let named = |name: &str| Tools::new().tool(tool::<Search>(name));
        let within = |name: &str, tools: Vec<Tool>| Tools::new().namespace(name, "", tools);
        let one = || vec![tool::<Search>("a")];
        for (tools, part) in [
            (named(""), "1 to 128"),
            (named("a.b"), "a.b"),
            (named(" a"), " a"),
            (named("ä"), "ASCII"),
            (named(&long), "1 to 128"),
            (named("mcp"), "MCP"),
            (named("mcp__x"), "MCP"),
            (named("a").tool(tool::<()>("a")), "two tools"),
            (Tools::new().tool(tool::<u32>("a")), "struct"),
            (Tools::new().tool(tool::<Scope>("a")), "struct"),
            (Tools::new().tool(tool::<Option<Search>>("a")), "struct"),
            (Tools::new().tool(tool::<Search>("a").deferred()), "namespace"),
            (within("n", vec![]), "no tools"),
            (within("n.x", one()), "n.x"),
            (within(&"n".repeat(65), one()), "1 to 64"),
            (within("web", one()), "API's own"),
            (within("mcp__x", one()), "MCP"),
            (within("n", one()).namespace("n", "", one()), "two namespaces"),
            (within("n", vec![tool::<()>("a"), tool::<()>("a")]), "two tools"),
            (Tools::new().namespace("n", "d".repeat(1025), one()), "1025"),
        ] {
            let error = tools.specs().unwrap_err().to_string();
            assert!(error.contains("`tools`") && error.contains(part), "{part}: {error}");
        }
        let both = named(&"a".repeat(128)).namespace(&*"n".repeat(64), "", one());
        let deferred = tool::<Search>("b").deferred();
        let specs = both.namespace("m", "", [deferred]).specs().unwrap();
        let specs = serde_json::to_value(specs).unwrap();
        assert_eq!(specs[2]["tools"][0]["deferLoading"], true);
        assert_eq!(specs[1]["tools"][0].get("deferLoading"), None);
    }

    #[test]
    fn errors_are_told_with_their_sources() {
        let error = crate::Error::Handshake {
            source: Box::new(crate::Error::invalid("path", "it is empty")),
        };
        let text = Err::<ToolOutput, _>(error).into_tool_output().unwrap_err();
        assert!(text.contains("handshake") && text.contains("it is empty"), "{text}");
    }
}
