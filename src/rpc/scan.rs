//! Finds the members of a JSON object without reading what is in them.
//!
//! A client looks at every line, but most of a line is a payload that is decoded later by whoever
//! wants it, or by nobody. This walks over the text once, from string end to string end, and checks
//! no more than it needs to find where values begin and end; whoever decodes a payload checks it
//! whole.

use std::ops::Range;

use memchr::memchr2;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// A position in JSON text.
pub(super) struct Scanner<'a> {
    text: &'a [u8],
    at: usize,
    escapes: bool,
}

/// The text is not what it has to be.
#[derive(Debug)]
pub(crate) struct Malformed;

type Result<T> = std::result::Result<T, Malformed>;

impl<'a> Scanner<'a> {
    pub(super) fn new(text: &'a [u8]) -> Self {
        Self { text, at: 0, escapes: false }
    }

    /// At the beginning of a message, behind its byte order mark if it has one.
    pub(super) fn of_message(text: &'a [u8]) -> Self {
        let at = if text.starts_with(BYTE_ORDER_MARK) { BYTE_ORDER_MARK.len() } else { 0 };
        Self { text, at, escapes: false }
    }

    /// Calls `member` with the key of each member of the object that begins here; it has to pass
    /// over the value. Ends behind the object.
    #[inline]
    pub(super) fn object(
        &mut self,
        mut member: impl FnMut(&mut Self, &'a [u8]) -> Result<()>,
    ) -> Result<()> {
        self.expect(b'{')?;
        if self.peek()? == b'}' {
            self.at += 1;
            return Ok(());
        }
        loop {
            let key = self.string()?;
            self.expect(b':')?;
            member(self, &self.text[key])?;
            match self.next()? {
                b',' => {}
                b'}' => return Ok(()),
                _ => return Err(Malformed),
            }
        }
    }

    /// Passes over the value that begins here, and tells where it stands.
    pub(super) fn value(&mut self) -> Result<Range<usize>> {
        self.span_of(Self::skip)
    }

    /// Passes over the value that begins here.
    #[inline]
    pub(super) fn skip(&mut self) -> Result<()> {
        match self.peek()? {
            b'"' => self.string().map(|_| ()),
            b'{' | b'[' => self.skip_nested(),
            _ => self.skip_plain(),
        }
    }

    /// Passes over a value with `walk`, and tells where it stands.
    #[inline]
    pub(super) fn span_of(
        &mut self,
        walk: impl FnOnce(&mut Self) -> Result<()>,
    ) -> Result<Range<usize>> {
        self.peek()?;
        let start = self.at;
        walk(self)?;
        Ok(start..self.at)
    }

    /// Passes over the value that begins here. If it is a string, tells where its inside stands.
    #[inline]
    pub(super) fn string_value(&mut self) -> Result<Option<Range<usize>>> {
        if self.peek()? == b'"' {
            return self.string().map(Some);
        }
        self.skip().map(|()| None)
    }

    /// What the next value begins with, spaces aside.
    #[inline]
    pub(super) fn peek(&mut self) -> Result<u8> {
        while let Some(byte) = self.text.get(self.at) {
            match byte {
                b' ' | b'\t' | b'\r' | b'\n' => self.at += 1,
                byte => return Ok(*byte),
            }
        }
        Err(Malformed)
    }

    /// Whether a string that was passed has an escape in it.
    pub(super) fn has_seen_escapes(&self) -> bool {
        self.escapes
    }

    /// Whether nothing but spaces follows.
    pub(super) fn is_at_end(&mut self) -> bool {
        self.peek().is_err()
    }

    #[inline]
    fn next(&mut self) -> Result<u8> {
        let byte = self.peek()?;
        self.at += 1;
        Ok(byte)
    }

    #[inline]
    fn expect(&mut self, byte: u8) -> Result<()> {
        if self.next()? == byte { Ok(()) } else { Err(Malformed) }
    }

    /// Passes over a string, and tells where its inside stands.
    #[inline]
    fn string(&mut self) -> Result<Range<usize>> {
        self.expect(b'"')?;
        let start = self.at;
        loop {
            let rest = self.text.get(self.at..).ok_or(Malformed)?;
            let found = memchr2(b'"', b'\\', rest).ok_or(Malformed)?;
            self.at += found + 1;
            if rest[found] == b'"' {
                return Ok(start..self.at - 1);
            }
            // Whatever is escaped is not the end.
            self.escapes = true;
            self.at += 1;
        }
    }

    /// Passes over an object or array.
    fn skip_nested(&mut self) -> Result<()> {
        let mut depth = 0_usize;
        loop {
            match *self.text.get(self.at).ok_or(Malformed)? {
                b'"' => {
                    self.string()?;
                    continue;
                }
                b'{' | b'[' => depth += 1,
                b'}' | b']' => depth -= 1,
                _ => {}
            }
            self.at += 1;
            if depth == 0 {
                return Ok(());
            }
        }
    }

    /// Passes over a number, `true`, `false` or `null`.
    #[inline]
    fn skip_plain(&mut self) -> Result<()> {
        let rest = &self.text[self.at..];
        let ends = |byte: &u8| matches!(byte, b',' | b'}' | b']' | b' ' | b'\t' | b'\r' | b'\n');
        let length = rest.iter().position(ends).unwrap_or(rest.len());
        let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"+-.".contains(byte);
        if length == 0 || !rest[..length].iter().all(is_plain) {
            return Err(Malformed);
        }
        self.at += length;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    fn members(text: &str) -> Result<Vec<(String, String)>> {
        let mut found = Vec::new();
        let mut scanner = Scanner::new(text.as_bytes());
        scanner.object(|scanner, key| {
            let value = scanner.value()?;
            let key = String::from_utf8_lossy(key).into_owned();
            found.push((key, text[value].to_owned()));
            Ok(())
        })?;
        if scanner.is_at_end() { Ok(found) } else { Err(Malformed) }
    }

    #[test]
    fn values_are_found_whole() {
        let text = r#" {"a":1, "b" : "x\"}\\","c":{"d":["]",{"e":"}"}]} ,"f":null,"g":-1.5e+7}  "#;
        let found = members(text).unwrap();
        let expected = [
            ("a", "1"),
            ("b", r#""x\"}\\""#),
            ("c", r#"{"d":["]",{"e":"}"}]}"#),
            ("f", "null"),
            ("g", "-1.5e+7"),
        ];
        let expected = expected.map(|(key, value)| (key.to_owned(), value.to_owned()));
        assert_eq!(found, expected);
        assert!(members("{}").unwrap().is_empty());
    }

    #[test]
    fn what_is_cut_off_or_no_object_is_malformed() {
        let whole = r#"{"a":{"b":"c\\"},"d":[1,2]}"#;
        for end in 0..whole.len() {
            assert!(members(&whole[..end]).is_err(), "{}", &whole[..end]);
        }
        for text in ["[]", "1", "x", r#"{"a"}"#, r#"{"a":}"#, r#"{"a":1,}"#, "{} {}", r#"{a:1}"#] {
            assert!(members(text).is_err(), "{text}");
        }
    }

    /// Any JSON, from a few random numbers.
    fn arbitrary(depth: u32) -> Value {
        match fastrand::u32(0..if depth == 0 { 5 } else { 7 }) {
            0 => Value::Null,
            1 => fastrand::bool().into(),
            2 => fastrand::i64(..).into(),
            3 => (fastrand::f64() * 1e9).into(),
            4 => (0..fastrand::usize(0..8))
                .map(|_| ['"', '\\', '/', '{', ']', ',', 'ä', '\n'][fastrand::usize(0..8)])
                .collect::<String>()
                .into(),
            5 => (0..fastrand::usize(0..4)).map(|_| arbitrary(depth - 1)).collect(),
            _ => object(depth - 1),
        }
    }

    fn object(depth: u32) -> Value {
        let members = 0..fastrand::usize(0..5);
        Value::Object(members.map(|n| (format!("key {n}"), arbitrary(depth))).collect())
    }

    #[test]
    fn it_agrees_with_serde_json() {
        fastrand::seed(7);
        for round in 0..2000 {
            let value = object(4);
            let text = match round % 2 {
                0 => value.to_string(),
                _ => serde_json::to_string_pretty(&value).unwrap(),
            };
            let found = members(&text).unwrap();
            let object = value.as_object().unwrap();
            assert_eq!(found.len(), object.len(), "{text}");
            for (key, text) in found {
                let found: Value = serde_json::from_str(&text).unwrap();
                assert_eq!(found, object[&key]);
            }
        }
    }
}
