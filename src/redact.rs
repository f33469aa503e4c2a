//! What may be shown of a text: secrets never reach `Debug`, logs or error messages.
//!
//! Texts are JSON (also parts of it, and JSON within its strings), settings, headers, command lines
//! and whatever else a server says. All go through one scanner. It knows a secret by the name
//! before it, in any of these notations, or by its form; it rather hides too much than too little.

use std::{borrow::Cow, fmt, ops::Range};

/// What stands for a secret.
pub(crate) const HIDDEN: &str = "[redacted]";

/// Names of secrets contain one of these; case and punctuation do not count.
const WITHIN: &[&str] =
    &["secret", "password", "passwd", "passphrase", "credential", "authorization", "apikey"];

/// Or they end with one of these.
const AT_END: &[&str] = &[
    "token",
    "key",
    "cookie",
    "signature",
    "authcode",
    "devicecode",
    "logincode",
    "pairingcode",
    "usercode",
    "verificationcode",
];

/// Or they are one of these. Programs get their keys through `env`, a question may ask for a
/// secret, and a login's URL signs in who opens it.
const WHOLE: &[&str] = &["answers", "auth", "authurl", "cookies", "env", "setcookie", "tokens"];

/// How keys begin that can be known without a name.
const FORMS: &[&str] =
    &["sk-", "eyJ", "ghp_", "gho_", "ghs_", "github_pat_", "xoxb-", "xoxp-", "AKIA"];

/// The shortest text that is taken for such a key.
const FORM_BYTES: usize = 12;

/// A text as it may be shown.
pub(crate) struct Shown<T>(pub(crate) T);

impl<T: AsRef<str>> fmt::Display for Shown<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&redact(self.0.as_ref()))
    }
}

impl<T: AsRef<str>> fmt::Debug for Shown<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&redact(self.0.as_ref()), f)
    }
}

/// A value as JSON that may be shown, for `Debug`.
pub(crate) struct ShownJson<'a, T>(pub(crate) &'a T);

impl<T: serde::Serialize> fmt::Debug for ShownJson<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let json = serde_json::to_string(self.0).unwrap_or_default();
        fmt::Display::fmt(&Shown(json), f)
    }
}

/// The text without the secrets in it.
pub(crate) fn redact(text: &str) -> Cow<'_, str> {
    let mut shown = String::new();
    let (mut kept, mut at) = (0, 0);
    while let Some(word) = next_word(text, at) {
        at = word.end;
        let is_shown =
            |secret: &Range<usize>| !secret.is_empty() && !text[secret.start..].starts_with(HIDDEN);
        if let Some(secret) = secret_at(text, word).filter(is_shown) {
            shown.push_str(&text[kept..secret.start]);
            shown.push_str(HIDDEN);
            (kept, at) = (secret.end, secret.end);
        }
    }
    if kept == 0 {
        return text.into();
    }
    shown.push_str(&text[kept..]);
    shown.into()
}

/// Whether a member, a setting, a variable or an option of this name holds a secret. One secret
/// part of a dotted name is enough.
pub(crate) fn is_secret(name: &str) -> bool {
    name.split('.').any(|part| {
        let letters = part.bytes().filter(u8::is_ascii_alphanumeric);
        let part: String = letters.map(|byte| char::from(byte.to_ascii_lowercase())).collect();
        WITHIN.iter().any(|within| part.contains(within))
            || AT_END.iter().any(|end| part.ends_with(end))
            || WHOLE.contains(&part.as_str())
    })
}

