//! What kind of message a line is, and whom it is for: one look at its
//! outside, none at its payload.

use std::ops::Range;

use bytes::Bytes;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::value::RawValue;

use super::scan::{Malformed, Scanner};

/// Lines from this length on, in bytes, are not copied.
const LONG_LINE: usize = 32 << 10;

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
    method: Span,
    /// Empty if there are none.
    params: Span,
    thread: Option<Span>,
    turn: Option<Span>,
}

/// Where a part of a line stands. Lines are shorter than 4 GiB.
#[derive(Clone, Copy, Debug, Default)]
struct Span {
    start: u32,
    end: u32,
}

impl From<Range<usize>> for Span {
    fn from(range: Range<usize>) -> Self {
        let clamp = |at| u32::try_from(at).unwrap_or(u32::MAX);
        Self {
            start: clamp(range.start),
            end: clamp(range.end),
        }
    }
}

impl Event {
    pub(crate) fn method(&self) -> &str {
        self.part(self.method)
    }

    /// The parameters as JSON text; `{}` if there are none.
    pub(crate) fn params(&self) -> &str {
        match self.part(self.params) {
            "" => "{}",
            params => params,
        }
    }

    pub(crate) fn thread(&self) -> Option<&str> {
        self.thread.map(|span| self.part(span))
    }

    pub(crate) fn turn(&self) -> Option<&str> {
        self.turn.map(|span| self.part(span))
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
        // A long line is most of its chunk.
        if self.line.len() < LONG_LINE {
            self.line = Bytes::copy_from_slice(&self.line);
        }
        self
    }

    fn part(&self, span: Span) -> &str {
        let part = self.line.get(span.start as usize..span.end as usize);
        // Lines are checked as UTF-8 when they are sorted, and cut at quotes.
        std::str::from_utf8(part.unwrap_or_default()).unwrap_or_default()
    }
}

/// Where the members of a message stand.
#[derive(Default)]
struct Envelope {
    id: Option<Range<usize>>,
    method: Option<Range<usize>>,
    params: Option<Range<usize>>,
    result: Option<Range<usize>>,
    error: Option<Range<usize>>,
    thread: Option<Range<usize>>,
    turn: Option<Range<usize>>,
}

impl Envelope {
    fn scan(line: &[u8]) -> Result<Self, Malformed> {
        let mut found = Self::default();
        let mut scanner = Scanner::new(line);
        scanner.object(|scanner, key| {
            match key {
                b"method" => found.method = scanner.string_value()?,
                b"params" if scanner.peek()? == b'{' => {
                    found.params = Some(found.address(scanner)?);
                }
                b"params" => found.params = Some(scanner.value()?),
                b"id" => found.id = Some(scanner.value()?),
                b"result" => found.result = Some(scanner.value()?),
                b"error" => found.error = Some(scanner.value()?),
                _ => scanner.skip()?,
            }
            Ok(())
        })?;
        match scanner.is_at_end() {
            true => Ok(found),
            false => Err(Malformed),
        }
    }

    /// Passes over params, and notes whom they are for: `threadId` and
    /// `turnId`, or the ids of a `thread` and a `turn`.
    fn address(&mut self, scanner: &mut Scanner<'_>) -> Result<Range<usize>, Malformed> {
        scanner.spanned(|scanner| {
            scanner.object(|scanner, key| {
                match key {
                    b"threadId" => self.thread = scanner.string_value()?.or(self.thread.take()),
                    b"turnId" => self.turn = scanner.string_value()?.or(self.turn.take()),
                    b"thread" => note_id(scanner, &mut self.thread)?,
                    b"turn" => note_id(scanner, &mut self.turn)?,
                    _ => scanner.skip()?,
                }
                Ok(())
            })
        })
    }
}

/// Passes over an object, and notes its `id` unless there is one already.
fn note_id(scanner: &mut Scanner<'_>, id: &mut Option<Range<usize>>) -> Result<(), Malformed> {
    if scanner.peek()? != b'{' {
        return scanner.skip();
    }
    scanner.object(|scanner, key| {
        match key {
            b"id" => {
                let found = scanner.string_value()?;
                *id = id.take().or(found);
            }
            _ => scanner.skip()?,
        }
        Ok(())
    })
}

impl Incoming {
    /// Sorts one line. The error says that it is not a message.
    pub(crate) fn parse(line: &Bytes) -> Result<Self, Malformed> {
        let text = std::str::from_utf8(line).map_err(|_| Malformed)?;
        let envelope = Envelope::scan(line)?;
        let Some(method) = envelope.method else {
            return Ok(Self::response(line, text, &envelope));
        };
        if [
            Some(&method),
            envelope.thread.as_ref(),
            envelope.turn.as_ref(),
        ]
        .into_iter()
        .flatten()
        .any(|range| text[range.clone()].contains('\\'))
        {
            return Self::unescaped(text);
        }
        let event = Event {
            line: line.clone(),
            method: method.into(),
            params: match envelope.params {
                Some(params) if &text[params.clone()] != "null" => params.into(),
                _ => Span::default(),
            },
            thread: envelope.thread.map(Span::from),
            turn: envelope.turn.map(Span::from),
        };
        match envelope.id {
            Some(id) => Ok(Self::Request {
                id: serde_json::from_str(&text[id]).map_err(|_| Malformed)?,
                event,
            }),
            None => Ok(Self::Event(event)),
        }
    }

    /// A line that escapes what does not need it, as in `turn\/started`: once
    /// more, written the usual way.
    fn unescaped(text: &str) -> Result<Self, Malformed> {
        let value: serde_json::Value = serde_json::from_str(text).map_err(|_| Malformed)?;
        let usual = value.to_string();
        match usual == text {
            // It has to be escaped, and is nobody's name for anything.
            true => Ok(Self::Stray),
            false => Self::parse(&Bytes::from(usual)),
        }
    }

    fn response(line: &Bytes, text: &str, envelope: &Envelope) -> Self {
        let id = envelope.id.clone().and_then(|id| text[id].parse().ok());
        let Some(id) = id else {
            return Self::Stray;
        };
        let outcome = match (&envelope.error, &envelope.result) {
            (Some(error), _) if &text[error.clone()] != "null" => {
                let error = &text[error.clone()];
                Err(serde_json::from_str(error).unwrap_or_else(|_| ErrorReply {
                    code: 0,
                    message: format!("an error of unknown form: {error}"),
                    data: None,
                }))
            }
            (_, Some(result)) => Ok(line.slice(result.clone())),
            (_, None) => Ok(Bytes::from_static(b"null")),
        };
        Self::Response { id, outcome }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Incoming, Malformed> {
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
    fn whatever_may_be_escaped_is_read() {
        let event = event(r#"{"method":"turn\/started","params":{"threadId":"\u0074","x":"\\"}}"#);
        assert_eq!(event.method(), "turn/started");
        assert_eq!(event.thread(), Some("t"));
        let odd = parse(r#"{"method":"a","params":{"threadId":"a\"b"}}"#).unwrap();
        assert!(matches!(odd, Incoming::Stray), "{odd:?}");
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
