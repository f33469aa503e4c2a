//! The floor: one thread that writes lines, reads lines and decodes each into a small struct; or
//! does so with the messages of a websocket. It is what the clients are compared with, and does
//! nothing that a client has to do beyond that.
//!
//! `bench-bare stream|turns|read|approve|websocket-stream|websocket-read COUNT`, with the server's
//! program in `CODEX_BIN`.

use std::{
    env,
    error::Error,
    io::{BufRead, BufReader, Write},
    net::TcpStream,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    time::Instant,
};

use codex_app_server_bench::{Phase, Seen};
use serde::Deserialize;
use tokio_tungstenite::tungstenite::{Utf8Bytes, WebSocket, client};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<()> {
    let args: Vec<String> = env::args().skip(1).collect();
    let [what, count] = &args[..] else {
        return Err("usage: bench-bare stream|turns|read|approve COUNT".into());
    };
    let count = count.parse()?;
    let (what, wire) = match what.strip_prefix("websocket-") {
        Some(what) => (what, Wire::websocket()?),
        None => (what.as_str(), Wire::pipes()?),
    };
    let mut server = Server::start(wire)?;
    let thread = server.start_thread()?;
    match what {
        "stream" => {
            let phase = Phase::start()?;
            server.start_turn(&thread)?;
            phase.finish(server.stream(1)?)?;
        }
        "turns" => turns(&mut server, &thread, count)?,
        "read" => read(&mut server, &thread, count)?,
        "approve" => {
            let phase = Phase::start()?;
            server.start_turn(&thread)?;
            server.approve()?;
            phase.finish(Seen::default())?;
        }
        _ => return Err(format!("`{what}` is nothing that can be measured").into()),
    }
    server.stop()
}

