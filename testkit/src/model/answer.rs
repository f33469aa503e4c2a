//! What the model says to one request.

use std::time::Duration;

use serde_json::{Value, json};

use crate::Gate;

/// One answer of the model: items, and how they are delivered.
///
/// ```
/// use std::time::Duration;
/// use codex_app_server_testkit::{Answer, Gate};
/// use serde_json::json;
///
/// let plain = Answer::text("Hello from the model.").deltas(4).usage(1200, 30);
/// let thinking = Answer::text("42").reasoning("Six times seven.").phase("final_answer");
/// let talking = Answer::text("I look.").phase("commentary").and(Answer::shell("ls"));
/// let tool = Answer::tool_call("lookup", None, json!({ "key": "answer" }));
/// let patch = Answer::patch("*** Begin Patch\n*** Add File: a.txt\n+hi\n*** End Patch");
///
/// let gate = Gate::new();
/// let halfway = Answer::from_deltas(["one ", "two ", "three"]).gate_after(2, &gate);
/// let broken = Answer::text("never whole").deltas(5).cut_after(2);
/// let busy = Answer::status(429).retry_after(1);
/// ```
#[derive(Clone, Debug)]
pub struct Answer {
    pub(super) outcome: Outcome,
    pub(super) items: Vec<Item>,
    pub(super) usage: (u64, u64),
    pub(super) pace: Option<Duration>,
    pub(super) cut_after: Option<usize>,
    gates: Vec<(usize, Gate)>,
}

#[derive(Clone, Debug)]
pub(super) enum Outcome {
    Stream,
    Status { code: u16, body: Option<String>, retry_after: Option<u32> },
    Silence,
}

#[derive(Clone, Debug)]
pub(super) enum Item {
    Message { deltas: Vec<String>, phase: Option<String> },
    Reasoning { deltas: Vec<String> },
    FunctionCall { name: String, namespace: Option<String>, arguments: Value },
    CustomToolCall { name: String, input: String },
    ToolOutput,
}

/// How an answer begins.
impl Answer {
    /// A message, whole in one delta; see [`deltas`](Self::deltas).
    #[must_use]
    pub fn text(text: impl Into<String>) -> Self {
        Self::from_deltas([text])
    }

    /// A message in exactly these deltas.
    #[must_use]
    pub fn from_deltas<T: Into<String>>(deltas: impl IntoIterator<Item = T>) -> Self {
        let deltas = deltas.into_iter().map(Into::into).collect();
        Self::item(Item::Message { deltas, phase: None })
    }

    /// A call of codex's shell tool: `exec_command` with this command line.
    #[must_use]
    pub fn shell(command: impl Into<String>) -> Self {
        Self::tool_call("exec_command", None, json!({ "cmd": command.into() }))
    }

    /// A call of codex's `apply_patch` tool: `*** Begin Patch` … `*** End Patch`.
    #[must_use]
    pub fn patch(patch: impl Into<String>) -> Self {
        Self::item(Item::CustomToolCall { name: "apply_patch".into(), input: patch.into() })
    }

    /// A call of any function tool: a built-in one, a dynamic one of the client, or one of an MCP
    /// server, whose namespace is the one that codex offers it under.
    #[must_use]
    pub fn tool_call(name: impl Into<String>, namespace: Option<&str>, arguments: Value) -> Self {
        let namespace = namespace.map(str::to_owned);
        Self::item(Item::FunctionCall { name: name.into(), namespace, arguments })
    }

    /// A message that repeats the last tool output of the request.
    #[must_use]
    pub fn tool_output() -> Self {
        Self::item(Item::ToolOutput)
    }

    /// An HTTP status instead of an answer, with an error body that names it.
    #[must_use]
    pub fn status(code: u16) -> Self {
        Self::new(Outcome::Status { code, body: None, retry_after: None })
    }

    /// No answer at all: the request is accepted and stays open until codex hangs up.
    #[must_use]
    pub fn silent() -> Self {
        Self::new(Outcome::Silence)
    }

    fn item(item: Item) -> Self {
        Self { items: vec![item], ..Self::new(Outcome::Stream) }
    }

