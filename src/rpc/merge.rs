//! Deltas that become one: a slow reader finds fewer of them, with the same text.

use std::ops::Range;

use super::{
    message::{Incoming, Payload},
    scan::Scanner,
};

/// Deltas that differ in nothing but their text, which is joined as it stands in the JSON.
pub(super) struct Run {
    first: Payload,
    /// Where its own text stands.
    text: Range<usize>,
    /// The text of the others.
    more: Vec<u8>,
}

impl Run {
    /// Begins with a delta that has text; gives back what is none.
    pub(super) fn begin(first: Payload) -> Result<Self, Payload> {
        match text_range(&first) {
            Some(text) => Ok(Self { first, text, more: Vec::new() }),
            None => Err(first),
        }
    }

    /// Whether `next` differs in nothing but its text.
    pub(super) fn continues_with(&self, next: &Self) -> bool {
        self.around_text() == next.around_text()
    }

    pub(super) fn append(&mut self, next: &Self) {
        self.more.extend_from_slice(&next.json()[next.text.clone()]);
    }

    /// All of them as one.
    pub(super) fn finish(self) -> Payload {
        if self.more.is_empty() {
            return self.first;
        }
        let (before, after) = self.json().split_at(self.text.end);
        match Incoming::parse([before, &self.more, after].concat().into()) {
            Ok(Incoming::Notification(merged)) => merged,
            // Text in the place of text changes no message into another.
            _ => self.first,
        }
    }

    fn json(&self) -> &[u8] {
        self.first.message().as_bytes()
    }

    /// The method, and the params before and after the text.
    fn around_text(&self) -> [&[u8]; 3] {
        let params = self.first.params_range();
        let json = self.json();
        [
            self.first.method().as_bytes(),
            &json[params.start..self.text.start],
            &json[self.text.end..params.end],
        ]
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
