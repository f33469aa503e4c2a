//! The first column of each scenario as bars, with a line from the least to the most.

use std::fmt::Write;

use super::{client::Client, columns::Stat, measure::Measurement};

const WIDTH: f64 = 900.0;
const LABELS: f64 = 260.0;
const VALUES: f64 = 90.0;
const BAR: f64 = 16.0;
const ROW: f64 = 22.0;
const HEADING: f64 = 40.0;

/// An SVG with one group of bars per scenario, each on a scale of its own.
pub(super) fn svg(measurements: &[Measurement]) -> String {
    let mut body = String::new();
    let mut y = 10.0;
    for measurement in measurements {
        y = scenario(&mut body, measurement, y);
    }
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{WIDTH}\" height=\"{y}\" \
         font-family=\"sans-serif\" font-size=\"13\">\n\
         <rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n{body}</svg>\n"
    )
}

/// Draws one scenario from `y` downwards, and returns where it ends.
fn scenario(body: &mut String, measurement: &Measurement, mut y: f64) -> f64 {
    let column = measurement.scenario.columns[0];
    let bars: Vec<_> = measurement
        .arms
        .iter()
        .filter_map(|(arm, samples)| {
            Some((arm, Stat::new(samples.as_ref().ok()?, column, arm.per)?))
        })
        .collect();
    let most = bars.iter().map(|(_, stat)| stat.max).fold(f64::MIN_POSITIVE, f64::max);
    let scale = (WIDTH - LABELS - VALUES) / most;

    // Writing to a string cannot fail.
    let _ = writeln!(
        body,
        "<text x=\"10\" y=\"{}\" font-weight=\"bold\">{}: {} ({})</text>",
        y + HEADING * 0.6,
        measurement.scenario.name,
        measurement.scenario.title,
        column.title(measurement.scenario.unit),
    );
    y += HEADING;
    for (arm, stat) in bars {
        let label = arm.label();
        let (middle, text_y) = (y + BAR / 2.0, y + BAR * 0.8);
        let (from, to) = (LABELS + stat.min * scale, LABELS + stat.max * scale);
        let _ = writeln!(
            body,
            "<text x=\"{x}\" y=\"{text_y}\" text-anchor=\"end\">{label}</text>\
             <rect x=\"{LABELS}\" y=\"{y}\" width=\"{width}\" height=\"{BAR}\" fill=\"{colour}\"/>\
             <line x1=\"{from}\" y1=\"{middle}\" x2=\"{to}\" y2=\"{middle}\" stroke=\"black\"/>\
             <text x=\"{value_x}\" y=\"{text_y}\">{value:.2}</text>",
            x = LABELS - 8.0,
            width = stat.median * scale,
            colour = colour(arm.client),
            value_x = to + 8.0,
            value = stat.median,
        );
        y += ROW;
    }
    y
}

fn colour(client: Client) -> &'static str {
    match client {
        Client::Bare => "#999999",
        Client::Sdk => "#2a7f62",
        Client::SdkOneThread | Client::SdkBlocking => "#7fc4a8",
        _ => "#c9804a",
    }
}
