//! Tables: the targets first, then each scenario.

use std::fmt::Write;

use super::{
    programs::Program,
    scenarios::{Arm, Scenario},
    session::{Outcome, Sample},
};

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

    pub(super) fn of(self, arm: &Arm, sample: &Sample) -> f64 {
        let per = arm.per as f64;
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
    pub(super) fn new(arm: &Arm, samples: &[Sample], column: Column) -> Option<Self> {
        let mut values: Vec<f64> = samples.iter().map(|sample| column.of(arm, sample)).collect();
        values.sort_unstable_by(f64::total_cmp);
        Some(Self {
            median: *values.get(values.len() / 2)?,
            min: *values.first()?,
            max: *values.last()?,
        })
    }
}

/// The whole report.
pub(super) fn markdown(outcomes: &[Outcome], sizes: &[(&str, u64)]) -> String {
    let mut text = String::from("| target | measured | |\n|---|---:|---|\n");
    for target in targets(outcomes, sizes) {
        let met = if target.measured <= target.most { "met" } else { "**missed**" };
        // Writing to a string cannot fail.
        let _ =
            writeln!(text, "| {} | {:.2} {} | {met} |", target.what, target.measured, target.unit);
    }
    for outcome in outcomes {
        table(&mut text, outcome);
    }
    text.push_str("\n### size: start, thread, run, as a stripped release program\n\n");
    text.push_str("| | MB | to the first |\n|---|---:|---:|\n");
    for (label, bytes) in sizes {
        let mb = *bytes as f64 / 1e6;
        let ratio = *bytes as f64 / sizes[0].1 as f64;
        let _ = writeln!(text, "| {label} | {mb:.2} | × {ratio:.2} |");
    }
    text
}

fn table(text: &mut String, outcome: &Outcome) {
    let Scenario { name, title, unit, rounds, columns, .. } = &outcome.scenario;
    let _ = writeln!(text, "\n### {name}: {title}\n");
    let _ = writeln!(text, "Median of {rounds} runs (least–most).\n");
    let titles: Vec<String> = columns.iter().map(|column| column.title(unit)).collect();
    let _ = writeln!(text, "| | {} | to the first |", titles.join(" | "));
    let _ = writeln!(text, "|---|{}---:|", "---:|".repeat(columns.len()));
    let first = outcome.first();
    for (arm, samples) in &outcome.arms {
        let label = match arm.note.as_str() {
            "" => arm.program.label().to_owned(),
            note => format!("{}, {note}", arm.program.label()),
        };
        let _ = match samples {
            Ok(samples) => {
                let cells: Vec<String> =
                    columns.iter().map(|&column| cell(arm, samples, column)).collect();
                let ratio = Stat::new(arm, samples, columns[0]).map(|stat| stat.median / first);
                let ratio = ratio.map_or_else(String::new, |ratio| format!("× {ratio:.2}"));
                writeln!(text, "| {label} | {} | {ratio} |", cells.join(" | "))
            }
            Err(reason) => {
                writeln!(text, "| {label} | cannot: {reason} |{}", " |".repeat(columns.len()))
            }
        };
    }
}

fn cell(arm: &Arm, samples: &[Sample], column: Column) -> String {
    let Some(stat) = Stat::new(arm, samples, column) else {
        return String::new();
    };
    match column {
        // Each delta is "word ".
        Column::Deltas => match samples.iter().all(|sample| sample.text == 5.0 * arm.per as f64) {
            true if stat.min == arm.per as f64 => "all".into(),
            true => format!("{:.0}–{:.0}, text whole", stat.min, stat.max),
            false => format!("{:.0}–{:.0}, **text lost**", stat.min, stat.max),
        },
        _ => {
            let digits = usize::from(stat.median < 100.0) + usize::from(stat.median < 10.0);
            format!("{:.digits$} ({:.digits$}–{:.digits$})", stat.median, stat.min, stat.max)
        }
    }
}

