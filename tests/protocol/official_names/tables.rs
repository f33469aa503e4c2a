//! How the names are shown in the README.

/// The tables as they have to stand in the README.
pub(super) fn tables(groups: &[(&str, &[(&str, &str)])]) -> String {
    let mut text = String::new();
    for (group, rows) in groups {
        text += &format!(
            "\n<details><summary>{}</summary>\n\n| official | here |\n|---|---|\n",
            html(group)
        );
        for (official, here) in *rows {
            text += &format!("| {official} | `{}` |\n", one_line(here));
        }
        text += "\n</details>\n";
    }
    text
}

/// A summary is HTML, where backticks mean nothing.
fn html(group: &str) -> String {
    let mut parts = group.split('`');
    let mut text = parts.next().unwrap_or_default().to_owned();
    for (index, part) in parts.enumerate() {
        text += if index % 2 == 0 { "<code>" } else { "</code>" };
        text += part;
    }
    text
}

/// The compiler breaks long expressions where it likes.
fn one_line(code: &str) -> String {
    code.lines().map(str::trim).collect()
}
