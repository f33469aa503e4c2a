//! The panels, and the spinner between them.

use std::time::{Duration, Instant};

use codex_app_server::ConversationStep;
use console::{Style, Term, measure_text_width, style};
use indicatif::{ProgressBar, ProgressStyle};

use crate::{
    body::{Line, body, colour},
    talk::conversation::View,
};

/// Lines that are longer are hard to read.
const WIDEST: usize = 100;

pub(crate) struct Panels {
    show_data: bool,
    began: Instant,
    steps: usize,
    /// While a turn runs.
    spinner: Option<ProgressBar>,
}

impl Panels {
    pub(crate) fn new(show_data: bool) -> Self {
        Self { show_data, began: Instant::now(), steps: 0, spinner: None }
    }

    /// Prints above the spinner.
    fn print(&self, lines: &[String]) {
        let print = || lines.iter().for_each(|line| println!("{line}"));
        match &self.spinner {
            Some(spinner) => spinner.suspend(print),
            None => print(),
        }
    }
}

impl View for Panels {
    fn prompt(&mut self, prompt: &str) {
        println!("\n{} {}", style("❯").cyan().bold(), style(prompt).bold());
        (self.began, self.steps) = (Instant::now(), 0);
        // It is not drawn where stderr is no terminal.
        let spinner = ProgressBar::new_spinner().with_message("the agent is at work");
        if let Ok(style) = ProgressStyle::with_template("{spinner:.cyan} {msg:.dim} {elapsed:.dim}")
        {
            spinner.set_style(style);
        }
        spinner.enable_steady_tick(Duration::from_millis(100));
        self.spinner = Some(spinner);
    }

    fn step(&mut self, step: &ConversationStep) {
        if step.item_type == "userMessage" && !self.show_data {
            return;
        }
        self.steps += 1;
        let when = format!("{:.1} s", self.began.elapsed().as_secs_f64());
        let lines = body(step, self.show_data);
        self.print(&panel(step.step_type.as_str(), &when, &colour(step), &lines));
    }

    fn note(&mut self, text: &str) {
        self.print(&[style(text).dim().to_string()]);
    }

    fn end(&mut self) {
        if let Some(spinner) = self.spinner.take() {
            spinner.finish_and_clear();
        }
        let seconds = self.began.elapsed().as_secs_f64();
        self.note(&format!("{} step(s) in {seconds:.1} s", self.steps));
    }
}

/// The lines in a frame, below a title.
fn panel(title: &str, when: &str, frame: &Style, lines: &[Line]) -> Vec<String> {
    let width = usize::from(Term::stdout().size().1).clamp(20, WIDEST);
    let inner = width - 4;
    let bar = frame.apply_to("│");
    let row = |text: &str, style: &Style| {
        let padding = " ".repeat(inner.saturating_sub(measure_text_width(text)));
        format!("{bar} {}{padding} {bar}", style.apply_to(text))
    };

    let rest = inner.saturating_sub(measure_text_width(title) + measure_text_width(when) + 4);
    let title = frame.clone().bold().apply_to(title);
    let (rule, end) = ("─".repeat(rest), "─".repeat(inner + 2));
    let mut panel = vec![format!(
        "{} {title} {} {} {}",
        frame.apply_to("╭─"),
        frame.apply_to(rule),
        Style::new().dim().apply_to(when),
        frame.apply_to("─╮")
    )];
    for Line { text, style } in lines {
        panel.extend(textwrap::wrap(text, inner).iter().map(|text| row(text, style)));
    }
    panel.push(frame.apply_to(format!("╰{end}╯")).to_string());
    panel
}
