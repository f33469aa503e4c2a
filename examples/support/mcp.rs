//! A stand-in for an MCP server, which asks the user: lines of JSON on stdin and stdout.

use std::io::{self, BufRead, Write};

use serde_json::{Value, json};

/// Serves one tool, `book`, until the end of stdin. Its output is what the user was asked.
pub(crate) fn serve() -> io::Result<()> {
    let mut call = Value::Null;
    for line in io::stdin().lock().lines() {
        let message: Value = serde_json::from_str(&line?)?;
        let id = &message["id"];
        let method = message["method"].as_str();
        match method {
            Some("initialize") => answer(
                id,
                &json!({
                    "protocolVersion": message["params"]["protocolVersion"],
                    "capabilities": {"tools": {}},
                    "serverInfo": {"name": "tables", "version": "1.0.0"},
                }),
            )?,
            Some("tools/list") => answer(
                id,
                &json!({"tools": [{
                    "name": "book",
                    "description": "Books a table.",
                    "inputSchema": {"type": "object", "properties": {}},
                    "annotations": {"readOnlyHint": true},
                }]}),
            )?,
            Some("tools/call") => {
                call = id.clone();
                send(&json!({"id": "guests", "method": "elicitation/create", "params": {
                    "message": "For how many guests, and when?",
                    "requestedSchema": {
                        "type": "object",
                        "properties": {
                            "guests": {"type": "integer"},
                            "time": {"type": "string", "enum": ["noon", "evening"]},
                        },
                        "required": ["guests", "time"],
                    },
                }}))?;
            }
            // What the user has said.
            None if *id == "guests" => {
                let said = message["result"].to_string();
                answer(&call, &json!({"content": [{"type": "text", "text": said}]}))?;
            }
            Some(_) if !id.is_null() => answer(id, &json!({}))?,
            _ => {}
        }
    }
    Ok(())
}

fn answer(id: &Value, result: &Value) -> io::Result<()> {
    send(&json!({"id": id, "result": result}))
}

fn send(message: &Value) -> io::Result<()> {
    let mut message = message.clone();
    message["jsonrpc"] = "2.0".into();
    let mut stdout = io::stdout().lock();
    writeln!(stdout, "{message}")?;
    stdout.flush()
}
