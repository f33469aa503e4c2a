//! What kind of message a line is, and whom it is for: one look at its outside, none at its
//! payload.

use std::{borrow::Cow, ops::Range};

use bytes::Bytes;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::value::RawValue;

use super::scan::{Malformed, Scanner};
use crate::{
    generated::v2_all::{ServerNotification, ServerRequest},
    json::{decode, text},
};

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
    Response { id: u64, outcome: Result<Bytes, ErrorReply> },
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
        Self { start: clamp(range.start), end: clamp(range.end) }
    }
}

impl Event {
    pub(crate) fn method(&self) -> &str {
        self.part(self.method)
    }

    /// The parameters as JSON text; `{}` if there are none.
    pub(crate) fn params(&self) -> Cow<'_, str> {
        match self.bytes(self.params) {
            b"" => "{}".into(),
            params => text(params),
        }
    }

    /// Whether this is of `method`.
    pub(crate) fn is(&self, method: &str) -> bool {
        self.bytes(self.method) == method.as_bytes()
    }

    /// The id of its thread, as it is compared.
    pub(super) fn thread(&self) -> Option<&[u8]> {
        self.thread.map(|span| self.bytes(span))
    }

    /// The id of its turn, as it is compared.
    pub(super) fn turn(&self) -> Option<&[u8]> {
        self.turn.map(|span| self.bytes(span))
    }

    /// The id of its turn.
    pub(crate) fn turn_id(&self) -> Option<&str> {
        self.turn.map(|span| self.part(span))
    }

    /// The event as its type.
    pub(crate) fn notification(&self) -> ServerNotification {
        ServerNotification::decode(self.method(), &self.params())
    }

    /// The request as its type.
    pub(crate) fn request(&self) -> ServerRequest {
        ServerRequest::decode(self.method(), &self.params())
    }

    /// The parameters as their type.
    pub(crate) fn read<T: DeserializeOwned>(&self) -> crate::Result<T> {
        decode(self.method(), self.params().as_bytes())
    }

    /// Whether this is a [delta](is_delta).
    pub(crate) fn is_delta(&self) -> bool {
        is_delta(self.bytes(self.method))
    }

    /// Where in the line the text of a [delta](is_delta) stands, if it has any.
    pub(super) fn delta(&self) -> Option<Range<usize>> {
        if !self.is_delta() {
            return None;
        }
        let mut text = None;
        let mut scanner = Scanner::new(self.bytes(self.params));
        let scanned = scanner.object(|scanner, key| {
            match key {
                b"delta" => text = scanner.string_value()?,
                _ => scanner.skip()?,
            }
            Ok(())
        });
        let start = self.params.start as usize;
        let text = scanned.ok().and(text)?;
        Some(start + text.start..start + text.end)
    }

    /// The method, and the params before and after a part of them.
    pub(super) fn around(&self, part: &Range<usize>) -> [&[u8]; 3] {
        let (start, end) = (self.params.start as usize, self.params.end as usize);
        [self.bytes(self.method), self.slice(&(start..part.start)), self.slice(&(part.end..end))]
    }

    /// The same event with more JSON text at a place of its params.
    pub(super) fn with_inserted(&self, at: usize, text: &[u8]) -> Self {
        let line = [&self.line[..at], text, &self.line[at..]].concat();
        match Incoming::parse(Bytes::from(line)) {
            Ok(Incoming::Event(event)) => event,
            // What was inserted comes from a place like this one.
            _ => self.clone(),
        }
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
        match Incoming::parse(Bytes::from(message.to_string())) {
            Ok(Incoming::Event(event)) => Some(event),
            _ => None,
        }
    }

    /// Where its line begins and ends in memory: one that was read with it lies next to it.
    pub(super) fn addresses(&self) -> (usize, usize) {
        let line = self.line.as_ptr_range();
        (line.start.addr(), line.end.addr())
    }

    /// The same event, without holding on to the chunk that it was read with.
    pub(crate) fn detached(mut self) -> Self {
        // A long line is most of its chunk.
        if self.line.len() < LONG_LINE {
            self.line = Bytes::copy_from_slice(&self.line);
        }
        self
    }

    /// A name or an id. One that is not UTF-8 is nobody's.
    fn part(&self, span: Span) -> &str {
        std::str::from_utf8(self.bytes(span)).unwrap_or_default()
    }

    fn bytes(&self, span: Span) -> &[u8] {
        self.slice(&(span.start as usize..span.end as usize))
    }

    pub(super) fn slice(&self, part: &Range<usize>) -> &[u8] {
        self.line.get(part.clone()).unwrap_or_default()
    }
}

