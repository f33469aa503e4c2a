//! What kind of message was read, and whom it is for: one look at its outside, none at its payload.

use std::{borrow::Cow, num::NonZeroU32, ops::Range};

use bytes::Bytes;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, value::RawValue};

use super::scan::{Malformed, Scanner};
use crate::{
    json::{decode, text},
    transport::Message,
};

/// A message of the server.
#[derive(Debug)]
pub(crate) enum Incoming {
    Notification(Payload),
    Request(Request),
    /// The response to one of our requests.
    Response {
        id: u64,
        result: Result<Bytes, ErrorObject>,
    },
    /// A response to nothing that we could have asked, or nothing at all.
    Unexpected,
}

/// A request of the server.
#[derive(Debug)]
pub(crate) struct Request {
    /// Sent back as it came.
    pub(crate) id: Box<RawValue>,
    pub(crate) payload: Payload,
}

/// The `error` member of a response.
#[derive(Debug, Deserialize)]
pub(crate) struct ErrorObject {
    pub(crate) code: i64,
    pub(crate) message: String,
    #[serde(default)]
    pub(crate) data: Option<Value>,
}

impl ErrorObject {
    /// A response that is not what JSON-RPC asks for; `problem` says why.
    fn malformed(problem: &str) -> Self {
        let message = format!("the app-server sent a response {problem}");
        Self { code: 0, message, data: None }
    }

    fn read(json: &str) -> Self {
        serde_json::from_str(json).unwrap_or_else(|_| {
            let data = serde_json::from_str::<Value>(json).ok();
            let code = data.as_ref().and_then(|data| data.get("code")?.as_i64());
            Self {
                code: code.unwrap_or_default(),
                data,
                ..Self::malformed("whose error has no code or no message")
            }
        })
    }
}

/// The method and params of a notification or request, undecoded, with the ids that route it.
#[derive(Clone, Debug)]
pub(crate) struct Payload {
    message: Message,
    method: Span,
    params: Option<Span>,
    thread: Option<Span>,
    turn: Option<Span>,
}

/// Where a part of a message stands. Messages are shorter than 4 GiB, and begin with a brace: no
/// part ends at 0.
#[derive(Clone, Copy, Debug)]
struct Span {
    start: u32,
    end: NonZeroU32,
}

impl From<Range<usize>> for Span {
    fn from(range: Range<usize>) -> Self {
        let clamp = |at| u32::try_from(at).unwrap_or(u32::MAX);
        let end = NonZeroU32::new(clamp(range.end)).unwrap_or(NonZeroU32::MIN);
        Self { start: clamp(range.start), end }
    }
}

impl Span {
    #[inline]
    fn range(self) -> Range<usize> {
        self.start as usize..self.end.get() as usize
    }
}

impl Payload {
    /// A notification of our own making, from its JSON.
    pub(crate) fn from_json(json: &impl ToString) -> Option<Self> {
        match Incoming::parse(json.to_string().into()) {
            Ok(Incoming::Notification(payload)) => Some(payload),
            _ => None,
        }
    }

    pub(crate) fn method(&self) -> &str {
        self.part(self.method)
    }