/// The secret that a word is, or that follows it.
fn secret_at(text: &str, word: Range<usize>) -> Option<Range<usize>> {
    let (name, rest) = (&text[word.clone()], &text[word.end..]);
    if name.len() >= FORM_BYTES && FORMS.iter().any(|form| name.starts_with(form)) {
        return Some(word.start..word.end + bare_value(rest));
    }
    if let Some(authority) = rest.strip_prefix("://") {
        let end = authority.find(|c: char| c.is_whitespace() || "/?#\"'`".contains(c));
        let user = authority[..end.unwrap_or(authority.len())].rfind('@')?;
        return Some(word.end + 3..word.end + 3 + user);
    }
    if name.eq_ignore_ascii_case("bearer") && rest.starts_with(' ') {
        let start = word.end + spaces(rest);
        return Some(start..start + bare_value(&text[start..]));
    }
    // serde's errors repeat a string that has another type than expected, and do not say whose.
    if name == "string" && rest.starts_with(" \"") {
        let before = &text[..word.start];
        let repeated =
            ["invalid type: ", "invalid value: "].iter().any(|what| before.ends_with(what));
        return repeated.then(|| value(text, word.end + 1, 0, false));
    }
    let (level, start) = separator(text, &word)?;
    is_secret(name).then(|| {
        let name = name.to_ascii_lowercase();
        let header = name.ends_with("authorization") || name.ends_with("cookie");
        value(text, start, level, header)
    })
}

/// Where the value of a name begins, and how deep its quotes are escaped.
fn separator(text: &str, name: &Range<usize>) -> Option<(usize, usize)> {
    let after = &text[name.end..];
    let (level, quote) = quote(after).unwrap_or_default();
    let at = name.end + quote;
    let at = at + spaces(&text[at..]);
    let rest = &text[at..];
    let sign = if rest.starts_with("=>") || rest.starts_with(":=") {
        2
    } else if rest.starts_with(['=', ':']) {
        1
    } else if text[name.clone()].starts_with("--") && at > name.end {
        0
    } else {
        return None;
    };
    let start = at + sign;
    Some((level, start + spaces(&text[start..])))
}

/// The value at `start`; to the end of the text if that cuts it. `line`: without quotes it goes on
/// to the end of its line. Flags and nulls are no secrets.
fn value(text: &str, start: usize, level: usize, line: bool) -> Range<usize> {
    // As Rust shows an option.
    let some = if text[start..].starts_with("Some(") { "Some(".len() } else { 0 };
    let start = start + some;
    let rest = &text[start..];
    if let Some((level, length)) = quote(rest) {
        let mark = rest.as_bytes()[length - 1];
        let end = closing_quote(&rest[length..], mark, level);
        return start + length..start + length + end;
    }
    if rest.starts_with(['{', '[']) {
        return start..start + closing_bracket(rest, level);
    }
    let length = if line {
        rest.find(['\n', '\r', '"', '\'', '\\']).unwrap_or(rest.len())
    } else {
        bare_value(rest)
    };
    match &rest[..length] {
        "true" | "false" | "null" | "None" => start..start,
        _ => start..start + length,
    }
}

/// A quote at the start of a text: by how many backslashes it is escaped, and its length with them.
fn quote(text: &str) -> Option<(usize, usize)> {
    let slashes = text.bytes().take_while(|byte| *byte == b'\\').count();
    let mark = text.as_bytes().get(slashes)?;
    matches!(mark, b'"' | b'\'' | b'`').then_some((slashes, slashes + 1))
}

/// Where the string ends that was opened by `mark` with `level` backslashes before it. Within a
/// string, each level of escaping doubles the backslashes.
fn closing_quote(text: &str, mark: u8, level: usize) -> usize {
    let mut slashes = 0;
    for (at, byte) in text.bytes().enumerate() {
        if byte == mark && slashes % (2 * (level + 1)) == level {
            return at - level;
        }
        slashes = if byte == b'\\' { slashes + 1 } else { 0 };
    }
    text.len()
}

/// Where the object or list ends that `text` begins with.
fn closing_bracket(text: &str, level: usize) -> usize {
    let (mut depth, mut slashes, mut in_string) = (0_usize, 0, false);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'"' if slashes % (2 * (level + 1)) == level => in_string = !in_string,
            b'{' | b'[' if !in_string => depth += 1,
            b'}' | b']' if !in_string => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return at + 1;
        }
        slashes = if byte == b'\\' { slashes + 1 } else { 0 };
    }
    text.len()
}

/// How long a value without quotes is.
fn bare_value(text: &str) -> usize {
    let ends = |c: char| c.is_whitespace() || ",;&)]}\"'`".contains(c);
    text.find(ends).unwrap_or(text.len())
}

