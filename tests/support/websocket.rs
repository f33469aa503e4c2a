//! A scripted websocket: what no real server does on demand.

use codex_app_server_testkit::{FakeServer, Script};
use futures_util::{SinkExt, StreamExt};
use tokio::{
    io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
};
use tokio_tungstenite::{
    WebSocketStream, accept_hdr_async_with_config,
    tungstenite::{
        Message,
        handshake::server::{ErrorResponse, Request, Response},
        http::HeaderMap,
        protocol::WebSocketConfig,
    },
};

use crate::soon;

/// What listens on a port of loopback.
#[derive(Debug)]
pub struct WebsocketServer {
    listener: TcpListener,
    /// Where.
    pub url: String,
}

/// A client that has come.
#[derive(Debug)]
pub struct Accepted<S = TcpStream> {
    /// What it asked with.
    pub headers: HeaderMap,
    /// Its websocket.
    pub stream: WebSocketStream<S>,
}

impl WebsocketServer {
    /// Listens.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("ws://{}", listener.local_addr().unwrap());
        Self { listener, url }
    }

    /// The next client, before it asks for anything.
    pub async fn next(&self) -> TcpStream {
        soon(self.listener.accept()).await.unwrap().0
    }

    /// The next client, with a websocket. Frames of more than 16 MiB end it, as codex does.
    pub async fn accept(&self) -> Accepted {
        accept(self.next().await).await
    }
}

/// Gives a client its websocket.
pub async fn accept<S: AsyncRead + AsyncWrite + Unpin>(stream: S) -> Accepted<S> {
    let mut headers = HeaderMap::new();
    // The library's own type, which is as large as it is.
    #[allow(clippy::result_large_err)]
    let note = |request: &Request, response: Response| -> Result<Response, ErrorResponse> {
        headers = request.headers().clone();
        Ok(response)
    };
    let limits = WebSocketConfig::default().max_frame_size(Some(16 << 20));
    let stream = soon(accept_hdr_async_with_config(stream, note, Some(limits))).await.unwrap();
    Accepted { headers, stream }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Accepted<S> {
    /// Says something.
    pub async fn send(&mut self, message: impl Into<Message>) {
        self.stream.send(message.into()).await.unwrap();
    }

    /// What the client says next, be it a ping; None at its end.
    pub async fn next(&mut self) -> Option<Message> {
        soon(self.stream.next()).await.map(|message| message.unwrap())
    }

    /// Lets a scripted server speak with the client, for as long as that is there.
    pub async fn serve(mut self, script: Script) -> Self {
        let (_server, lines) = FakeServer::start(script);
        let (output, mut input) = tokio::io::split(lines);
        let mut output = BufReader::new(output).lines();
        loop {
            tokio::select! {
                line = output.next_line() => match line.unwrap() {
                    Some(line) => self.send(line).await,
                    None => return self,
                },
                message = self.stream.next() => match message {
                    Some(Ok(Message::Text(text))) => {
                        let line = format!("{}\n", text.as_str());
                        input.write_all(line.as_bytes()).await.unwrap();
                    }
                    Some(Ok(_)) => {}
                    Some(Err(_)) | None => return self,
                },
            }
        }
    }

    /// Takes the handshake of the client, and leaves the rest to the test.
    pub async fn shake_hands(&mut self) {
        let Some(Message::Text(text)) = self.next().await else {
            panic!("the client sends no text");
        };
        let request: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(request["method"], "initialize");
        let result = serde_json::json!({
            "userAgent": format!("codex/{}", codex_app_server::CODEX_VERSION),
            "codexHome": "/", "platformFamily": "unix", "platformOs": "linux",
        });
        self.send(serde_json::json!({"id": request["id"], "result": result}).to_string()).await;
        let initialized = self.next().await;
        assert!(initialized.is_some_and(|message| message.is_text()));
    }
}

/// A scripted server behind a websocket, for one client.
pub async fn fake_websocket(script: Script) -> String {
    let server = WebsocketServer::start().await;
    let url = server.url.clone();
    tokio::spawn(async move { server.accept().await.serve(script).await });
    url
}
