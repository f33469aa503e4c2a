//! `cargo xtask transcript`: prints a recorded session so that a person can read it.

use std::{
    collections::BTreeMap,
    fs,
    io::{self, BufWriter, IsTerminal, Write},
    path::PathBuf,
};

use clap::{Arg, ArgMatches, Command, value_parser};
use serde_json::Value;
use xtask::error::Result;

/// How wide a line is, in characters; what does not fit is cut.
const WIDTH: usize = 120;

pub(crate) fn arguments() -> Command {
    Command::new("transcript").about("Print a recorded session, one short line per message").arg(
        Arg::new("file")
            .value_name("FILE")
            .required(true)
            .value_parser(value_parser!(PathBuf))
            .help("What `CodexBuilder::record` has written"),
    )
}

pub(crate) fn transcript(args: &ArgMatches) -> Result<()> {
    let file: &PathBuf = args.get_one("file").ok_or("name the FILE")?;
    let shown = file.display();
    let text =
        fs::read_to_string(file).map_err(|error| format!("{shown} cannot be read: {error}"))?;
    let stdout = io::stdout().lock();
    let colours = stdout.is_terminal();
    match print(&text, colours, &mut BufWriter::new(stdout)) {
        // Whoever reads has seen enough.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        printed => printed.map_err(|error| error.to_string()),
    }
}

/// The methods of requests that have no response yet, by who has sent them (`->` or `<-`) and id.
type Methods = BTreeMap<(String, String), String>;

fn print(transcript: &str, colours: bool, out: &mut impl Write) -> io::Result<()> {
    let mut methods = Methods::new();
    for line in transcript.lines().filter(|line| !line.trim().is_empty()) {
        let Ok(line) = serde_json::from_str::<Value>(line) else {
            writeln!(out, "{}", cut(&format!("           ?? {line}")))?;
            continue;
        };
        let direction = line["dir"].as_str().unwrap_or("??");
        let what = match (&line["msg"], &line["line"]) {
            (Value::Null, Value::Null) => describe_note(&line),
            (Value::Null, text) => format!("no message: {}", text.as_str().unwrap_or_default()),
            (message, _) => describe(direction, message, &mut methods),
        };
        let time = line["t"].as_f64().unwrap_or_default();
        let arrow = match direction {
            "->" => "→",
            "<-" => "←",
            _ => "·",
        };
        let text = cut(&format!("{time:>10.3} {arrow} {what}"));
        match (colours, colour(direction, &line)) {
            (true, Some(colour)) => writeln!(out, "\u{1b}[{colour}m{text}\u{1b}[0m")?,
            _ => writeln!(out, "{text}")?,
        }
    }
    out.flush()
}

/// What a message is, and the rest of its JSON. A response is known by the request.
fn describe(direction: &str, message: &Value, methods: &mut Methods) -> String {
    let id = message.get("id").map(ToString::to_string);
    let other = if direction == "->" { "<-" } else { "->" };
    match (message["method"].as_str(), id) {
        (Some(method), None) => format!("{method} {}", body(&message["params"])),
        (Some(method), Some(id)) => {
            let text = format!("{method} #{id} {}", body(&message["params"]));
            methods.insert((direction.to_owned(), id), method.to_owned());
            text
        }
        (None, Some(id)) => {
            let text = match &message["error"] {
                Value::Null => body(&message["result"]),
                error => format!("error {}: {}", error["code"], error["message"]),
            };
            let method = methods.remove(&(other.to_owned(), id.clone()));
            format!("  {} #{id} {text}", method.as_deref().unwrap_or("(no request)"))
        }
        (None, None) => message.to_string(),
    }
}

/// A note of the recorder, or of another that writes such files.
fn describe_note(line: &Value) -> String {
    match (&line["lost"], line["note"].as_str()) {
        (Value::Number(lost), _) => format!("{lost} messages are missing here"),
        (_, Some(note)) => note.to_owned(),
        _ => line.to_string(),
    }
}

fn body(value: &Value) -> String {
    if value.is_null() { String::new() } else { value.to_string() }
}

/// The beginning of a line, without what a terminal would take for more than text.
fn cut(line: &str) -> String {
    let plain = |c: char| if c.is_control() { ' ' } else { c };
    let mut text: String = line.chars().take(WIDTH).map(plain).collect();
    if line.chars().nth(WIDTH).is_some() {
        text.pop();
        text.push('…');
    }
    text.truncate(text.trim_end().len());
    text
}

fn colour(direction: &str, line: &Value) -> Option<u8> {
    const RED: u8 = 31;
    const CYAN: u8 = 36;
    const GREY: u8 = 90;
    if line["msg"]["error"].is_object() || !line["line"].is_null() || !line["lost"].is_null() {
        return Some(RED);
    }
    match direction {
        "->" => Some(CYAN),
        "<-" => None,
        _ => Some(GREY),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRANSCRIPT: &str = r#"{"t": 0.002, "dir": "->", "msg": {"id": 1, "method": "a/b", "params": {"x": 1}}}
{"t": 0.5, "dir": "<-", "msg": {"id": 1, "method": "ask", "params": {}}}
{"t": 1.5, "dir": "<-", "msg": {"id": 1, "error": {"code": -32600, "message": "no"}}}
{"t": 61, "dir": "->", "msg": {"id": 1, "result": {"y": 2}}}
{"t": 61, "dir": "<-", "msg": {"method": "n"}}
{"t": 62, "dir": "<-", "line": "a\u001b[31mb"}
{"t": 62, "dir": "--", "lost": 3}
{"t": 63, "dir": "--", "note": "server closed the stream"}
{"t": 6"#;

    fn printed(transcript: &str, colours: bool) -> String {
        let mut out = Vec::new();
        print(transcript, colours, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn each_message_is_a_line_that_says_what_it_is() {
        let expected = r#"
     0.002 → a/b #1 {"x":1}
     0.500 ← ask #1 {}
     1.500 ←   a/b #1 error -32600: "no"
    61.000 →   ask #1 {"y":2}
    61.000 ← n
    62.000 ← no message: a [31mb
    62.000 · 3 messages are missing here
    63.000 · server closed the stream
           ?? {"t": 6
"#;
        assert_eq!(printed(TRANSCRIPT, false), expected[1..]);
    }

    #[test]
    fn lines_are_short_and_coloured_only_where_it_is_asked_for() {
        let long = format!(r#"{{"t":1,"dir":"->","msg":{{"method":"{}"}}}}"#, "世".repeat(500));
        let line = printed(&long, false);
        assert_eq!(line.trim_end().chars().count(), WIDTH);
        assert!(line.trim_end().ends_with('…'));
        assert!(!printed(TRANSCRIPT, false).contains('\u{1b}'));
        assert!(printed(TRANSCRIPT, true).contains("\u{1b}[31m"));
    }
}
