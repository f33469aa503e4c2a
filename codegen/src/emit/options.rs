//! The options of threads and turns, as calls of the macros that make them.

use super::{output::Output, rust::doc_lines};
use crate::model::{Field, OptionField, Options};

/// The words of the columns that say which request takes an option.
const OPENING: [&str; 3] = ["start", "resume", "fork"];

/// The files, by name.
pub(super) fn files(options: &Options) -> [(&'static str, String); 3] {
    let Options { thread, turn, defaults } = options;
    [
        ("thread_options.rs", call("thread_options!", thread.iter().map(thread_row))),
        (
            "turn_options.rs",
            call("turn_options!", turn.iter().map(|option| row(&option.field, ""))),
        ),
        ("thread_defaults.rs", call("thread_defaults!", defaults.iter().map(default_row))),
    ]
}

fn call(name: &str, rows: impl IntoIterator<Item = String>) -> String {
    let mut out = Output::default();
    out.braces(name, rows);
    out.into_text()
}

fn thread_row(option: &OptionField) -> String {
    let columns = OPENING.iter().zip(&option.taken);
    let columns: Vec<_> = columns.map(|(word, taken)| if *taken { *word } else { "_" }).collect();
    row(&option.field, &format!(", {}", columns.join(" ")))
}

/// A list is given as its items.
fn row(field: &Field, columns: &str) -> String {
    let Field { docs, name, ty, .. } = field;
    let (kind, ty) = ty.item().map_or(("maybe", ty), |item| ("maybe_list", item));
    format!("{}{name}{}: {kind} {ty}{columns};", doc_lines(docs), secret(field))
}

/// A list has no other way to say that there is nothing.
fn default_row(field: &Field) -> String {
    let Field { docs, name, ty, wire, .. } = field;
    let kind = if ty.item().is_some() { "list" } else { "one" };
    format!("{}{name}{}: {kind} {ty} = {wire:?};", doc_lines(docs), secret(field))
}

fn secret(field: &Field) -> &'static str {
    if field.secret { " (secret)" } else { "" }
}