    /// The params as JSON text; `{}` if there are none.
    pub(crate) fn params(&self) -> Cow<'_, str> {
        match self.params {
            Some(params) => text(self.bytes(params)),
            None => "{}".into(),
        }
    }

    /// The method, as it is compared.
    #[inline]
    pub(super) fn method_bytes(&self) -> &[u8] {
        self.bytes(self.method)
    }

    /// Whether this is of `method`.
    #[inline]
    pub(crate) fn is(&self, method: &str) -> bool {
        self.bytes(self.method) == method.as_bytes()
    }

    /// The id of its thread, as it is compared.
    #[inline]
    pub(super) fn thread(&self) -> Option<&[u8]> {
        self.thread.map(|span| self.bytes(span))
    }

    /// The id of its turn, as it is compared.
    #[inline]
    pub(super) fn turn(&self) -> Option<&[u8]> {
        self.turn.map(|span| self.bytes(span))
    }

    /// The id of its thread.
    pub(crate) fn thread_id(&self) -> Option<&str> {
        self.thread.map(|span| self.part(span))
    }

    /// The id of its turn.
    pub(crate) fn turn_id(&self) -> Option<&str> {
        self.turn.map(|span| self.part(span))
    }

    /// The params as their type.
    pub(crate) fn read<T: DeserializeOwned>(&self) -> crate::Result<T> {
        decode(self.method(), self.params().as_bytes())
    }

    /// Whether its names stand [behind the message](Incoming::unescape).
    pub(super) fn has_names_apart(&self) -> bool {
        self.message.as_bytes().ends_with(NAMES_END)
    }

    /// Whether this is a [delta](is_delta).
    pub(crate) fn is_delta(&self) -> bool {
        is_delta(self.bytes(self.method))
    }

    /// The same with `params` (JSON text) in place of its own.
    pub(crate) fn with_params(&self, params: &str) -> Option<Self> {
        let method = serde_json::to_string(self.method()).ok()?;
        Self::from_json(&format_args!(r#"{{"method":{method},"params":{params}}}"#))
    }

    /// The message that it came in.
    pub(super) fn message(&self) -> &Message {
        &self.message
    }

    /// Lets go of the chunk that it was read with, where that is worth a copy.
    pub(super) fn detach(&mut self) {
        self.message.detach();
    }

    /// A copy that may be kept for long, without the chunk that it was read with.
    pub(crate) fn to_detached(&self) -> Self {
        let mut payload = self.clone();
        payload.detach();
        payload
    }

    /// Where the params stand in the message.
    pub(super) fn params_range(&self) -> Range<usize> {
        self.params.map_or(0..0, Span::range)
    }

    /// A name or an id. One that is not UTF-8 is nobody's.
    fn part(&self, span: Span) -> &str {
        std::str::from_utf8(self.bytes(span)).unwrap_or_default()
    }

    #[inline]
    fn bytes(&self, span: Span) -> &[u8] {
        self.message.as_bytes().get(span.range()).unwrap_or_default()
    }
}

/// Whether notifications of `method` are pieces of an item, which comes whole later. What a process
/// writes, or what is said in a realtime session, comes in pieces only.
pub(crate) fn is_delta(method: &[u8]) -> bool {
    method.starts_with(b"item/") && (method.ends_with(b"Delta") || method.ends_with(b"/delta"))
}

/// What no JSON text ends with, behind names that were written once more.
const NAMES_END: &[u8] = b"\0";

/// Where the members of a message stand.
#[derive(Default)]
struct Members {
    id: Option<Span>,
    method: Option<Span>,
    params: Option<Span>,
    result: Option<Span>,
    error: Option<Span>,
    thread: Option<Span>,
    turn: Option<Span>,
    /// Whether anything that was looked at has a backslash in it.
    escaped: bool,
}

impl Members {
    fn scan(line: &[u8]) -> Result<Self, Malformed> {
        let mut found = Self::default();
        let mut scanner = Scanner::of_message(line);
        scanner.object(|scanner, key| {
            match key {
                b"method" => found.method = scanner.string_value()?.map(Span::from),
                b"params" if scanner.peek()? == b'{' => {
                    found.params = Some(found.address(scanner)?.into());
                }
                b"params" => found.params = Some(scanner.value()?.into()),
                b"id" => found.id = Some(scanner.value()?.into()),
                b"result" => found.result = Some(scanner.value()?.into()),
                b"error" => found.error = Some(scanner.value()?.into()),
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
        self.escaped && parts.any(|part| line[part.range()].contains(&b'\\'))
    }

    /// Passes over params, and notes whom they are for: `threadId` and `turnId`, or the ids of a
    /// `thread` and a `turn`.
    fn address(&mut self, scanner: &mut Scanner<'_>) -> Result<Range<usize>, Malformed> {
        scanner.span_of(|scanner| {
            scanner.object(|scanner, key| {
                match key {
                    b"threadId" => note_text(scanner, &mut self.thread)?,
                    b"turnId" => note_text(scanner, &mut self.turn)?,
                    b"thread" => note_id(scanner, &mut self.thread)?,
                    b"turn" => note_id(scanner, &mut self.turn)?,
                    _ => scanner.skip()?,
                }
                Ok(())
            })
        })
    }
}

/// Passes over a value, and notes it if it is a string.
#[inline]
fn note_text(scanner: &mut Scanner<'_>, text: &mut Option<Span>) -> Result<(), Malformed> {
    if let Some(found) = scanner.string_value()? {
        *text = Some(found.into());
    }
    Ok(())
}

/// Passes over an object, and notes its `id` unless there is one already.
fn note_id(scanner: &mut Scanner<'_>, id: &mut Option<Span>) -> Result<(), Malformed> {
    if scanner.peek()? != b'{' {
        return scanner.skip();
    }
    scanner.object(|scanner, key| {
        match key {
            b"id" => {
                let found = scanner.string_value()?;
                *id = id.or(found.map(Span::from));
            }
            _ => scanner.skip()?,
        }
        Ok(())
    })
}

impl Incoming {
    /// Sorts one message. What is none comes back as it is.
    pub(crate) fn parse(message: Message) -> Result<Self, Message> {
        match Members::scan(message.as_bytes()) {
            Ok(members) => match members.method {
                None => Ok(Self::response(&message, &members)),
                Some(_) if members.is_escaped(message.as_bytes()) => {
                    Self::unescape(&message, members)
                }
                Some(method) => Self::call(message, method, members),
            },
            Err(Malformed) if is_blank(message.as_bytes()) => Ok(Self::Unexpected),
            Err(Malformed) => Err(message),
        }
    }

    /// A notification, or a request if it has an id.
    fn call(message: Message, method: Span, members: Members) -> Result<Self, Message> {
        let json = message.as_bytes();
        // `"id": null` is what some write for none.
        let id = match members.id.filter(|id| &json[id.range()] != b"null") {
            Some(id) => match serde_json::from_str(&text(&json[id.range()])) {
                Ok(id) => Some(id),
                Err(_) => return Err(message),
            },
            None => None,
        };
        let payload = Payload {
            method,
            params: members.params.filter(|params| &json[params.range()] != b"null"),
            thread: members.thread,
            turn: members.turn,
            message,
        };
        Ok(match id {
            Some(id) => Self::Request(Request { id, payload }),
            None => Self::Notification(payload),
        })
    }

    /// A message with escapes in its method or ids, as in `turn\/started`. These are written once
    /// more behind it, as they are compared; the rest stays as it came.
    fn unescape(message: &Message, mut members: Members) -> Result<Self, Message> {
        let mut json = message.as_bytes().to_vec();
        let parts = [&mut members.method, &mut members.thread, &mut members.turn];
        for part in parts.into_iter().flatten() {
            let quoted = part.start as usize - 1..part.end.get() as usize + 1;
            // Half a surrogate pair is no text: such a name is compared as it is written.
            if let Ok(name) = serde_json::from_str::<String>(&text(&json[quoted])) {
                let start = json.len();
                json.extend_from_slice(name.as_bytes());
                *part = (start..json.len()).into();
            }
        }
        json.extend_from_slice(NAMES_END);
        match members.method {
            Some(method) => Self::call(json.into(), method, members),
            None => Ok(Self::Unexpected),
        }
    }

    fn response(message: &Message, members: &Members) -> Self {
        let json = message.as_bytes();
        let id = members.id.map(|id| text(&json[id.range()])).unwrap_or_default();
        let Ok(id) = id.parse() else {
            return match misspelled(&id) {
                Some(id) => {
                    let problem = "whose id is not the number of the request";
                    Self::Response { id, result: Err(ErrorObject::malformed(problem)) }
                }
                None => Self::Unexpected,
            };
        };
        let result = match (members.error, members.result) {
            (Some(error), _) if &json[error.range()] != b"null" => {
                Err(ErrorObject::read(&text(&json[error.range()])))
            }
            (_, Some(result)) => Ok(message.slice(result.range())),
            (_, None) => Err(ErrorObject::malformed("with neither a result nor an error")),
        };
        Self::Response { id, result }
    }
}

/// Which request an id means that is written as another type: `"7"`, `7.0`.
fn misspelled(id: &str) -> Option<u64> {
    let id = id.trim_matches('"');
    id.strip_suffix(".0").unwrap_or(id).parse().ok()
}

/// Whether there is nothing in a message: spaces, or a byte order mark.
fn is_blank(message: &[u8]) -> bool {
    Scanner::of_message(message).is_at_end()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Incoming, Message> {
        Incoming::parse(line.to_owned().into())
    }

    fn payload(line: &str) -> Payload {
        match parse(line).unwrap() {
            Incoming::Notification(payload) => payload,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn ids_are_found_where_they_stand() {
        let delta = payload(
            r#"{"method":"item/agentMessage/delta","params":{"threadId":"t","turnId":"u","itemId":"i","delta":"x"},"emittedAtMs":1}"#,
        );
        assert_eq!(delta.method(), "item/agentMessage/delta");
        assert_eq!(delta.thread(), Some(&b"t"[..]));
        assert_eq!(delta.turn_id(), Some("u"));
        assert!(delta.is_delta());

        let nested = payload(
            r#"{"params":{"turn":{"items":[],"id":"u"},"thread":{"id":"t"},"turnId":null},"method":"turn\/completed"}"#,
        );
        assert_eq!(nested.method(), "turn/completed");
        assert_eq!(nested.thread(), Some(&b"t"[..]));
        assert_eq!(nested.turn_id(), Some("u"));
    }

    #[test]
    fn whatever_may_be_escaped_is_read() {
        let payload =
            payload(r#"{"method":"turn\/started","params":{"threadId":"\u0074","x":"\\"}}"#);
        assert_eq!(payload.method(), "turn/started");
        assert_eq!(payload.thread(), Some(&b"t"[..]));
    }

    #[test]
    fn what_has_to_be_escaped_is_compared_as_it_is_meant() {
        let params =
            r#"{"threadId":"a\"b","turnId":"\ud800","big":123456789012345678901234567890}"#;
        let odd = payload(&format!(r#"{{"method":"a\\b","params":{params}}}"#));
        assert_eq!(odd.method(), "a\\b");
        assert_eq!(odd.thread(), Some(&b"a\"b"[..]));
        assert_eq!(odd.turn(), Some(&br"\ud800"[..]));
        assert_eq!(odd.params(), params);
        assert_eq!(odd.to_detached().method(), "a\\b");
        let request = parse(r#"{"id":"\n","method":"m\n","params":{}}"#).unwrap();
        let Incoming::Request(Request { id, payload }) = request else { panic!("{request:?}") };
        assert_eq!((id.get(), payload.method()), (r#""\n""#, "m\n"));
    }

    #[test]
    fn an_id_of_null_is_none() {
        let payload = payload(r#"{"id":null,"method":"m","params":{}}"#);
        assert_eq!(payload.method(), "m");
        let response = parse(r#"{"id":null,"error":{"code":-32700,"message":"?"}}"#).unwrap();
        assert!(matches!(response, Incoming::Unexpected), "{response:?}");
    }

    #[test]
    fn what_stands_before_a_message_is_passed_over() {
        for blank in ["", " \t\r", "\u{feff}", "\u{feff} "] {
            assert!(matches!(parse(blank).unwrap(), Incoming::Unexpected), "{blank:?}");
            let payload = payload(&format!(r#"{blank}{{"method":"m","params":{{"turnId":"u"}}}}"#));
            assert_eq!((payload.method(), payload.turn_id()), ("m", Some("u")));
        }
        assert!(parse("\u{feff}hello").is_err());
    }

    #[test]
    fn deep_nesting_is_passed_over() {
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        let payload =
            payload(&format!(r#"{{"method":"a\/b","params":{{"turnId":"u","x":{deep}}}}}"#));
        assert_eq!((payload.method(), payload.turn_id()), ("a/b", Some("u")));
        let error = parse(&format!(r#"{{"id":7,"error":{deep}}}"#)).unwrap();
        assert!(matches!(error, Incoming::Response { id: 7, result: Err(_) }), "{error:?}");
    }

    #[test]
    fn params_of_any_form_are_kept() {
        for (line, params) in [
            (r#"{"method":"x"}"#, "{}"),
            (r#"{"method":"x","params":null}"#, "{}"),
            (r#"{"method":"x","params":[1, 2]}"#, "[1, 2]"),
            (r#"{"method":"x","params":{"turn":7,"threadId":3}}"#, r#"{"turn":7,"threadId":3}"#),
        ] {
            let payload = payload(line);
            assert_eq!(payload.params(), params);
            assert_eq!(payload.turn(), None);
        }
    }

    #[test]
    fn requests_keep_the_type_of_their_id() {
        for id in ["0", "\"a\\\"b\"", "-7"] {
            match parse(&format!(r#"{{"method":"m","id":{id},"params":{{}}}}"#)).unwrap() {
                Incoming::Request(Request { id: kept, .. }) => assert_eq!(kept.get(), id),
                other => panic!("{other:?}"),
            }
        }
    }

    #[test]
    fn responses_carry_result_or_error() {
        match parse(r#"{"id":7,"result":{"a":1}}"#).unwrap() {
            Incoming::Response { id: 7, result } => assert_eq!(result.unwrap(), r#"{"a":1}"#),
            other => panic!("{other:?}"),
        }
        match parse(r#"{"id":7,"error":{"code":-32600,"message":"no"}}"#).unwrap() {
            Incoming::Response { result, .. } => assert_eq!(result.unwrap_err().code, -32600),
            other => panic!("{other:?}"),
        }
        match parse(r#"{"id":7,"result":null}"#).unwrap() {
            Incoming::Response { result, .. } => assert_eq!(result.unwrap(), "null"),
            other => panic!("{other:?}"),
        }
        assert!(matches!(parse(r#"{"id":"not ours","result":1}"#).unwrap(), Incoming::Unexpected));
    }

    #[test]
    fn a_malformed_response_is_an_error_of_whom_its_id_means() {
        for (line, code, problem) in [
            (r#"{"id":7}"#, 0, "neither a result nor an error"),
            (r#"{"id":7,"error":null}"#, 0, "neither a result nor an error"),
            (r#"{"id":"7","result":{}}"#, 0, "whose id is not the number"),
            (r#"{"id":7.0,"result":{}}"#, 0, "whose id is not the number"),
            (r#"{"id":7,"error":{"code":-32001}}"#, -32001, "no code or no message"),
            (r#"{"id":7,"error":{"message":"m"}}"#, 0, "no code or no message"),
            (r#"{"id":7,"error":"no"}"#, 0, "no code or no message"),
        ] {
            match parse(line).unwrap() {
                Incoming::Response { id: 7, result: Err(error) } => {
                    assert_eq!(error.code, code, "{line}");
                    assert!(error.message.contains(problem), "{line}: {}", error.message);
                }
                other => panic!("{line}: {other:?}"),
            }
        }
    }

    #[test]
    fn of_text_that_is_not_utf8_only_a_part_is_damaged() {
        let line = b"{\"method\":\"m\",\"params\":{\"turnId\":\"u\",\"delta\":\"a\xffb\"}}";
        let Ok(Incoming::Notification(payload)) = Incoming::parse(Bytes::from_static(line).into())
        else {
            panic!("it is an event all the same");
        };
        assert_eq!(payload.turn_id(), Some("u"));
        assert_eq!(payload.params(), "{\"turnId\":\"u\",\"delta\":\"a\u{fffd}b\"}");
    }

    #[test]
    fn what_is_not_an_object_is_refused() {
        for line in ["hello", "[]", "1", "{", "\"x\"", "{\"id\":1,}"] {
            assert!(parse(line).is_err(), "{line}");
        }
    }
}
