//! The form of recorded sessions: one JSON object per line, with `t` (seconds since the beginning),
//! `dir` and `msg`.
//!
//! `->` was sent to the server, `<-` came from it. In place of `msg`, `line` is what came and was
//! no message. `--` has a `note`: who has closed its end, or how many messages are `lost`.

use std::{io, time::Duration};

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// What is noted when the client sends nothing more.
pub(super) const CLOSE: &str = "client closed the stream";

/// What is noted when the server has ended the connection.
pub(super) const END: &str = "server closed the stream";

/// A line of a transcript.
#[derive(Deserialize, Serialize)]
pub(super) struct Line<'a> {
    /// Seconds since the beginning.
    pub(super) t: f64,
    pub(super) dir: Direction,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub(super) msg: Option<&'a RawValue>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) line: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) note: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) lost: Option<usize>,
}

/// Who has sent a message.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
pub(super) enum Direction {
    #[serde(rename = "->")]
    Sent,
    #[serde(rename = "<-")]
    Received,
    /// Neither: it is a note.
    #[serde(rename = "--")]
    Note,
}

impl<'a> Line<'a> {
    /// A line without content.
    pub(super) fn new(at: Duration, dir: Direction) -> Self {
        // Microseconds are what a person can still read.
        let t = at.as_micros() as f64 / 1e6;
        Self { t, dir, msg: None, line: None, note: None, lost: None }
    }

    pub(super) fn parse(line: &'a str) -> serde_json::Result<Self> {
        serde_json::from_str(line)
    }

    /// When it was, since the beginning.
    pub(super) fn at(&self) -> Duration {
        Duration::try_from_secs_f64(self.t).unwrap_or_default()
    }

    pub(super) fn write(&self, out: &mut impl io::Write) -> io::Result<()> {
        serde_json::to_writer(&mut *out, self)?;
        out.write_all(b"\n")
    }
}