    fn new(outcome: Outcome) -> Self {
        let (items, gates) = (Vec::new(), Vec::new());
        Self { outcome, items, usage: (100, 10), pace: None, cut_after: None, gates }
    }
}

/// What an answer consists of.
impl Answer {
    /// Adds the items of another answer after these. How they are delivered stays this answer's.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.items.extend(other.items);
        self
    }

    /// Puts a reasoning item before the others; its summary comes word by word.
    #[must_use]
    pub fn reasoning(mut self, summary: &str) -> Self {
        let deltas = summary.split_inclusive(' ').map(str::to_owned).collect();
        self.items.insert(0, Item::Reasoning { deltas });
        self
    }

    /// Cuts the text of the last message into this many deltas, or one per character if it has
    /// fewer.
    #[must_use]
    pub fn deltas(mut self, count: usize) -> Self {
        if let Some((deltas, _)) = self.last_message() {
            *deltas = cut(&deltas.concat(), count);
        }
        self
    }

    /// The phase of the last message: `commentary` or `final_answer`. Without it there is none.
    #[must_use]
    pub fn phase(mut self, name: impl Into<String>) -> Self {
        if let Some((_, phase)) = self.last_message() {
            *phase = Some(name.into());
        }
        self
    }

    /// The tokens that the answer says it took; 100 and 10 unless given.
    #[must_use]
    pub fn usage(mut self, input: u64, output: u64) -> Self {
        self.usage = (input, output);
        self
    }

    /// The body of a [`status`](Self::status) answer, sent as it is.
    #[must_use]
    pub fn body(mut self, text: impl Into<String>) -> Self {
        if let Outcome::Status { body, .. } = &mut self.outcome {
            *body = Some(text.into());
        }
        self
    }

    /// The `Retry-After` header, in seconds, of a [`status`](Self::status) answer.
    #[must_use]
    pub fn retry_after(mut self, seconds: u32) -> Self {
        if let Outcome::Status { retry_after, .. } = &mut self.outcome {
            *retry_after = Some(seconds);
        }
        self
    }

    fn last_message(&mut self) -> Option<(&mut Vec<String>, &mut Option<String>)> {
        self.items.iter_mut().rev().find_map(|item| match item {
            Item::Message { deltas, phase } => Some((deltas, phase)),
            _ => None,
        })
    }
}

/// How an answer is delivered. Deltas of messages and of reasoning count alike.
impl Answer {
    /// Holds the whole answer back until the gate is open.
    #[must_use]
    pub fn gate(self, gate: &Gate) -> Self {
        self.gate_after(0, gate)
    }

    /// Pauses after this many deltas, at the latest before the end, until the gate is open.
    #[must_use]
    pub fn gate_after(mut self, deltas: usize, gate: &Gate) -> Self {
        self.gates.push((deltas, gate.clone()));
        self
    }

    /// Pauses for this long before each delta.
    #[must_use]
    pub fn slow(mut self, pause: Duration) -> Self {
        self.pace = Some(pause);
        self
    }

    /// Drops the connection after this many deltas, at the latest before the end.
    #[must_use]
    pub fn cut_after(mut self, deltas: usize) -> Self {
        self.cut_after = Some(deltas);
        self
    }

    pub(super) fn gates_at(&self, deltas: usize) -> impl Iterator<Item = &Gate> {
        self.gates.iter().filter(move |(at, _)| *at == deltas).map(|(_, gate)| gate)
    }

    pub(super) fn gates_beyond(&self, deltas: usize) -> impl Iterator<Item = &Gate> {
        self.gates.iter().filter(move |(at, _)| *at > deltas).map(|(_, gate)| gate)
    }
}

/// Pieces of equal length, give or take one character.
fn cut(text: &str, count: usize) -> Vec<String> {
    let chars: Vec<char> = text.chars().collect();
    let count = count.clamp(1, chars.len().max(1));
    let end = |piece: usize| chars.len() * piece / count;
    (0..count).map(|piece| chars[end(piece)..end(piece + 1)].iter().collect()).collect()
}
