//! The usual values of texts that the schema leaves open, from `schema/methods.json`: programs find
//! them in the documentation, and write them without a typo.

use super::{
    docs,
    outline::{Outlines, Shape},
};
use crate::{
    error::{Error, Problems},
    load::Facts,
    model::Word,
    names::{self, Kind},
};

/// Checks that each row is about a type that may be any text.
pub(super) fn check(facts: &Facts, outlines: &Outlines, problems: &mut Problems) {
    let is_text = |name: &str| outlines.get(name).is_some_and(|it| matches!(it.shape, Shape::Text));
    for name in facts.usual.keys().filter(|name| !is_text(name)) {
        problems.add(Error::StaleRow {
            table: "usual",
            method: name.clone(),
            why: "which is no type that may be any text".to_owned(),
        });
    }
}

/// The usual values of a type, with a constant for a variant.
pub(super) fn words(facts: &Facts, name: &str) -> Vec<Word> {
    let usual = facts.usual.get(name).map(Vec::as_slice).unwrap_or_default();
    let constants = names::distinct(Kind::Constant, usual.iter().map(String::as_str));
    let word = |text: &String| {
        Some(Word {
            wire: text.clone(),
            variant: constants.get(text)?.clone(),
            docs: format!("{} on the wire.", docs::code(text)),
            experimental: false,
        })
    };
    usual.iter().filter_map(word).collect()
}

/// What the documentation of a type with such values says.
pub(super) fn docs(words: &[Word]) -> Option<String> {
    let link = |word: &Word| format!("[`{0}`](Self::{0})", word.variant);
    let links: Vec<String> = words.iter().map(link).collect();
    let links = links.join(", ");
    (!words.is_empty())
        .then(|| format!("The usual ones are constants: {links}. Any other text is taken, too."))
}
