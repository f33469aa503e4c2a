//! What a panel says of each kind of step.

use codex_app_server::{
    ConversationStep, StepType,
    protocol::{CommandExecutionItem, FileUpdateChange, ThreadItem},
};
use console::{Style, strip_ansi_codes};

/// How much is shown of what a command has printed.
const OUTPUT_LINES: usize = 12;

/// A line of any length.
pub(crate) struct Line {
    pub(crate) text: String,
    pub(crate) style: Style,
}

/// The colour of a panel's frame.
pub(crate) fn colour(step: &ConversationStep) -> Style {
    match step.step_type {
        StepType::Thinking => Style::new().magenta(),
        StepType::Exec => Style::new().yellow(),
        StepType::Codex => Style::new().green(),
        StepType::Tool => Style::new().blue(),
        StepType::File => Style::new().cyan(),
        _ => Style::new().white().dim(),
    }
}

pub(crate) fn body(step: &ConversationStep, show_data: bool) -> Vec<Line> {
    let plain = Style::new();
    let mut lines = match step.item() {
        Some(ThreadItem::CommandExecution(command)) => of_command(&command),
        Some(ThreadItem::FileChange(file)) => file.changes.iter().flat_map(of_change).collect(),
        Some(ThreadItem::McpToolCall(call)) => {
            lines(&format!("{} of {}", call.tool, call.server), &plain)
        }
        Some(ThreadItem::Reasoning(_)) => {
            lines(step.text.as_deref().unwrap_or_default(), &plain.clone().italic().dim())
        }
        _ => lines(step.text.as_deref().unwrap_or_default(), &plain),
    };
    if show_data {
        lines.extend(self::lines(&format!("{:#}", step.data.params), &plain.dim()));
    }
    lines
}

fn of_command(command: &CommandExecutionItem) -> Vec<Line> {
    let mut shown = lines(&format!("$ {}", command.command), &Style::new().bold());
    let output = command.aggregated_output.as_deref().unwrap_or_default();
    let all = lines(output.trim_end(), &Style::new());
    let hidden = all.len().saturating_sub(OUTPUT_LINES);
    let dim = Style::new().dim();
    if hidden > 0 {
        shown.extend(lines(&format!("… {hidden} lines before"), &dim));
    }
    shown.extend(all.into_iter().skip(hidden));
    match command.exit_code {
        Some(0) => shown.extend(lines("exit code 0", &dim)),
        Some(code) => shown.extend(lines(&format!("exit code {code}"), &Style::new().red())),
        None => {}
    }
    shown
}

fn of_change(change: &FileUpdateChange) -> Vec<Line> {
    let mut shown = lines(&change.path, &Style::new().bold());
    for line in change.diff.lines() {
        let style = match line.chars().next() {
            Some('+') => Style::new().green(),
            Some('-') => Style::new().red(),
            _ => Style::new().dim(),
        };
        shown.extend(lines(line, &style));
    }
    shown
}

/// The lines of a text that somebody else has written: what would move the cursor is left out.
fn lines(text: &str, style: &Style) -> Vec<Line> {
    let text = strip_ansi_codes(text).replace('\t', "    ");
    let line = |text: &str| Line {
        text: text.chars().filter(|it| !it.is_control()).collect(),
        style: style.clone(),
    };
    text.lines().map(line).collect()
}