/// Whether notifications of `method` are pieces of an item, which comes whole later. What a process
/// writes, or what is said in a realtime session, comes in pieces only.
pub(crate) fn is_delta(method: &[u8]) -> bool {
    method.starts_with(b"item/") && (method.ends_with(b"Delta") || method.ends_with(b"/delta"))
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
    /// Whether anything that was looked at has a backslash in it.
    escaped: bool,
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
        found.escaped = scanner.has_seen_escapes();
        if scanner.is_at_end() { Ok(found) } else { Err(Malformed) }
    }

    /// Whether one of the parts that are compared is not written plainly.
    fn is_escaped(&self, line: &[u8]) -> bool {
        let parts = [&self.method, &self.thread, &self.turn];
        let mut parts = parts.into_iter().flatten();
        self.escaped && parts.any(|part| line[part.clone()].contains(&b'\\'))
    }

    /// Passes over params, and notes whom they are for: `threadId` and `turnId`, or the ids of a
    /// `thread` and a `turn`.
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
    /// Sorts one line. What is no message comes back as it is.
    pub(crate) fn parse(line: Bytes) -> Result<Self, Bytes> {
        match Envelope::scan(&line) {
            Ok(envelope) if envelope.method.is_none() => Ok(Self::response(&line, &envelope)),
            Ok(envelope) if envelope.is_escaped(&line) => Self::unescaped(line),
            Ok(envelope) => Self::message(line, envelope),
            Err(Malformed) => Err(line),
        }
    }

    /// A notification, or a request if it has an id.
    fn message(line: Bytes, envelope: Envelope) -> Result<Self, Bytes> {
        let id = match envelope.id {
            Some(id) => match serde_json::from_str(&text(&line[id])) {
                Ok(id) => Some(id),
                Err(_) => return Err(line),
            },
            None => None,
        };
        let event = Event {
            method: envelope.method.map(Span::from).unwrap_or_default(),
            params: match envelope.params {
                Some(params) if &line[params.clone()] != b"null" => params.into(),
                _ => Span::default(),
            },
            thread: envelope.thread.map(Span::from),
            turn: envelope.turn.map(Span::from),
            line,
        };
        Ok(match id {
            Some(id) => Self::Request { id, event },
            None => Self::Event(event),
        })
    }

    /// A line that escapes what does not need it, as in `turn\/started`: once more, written the
    /// usual way.
    fn unescaped(line: Bytes) -> Result<Self, Bytes> {
        let Ok(value) = serde_json::from_str::<serde_json::Value>(&text(&line)) else {
            return Err(line);
        };
        let usual = Bytes::from(value.to_string());
        if usual == line { Ok(Self::Stray) } else { Self::parse(usual) }
    }

    fn response(line: &Bytes, envelope: &Envelope) -> Self {
        let id = envelope.id.as_ref().map(|id| text(&line[id.clone()]));
        let Some(id) = id.and_then(|id| id.parse().ok()) else {
            return Self::Stray;
        };
        let outcome = match (&envelope.error, &envelope.result) {
            (Some(error), _) if &line[error.clone()] != b"null" => {
                let error = text(&line[error.clone()]);
                Err(serde_json::from_str(&error).unwrap_or_else(|_| ErrorReply {
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

    fn parse(line: &str) -> Result<Incoming, Bytes> {
        Incoming::parse(Bytes::copy_from_slice(line.as_bytes()))
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
        assert_eq!(delta.thread(), Some(&b"t"[..]));
        assert_eq!(delta.turn_id(), Some("u"));
        assert!(delta.is_delta());

        let nested = event(
            r#"{"params":{"turn":{"items":[],"id":"u"},"thread":{"id":"t"},"turnId":null},"method":"turn\/completed"}"#,
        );
        assert_eq!(nested.method(), "turn/completed");
        assert_eq!(nested.thread(), Some(&b"t"[..]));
        assert_eq!(nested.turn_id(), Some("u"));
    }

    #[test]
    fn whatever_may_be_escaped_is_read() {
        let event = event(r#"{"method":"turn\/started","params":{"threadId":"\u0074","x":"\\"}}"#);
        assert_eq!(event.method(), "turn/started");
        assert_eq!(event.thread(), Some(&b"t"[..]));
        let odd = parse(r#"{"method":"a","params":{"threadId":"a\"b"}}"#).unwrap();
        assert!(matches!(odd, Incoming::Stray), "{odd:?}");
    }

    #[test]
    fn params_of_any_form_are_kept() {
        for (line, params) in [
            (r#"{"method":"x"}"#, "{}"),
            (r#"{"method":"x","params":null}"#, "{}"),
            (r#"{"method":"x","params":[1, 2]}"#, "[1, 2]"),
            (r#"{"method":"x","params":{"turn":7,"threadId":3}}"#, r#"{"turn":7,"threadId":3}"#),
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
        assert!(matches!(parse(r#"{"id":"not ours","result":1}"#).unwrap(), Incoming::Stray));
    }

    #[test]
    fn of_text_that_is_not_utf8_only_a_part_is_damaged() {
        let line = b"{\"method\":\"m\",\"params\":{\"turnId\":\"u\",\"delta\":\"a\xffb\"}}";
        let Ok(Incoming::Event(event)) = Incoming::parse(Bytes::from_static(line)) else {
            panic!("it is an event all the same");
        };
        assert_eq!(event.turn_id(), Some("u"));
        assert_eq!(event.params(), "{\"turnId\":\"u\",\"delta\":\"a\u{fffd}b\"}");
    }

    #[test]
    fn what_is_not_an_object_is_refused() {
        for line in ["hello", "[]", "1", "{", "\"x\"", "{\"id\":1,}"] {
            assert!(parse(line).is_err(), "{line}");
        }
    }
}
