//! Playing a script on one connection.

use std::{borrow::Cow, collections::HashMap, io, sync::Mutex};

use futures_util::stream::{FuturesUnordered, StreamExt};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader},
    sync::{Mutex as AsyncMutex, mpsc, oneshot},
};

use super::{
    Shared,
    context::Context,
    events,
    script::{Action, Kind, Rule, Script},
};
use crate::lock;

/// How much a flood of deltas hands to the client in one write.
const CHUNK_BYTES: usize = 256 * 1024;

/// Plays the script until it exits or the client hangs up. Everything runs inside this one future,
/// so that messages which need no waiting are answered in the order in which they came.
pub(super) async fn run<R, W, E>(
    script: &Script,
    shared: &Shared,
    mut sent: mpsc::Receiver<Action>,
    input: R,
    output: W,
    stderr: E,
) where
    R: AsyncRead + Unpin,
    W: AsyncWrite + Unpin,
    E: AsyncWrite + Unpin,
{
    let rules = with_defaults(script);
    let connection = Connection {
        shared,
        output: AsyncMutex::new(Some(output)),
        stderr: AsyncMutex::new(stderr),
        state: Mutex::default(),
    };
    let mut lines = BufReader::new(input).split(b'\n');
    let mut reading = true;
    let mut playing = FuturesUnordered::new();
    let code = loop {
        tokio::select! {
            biased;
            Some(played) = playing.next(), if !playing.is_empty() => {
                if let Err(Stop::Exit(code)) = played {
                    break code;
                }
            }
            Some(action) = sent.recv() => {
                playing.push(connection.play(Cow::Owned(vec![action]), Context::default()));
            }
            line = lines.next_segment(), if reading => match line {
                Ok(Some(line)) => {
                    let message = serde_json::from_slice(&line)
                        .unwrap_or_else(|_| String::from_utf8_lossy(&line).into());
                    if let Some((actions, context)) = connection.serve(&rules, &message) {
                        playing.push(connection.play(actions, context));
                    }
                    shared.received.push(message);
                }
                Ok(None) | Err(_) if !script.ignore_eof => break 0,
                Ok(None) | Err(_) => reading = false,
            }
        }
    };
    shared.end(code);
}

fn with_defaults(script: &Script) -> Vec<Rule> {
    let mut rules = script.rules.clone();
    rules.extend(
        events::defaults()
            .into_iter()
            .filter(|default| script.rules.iter().all(|rule| rule.on != default.on)),
    );
    rules
}

struct Connection<'a, W, E> {
    shared: &'a Shared,
    /// `None` after `close`.
    output: AsyncMutex<Option<W>>,
    stderr: AsyncMutex<E>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// How often each method was served.
    served: HashMap<String, usize>,
    threads: usize,
    turns: usize,
    latest_thread: Value,
    latest_turns: HashMap<String, Value>,
    /// Requests of the server so far, and who waits for their answers.
    requests: u64,
    asking: HashMap<u64, oneshot::Sender<()>>,
}

/// Why the actions of a rule end early.
enum Stop {
    Exit(i32),
    ClientGone,
}

impl From<io::Error> for Stop {
    fn from(_: io::Error) -> Self {
        Self::ClientGone
    }
}

