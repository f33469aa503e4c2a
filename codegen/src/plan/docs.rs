//! Descriptions as rustdoc.

use std::borrow::Cow;

const EXPERIMENTAL: &str = "Experimental: it requires `experimental_api`.";

/// Paragraphs, and whether what they describe is experimental.
pub(super) fn item(mut paragraphs: Vec<String>, experimental: bool) -> String {
    if experimental {
        paragraphs.push(EXPERIMENTAL.to_owned());
    }
    paragraphs.join("\n\n")
}

/// The documentation of a part of a type: a field, a variant. Without a description it says
/// `otherwise`, and with one also its name on the wire, where that is another.
pub(super) fn part(
    description: &str,
    otherwise: &str,
    wire: Option<&str>,
    experimental: bool,
) -> String {
    let description = clean(description);
    let mut paragraphs = Vec::new();
    if description.is_empty() {
        paragraphs.push(otherwise.to_owned());
    } else {
        paragraphs.push(description);
        paragraphs.extend(wire.map(|wire| format!("On the wire: {}.", code(wire))));
    }
    item(paragraphs, experimental)
}

/// Descriptions are cut here: nobody reads more, and rustdoc renders all of it.
const LONGEST: usize = 10_000;

/// Names on the wire, in documentation.
const LONGEST_NAME: usize = 200;

/// How far a line may be indented: one more, and rustdoc takes it for Rust.
const INDENT: usize = 3;

/// A name on the wire as code, whatever it consists of.
pub(super) fn code(name: &str) -> String {
    if name.is_empty() {
        return "the empty string".to_owned();
    }
    let name = visible(name).replace('\n', " ");
    let name = cut(&name, LONGEST_NAME);
    if name.contains('`') {
        // One more than any run within it.
        let longest = name.split(|c| c != '`').map(str::len).max().unwrap_or_default();
        let fence = "`".repeat(longest + 1);
        format!("{fence} {name} {fence}")
    } else {
        format!("`{name}`")
    }
}

/// A description without what rustdoc would take for something else: brackets for links, tags for
/// HTML, bare addresses, indented lines for code.
///
/// The schema's descriptions are written for readers of other code: links to its items become plain
/// code, and its marks become words. Text in backquotes stays as it is, within its paragraph.
pub(super) fn clean(description: &str) -> String {
    let description = visible(&cut(description.trim(), LONGEST));
    let description = one_backquote(description.trim())
        .replace("[UNSTABLE] ", "Unstable: ")
        .replace("@deprecated ", "Deprecated: ")
        .replace("[`", "`")
        .replace("`]", "`");
    let blocks: Vec<String> = blocks(&description).iter().map(|block| clean_block(block)).collect();
    blocks.join("\n")
}

/// Text without characters that nobody sees: they hide what a source says, and rustc refuses some.
fn visible(text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace(['\r', '\u{85}', '\u{2028}', '\u{2029}'], "\n");
    let is_hidden = |c: &char| {
        let format = matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}');
        format || (c.is_control() && *c != '\n')
    };
    text.replace('\t', " ").chars().filter(|c| !is_hidden(c)).collect()
}

/// The text up to a length, with a sign where some is missing.
fn cut(text: &str, longest: usize) -> Cow<'_, str> {
    if text.len() <= longest {
        return text.into();
    }
    let end = (0..=longest).rev().find(|at| text.is_char_boundary(*at)).unwrap_or_default();
    format!("{}…", &text[..end]).into()
}

/// The lines that belong together: what is opened in a paragraph or a point of a list has to be
/// closed there.
fn blocks(text: &str) -> Vec<String> {
    let mut blocks: Vec<String> = Vec::new();
    let mut ended = true;
    for line in text.lines() {
        let line = line_as_prose(line);
        let start = line.trim_start();
        let is_rule = !start.is_empty() && start.chars().all(|c| "-=*_ ".contains(c));
        let begins = start.is_empty() || is_rule || is_point(start);
        match blocks.last_mut().filter(|_| !begins && !ended) {
            Some(block) => {
                block.push('\n');
                block.push_str(&line);
            }
            None => blocks.push(line.clone()),
        }
        ended = start.is_empty() || is_rule || start.starts_with('#');
    }
    blocks
}

/// A point of a list, a heading, or what would be a quotation or HTML.
fn is_point(start: &str) -> bool {
    let digits = start.bytes().take_while(u8::is_ascii_digit).count();
    start.starts_with(['-', '*', '+', '#', '>', '<'])
        || (digits > 0 && start[digits..].starts_with(['.', ')']))
}

/// A line that neither its indentation, nor wide gaps, nor tildes make code, and that no dashes
/// make the head of a table.
fn line_as_prose(line: &str) -> String {
    let line = line.trim_end();
    let text = line.trim_start();
    let mut out = " ".repeat((line.len() - text.len()).min(INDENT));
    for c in text.chars() {
        if c != ' ' || !out.ends_with(' ') || out.trim_start().is_empty() {
            out.push(c);
        }
    }
    if text.contains('|') && text.contains('-') && text.chars().all(|c| "|-: ".contains(c)) {
        out = out.replace('|', " ");
    }
    out.replace("~~~", "~")
}

