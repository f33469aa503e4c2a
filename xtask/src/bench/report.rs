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