/// Starts all turns, then lets the server begin.
fn turns(server: &mut Server, first: &str, count: u64) -> Result<()> {
    server.start_turn(first)?;
    for _ in 1..count {
        let thread = server.start_thread()?;
        server.start_turn(&thread)?;
    }
    let phase = Phase::start()?;
    let params = format!(r#"{{"threadId":"{first}","name":"go"}}"#);
    server.send("thread/name/set", &params)?;
    phase.finish(server.stream(count)?)?;
    Ok(())
}

fn read(server: &mut Server, thread: &str, count: u64) -> Result<()> {
    let params = format!(r#"{{"threadId":"{thread}"}}"#);
    let mut phase = Phase::start()?;
    for _ in 0..count {
        let sent = Instant::now();
        server.call("thread/read", &params)?;
        phase.latency(sent.elapsed());
    }
    phase.finish(Seen::default())?;
    Ok(())
}

/// Every kind of message in one struct: what is missing stays `None`.
#[derive(Deserialize)]
struct Message<'a> {
    id: Option<u64>,
    method: Option<&'a str>,
    params: Option<Params>,
    result: Option<Response>,
}

/// What a delta carries.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(dead_code, reason = "decoding is the point; nobody reads the ids")]
struct Params {
    thread_id: Option<String>,
    turn_id: Option<String>,
    item_id: Option<String>,
    delta: Option<String>,
}

#[derive(Deserialize)]
struct Response {
    thread: Option<Thread>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(dead_code, reason = "decoding is the point")]
struct Thread {
    id: String,
    preview: String,
    model_provider: String,
    created_at: u64,
    cwd: String,
}

/// How a server is reached: by its standard streams, or by a websocket. The reader keeps what it
/// has read last.
enum Wire {
    Pipes { child: Child, stdin: ChildStdin, stdout: BufReader<ChildStdout>, line: Vec<u8> },
    Websocket { child: Child, socket: Box<WebSocket<TcpStream>>, text: Utf8Bytes },
}

impl Wire {
    fn pipes() -> Result<Self> {
        let mut command = server("stdio://")?;
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let stdout = child.stdout.take().ok_or("no stdout")?;
        Ok(Self::Pipes {
            stdin: child.stdin.take().ok_or("no stdin")?,
            // As much as a pipe holds.
            stdout: BufReader::with_capacity(64 * 1024, stdout),
            child,
            line: Vec::new(),
        })
    }

    fn websocket() -> Result<Self> {
        let mut child = server("ws://127.0.0.1:0")?.stderr(Stdio::piped()).spawn()?;
        let lines = BufReader::new(child.stderr.take().ok_or("no stderr")?).lines();
        let mut urls = lines
            .map_while(std::io::Result::ok)
            .filter_map(|line| Some(line.split_once("listening on: ")?.1.to_owned()));
        let url = urls.next().ok_or("it does not listen")?;
        let stream = TcpStream::connect(url.trim_start_matches("ws://"))?;
        stream.set_nodelay(true)?;
        let (socket, _) = client(&url, stream)?;
        Ok(Self::Websocket { child, socket: Box::new(socket), text: Utf8Bytes::default() })
    }

    fn write(&mut self, message: String) -> Result<()> {
        match self {
            Self::Pipes { stdin, .. } => stdin.write_all((message + "\n").as_bytes())?,
            Self::Websocket { socket, .. } => socket.send(message.into())?,
        }
        Ok(())
    }

    fn read(&mut self) -> Result<&[u8]> {
        match self {
            Self::Pipes { stdout, line, .. } => {
                line.clear();
                if stdout.read_until(b'\n', line)? == 0 {
                    return Err("the server has ended".into());
                }
                Ok(line)
            }
            Self::Websocket { socket, text, .. } => {
                *text = socket.read()?.into_text()?;
                Ok(text.as_bytes())
            }
        }
    }

    fn end(self) -> Result<()> {
        match self {
            Self::Pipes { mut child, stdin, .. } => {
                drop(stdin);
                child.wait()?;
            }
            // It serves others.
            Self::Websocket { mut child, .. } => {
                child.kill()?;
                child.wait()?;
            }
        }
        Ok(())
    }
}

/// The command of a server that listens there.
fn server(place: &str) -> Result<Command> {
    let mut command = Command::new(env::var_os("CODEX_BIN").ok_or("CODEX_BIN is not set")?);
    command.args(["app-server", "--listen", place]).stdin(Stdio::null()).stderr(Stdio::null());
    Ok(command)
}

struct Server {
    wire: Wire,
    requests: u64,
}

impl Server {
    fn start(wire: Wire) -> Result<Self> {
        let mut server = Self { wire, requests: 0 };
        let params = r#"{"clientInfo":{"name":"bare","version":"0"},"capabilities":{"experimentalApi":true}}"#;
        server.call("initialize", params)?;
        server.wire.write(r#"{"method":"initialized"}"#.into())?;
        Ok(server)
    }

    fn start_thread(&mut self) -> Result<String> {
        let response = self.call("thread/start", "{}")?;
        let thread = response.and_then(|response| response.thread).ok_or("no thread")?;
        Ok(thread.id)
    }

    fn start_turn(&mut self, thread: &str) -> Result<()> {
        let input = r#"[{"type":"text","text":"go"}]"#;
        let params = format!(r#"{{"threadId":"{thread}","input":{input}}}"#);
        self.call("turn/start", &params).map(drop)
    }

    fn send(&mut self, method: &str, params: &str) -> Result<u64> {
        self.requests += 1;
        let id = self.requests;
        self.wire.write(format!(r#"{{"id":{id},"method":"{method}","params":{params}}}"#))?;
        Ok(id)
    }

    fn call(&mut self, method: &str, params: &str) -> Result<Option<Response>> {
        let id = self.send(method, params)?;
        loop {
            let message = self.next()?;
            if message.id == Some(id) {
                return Ok(message.result);
            }
        }
    }

    fn next(&mut self) -> Result<Message<'_>> {
        Ok(serde_json::from_slice(self.wire.read()?)?)
    }

    /// Reads to the end of so many turns.
    fn stream(&mut self, turns: u64) -> Result<Seen> {
        let (mut seen, mut ended) = (Seen::default(), 0);
        while ended < turns {
            let message = self.next()?;
            match (message.method, &message.params) {
                (Some("item/agentMessage/delta"), Some(params)) => {
                    seen.delta(params.delta.as_deref().unwrap_or_default());
                }
                (Some("turn/completed"), _) => ended += 1,
                _ => {}
            }
        }
        Ok(seen)
    }

    /// Accepts whatever is asked, to the end of the turn.
    fn approve(&mut self) -> Result<()> {
        loop {
            let message = self.next()?;
            match (message.method, message.id) {
                (Some("turn/completed"), _) => return Ok(()),
                (Some(_), Some(id)) => {
                    let accept = format!(r#"{{"id":{id},"result":{{"decision":"accept"}}}}"#);
                    self.wire.write(accept)?;
                }
                _ => {}
            }
        }
    }

    fn stop(self) -> Result<()> {
        self.wire.end()
    }
}
