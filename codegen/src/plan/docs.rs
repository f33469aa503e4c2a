//! Descriptions as rustdoc.

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
        paragraphs.extend(wire.map(|wire| format!("On the wire: `{wire}`.")));
    }
    item(paragraphs, experimental)
}

/// A description without what rustdoc would take for something else: brackets for links, tags for
/// HTML, bare addresses.
///
/// The schema's descriptions are written for readers of other code: links to its items become plain
/// code, and its marks become words. Text in backquotes stays as it is.
pub(super) fn clean(description: &str) -> String {
    let description = one_backquote(description.trim())
        .replace("[UNSTABLE] ", "Unstable: ")
        .replace("@deprecated ", "Deprecated: ")
        .replace("[`", "`")
        .replace("`]", "`");
    let mut out = String::new();
    for (index, part) in description.split('`').enumerate() {
        if index > 0 {
            out.push('`');
        }
        if index % 2 == 1 {
            out.push_str(part);
        } else {
            out.push_str(&clean_prose(part));
        }
    }
    if description.matches('`').count() % 2 == 1 {
        out.push('`');
    }
    let lines: Vec<_> = out.lines().map(str::trim_end).collect();
    lines.join("\n")
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
    while let Some(at) = rest.find(['[', ']', '<', '>', 'h']) {
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
    let is_address = ["http://", "https://"].iter().any(|start| text.starts_with(start));
    let end =
        text.find(|c: char| c.is_whitespace() || "()<>[]\"'".contains(c)).unwrap_or(text.len());
    let address = text[..end].trim_end_matches(['.', ',', ';', ':']);
    is_address.then(|| (format!("<{address}>"), address.len()))
}

/// A link to an item of other code at the start of the text, as code, and its length.
fn path(text: &str) -> Option<(String, usize)> {
    let path = text.strip_prefix('[')?.split(']').next()?;
    let is_path =
        path.contains("::") && path.chars().all(|c| c.is_alphanumeric() || c == '_' || c == ':');
    is_path.then(|| (format!("`{path}`"), path.len() + "[]".len()))
}

/// The first sentence of cleaned text, on one line.
pub(super) fn summary(text: &str) -> String {
    let paragraph = text.split("\n\n").next().unwrap_or_default().replace('\n', " ");
    let end = paragraph.find(". ").map_or(paragraph.len(), |at| at + 1);
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
        ] {
            assert_eq!(clean(description), cleaned);
        }
    }

    #[test]
    fn the_summary_is_the_first_sentence() {
        assert_eq!(summary("One\nline. Two.\n\nMore."), "One line.");
        assert_eq!(summary("All of it"), "All of it");
        assert_eq!(summary(""), "");
    }
}
