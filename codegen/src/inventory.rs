//! The protocol as a list, for reviewers: what changes when codex does.

use crate::model::{Api, Branch, Field, Presence, Shape, Type, Word};
use std::fmt::Write as _;

/// The inventory of an API.
pub fn text(api: &Api) -> String {
    let mut out = format!(
        "# The app-server protocol of codex {}. `*` marks what requires the experimental API.\n",
        api.version
    );
    section(&mut out, "Requests");
    for request in &api.requests {
        line(
            &mut out,
            0,
            &format!("{} {} -> {}", request.method, request.params, request.response),
            request.experimental,
        );
    }
    section(&mut out, "Server requests");
    for request in &api.server_requests {
        line(
            &mut out,
            0,
            &format!("{} {} -> {}", request.method, request.params, request.response),
            request.experimental,
        );
    }
    section(&mut out, "Notifications");
    for notification in &api.notifications {
        let unlisted = if notification.listed { "" } else { " (not in the schema)" };
        line(
            &mut out,
            0,
            &format!("{} {}{unlisted}", notification.method, notification.params),
            notification.experimental,
        );
    }
    section(&mut out, "Types");
    for ty in &api.types {
        write_type(&mut out, ty);
    }
    out
}

fn section(out: &mut String, title: &str) {
    let _ = writeln!(out, "\n## {title}\n");
}

fn line(out: &mut String, indent: usize, text: &str, experimental: bool) {
    let mark = if experimental { " *" } else { "" };
    let _ = writeln!(out, "{:indent$}{text}{mark}", "");
}

fn write_type(out: &mut String, ty: &Type) {
    let name = &ty.name;
    let title = match &ty.shape {
        Shape::Struct(_) => format!("struct {name}"),
        Shape::Strings(_) => format!("enum {name}"),
        Shape::Text { .. } => format!("string {name}"),
        Shape::Alias(of) => format!("alias {name} = {of}"),
        Shape::Tagged { tag, .. } => format!("union {name} by {tag}"),
        Shape::Keyed { .. } => format!("union {name} by key"),
        Shape::Untagged { .. } => format!("union {name} by shape"),
    };
    line(out, 0, &title, ty.experimental);
    match &ty.shape {
        Shape::Struct(own) => own.fields.iter().for_each(|field| write_field(out, field)),
        Shape::Strings(words) | Shape::Text { usual: words, .. } => write_words(out, words),
        Shape::Alias(_) => {}
        Shape::Tagged { branches, .. } => write_branches(out, branches),
        Shape::Keyed { words, branches } => {
            write_words(out, words);
            write_branches(out, branches);
        }
        Shape::Untagged { branches, .. } => {
            write_branches(out, branches.iter().map(|(branch, _)| branch));
        }
    }
}

fn write_field(out: &mut String, field: &Field) {
    let presence = match &field.presence {
        Presence::Required => String::new(),
        Presence::Nullable => " or null".to_owned(),
        Presence::Optional => ", optional".to_owned(),
        Presence::Maybe => " or null, optional".to_owned(),
        Presence::Default(None) => ", optional with default".to_owned(),
        Presence::Default(Some(value)) => format!(", optional with default {value}"),
    };
    let text = format!("{}: {}{presence}", field.wire, field.ty);
    line(out, 2, &text, field.experimental);
}

fn write_words(out: &mut String, words: &[Word]) {
    for word in words {
        line(out, 2, &format!("{:?}", word.wire), word.experimental);
    }
}

fn write_branches<'a>(out: &mut String, branches: impl IntoIterator<Item = &'a Branch>) {
    for branch in branches {
        let content =
            branch.content.as_ref().map(|content| format!(": {content}")).unwrap_or_default();
        line(out, 2, &format!("{:?}{content}", branch.wire), branch.experimental);
    }
}