fn clean_block(block: &str) -> String {
    let mut out = String::new();
    for (index, part) in block.split('`').enumerate() {
        if index > 0 {
            out.push('`');
        }
        if index % 2 == 1 {
            out.push_str(part);
        } else {
            out.push_str(&clean_prose(part));
        }
    }
    if block.matches('`').count() % 2 == 1 {
        out.push('`');
    }
    out
}

/// One backquote for each run of them: a stray second one would open code that never ends.
fn one_backquote(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        if c != '`' || !out.ends_with('`') {
            out.push(c);
        }
    }
    out
}

fn clean_prose(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(['[', ']', '<', '>', '\\', 'h']) {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let (cleaned, length) = address(rest).or_else(|| path(rest)).unwrap_or_else(|| {
            let escape = if rest.starts_with('h') { "" } else { "\\" };
            (format!("{escape}{}", &rest[..1]), 1)
        });
        out.push_str(&cleaned);
        rest = &rest[length..];
    }
    out + rest
}

/// A bare address at the start of the text, as a link, and its length.
fn address(text: &str) -> Option<(String, usize)> {
    let start = ["http://", "https://"].into_iter().find(|start| text.starts_with(start))?;
    let end =
        text.find(|c: char| c.is_whitespace() || "()<>[]\"'\\".contains(c)).unwrap_or(text.len());
    let address = text[..end].trim_end_matches(['.', ',', ';', ':']);
    (address.len() > start.len()).then(|| (format!("<{address}>"), address.len()))
}

/// A link to an item of other code at the start of the text, as code, and its length.
fn path(text: &str) -> Option<(String, usize)> {
    let path = text.strip_prefix('[')?;
    let path = &path[..path.find(|c: char| !c.is_alphanumeric() && c != '_' && c != ':')?];
    let is_path = path.contains("::") && text[1 + path.len()..].starts_with(']');
    is_path.then(|| (format!("`{path}`"), path.len() + "[]".len()))
}

/// The first sentence of cleaned text, on one line. A stop within code ends none.
pub(super) fn summary(text: &str) -> String {
    let paragraph = text.split("\n\n").next().unwrap_or_default().replace('\n', " ");
    let ends = |at: usize| paragraph[..at].matches('`').count().is_multiple_of(2);
    let mut stops = paragraph.match_indices(". ").map(|(at, _)| at);
    let end = stops.find(|at| ends(*at)).map_or(paragraph.len(), |at| at + 1);
    paragraph[..end].trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_rustdoc_would_misread_is_escaped() {
        for (description, cleaned) in [
            ("[] clears it", r"\[\] clears it"),
            ("a Vec<u8> or `Vec<u8>`", r"a Vec\<u8\> or `Vec<u8>`"),
            ("see https://example.com/a#b.", "see <https://example.com/a#b>."),
            ("(http://a.b) the", "(<http://a.b>) the"),
            ("[UNSTABLE] It may go.", "Unstable: It may go."),
            ("@deprecated Ignored.", "Deprecated: Ignored."),
            ("the `cwd`` that", "the `cwd` that"),
            ("an ```open end", "an `open end`"),
            ("new in [`Self::extensions`].", "new in `Self::extensions`."),
            ("with [proto::Begin] and [x]", r"with `proto::Begin` and \[x\]"),
            ("  two \n\nparagraphs  ", "two\n\nparagraphs"),
            ("an `open\n\n[end", "an `open`\n\n\\[end"),
            ("- an `open\n- [end]", "- an `open`\n- \\[end\\]"),
            ("code `over\nlines` is", "code `over\nlines` is"),
            ("\\[x] \\`y`", "\\\\\\[x\\] \\\\`y`"),
            ("so:\n\n      fn\n-      x", "so:\n\n   fn\n- x"),
            ("~~~\na|b\n-|-", "~\na|b\n- -"),
            ("a\r\nb\rc\td\0e", "a\nb\nc de"),
            ("left\u{202e}right\u{2066}\u{feff}", "leftright"),
            ("http:// https://", "http:// https://"),
        ] {
            assert_eq!(clean(description), cleaned);
        }
    }

    #[test]
    fn the_summary_is_the_first_sentence() {
        assert_eq!(summary("One\nline. Two.\n\nMore."), "One line.");
        assert_eq!(summary("All of it"), "All of it");
        assert_eq!(summary(""), "");
        assert_eq!(summary("As `a. b` is. More."), "As `a. b` is.");
    }

    #[test]
    fn any_name_on_the_wire_is_code() {
        for (name, shown) in [
            ("foo/bar", "`foo/bar`"),
            ("", "the empty string"),
            ("a`b", "`` a`b ``"),
            ("`` `", "``` `` ` ```"),
            ("a\nb\u{202e}", "`a b`"),
        ] {
            assert_eq!(code(name), shown);
        }
        assert!(code(&"long".repeat(1000)).len() < 300);
    }

    #[test]
    fn what_nobody_reads_to_the_end_is_cut_and_takes_no_time() {
        for part in ["h", "[", "`", "[a::b", "é", "https://", "\n- ", "a. "] {
            let cleaned = clean(&part.repeat((1 << 20) / part.len()));
            assert!(cleaned.len() < 100_000, "{part}: {}", cleaned.len());
            let _ = summary(&cleaned);
        }
    }
}
