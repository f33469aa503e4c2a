//! A scripted app-server that listens on a websocket, started in place of `codex app-server`, with
//! its script in `FAKE_APP_SERVER_SCRIPT`. It says on stderr where, as codex does, and ends when it
//! is told to.

use std::{env, error::Error, fs};

use codex_app_server_testkit::{FakeServer, Script};
use futures_util::{SinkExt, StreamExt};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, split},
    net::{TcpListener, TcpStream},
};
use tokio_tungstenite::{accept_async, tungstenite::Message};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let path = env::var_os("FAKE_APP_SERVER_SCRIPT").ok_or("FAKE_APP_SERVER_SCRIPT is not set")?;
    let script: Script = serde_json::from_slice(&fs::read(path)?)?;
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    eprintln!("  listening on: ws://{}", listener.local_addr()?);
    loop {
        let (stream, _) = listener.accept().await?;
        let script = script.clone();
        tokio::spawn(async move {
            // Who leaves in the middle is who has measured enough.
            let _ = serve(stream, script).await;
        });
    }
}

/// Plays the script: what there is to say at once is written at once.
async fn serve(stream: TcpStream, script: Script) -> Result<()> {
    stream.set_nodelay(true)?;
    let mut client = accept_async(stream).await?;
    let (_server, lines) = FakeServer::start(script);
    let (mut output, mut input) = split(lines);
    let (mut said, mut chunk) = (Vec::new(), vec![0; 64 * 1024]);
    loop {
        tokio::select! {
            length = output.read(&mut chunk) => {
                let length = length?;
                if length == 0 {
                    return Ok(client.close(None).await?);
                }
                said.extend_from_slice(&chunk[..length]);
                let whole = said.iter().rposition(|&byte| byte == b'\n').map_or(0, |end| end + 1);
                for line in said[..whole].split(|&byte| byte == b'\n').filter(|line| !line.is_empty()) {
                    client.feed(Message::text(String::from_utf8(line.to_vec())?)).await?;
                }
                said.drain(..whole);
                client.flush().await?;
            }
            message = client.next() => match message.transpose()? {
                Some(Message::Text(text)) => {
                    input.write_all(format!("{text}\n").as_bytes()).await?;
                }
                Some(_) => {}
                None => return Ok(()),
            },
        }
    }
}
