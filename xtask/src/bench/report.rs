//! Tables: the targets first, then each scenario.

use std::fmt::Write;

use super::{
    columns::{Column, Stat},
    measure::Measurement,
    sample::Sample,
    scenarios::{Arm, Scenario},
    targets,
};

/// The whole report.
pub(super) fn markdown(measurements: &[Measurement], sizes: &[(&str, u64)]) -> String {
    let mut text = String::from("| target | measured | |\n|---|---:|---|\n");
    for (target, figure) in targets::measured(measurements, sizes) {
        let met = if figure <= target.most { "met" } else { "**missed**" };
        // Writing to a string cannot fail.
        let _ = writeln!(text, "| {} | {figure:.2} {} | {met} |", target.what, target.unit);
    }
    for measurement in measurements {
        table(&mut text, measurement);
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

fn table(text: &mut String, measurement: &Measurement) {
    let Scenario { name, title, unit, rounds, columns, .. } = &measurement.scenario;
    let _ = writeln!(text, "\n### {name}: {title}\n");
    let _ = writeln!(text, "Median of {rounds} runs (least–most).\n");
    let titles: Vec<String> = columns.iter().map(|column| column.title(unit)).collect();
    let _ = writeln!(text, "| | {} | to the first |", titles.join(" | "));
    let _ = writeln!(text, "|---|{}---:|", "---:|".repeat(columns.len()));
    let first = measurement.first();
    for (arm, samples) in &measurement.arms {
        let label = arm.label();
        let _ = match samples {
            Ok(samples) => {
                let cells: Vec<String> =
                    columns.iter().map(|&column| cell(arm, samples, column)).collect();
                let ratio = Stat::new(samples, columns[0], arm.per).map(|stat| stat.median / first);
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
    let Some(stat) = Stat::new(samples, column, arm.per) else {
        return String::new();
    };
    if column == Column::Deltas {
        let all = arm.per as f64;
        // Each delta is "word ".
        let whole = samples.iter().all(|sample| sample.text == 5.0 * all);
        return if !whole {
            format!("{:.0}–{:.0}, **text lost**", stat.min, stat.max)
        } else if stat.min < all {
            format!("{:.0}–{:.0}, text whole", stat.min, stat.max)
        } else {
            "all".into()
        };
    }
    let digits = usize::from(stat.median < 100.0) + usize::from(stat.median < 10.0);
    format!("{:.digits$} ({:.digits$}–{:.digits$})", stat.median, stat.min, stat.max)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::bench::scenarios;

    /// A run of the `stream` scenario, with this much CPU per event and this much text.
    fn sample(nanos: u64, text: f64) -> Sample {
        Sample {
            deltas: 20_000.0,
            text,
            wall: Duration::from_millis(20),
            cpu: Duration::from_nanos(20_000 * nanos),
            idle_kb: 1_000.0,
            peak_kb: 2_000.0,
            p50: Duration::ZERO,
            p99: Duration::ZERO,
            total: Duration::ZERO,
        }
    }

    #[test]
    fn tables_show_medians_ratios_and_lost_text() {
        let Some(scenario) = scenarios::named(&["stream"], true).pop() else {
            panic!("there is a scenario `stream`");
        };
        let arms = scenario.arms.iter().take(3).cloned().zip([
            Ok(vec![sample(600, 1e5), sample(400, 1e5), sample(500, 1e5)]),
            Ok(vec![sample(1_000, 1e5), sample(1_000, 99.0), sample(1_000, 1e5)]),
            Err("no time".to_owned()),
        ]);
        let arms = arms.collect();
        let text =
            markdown(&[Measurement { scenario, arms }], &[("bare", 500_000), ("ours", 3_000_000)]);

        for line in [
            "| stream: CPU ≤ 1.5 × the bare loop | 2.00 × | **missed** |",
            "| size: hello-world ≤ 2.5 MB | 3.00 MB | **missed** |",
            "### stream: one turn of 20000 deltas, each read typed",
            "| bare loop | 0.50 (0.40–0.60) | 1000 (1000–1000) | all | 2.05 (2.05–2.05) | × 1.00 |",
            "| this SDK | 1.00 (1.00–1.00) | 1000 (1000–1000) | 20000–20000, **text lost** | 2.05 (2.05–2.05) | × 2.00 |",
            "| this SDK, one thread | cannot: no time | | | | |",
            "| ours | 3.00 | × 6.00 |",
        ] {
            assert!(text.lines().any(|found| found == line), "{line}\n{text}");
        }
        assert!(!text.contains("approve"), "what was not measured is not judged:\n{text}");
    }
}
