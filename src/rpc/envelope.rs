//! What kind of message a line is, and whom it is for: one look at its
//! outside, none at its payload.

use std::ops::Range;

use bytes::Bytes;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::value::RawValue;

/// One line, sorted.
#[derive(Debug)]
pub(crate) enum Incoming {
    /// A notification.
    Event(Event),
    /// A request of the server. Its id is echoed as it came.
    Request { id: Box<RawValue>, event: Event },
    /// An answer to one of our requests.
    Response {
        id: u64,
        outcome: Result<Bytes, ErrorReply>,
    },
    /// An answer to nothing that we could have asked.
    Stray,
}

/// The `error` member of a response.
#[derive(Debug, Deserialize)]
pub(crate) struct ErrorReply {
    pub(crate) code: i64,
    #[serde(default)]
    pub(crate) message: String,
    #[serde(default)]
    pub(crate) data: Option<serde_json::Value>,
}

/// A notification or server request, undecoded, with the ids that route it.
#[derive(Clone, Debug)]
pub(crate) struct Event {
    line: Bytes,
    method: Text,
    params: Option<Range<usize>>,
    thread: Option<Text>,
    turn: Option<Text>,
}

/// A string within a line: where it stands, or itself if it had escapes.
#[derive(Clone, Debug)]
enum Text {
    At(Range<usize>),
    Own(Box<str>),
}

impl Event {
    pub(crate) fn method(&self) -> &str {
        self.text(&self.method)
    }

    /// The parameters as JSON text; `{}` if there are none.
    pub(crate) fn params(&self) -> &str {
        match &self.params {
            Some(range) => self.slice(range),
            None => "{}",
        }
    }

    pub(crate) fn thread(&self) -> Option<&str> {
        self.thread.as_ref().map(|text| self.text(text))
    }

    pub(crate) fn turn(&self) -> Option<&str> {
        self.turn.as_ref().map(|text| self.text(text))
    }

    /// The parameters as their type.
    pub(crate) fn read<T: DeserializeOwned>(&self) -> crate::Result<T> {
        crate::client::decode(self.method(), self.params().as_bytes())
    }

    /// Whether this is a piece of something that comes whole later.
    pub(crate) fn is_delta(&self) -> bool {
        let method = self.method();
        method.ends_with("Delta") || method.ends_with("/delta")
    }

    /// What it costs to keep, in bytes.
    pub(crate) fn size(&self) -> usize {
        self.line.len()
    }

    /// The same event with `params` (JSON text) in place of its own.
    pub(crate) fn with_params(&self, params: &str) -> Option<Self> {
        let method = serde_json::to_string(self.method()).ok()?;
        Self::made(&format_args!(r#"{{"method":{method},"params":{params}}}"#))
    }

    /// An event of our own making, from its JSON.
    pub(crate) fn made(message: &impl ToString) -> Option<Self> {
        match Incoming::parse(&Bytes::from(message.to_string())) {
            Ok(Incoming::Event(event)) => Some(event),
            _ => None,
        }
    }

    /// The same event, without holding on to the chunk that it was read with.
    pub(crate) fn detached(mut self) -> Self {
        self.line = Bytes::copy_from_slice(&self.line);
        self
    }

    fn text<'a>(&'a self, text: &'a Text) -> &'a str {
        match text {
            Text::At(range) => self.slice(range),
            Text::Own(text) => text,
        }
    }

    fn slice(&self, range: &Range<usize>) -> &str {
        // The ranges come from a parser that has checked them as UTF-8.
        std::str::from_utf8(&self.line[range.clone()]).unwrap_or_default()
    }
}

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow, default)]
    id: Option<&'a RawValue>,
    #[serde(borrow, default)]
    method: Option<&'a RawValue>,
    #[serde(borrow, default)]
    params: Option<&'a RawValue>,
    #[serde(borrow, default)]
    result: Option<&'a RawValue>,
    #[serde(borrow, default)]
    error: Option<&'a RawValue>,
}

/// The members of params that say whom an event is for.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Address<'a> {
    #[serde(borrow, default)]
    thread_id: Option<&'a RawValue>,
    #[serde(borrow, default)]
    turn_id: Option<&'a RawValue>,
    #[serde(borrow, default)]
    thread: Option<Named<'a>>,
    #[serde(borrow, default)]
    turn: Option<Named<'a>>,
}

#[derive(Deserialize)]
struct Named<'a> {
    #[serde(borrow, default)]
    id: Option<&'a RawValue>,
}

impl Incoming {
    /// Sorts one line. The error says why it is not a message.
    pub(crate) fn parse(line: &Bytes) -> Result<Self, serde_json::Error> {
        // An array would do as a struct for serde.
        if line.trim_ascii_start().first() != Some(&b'{') {
            return Err(serde::de::Error::custom("not a JSON object"));
        }
        let envelope: Envelope<'_> = serde_json::from_slice(line)?;
        let Some(method) = envelope.method.and_then(|raw| text(line, raw)) else {
            return Ok(Self::response(line, &envelope));
        };
        let event = Event::new(line, method, envelope.params);
        Ok(match envelope.id {
            Some(id) => Self::Request {
                id: id.to_owned(),
                event,
            },
            None => Self::Event(event),
        })
    }