fn spaces(text: &str) -> usize {
    text.bytes().take_while(|byte| matches!(byte, b' ' | b'\t')).count()
}

/// The next run of the characters that names and keys consist of.
fn next_word(text: &str, from: usize) -> Option<Range<usize>> {
    let belongs = |byte: &u8| byte.is_ascii_alphanumeric() || b"_-.".contains(byte);
    let bytes = &text.as_bytes()[from..];
    let start = from + bytes.iter().position(belongs)?;
    let length = text.as_bytes()[start..].iter().take_while(|byte| belongs(byte)).count();
    Some(start..start + length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_hidden_in_each_notation() {
        for (text, shown) in [
            (r#"{"accessToken":"x\"y","n":1}"#, r#"{"accessToken":"[redacted]","n":1}"#),
            (r#"{"env":{"A":"}","B":[1]},"n":1}"#, r#"{"env":[redacted],"n":1}"#),
            (r#"{"userCode" : 1234, "n":1}"#, r#"{"userCode" : [redacted], "n":1}"#),
            (r#"{"hasToken":true,"token":null}"#, r#"{"hasToken":true,"token":null}"#),
            (r#"{"totalTokens":5,"name":"a"}"#, r#"{"totalTokens":5,"name":"a"}"#),
            (r#"{"api_key":"cut of"#, r#"{"api_key":"[redacted]"#),
            (
                r#"{"s":"{\"token\":\"x\\\"y\",\"n\":{\"env\":[\"]\"]}}"}"#,
                r#"{"s":"{\"token\":\"[redacted]\",\"n\":{\"env\":[redacted]}}"}"#,
            ),
            ("OPENAI_API_KEY=abc other", "OPENAI_API_KEY=[redacted] other"),
            ("a.env.HOME='x y', b=1", "a.env.HOME='[redacted]', b=1"),
            ("codex --token abc --model m", "codex --token [redacted] --model m"),
            ("Authorization: Basic YWJj\nnext", "Authorization: [redacted]\nnext"),
            ("Cookie: a=b; c=d", "Cookie: [redacted]"),
            ("401 for Bearer abc.def", "401 for Bearer [redacted]"),
            ("Incorrect key sk-abcdefghijk.", "Incorrect key [redacted]"),
            ("https://me:pw@host/x me@host", "https://[redacted]@host/x me@host"),
            ("Login { api_key: Some(\"x\") }", "Login { api_key: Some(\"[redacted]\") }"),
            (
                "invalid type: string \"a \\\" b\", expected u8",
                "invalid type: string \"[redacted]\", expected u8",
            ),
            ("a plain line: 世界, task-force", "a plain line: 世界, task-force"),
        ] {
            assert_eq!(redact(text), shown);
            assert_eq!(redact(shown), shown, "a second time");
        }
    }

    #[test]
    fn any_text_can_be_redacted() {
        let parts =
            ["token", "\"", "\\", ":", "=", "{", "}", "[", "é", " ", "://", "@", "sk-", "Some("];
        for seed in 0..5000 {
            let mut random = fastrand::Rng::with_seed(seed);
            let text: String = (0..20).map(|_| parts[random.usize(..parts.len())]).collect();
            let _ = redact(&text);
        }
    }

    #[test]
    fn what_the_generated_types_hide_is_hidden_here() {
        let tables = include_str!("../schema/methods.json");
        let tables: serde_json::Value = serde_json::from_str(tables).unwrap();
        let rows = tables["secrets"].as_object().unwrap();
        assert!(rows.len() > 5);
        // What is a secret in one type only has a name that says nothing elsewhere.
        for name in rows.keys().filter(|row| !row.contains('.')) {
            assert!(is_secret(name), "{name}");
        }
        // The words by which generated types know a secret. A code alone may be any.
        for word in ["authorization", "cookie", "credential", "key", "passphrase", "password"] {
            assert!(is_secret(&format!("new_{word}")), "{word}");
        }
        for name in ["newSecret", "newToken", "deviceCode", "loginCode", "verificationCode"] {
            assert!(is_secret(name), "{name}");
        }
    }
}
