//! An MCP server over HTTP with one tool and one resource.

use std::net::Ipv4Addr;

use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

pub(crate) struct Server {
    port: u16,
    task: JoinHandle<()>,
}

impl Server {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                // One request per connection; a client that goes away ends its own.
                tokio::spawn(async move { serve(stream).await.ok() });
            }
        });
        Self { port, task }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}/mcp", self.port)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(stream: TcpStream) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    let (mut request, mut length) = (String::new(), 0);
    stream.read_line(&mut request).await?;
    loop {
        let mut header = String::new();
        stream.read_line(&mut header).await?;
        let header = header.trim().to_lowercase();
        if header.is_empty() {
            break;
        }
        if let Some(value) = header.strip_prefix("content-length:") {
            length = value.trim().parse().unwrap_or_default();
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await?;
    let message: Value = serde_json::from_slice(&body).unwrap_or_default();
    let (status, body) = match (request.starts_with("POST"), message.get("id")) {
        (true, Some(id)) => {
            let result = result(message["method"].as_str().unwrap_or_default());
            ("200 OK", json!({"jsonrpc": "2.0", "id": id, "result": result}).to_string())
        }
        (true, None) => ("202 Accepted", String::new()),
        (false, _) => ("405 Method Not Allowed", String::new()),
    };
    let length = body.len();
    let response = format!(
        "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
    );
    stream.write_all(response.as_bytes()).await
}

fn result(method: &str) -> Value {
    match method {
        "initialize" => json!({
            "protocolVersion": "2025-06-18",
            "capabilities": {"tools": {}, "resources": {}},
            "serverInfo": {"name": "local", "version": "1.0.0"},
        }),
        "tools/list" => json!({"tools": [
            {"name": "greet", "description": "Greets.", "inputSchema": {"type": "object", "properties": {}}},
        ]}),
        "tools/call" => {
            json!({"content": [{"type": "text", "text": "Hello."}], "structuredContent": {"greeting": "Hello."}})
        }
        "resources/list" => {
            json!({"resources": [{"uri": "local://note", "name": "note", "mimeType": "text/plain"}]})
        }
        "resources/templates/list" => {
            json!({"resourceTemplates": [{"uriTemplate": "local://{name}", "name": "any"}]})
        }
        "resources/read" => {
            json!({"contents": [{"uri": "local://note", "mimeType": "text/plain", "text": "Note."}]})
        }
        _ => json!({}),
    }
}
