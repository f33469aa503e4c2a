//! What the whole protocol has to say to the plan of one type.

use super::{docs, outline, outline::Outlines};
use crate::{
    error::Error,
    load::{FIELD_TYPES, Facts, FieldType, FieldTypes},
    model::Word,
    names::{self, Names},
};
use std::collections::{BTreeMap, BTreeSet};

pub(super) struct Context<'a> {
    pub(super) outlines: &'a Outlines,
    /// None where nothing is experimental.
    pub(super) stable: Option<&'a Outlines>,
    pub(super) field_types: &'a FieldTypes,
    pub(super) facts: &'a Facts,
    /// The variants of all enums.
    pub(super) variants: Variants,
    /// The structs whose fields are params of requests.
    pub(super) params: BTreeSet<String>,
    /// The types that are part of what the client sends.
    pub(super) sent: BTreeSet<String>,
    /// What each type is to the methods: a sentence each.
    pub(super) roles: BTreeMap<String, Vec<String>>,
}

/// The variants of all enums, by the type and what they are on the wire.
pub(super) struct Variants(BTreeMap<String, (Names, Names)>);

impl Variants {
    pub(super) fn of(outlines: &Outlines) -> Self {
        let variants = |(name, outline): (&String, &outline::Outline)| {
            Some((name.clone(), variants(&outline.shape)?))
        };
        Self(outlines.iter().filter_map(variants).collect())
    }

    /// The variant of a string.
    pub(super) fn word(&self, owner: &str, text: &str) -> String {
        self.0.get(owner).and_then(|(words, _)| words.get(text)).cloned().unwrap_or_default()
    }

    /// The variant of a branch, by its tag or key.
    pub(super) fn branch(&self, owner: &str, wire: &str) -> String {
        self.0.get(owner).and_then(|(_, branches)| branches.get(wire)).cloned().unwrap_or_default()
    }
}

/// Those of strings, and those of branches.
fn variants(shape: &outline::Shape) -> Option<(Names, Names)> {
    fn texts(words: &[outline::Word]) -> impl Iterator<Item = &str> {
        words.iter().map(|word| word.text.as_str())
    }
    fn keys(contents: &[outline::Content]) -> impl Iterator<Item = &str> {
        contents.iter().map(|content| content.key.as_str())
    }
    Some(match shape {
        outline::Shape::Strings(words) => (names::variants(texts(words)), Names::new()),
        outline::Shape::Tagged { branches, .. } => {
            let tags = branches.iter().map(|branch| branch.tag.as_str());
            (Names::new(), names::variants(tags))
        }
        outline::Shape::Keyed { words, contents } => {
            names::keyed_variants(texts(words), keys(contents))
        }
        outline::Shape::Untagged(contents) => (Names::new(), names::variants(keys(contents))),
        outline::Shape::Struct(_) | outline::Shape::Text | outline::Shape::Alias(_) => return None,
    })
}

impl Context<'_> {
    /// True when the stable schema lacks the type.
    pub(super) fn is_experimental(&self, name: &str) -> bool {
        self.stable.is_some_and(|stable| !stable.contains_key(name))
    }

    /// True when the stable schema has the type, but `has` does not find the part in it.
    pub(super) fn is_part_experimental(
        &self,
        name: &str,
        has: impl Fn(&outline::Shape) -> bool,
    ) -> bool {
        let stable = self.stable.and_then(|stable| stable.get(name));
        stable.is_some_and(|outline| !has(&outline.shape))
    }

    /// The name and type of a field, or of the content of a branch.
    pub(super) fn field_type(&self, owner: &str, wire: &str) -> Result<&FieldType, Error> {
        let fields = self.field_types.structs.get(owner);
        let field =
            fields.and_then(|fields| fields.get(wire)).ok_or_else(|| Error::FieldTypes {
                path: FIELD_TYPES.into(),
                problem: format!("`{wire}` of `{owner}` is missing"),
            })?;
        let unknown =
            field.ty.all_named().into_iter().find(|name| !self.outlines.contains_key(*name));
        match unknown {
            Some(name) => Err(Error::Schema(format!(
                "`{wire}` of `{owner}` is of the type `{name}`, which the schema does not define; \
                 run `cargo xtask regen`"
            ))),
            None => Ok(field),
        }
    }

    pub(super) fn words(&self, owner: &str, words: &[outline::Word]) -> Vec<Word> {
        let has = |shape: &outline::Shape, text: &str| match shape {
            outline::Shape::Strings(words) | outline::Shape::Keyed { words, .. } => {
                words.iter().any(|word| word.text == text)
            }
            _ => false,
        };
        let word = |word: &outline::Word| {
            let experimental = self.is_part_experimental(owner, |shape| has(shape, &word.text));
            let otherwise = format!("{} on the wire.", docs::code(&word.text));
            Word {
                wire: word.text.clone(),
                variant: self.variants.word(owner, &word.text),
                docs: docs::part(&word.description, &otherwise, Some(&word.text), experimental),
                experimental,
            }
        };
        words.iter().map(word).collect()
    }
}