impl<W: AsyncWrite + Unpin, E: AsyncWrite + Unpin> Connection<'_, W, E> {
    /// What is to be done about a message of the client.
    fn serve<'r>(
        &self,
        rules: &'r [Rule],
        message: &Value,
    ) -> Option<(Cow<'r, [Action]>, Context)> {
        let mut state = lock(&self.state);
        let Some(method) = message["method"].as_str() else {
            if let Some(asking) = message["id"].as_u64().and_then(|id| state.asking.remove(&id)) {
                // The rule that asked may have ended.
                let _ = asking.send(());
            }
            return None;
        };
        let context = state.context(method, message);
        let served = state.served.entry(method.to_owned()).or_default();
        let of_method = || rules.iter().filter(|rule| rule.on == method);
        let rule = of_method().nth(*served).or_else(|| of_method().next_back());
        *served += 1;
        match rule {
            Some(rule) => Some((Cow::Borrowed(rule.actions.as_slice()), context)),
            None if context.request_id.is_null() => None,
            None => {
                let message = format!("Invalid request: the script has no rule for `{method}`.");
                Some((Cow::Owned(vec![Action::error(-32600, &message, None)]), context))
            }
        }
    }

    async fn play(&self, actions: Cow<'_, [Action]>, context: Context) -> Result<(), Stop> {
        // Lines are gathered until something has to wait: one write instead of many.
        let mut out = Vec::new();
        for Action(action) in actions.iter() {
            match action {
                Kind::Respond(result) => {
                    let result = context.fill(result);
                    push(&mut out, &json!({ "id": context.request_id, "result": result }));
                }
                Kind::Error { code, message, data } => {
                    let mut error = json!({ "code": code, "message": context.fill_text(message) });
                    if let Some(data) = data {
                        error["data"] = context.fill(data);
                    }
                    push(&mut out, &json!({ "id": context.request_id, "error": error }));
                }
                Kind::Notify { method, params } => {
                    push(&mut out, &notification(method, context.fill(params)));
                }
                Kind::Request { method, params } => {
                    let id = lock(&self.state).next_request();
                    let params = context.fill(params);
                    push(&mut out, &json!({ "id": id, "method": method, "params": params }));
                }
                Kind::Ask { method, params } => {
                    let (asking, answered) = oneshot::channel();
                    let id = {
                        let mut state = lock(&self.state);
                        let id = state.next_request();
                        state.asking.insert(id, asking);
                        id
                    };
                    let params = context.fill(params);
                    push(&mut out, &json!({ "id": id, "method": method, "params": params }));
                    self.write(&mut out).await?;
                    let _ = answered.await;
                }
                Kind::Deltas { count, text } => {
                    self.write(&mut out).await?;
                    self.flood(*count, text, &context).await?;
                }
                Kind::Raw(line) => {
                    out.extend(context.fill_text(line).bytes());
                    out.push(b'\n');
                }
                Kind::Bytes(bytes) => out.extend(bytes),
                Kind::Stderr(text) => {
                    self.write(&mut out).await?;
                    let mut stderr = self.stderr.lock().await;
                    stderr.write_all(context.fill_text(text).as_bytes()).await?;
                    stderr.flush().await?;
                }
                Kind::Wait(gate) => {
                    self.write(&mut out).await?;
                    self.shared.gate(gate).opened().await;
                }
                Kind::Open(gate) => {
                    self.write(&mut out).await?;
                    self.shared.gate(gate).open();
                }
                Kind::Silence => break,
                Kind::Close => {
                    self.write(&mut out).await?;
                    if let Some(mut output) = self.output.lock().await.take() {
                        output.shutdown().await?;
                    }
                }
                Kind::Exit(code) => {
                    // It exits even when nobody reads its last words.
                    let _ = self.write(&mut out).await;
                    return Err(Stop::Exit(*code));
                }
            }
        }
        self.write(&mut out).await
    }

    async fn flood(&self, count: usize, text: &str, context: &Context) -> Result<(), Stop> {
        let params = json!({
            "threadId": "{{threadId}}", "turnId": "{{turnId}}",
            "itemId": events::MESSAGE_ID, "delta": text,
        });
        let mut line = Vec::new();
        push(&mut line, &notification("item/agentMessage/delta", context.fill(&params)));
        let lines_per_chunk = (CHUNK_BYTES / line.len()).clamp(1, count.max(1));
        let chunk = line.repeat(lines_per_chunk);
        let mut left = count;
        while left > 0 {
            let lines = left.min(lines_per_chunk);
            self.write_all(&chunk[..lines * line.len()]).await?;
            left -= lines;
        }
        Ok(())
    }

    /// Writes what was gathered.
    async fn write(&self, out: &mut Vec<u8>) -> Result<(), Stop> {
        if out.is_empty() {
            return Ok(());
        }
        self.write_all(&std::mem::take(out)).await
    }

    async fn write_all(&self, bytes: &[u8]) -> Result<(), Stop> {
        if let Some(output) = self.output.lock().await.as_mut() {
            output.write_all(bytes).await?;
            output.flush().await?;
        }
        Ok(())
    }
}

impl State {
    fn next_request(&mut self) -> u64 {
        self.requests += 1;
        self.requests - 1
    }

    /// The values of the placeholders; see [`Script`].
    fn context(&mut self, method: &str, message: &Value) -> Context {
        let params = message["params"].clone();
        let thread_id = match method {
            "thread/start" | "thread/fork" => {
                self.threads += 1;
                json!(format!("thread-{}", self.threads))
            }
            _ if params["threadId"].is_string() => params["threadId"].clone(),
            _ => self.latest_thread.clone(),
        };
        self.latest_thread = thread_id.clone();
        let thread = thread_id.as_str().unwrap_or_default();
        let turn_id = if method == "turn/start" {
            self.turns += 1;
            let turn_id = json!(format!("turn-{}", self.turns));
            self.latest_turns.insert(thread.to_owned(), turn_id.clone());
            turn_id
        } else if params["turnId"].is_string() {
            params["turnId"].clone()
        } else {
            self.latest_turns.get(thread).cloned().unwrap_or_default()
        };
        Context { request_id: message["id"].clone(), thread_id, turn_id, params }
    }
}

fn notification(method: &str, params: Value) -> Value {
    json!({ "method": method, "params": params, "emittedAtMs": events::MILLIS })
}

fn push(out: &mut Vec<u8>, message: &Value) {
    out.extend(message.to_string().into_bytes());
    out.push(b'\n');
}
