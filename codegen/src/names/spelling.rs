//! Wire names as words.

use std::fmt::Write as _;

/// Names are cut here: rustc takes longer ones, readers do not.
pub(super) const LONGEST: usize = 120;

/// What marks are called.
const MARKS: &[(char, &str)] = &[
    ('_', "underscore"),
    ('-', "dash"),
    ('.', "dot"),
    ('/', "slash"),
    (' ', "space"),
    (':', "colon"),
    ('+', "plus"),
    ('*', "star"),
    ('#', "hash"),
    ('$', "dollar"),
    ('@', "at"),
];

/// Words, with marks between them.
pub(super) fn natural(wire: &str) -> String {
    if !wire.contains(|c: char| c.is_ascii_alphanumeric() || !c.is_ascii()) {
        return spelled(wire);
    }
    let mut words = String::new();
    for c in wire.chars() {
        match c {
            _ if c.is_ascii_alphanumeric() => words.push(c),
            _ if c.is_ascii() => words.push('_'),
            _ => push_code(&mut words, c),
        }
    }
    words
}

/// The same, with a word for each mark.
pub(super) fn spelled(wire: &str) -> String {
    if wire.is_empty() {
        return "empty".to_owned();
    }
    let mut words = String::new();
    for c in wire.chars() {
        match MARKS.iter().find(|(mark, _)| *mark == c) {
            _ if c.is_ascii_alphanumeric() => words.push(c),
            Some((_, name)) => {
                let _ = write!(words, "_{name}_");
            }
            None => push_code(&mut words, c),
        }
    }
    words
}

fn push_code(words: &mut String, c: char) {
    let _ = write!(words, "_u{:04x}_", u32::from(c));
}

/// How many marks and capitals a name has.
pub(super) fn plainness(wire: &str) -> (usize, usize) {
    let count = |is: fn(&char) -> bool| wire.chars().filter(is).count();
    (count(|c| !c.is_ascii_alphanumeric()), count(char::is_ascii_uppercase))
}

/// Whether the name of a definition is one that a type may have.
pub(super) fn is_type(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_uppercase())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric())
}