impl Outcome {
    /// What the others are compared with: the first arm, in the first column.
    pub(super) fn first(&self) -> f64 {
        let column = self.scenario.columns[0];
        match self.arms.first() {
            Some((arm, Ok(samples))) => {
                Stat::new(arm, samples, column).map_or(f64::NAN, |stat| stat.median)
            }
            _ => f64::NAN,
        }
    }

    /// The median of a column for the `nth` arm with this program.
    fn median(&self, program: Program, nth: usize, column: Column) -> Option<f64> {
        let mut arms = self.arms.iter().filter(|(arm, _)| arm.program == program);
        let (arm, samples) = arms.nth(nth)?;
        Some(Stat::new(arm, samples.as_ref().ok()?, column)?.median)
    }
}

/// A promise, and what came of it.
struct Target {
    what: &'static str,
    unit: &'static str,
    measured: f64,
    most: f64,
}

fn targets(outcomes: &[Outcome], sizes: &[(&str, u64)]) -> Vec<Target> {
    use Column::{AboveIdle, Cpu, P50, P99, Peak, PerSecond, Start};
    use Program::{Bare, Sdk, SdkBlocking};

    let median = |name: &str, program, nth, column| {
        let outcome = outcomes.iter().find(|outcome| outcome.scenario.name == name);
        outcome.and_then(|outcome| outcome.median(program, nth, column)).unwrap_or(f64::NAN)
    };
    let ratio = |name, column| median(name, Sdk, 0, column) / median(name, Bare, 0, column);
    let item = outcomes.iter().find(|outcome| outcome.scenario.name == "item");
    let item_mb = item.map_or(f64::NAN, |outcome| outcome.arms[0].0.script.1 as f64 / 1e6);
    let hello = sizes.get(1).map_or(f64::NAN, |(_, bytes)| *bytes as f64 / 1e6);
    let target = |what, unit, measured, most| Target { what, unit, measured, most };
    let targets = [
        target("stream: CPU ≤ 1.5 × the bare loop", "×", ratio("stream", Cpu), 1.5),
        target(
            "stream: events per second ≥ 0.8 × the bare loop (here bare ÷ ours, ≤ 1.25)",
            "×",
            1.0 / ratio("stream", PerSecond),
            1.25,
        ),
        target("run: CPU ≤ 0.7 × the bare loop", "×", ratio("run", Cpu), 0.7),
        target(
            "turns: CPU ≤ 1.3 × one turn with as many deltas",
            "×",
            median("turns", Sdk, 1, Cpu) / median("turns", Sdk, 0, Cpu),
            1.3,
        ),
        target("read: CPU ≤ 2 × the bare loop", "×", ratio("read", Cpu), 2.0),
        target(
            "read: 99th percentile ≤ 3 × the median",
            "×",
            median("read", Sdk, 0, P99) / median("read", Sdk, 0, P50),
            3.0,
        ),
        target("approve: CPU ≤ 15 µs", "µs", median("approve", Sdk, 0, Cpu), 15.0),
        target(
            "item: memory above idle ≤ 3 × the item",
            "×",
            median("item", Sdk, 0, AboveIdle) / item_mb,
            3.0,
        ),
        target(
            "memory: ten times the deltas, ≤ 5 MB more",
            "MB",
            median("memory", Sdk, 1, Peak) - median("memory", Sdk, 0, Peak),
            5.0,
        ),
        target(
            "stream: CPU of the blocking facade ≤ 1.3 × the async SDK",
            "×",
            median("stream", SdkBlocking, 0, Cpu) / median("stream", Sdk, 0, Cpu),
            1.3,
        ),
        target("size: hello-world ≤ 2.5 MB", "MB", hello, 2.5),
        target(
            "start: ≤ 10 ms above the bare loop",
            "ms",
            median("start", Sdk, 0, Start) - median("start", Bare, 0, Start),
            10.0,
        ),
    ];
    targets.into_iter().filter(|target| !target.measured.is_nan()).collect()
}
