//! What a program says of itself.

use std::time::Duration;

use serde_json::Value;

/// What one run of a program has measured.
pub(super) struct Sample {
    pub(super) deltas: f64,
    pub(super) text: f64,
    pub(super) wall: Duration,
    pub(super) cpu: Duration,
    pub(super) idle_kb: f64,
    pub(super) peak_kb: f64,
    pub(super) p50: Duration,
    pub(super) p99: Duration,
    /// From the start of the program to its figures, which it prints at once.
    pub(super) total: Duration,
}

impl Sample {
    /// Reads the line that `bench/src/lib.rs` prints.
    pub(super) fn read(line: &str, total: Duration) -> Option<Self> {
        let figures: Value = serde_json::from_str(line).ok()?;
        let number = |key: &str| figures[key].as_f64();
        let time = |key: &str| figures[key].as_u64().map(Duration::from_nanos);
        Some(Self {
            deltas: number("deltas")?,
            text: number("text")?,
            wall: time("wall_ns")?,
            cpu: time("cpu_ns")?,
            idle_kb: number("idle_kb")?,
            peak_kb: number("peak_kb")?,
            p50: time("p50_ns")?,
            p99: time("p99_ns")?,
            total,
        })
    }
}
