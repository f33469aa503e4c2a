//! What is computed from the samples, and shown.

use super::sample::Sample;

/// A column of a scenario's table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Column {
    /// Microseconds of the client's CPU per unit.
    Cpu,
    /// Units per second.
    PerSecond,
    /// How many deltas arrived, and whether any text was lost.
    Deltas,
    /// Peak memory in MB.
    Peak,
    /// Peak memory in MB above that of the connected, idle client.
    AboveIdle,
    /// Milliseconds.
    Wall,
    /// Median latency in microseconds.
    P50,
    /// 99th percentile of the latencies in microseconds.
    P99,
    /// Milliseconds from the start of the program.
    Start,
}

impl Column {
    pub(super) fn title(self, unit: &str) -> String {
        match self {
            Self::Cpu => format!("CPU, µs per {unit}"),
            Self::PerSecond => format!("{unit}s per second, thousands"),
            Self::Deltas => "deltas seen".into(),
            Self::Peak => "peak memory, MB".into(),
            Self::AboveIdle => "memory above idle, MB".into(),
            Self::Wall => "time, ms".into(),
            Self::P50 => "median, µs".into(),
            Self::P99 => "99th percentile, µs".into(),
            Self::Start => "start to end of turn, ms".into(),
        }
    }

    /// Its figure of one run, which did `per` units of work.
    pub(super) fn of(self, sample: &Sample, per: u64) -> f64 {
        let per = per as f64;
        match self {
            Self::Cpu => sample.cpu.as_secs_f64() * 1e6 / per,
            Self::PerSecond => per / sample.wall.as_secs_f64() / 1e3,
            Self::Deltas => sample.deltas,
            Self::Peak => sample.peak_kb * 1.024e-3,
            Self::AboveIdle => (sample.peak_kb - sample.idle_kb) * 1.024e-3,
            Self::Wall => sample.wall.as_secs_f64() * 1e3,
            Self::P50 => sample.p50.as_secs_f64() * 1e6,
            Self::P99 => sample.p99.as_secs_f64() * 1e6,
            Self::Start => sample.total.as_secs_f64() * 1e3,
        }
    }
}

/// Median, least and most.
#[derive(Clone, Copy)]
pub(super) struct Stat {
    pub(super) median: f64,
    pub(super) min: f64,
    pub(super) max: f64,
}

impl Stat {
    pub(super) fn new(samples: &[Sample], column: Column, per: u64) -> Option<Self> {
        let mut values: Vec<f64> = samples.iter().map(|sample| column.of(sample, per)).collect();
        values.sort_unstable_by(f64::total_cmp);
        Some(Self {
            median: *values.get(values.len() / 2)?,
            min: *values.first()?,
            max: *values.last()?,
        })
    }
}
