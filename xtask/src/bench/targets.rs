//! What the SDK has promised to cost.

use super::{
    client::Client::{self, Bare, Sdk, SdkBlocking},
    columns::Column::{self, AboveIdle, Cpu, P50, P99, Peak, PerSecond, Start},
    measure::Measurement,
};

/// A promise, and how to see what came of it.
pub(super) struct Target {
    pub(super) what: &'static str,
    pub(super) unit: &'static str,
    pub(super) most: f64,
    measured: fn(&Figures) -> f64,
}

const TARGETS: [Target; 13] = [
    Target {
        what: "stream: CPU ≤ 1.5 × the bare loop",
        unit: "×",
        most: 1.5,
        measured: |figures| figures.to_bare("stream", Cpu),
    },
    Target {
        what: "stream: events per second ≥ 0.8 × the bare loop (here bare ÷ ours, ≤ 1.25)",
        unit: "×",
        most: 1.25,
        measured: |figures| 1.0 / figures.to_bare("stream", PerSecond),
    },
    Target {
        what: "run: CPU ≤ 0.7 × the bare loop",
        unit: "×",
        most: 0.7,
        measured: |figures| figures.to_bare("run", Cpu),
    },
    Target {
        what: "turns: CPU ≤ 1.3 × one turn with as many deltas",
        unit: "×",
        most: 1.3,
        measured: |figures| figures.nth("turns", Sdk, 1, Cpu) / figures.of("turns", Sdk, Cpu),
    },
    Target {
        what: "read: CPU ≤ 2 × the bare loop",
        unit: "×",
        most: 2.0,
        measured: |figures| figures.to_bare("read", Cpu),
    },
    Target {
        what: "read: 99th percentile ≤ 3 × the median",
        unit: "×",
        most: 3.0,
        measured: |figures| figures.of("read", Sdk, P99) / figures.of("read", Sdk, P50),
    },
    Target {
        what: "approve: CPU ≤ 15 µs",
        unit: "µs",
        most: 15.0,
        measured: |figures| figures.of("approve", Sdk, Cpu),
    },
    Target {
        what: "item: memory above idle ≤ 3 × the item",
        unit: "×",
        most: 3.0,
        measured: |figures| figures.of("item", Sdk, AboveIdle) / figures.item_mb(),
    },
    Target {
        what: "memory: ten times the deltas, ≤ 5 MB more",
        unit: "MB",
        most: 5.0,
        measured: |figures| figures.nth("memory", Sdk, 1, Peak) - figures.of("memory", Sdk, Peak),
    },
    Target {
        what: "stream: CPU of the blocking facade ≤ 1.3 × the async SDK",
        unit: "×",
        most: 1.3,
        measured: |figures| figures.of("stream", SdkBlocking, Cpu) / figures.of("stream", Sdk, Cpu),
    },
    Target {
        what: "websocket: CPU ≤ 1.5 × the bare loop",
        unit: "×",
        most: 1.5,
        measured: |figures| figures.to_bare("websocket", Cpu),
    },
    Target {
        what: "size: hello-world ≤ 2.5 MB",
        unit: "MB",
        most: 2.5,
        measured: |figures| figures.hello_mb(),
    },
    Target {
        what: "start: ≤ 10 ms above the bare loop",
        unit: "ms",
        most: 10.0,
        measured: |figures| figures.of("start", Sdk, Start) - figures.of("start", Bare, Start),
    },
];

/// The targets that were measured in this run, each with its figure.
pub(super) fn measured(
    measurements: &[Measurement],
    sizes: &[(&str, u64)],
) -> Vec<(&'static Target, f64)> {
    let figures = Figures { measurements, sizes };
    let all = TARGETS.iter().map(|target| (target, (target.measured)(&figures)));
    all.filter(|(_, figure)| !figure.is_nan()).collect()
}

/// All that was measured; what was not is NaN.
struct Figures<'a> {
    measurements: &'a [Measurement],
    sizes: &'a [(&'a str, u64)],
}

impl Figures<'_> {
    /// The median of a column.
    fn of(&self, scenario: &str, client: Client, column: Column) -> f64 {
        self.nth(scenario, client, 0, column)
    }

    /// The same for the `nth` arm with this client.
    fn nth(&self, scenario: &str, client: Client, nth: usize, column: Column) -> f64 {
        let measurement = self.scenario(scenario);
        measurement.and_then(|one| one.median(client, nth, column)).unwrap_or(f64::NAN)
    }

    /// The SDK, compared with the bare loop.
    fn to_bare(&self, scenario: &str, column: Column) -> f64 {
        self.of(scenario, Sdk, column) / self.of(scenario, Bare, column)
    }

    /// The size of the large item.
    fn item_mb(&self) -> f64 {
        let arm = self.scenario("item").and_then(|one| one.arms.first());
        arm.map_or(f64::NAN, |(arm, _)| arm.script.1 as f64 / 1e6)
    }

    /// The size of the hello-world, which comes after the bare loop.
    fn hello_mb(&self) -> f64 {
        self.sizes.get(1).map_or(f64::NAN, |(_, bytes)| *bytes as f64 / 1e6)
    }

    fn scenario(&self, name: &str) -> Option<&Measurement> {
        self.measurements.iter().find(|one| one.scenario.name == name)
    }
}
