//! Keeps the last lines that a server prints on stderr, for error texts.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::io::{AsyncRead, AsyncReadExt};

use crate::redact::Shown;

/// How many lines are kept.
const LINES: usize = 400;

/// How much of a line is kept, in bytes.
const LINE_BYTES: usize = 2000;

/// How many lines, and bytes at most, an error shows.
const TAIL_LINES: usize = 40;
const TAIL_BYTES: usize = 2000;

/// A ring of lines; clones share it.
#[derive(Clone, Default)]
pub(crate) struct StderrRing(Arc<Mutex<VecDeque<String>>>);

impl StderrRing {
    /// Reads `stderr` to its end, so that the server never blocks on it. `heard` gets each line.
    pub(crate) async fn drain(
        self,
        mut stderr: impl AsyncRead + Unpin,
        mut heard: impl FnMut(&str),
    ) {
        let mut push = |line: &[u8]| {
            let line = String::from_utf8_lossy(line);
            heard(line.trim_end());
            self.push(line.trim_end());
        };
        let mut chunk = vec![0; 4096];
        let mut line = Vec::new();
        while let Ok(n @ 1..) = stderr.read(&mut chunk).await {
            for &byte in &chunk[..n] {
                if byte == b'\n' {
                    push(&line);
                    line.clear();
                } else if line.len() < LINE_BYTES {
                    line.push(byte);
                }
            }
        }
        if !line.is_empty() {
            push(&line);
        }
    }

    fn push(&self, line: &str) {
        tracing::debug!(target: "codex_app_server::stderr", "{}", Shown(line));
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if lines.len() == LINES {
            lines.pop_front();
        }
        lines.push_back(line.to_owned());
    }

    /// The last lines, joined.
    pub(crate) fn tail(&self) -> String {
        let lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut tail = Vec::new();
        let mut bytes = 0;
        for line in lines.iter().rev().take(TAIL_LINES) {
            bytes += line.len() + 1;
            if bytes > TAIL_BYTES && !tail.is_empty() {
                break;
            }
            tail.push(line.as_str());
        }
        tail.reverse();
        tail.join("\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_tail_is_the_end_and_bounded() {
        let text: String = (0..1000).map(|n| format!("line {n}\n")).collect();
        let ring = StderrRing::default();
        ring.clone().drain(text.as_bytes(), |_| {}).await;
        let tail = ring.tail();
        assert!(tail.starts_with("line 960\n"), "{tail}");
        assert!(tail.ends_with("line 999"), "{tail}");
    }

    #[tokio::test]
    async fn an_endless_line_is_cut() {
        let ring = StderrRing::default();
        ring.clone().drain("x".repeat(1 << 20).as_bytes(), |_| {}).await;
        assert_eq!(ring.tail().len(), LINE_BYTES);
    }
}
