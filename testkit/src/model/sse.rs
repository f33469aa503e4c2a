//! An answer as the server-sent events that codex reads.

use std::{fmt::Write, io, time::Duration};

use axum::body::Bytes;
use futures_util::{Stream, stream};
use serde_json::{Value, json};

use super::{
    ModelRequest,
    answer::{Answer, Item},
};
use crate::Gate;

/// A step in delivering an answer.
pub(super) enum Step {
    Send(Bytes),
    Wait(Gate),
    Sleep(Duration),
    Cut,
}

impl Step {
    async fn over(&self) {
        match self {
            Self::Wait(gate) => gate.opened().await,
            Self::Sleep(pause) => tokio::time::sleep(*pause).await,
            Self::Send(_) | Self::Cut => {}
        }
    }
}

/// The body of the response. What needs no pause is one chunk, however many events it holds.
pub(super) fn stream(
    steps: Vec<Step>,
    stopped: Gate,
) -> impl Stream<Item = io::Result<Bytes>> + Send + 'static {
    let cut = || io::Error::new(io::ErrorKind::ConnectionReset, "the answer was cut");
    stream::unfold((steps.into_iter(), stopped), move |(mut steps, stopped)| async move {
        loop {
            let pause = match steps.next()? {
                Step::Send(bytes) => return Some((Ok(bytes), (steps, stopped))),
                Step::Cut => {
                    // A failing body discards what is still buffered; a pending one flushes it.
                    tokio::task::yield_now().await;
                    return Some((Err(cut()), (steps, stopped)));
                }
                pause => pause,
            };
            tokio::select! {
                () = pause.over() => {}
                () = stopped.opened() => return Some((Err(cut()), (steps, stopped))),
            }
        }
    })
}

/// The steps of an answer. `number` makes the ids of its items unique.
pub(super) fn steps(answer: &Answer, request: &ModelRequest, number: usize) -> Vec<Step> {
    let mut script = Writer { answer, steps: Vec::new(), text: String::new(), deltas: 0 };
    // A cut ends the writing early; what it wrote until then is the answer.
    let _ = script.write(request, number);
    script.pause(None);
    script.steps
}

struct Writer<'a> {
    answer: &'a Answer,
    steps: Vec<Step>,
    text: String,
    deltas: usize,
}

/// The connection is dropped here.
struct Dropped;

impl Writer<'_> {
    fn write(&mut self, request: &ModelRequest, number: usize) -> Result<(), Dropped> {
        let response = format!("resp_{number}");
        self.event(json!({ "type": "response.created", "response": { "id": response } }));
        self.cut_here()?;
        for (index, item) in self.answer.items.iter().enumerate() {
            self.item(item, request, &format!("{number}_{index}"))?;
        }
        for gate in self.answer.gates_beyond(self.deltas) {
            self.pause(Some(Step::Wait(gate.clone())));
        }
        if self.answer.cut_after.is_some() {
            return self.cut();
        }
        let (input, output) = self.answer.usage;
        self.event(json!({
            "type": "response.completed",
            "response": {
                "id": response,
                "usage": {
                    "input_tokens": input,
                    "input_tokens_details": { "cached_tokens": 0 },
                    "output_tokens": output,
                    "output_tokens_details": { "reasoning_tokens": 0 },
                    "total_tokens": input + output,
                },
            },
        }));
        Ok(())
    }

    fn item(&mut self, item: &Item, request: &ModelRequest, id: &str) -> Result<(), Dropped> {
        match item {
            Item::Message { deltas, phase } => self.message(deltas, phase.as_deref(), id),
            Item::ToolOutput => {
                let output = request.last_tool_output().unwrap_or_default();
                self.message(&[output], None, id)
            }
            Item::Reasoning { deltas } => self.reasoning(deltas, id),
            Item::FunctionCall { name, namespace, arguments } => {
                let mut call = json!({
                    "type": "function_call",
                    "id": format!("fc_{id}"),
                    "call_id": format!("call_{id}"),
                    "name": name,
                    "arguments": arguments.to_string(),
                });
                if let Some(namespace) = namespace {
                    call["namespace"] = json!(namespace);
                }
                self.event(json!({ "type": "response.output_item.done", "item": call }));
                Ok(())
            }
            Item::CustomToolCall { name, input } => {
                let call = json!({
                    "type": "custom_tool_call",
                    "id": format!("ctc_{id}"),
                    "call_id": format!("call_{id}"),
                    "name": name,
                    "input": input,
                });
                self.event(json!({ "type": "response.output_item.done", "item": call }));
                Ok(())
            }
        }
    }

    fn message(&mut self, deltas: &[String], phase: Option<&str>, id: &str) -> Result<(), Dropped> {
        let id = format!("msg_{id}");
        let item = |content: Value| {
            let mut item =
                json!({ "type": "message", "role": "assistant", "id": id, "content": content });
            if let Some(phase) = phase {
                item["phase"] = json!(phase);
            }
            item
        };
        self.event(json!({ "type": "response.output_item.added", "item": item(json!([])) }));
        for delta in deltas {
            self.delta(json!({
                "type": "response.output_text.delta", "item_id": id, "delta": delta,
            }))?;
        }
        let content = json!([{ "type": "output_text", "text": deltas.concat() }]);
        self.event(json!({ "type": "response.output_item.done", "item": item(content) }));
        Ok(())
    }

    fn reasoning(&mut self, deltas: &[String], id: &str) -> Result<(), Dropped> {
        let id = format!("rs_{id}");
        let item = |summary: Value| json!({ "type": "reasoning", "id": id, "summary": summary });
        self.event(json!({ "type": "response.output_item.added", "item": item(json!([])) }));
        self.event(json!({
            "type": "response.reasoning_summary_part.added", "item_id": id, "summary_index": 0,
        }));
        for delta in deltas {
            self.delta(json!({
                "type": "response.reasoning_summary_text.delta",
                "item_id": id,
                "summary_index": 0,
                "delta": delta,
            }))?;
        }
        let summary = json!([{ "type": "summary_text", "text": deltas.concat() }]);
        self.event(json!({ "type": "response.output_item.done", "item": item(summary) }));
        Ok(())
    }

    fn delta(&mut self, event: Value) -> Result<(), Dropped> {
        if let Some(pace) = self.answer.pace {
            self.pause(Some(Step::Sleep(pace)));
        }
        self.event(event);
        self.deltas += 1;
        for gate in self.answer.gates_at(self.deltas) {
            self.pause(Some(Step::Wait(gate.clone())));
        }
        self.cut_here()
    }

    fn event(&mut self, event: Value) {
        let name = event["type"].as_str().unwrap_or_default();
        // Writing to a string cannot fail.
        let _ = write!(self.text, "event: {name}\ndata: {event}\n\n");
    }

    fn cut_here(&mut self) -> Result<(), Dropped> {
        if self.answer.cut_after == Some(self.deltas) { self.cut() } else { Ok(()) }
    }

    fn cut(&mut self) -> Result<(), Dropped> {
        self.pause(Some(Step::Cut));
        Err(Dropped)
    }

    /// Ends the chunk under way, so that everything before the step is delivered.
    fn pause(&mut self, step: Option<Step>) {
        if !self.text.is_empty() {
            self.steps.push(Step::Send(std::mem::take(&mut self.text).into()));
        }
        self.steps.extend(step);
    }
}
