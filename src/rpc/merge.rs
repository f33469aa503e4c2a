//! Deltas that become one: a slow reader finds fewer of them, with the same text.

use std::{
    hash::{DefaultHasher, Hash, Hasher},
    ops::Range,
};

use super::{
    message::{Incoming, Payload},
    scan::Scanner,
};

/// Text that one run takes in. What follows begins another, so that no text is moved for long.
const LONGEST: usize = 256 << 10;

/// A delta with the place of its text.
pub(super) struct Delta {
    payload: Payload,
    text: Range<usize>,
}

impl Delta {
    /// A delta that has text; gives back what is none.
    pub(super) fn new(payload: Payload) -> Result<Self, Payload> {
        match text_range(&payload) {
            Some(text) => Ok(Self { payload, text }),
            None => Err(payload),
        }
    }

    pub(super) fn into_payload(self) -> Payload {
        self.payload
    }

    pub(super) fn text(&self) -> &[u8] {
        &self.json()[self.text.clone()]
    }

    /// The same for deltas that differ in nothing but their text, and seldom for others.
    pub(super) fn key(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.around_text().hash(&mut hasher);
        hasher.finish()
    }

    fn json(&self) -> &[u8] {
        self.payload.message().as_bytes()
    }

    /// The method, and the params before and after the text.
    fn around_text(&self) -> [&[u8]; 3] {
        let params = self.payload.params_range();
        let json = self.json();
        [
            self.payload.method().as_bytes(),
            &json[params.start..self.text.start],
            &json[self.text.end..params.end],
        ]
    }
}

/// Deltas that differ in nothing but their text, which is joined as it stands in the JSON.
pub(super) struct Run {
    first: Delta,
    /// The text of the others.
    more: Vec<u8>,
}

impl Run {
    pub(super) fn new(first: Delta) -> Self {
        Self { first, more: Vec::new() }
    }

    /// Whether `next` differs in nothing but its text, and there is room for that.
    pub(super) fn continues_with(&self, next: &Delta) -> bool {
        self.more.len() + next.text().len() <= LONGEST
            && self.first.around_text() == next.around_text()
    }

    pub(super) fn append(&mut self, next: &Delta) {
        self.more.extend_from_slice(next.text());
    }

    /// What it takes in memory, besides itself.
    pub(super) fn size(&self) -> usize {
        size_of::<Self>() + self.first.json().len() + self.more.capacity()
    }

    /// All of them as one.
    pub(super) fn finish(self) -> Payload {
        let Delta { payload, text } = self.first;
        if self.more.is_empty() {
            return payload;
        }
        let (before, after) = payload.message().as_bytes().split_at(text.end);
        match Incoming::parse([before, &self.more, after].concat().into()) {
            Ok(Incoming::Notification(merged)) => merged,
            // Text in the place of text changes no message into another.
            _ => payload,
        }
    }
}

/// Where in its message the text of a delta stands.
fn text_range(payload: &Payload) -> Option<Range<usize>> {
    if !payload.is_delta() || payload.has_names_apart() {
        return None;
    }
    let params = payload.params_range();
    let mut text = None;
    let mut scanner = Scanner::new(payload.message().as_bytes().get(params.clone())?);
    let scanned = scanner.object(|scanner, key| {
        match key {
            b"delta" => text = scanner.string_value()?,
            _ => scanner.skip()?,
        }
        Ok(())
    });
    let text = scanned.ok().and(text)?;
    Some(params.start + text.start..params.start + text.end)
}
