//! What has happened in a recorded session, read from its transcript.

use std::{collections::BTreeMap, fmt, result, time::Duration};

use bytes::Bytes;
use serde_json::{Value, value::RawValue};

use crate::{
    Error, Result,
    transport::transcript::{CLOSE, Direction, END, Line},
};

/// What has happened in the recorded session.
pub(super) struct Event {
    pub(super) at: Duration,
    pub(super) what: What,
}

pub(super) enum What {
    /// What the client has to send.
    Sent(Kind, Value),
    Received {
        message: Bytes,
        /// The request that this responds to, as a position in the transcript.
        responds_to: Option<usize>,
    },
    /// The server has closed the connection.
    End,
}

/// By what a message of the client is known.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Kind {
    Request(String),
    Notification(String),
    /// To a request of the server with this id.
    Reply(Value),
    /// No message, but that none follows.
    Close,
}

impl Kind {
    pub(super) fn of(message: &Value) -> Self {
        let id = message.get("id");
        match (message.get("method").and_then(Value::as_str), id) {
            (Some(method), Some(_)) => Self::Request(method.to_owned()),
            (Some(method), None) => Self::Notification(method.to_owned()),
            (None, id) => Self::Reply(id.cloned().unwrap_or_default()),
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Request(method) => write!(f, "the request `{method}`"),
            Self::Notification(method) => write!(f, "the notification `{method}`"),
            Self::Reply(id) => write!(f, "the reply to the server's request {id}"),
            Self::Close => f.write_str("the end"),
        }
    }
}

/// Reads a transcript.
pub(super) fn read(transcript: &str) -> Result<Vec<Event>> {
    let (mut events, mut requests) = (Vec::new(), Requests::new());
    for (number, text) in (1..).zip(transcript.split_inclusive('\n')) {
        let wrong = |what: String| Error::invalid("transcript", format!("line {number} {what}"));
        let line = match Line::parse(text) {
            Ok(line) => line,
            Err(_) if text.trim().is_empty() => continue,
            // It was killed as it wrote this.
            Err(_) if !text.ends_with('\n') => break,
            Err(error) => return Err(wrong(format!("is no line of a transcript: {error}"))),
        };
        let at = line.at();
        if let Some(what) = what(line, events.len(), &mut requests).map_err(wrong)? {
            events.push(Event { at, what });
        }
    }
    Ok(events)
}

/// Where requests stand that have no response yet, by their ids as JSON.
type Requests = BTreeMap<String, usize>;

/// What a line tells, the event at `position`; none if that is a remark.
fn what(
    line: Line<'_>,
    position: usize,
    requests: &mut Requests,
) -> result::Result<Option<What>, String> {
    if let Some(lost) = line.lost {
        return Err(format!(
            "says that {lost} messages are missing here: the session cannot be played"
        ));
    }
    let json = |msg: &RawValue| -> result::Result<Value, String> {
        serde_json::from_str(msg.get()).map_err(|error| format!("cannot be read: {error}"))
    };
    let what = match (line.dir, line.msg, line.line) {
        (Direction::Note, ..) if line.note.as_deref() == Some(END) => What::End,
        (Direction::Note, ..) if line.note.as_deref() == Some(CLOSE) => {
            What::Sent(Kind::Close, Value::Null)
        }
        (Direction::Note, ..) => return Ok(None),
        (Direction::Sent, Some(msg), _) => {
            let sent = json(msg)?;
            let kind = Kind::of(&sent);
            if let (Kind::Request(_), Some(id)) = (&kind, sent.get("id")) {
                requests.insert(id.to_string(), position);
            }
            What::Sent(kind, sent)
        }
        (Direction::Received, Some(msg), _) => {
            let responds_to = match Kind::of(&json(msg)?) {
                Kind::Reply(id) if !id.is_null() => {
                    Some(requests.remove(&id.to_string()).ok_or_else(|| {
                        format!("is a response to {id}, which no request before it has")
                    })?)
                }
                _ => None,
            };
            What::Received { message: Bytes::copy_from_slice(msg.get().as_bytes()), responds_to }
        }
        (Direction::Received, None, Some(line)) => {
            What::Received { message: line.into(), responds_to: None }
        }
        _ => return Err("has no message".into()),
    };
    Ok(Some(what))
}
