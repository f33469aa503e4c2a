//! What every measuring program does the same way: it measures one phase of its own work and prints
//! the figures as one line of JSON.
//!
//! The clients that are compared with ours get a copy of this file.

use std::{
    io::{self, Write},
    time::{Duration, Instant},
};

/// One phase of this process, from [`start`](Self::start) to [`finish`](Self::finish).
pub struct Phase {
    began: Instant,
    cpu: Duration,
    idle_kb: u64,
    latencies: Vec<Duration>,
}

impl Phase {
    /// Begins. Everything so far, such as connecting, is not part of the figures.
    ///
    /// # Errors
    /// When the system does not tell this process what it uses.
    pub fn start() -> io::Result<Self> {
        Ok(Self { idle_kb: peak_kb()?, latencies: Vec::new(), cpu: cpu()?, began: Instant::now() })
    }

    /// Adds one latency, from which median and 99th percentile are made.
    pub fn latency(&mut self, latency: Duration) {
        self.latencies.push(latency);
    }

    /// Ends, and prints the line, with the deltas that were seen on the way.
    ///
    /// # Errors
    /// When the system does not tell, or stdout is closed.
    pub fn finish(mut self, seen: Seen) -> io::Result<()> {
        let wall = self.began.elapsed();
        let cpu = cpu()?.saturating_sub(self.cpu);
        self.latencies.sort_unstable();
        let percentile = |hundredths: usize| {
            let rank = self.latencies.len() * hundredths / 100;
            self.latencies.get(rank).map_or(0, Duration::as_nanos)
        };
        let mut out = io::stdout().lock();
        writeln!(
            out,
            r#"{{"deltas":{},"text":{},"wall_ns":{},"cpu_ns":{},"idle_kb":{},"peak_kb":{},"p50_ns":{},"p99_ns":{}}}"#,
            seen.deltas,
            seen.text,
            wall.as_nanos(),
            cpu.as_nanos(),
            self.idle_kb,
            peak_kb()?,
            percentile(50),
            percentile(99),
        )?;
        out.flush()
    }
}

/// What a client has handed over. A client may merge deltas; only one that loses some has less
/// text.
#[derive(Default)]
pub struct Seen {
    deltas: usize,
    text: usize,
}

impl Seen {
    /// Counts one delta.
    pub fn delta(&mut self, text: &str) {
        self.deltas += 1;
        self.text += text.len();
    }

    /// Adds what was seen elsewhere.
    pub fn add(&mut self, other: Self) {
        self.deltas += other.deltas;
        self.text += other.text;
    }
}

/// User and system time of all threads of this process, and of no child.
#[cfg(unix)]
fn cpu() -> io::Result<Duration> {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    Duration::try_from(time).map_err(io::Error::other)
}

#[cfg(not(unix))]
fn cpu() -> io::Result<Duration> {
    Err(io::ErrorKind::Unsupported.into())
}

/// The most memory that this process has had so far (`VmHWM`).
fn peak_kb() -> io::Result<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let peak = status.lines().find_map(|line| {
        let kb = line.strip_prefix("VmHWM:")?.strip_suffix("kB")?;
        kb.trim().parse().ok()
    });
    peak.ok_or_else(|| io::Error::other("/proc/self/status has no VmHWM"))
}