    fn response(line: &Bytes, envelope: &Envelope<'_>) -> Self {
        let Some(id) = envelope.id.and_then(|id| id.get().parse().ok()) else {
            return Self::Stray;
        };
        let outcome = match (envelope.error, envelope.result) {
            (Some(error), _) => {
                Err(
                    serde_json::from_str(error.get()).unwrap_or_else(|_| ErrorReply {
                        code: 0,
                        message: format!("an error of unknown form: {error}"),
                        data: None,
                    }),
                )
            }
            (None, Some(result)) => Ok(line.slice_ref(result.get().as_bytes())),
            (None, None) => Ok(Bytes::from_static(b"null")),
        };
        Self::Response { id, outcome }
    }
}

impl Event {
    fn new(line: &Bytes, method: Text, params: Option<&RawValue>) -> Self {
        // Params of another form than expected are somebody else's problem:
        // the event is then for the connection as a whole.
        let address: Address<'_> = params
            .and_then(|raw| serde_json::from_str(raw.get()).ok())
            .unwrap_or_default();
        let id = |direct: Option<&RawValue>, nested: Option<Named<'_>>| {
            let nested = nested.and_then(|named| named.id.and_then(|raw| text(line, raw)));
            direct.and_then(|raw| text(line, raw)).or(nested)
        };
        Self {
            method,
            params: params.map(|raw| range_of(line, raw.get())),
            thread: id(address.thread_id, address.thread),
            turn: id(address.turn_id, address.turn),
            line: line.clone(),
        }
    }
}

/// The string that `raw`, a part of `line`, stands for; none if it is
/// something else than a string.
fn text(line: &Bytes, raw: &RawValue) -> Option<Text> {
    let quoted = raw.get();
    let inner = quoted.strip_prefix('"')?.strip_suffix('"')?;
    if inner.contains('\\') {
        return serde_json::from_str(quoted).ok().map(Text::Own);
    }
    Some(Text::At(range_of(line, inner)))
}

/// Where `part`, which is borrowed from `line`, stands in it.
fn range_of(line: &Bytes, part: &str) -> Range<usize> {
    let start = part.as_ptr() as usize - line.as_ptr() as usize;
    start..start + part.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Incoming, serde_json::Error> {
        Incoming::parse(&Bytes::copy_from_slice(line.as_bytes()))
    }

    fn event(line: &str) -> Event {
        match parse(line).unwrap() {
            Incoming::Event(event) => event,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn ids_are_found_where_they_stand() {
        let delta = event(
            r#"{"method":"item/agentMessage/delta","params":{"threadId":"t","turnId":"u","itemId":"i","delta":"x"},"emittedAtMs":1}"#,
        );
        assert_eq!(delta.method(), "item/agentMessage/delta");
        assert_eq!(delta.thread(), Some("t"));
        assert_eq!(delta.turn(), Some("u"));
        assert!(delta.is_delta());

        let nested = event(
            r#"{"params":{"turn":{"items":[],"id":"u"},"thread":{"id":"t"},"turnId":null},"method":"turn\/completed"}"#,
        );
        assert_eq!(nested.method(), "turn/completed");
        assert_eq!((nested.thread(), nested.turn()), (Some("t"), Some("u")));
    }

    #[test]
    fn params_of_any_form_are_kept() {
        for (line, params) in [
            (r#"{"method":"x"}"#, "{}"),
            (r#"{"method":"x","params":null}"#, "{}"),
            (r#"{"method":"x","params":[1, 2]}"#, "[1, 2]"),
            (
                r#"{"method":"x","params":{"turn":7,"threadId":3}}"#,
                r#"{"turn":7,"threadId":3}"#,
            ),
        ] {
            let event = event(line);
            assert_eq!(event.params(), params);
            assert_eq!(event.turn(), None);
        }
    }

    #[test]
    fn requests_keep_the_type_of_their_id() {
        for id in ["0", "\"a\\\"b\"", "-7"] {
            match parse(&format!(r#"{{"method":"m","id":{id},"params":{{}}}}"#)).unwrap() {
                Incoming::Request { id: kept, .. } => assert_eq!(kept.get(), id),
                other => panic!("{other:?}"),
            }
        }
    }

    #[test]
    fn responses_carry_result_or_error() {
        match parse(r#"{"id":7,"result":{"a":1}}"#).unwrap() {
            Incoming::Response { id: 7, outcome } => assert_eq!(outcome.unwrap(), r#"{"a":1}"#),
            other => panic!("{other:?}"),
        }
        match parse(r#"{"id":7,"error":{"code":-32600,"message":"no"}}"#).unwrap() {
            Incoming::Response { outcome, .. } => assert_eq!(outcome.unwrap_err().code, -32600),
            other => panic!("{other:?}"),
        }
        match parse(r#"{"id":7,"result":null}"#).unwrap() {
            Incoming::Response { outcome, .. } => assert_eq!(outcome.unwrap(), "null"),
            other => panic!("{other:?}"),
        }
        assert!(matches!(
            parse(r#"{"id":"not ours","result":1}"#).unwrap(),
            Incoming::Stray
        ));
    }

    #[test]
    fn what_is_not_an_object_is_refused() {
        for line in ["hello", "[]", "1", "{", "\"x\"", "{\"id\":1,}"] {
            assert!(parse(line).is_err(), "{line}");
        }
    }
}
