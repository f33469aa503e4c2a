//! What the server, or the API that it uses, would refuse of tools.

use std::collections::HashSet;

use serde_json::Value;

use super::tool::{Namespace, Tool};
use crate::error::{Error, Result};

/// Bytes that a name of a tool, a namespace, and the description of a namespace may have.
const NAME: usize = 128;
const NAMESPACE: usize = 64;
const NAMESPACE_DESCRIPTION: usize = 1024;

/// Namespaces that the API keeps for itself.
const RESERVED: [&str; 14] = [
    "api_tool",
    "browser",
    "computer",
    "container",
    "file_search",
    "functions",
    "image_gen",
    "multi_tool_use",
    "python",
    "python_user_visible",
    "submodel_delegator",
    "terminal",
    "tool_search",
    "web",
];

pub(super) fn check(tools: &[Tool], namespaces: &[Namespace]) -> Result<()> {
    if let Some(tool) = tools.iter().find(|tool| tool.deferred) {
        return refuse(format!(
            "{:?} is deferred, which only tools of a namespace can be; put it into one with \
             `Tools::namespace`",
            tool.name
        ));
    }
    check_tools(tools)?;
    let mut known = HashSet::new();
    for Namespace { name, description, tools } in namespaces {
        check_name("namespace", name, NAMESPACE)?;
        if RESERVED.contains(&name.as_str()) {
            return refuse(format!("the namespace {name:?} is one of the API's own; rename it"));
        }
        if !known.insert(name) {
            return refuse(format!("there are two namespaces {name:?}; make them one"));
        }
        if description.len() > NAMESPACE_DESCRIPTION {
            let length = description.len();
            return refuse(format!(
                "the description of the namespace {name:?} has {length} bytes; shorten it to \
                 {NAMESPACE_DESCRIPTION}"
            ));
        }
        if tools.is_empty() {
            return refuse(format!("the namespace {name:?} has no tools; give it one"));
        }
        check_tools(tools)?;
    }
    Ok(())
}

fn check_tools(tools: &[Tool]) -> Result<()> {
    let mut known = HashSet::new();
    for Tool { name, schema, .. } in tools {
        check_name("tool", name, NAME)?;
        if !known.insert(name) {
            return refuse(format!("there are two tools {name:?}; rename one"));
        }
        let alternatives = ["oneOf", "anyOf", "allOf", "enum", "not"];
        let is_object = schema.get("type").and_then(Value::as_str) == Some("object");
        if !is_object || alternatives.iter().any(|word| schema.get(word).is_some()) {
            return refuse(format!(
                "the API takes an object for the arguments of a tool, and no alternatives but \
                 within it: make those of {name:?} a struct; their JSON schema is {schema}"
            ));
        }
    }
    Ok(())
}

fn check_name(what: &str, name: &str, limit: usize) -> Result<()> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    if name.is_empty() || name.len() > limit || !name.bytes().all(allowed) {
        return refuse(format!(
            "the name of the {what} {name:?} has to have 1 to {limit} letters of ASCII, digits, `_` \
             and `-`"
        ));
    }
    if name == "mcp" || name.starts_with("mcp__") {
        return refuse(format!("the {what} {name:?} has a name of MCP servers; rename it"));
    }
    Ok(())
}

fn refuse(problem: String) -> Result<()> {
    Err(Error::invalid("tools", problem))
}
