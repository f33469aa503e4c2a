//! What the schema does not describe is described by where it is used.

use super::{
    docs,
    parts::{self, Part},
};
use crate::model::{Ty, Type};
use std::collections::{BTreeMap, BTreeSet};

/// How many places a documentation names.
const MOST_NAMED: usize = 4;

/// A place where a type is used.
struct Use {
    /// Whether it is part of what a method carries, which says more than other places.
    is_of_method: bool,
    /// What it is there.
    sentence: &'static str,
    /// The place, as a link.
    link: String,
}

/// Describes the types that have no description. Those in `methods` are what methods carry.
pub(super) fn describe(types: &mut [Type], methods: &BTreeSet<&str>) {
    let mut uses: BTreeMap<String, Vec<Use>> = BTreeMap::new();
    for owner in types.iter() {
        let is_of_method = methods.contains(owner.name.as_str());
        for (part, ty) in parts::of(owner) {
            let (sentence, link) = place(&owner.name, part, ty);
            for name in ty.all_named().into_iter().filter(|name| *name != owner.name) {
                let link = link.clone();
                let own = uses.entry(name.to_owned()).or_default();
                own.push(Use { is_of_method, sentence, link });
            }
        }
    }
    for ty in types.iter_mut().filter(|ty| ty.docs.is_empty()) {
        let found = uses.remove(&ty.name).unwrap_or_default();
        ty.docs = docs::item(described(found), ty.experimental);
    }
}

/// Paragraphs. The first is what lists show.
fn described(mut uses: Vec<Use>) -> Vec<String> {
    // The others stay in the order of types and fields.
    uses.sort_by_key(|own| !own.is_of_method);
    let mut places = uses.iter();
    let Some(Use { sentence, link, .. }) = places.next() else {
        return vec!["The schema has it, but no message does.".to_owned()];
    };
    let mut paragraphs = vec![format!("{sentence} {link}.")];
    let others: BTreeSet<&str> =
        places.map(|own| own.link.as_str()).filter(|other| other != link).collect();
    if !others.is_empty() {
        let named: Vec<&str> = others.iter().copied().take(MOST_NAMED).collect();
        let more = match others.len() - named.len() {
            0 => String::new(),
            more => format!(", and {more} more"),
        };
        paragraphs.push(format!("Also in {}{more}.", named.join(", ")));
    }
    paragraphs
}

/// What a type is in this part of its owner. A field and its setter have one name, so that the link
/// says which of the two it means.
fn place(owner: &str, part: Part<'_>, ty: &Ty) -> (&'static str, String) {
    let sentence = match (part, ty) {
        (_, Ty::List(_)) => "An item of",
        (_, Ty::Map(_) | Ty::Tuple(_)) => "A value in",
        (Part::Field(_), _) => "The value of",
        (Part::Variant(_), _) => "The content of",
        (Part::Whole, _) => "The same as",
    };
    let link = match part {
        Part::Field(name) => format!("[`field@{owner}::{name}`]"),
        Part::Variant(name) => format!("[`variant@{owner}::{name}`]"),
        Part::Whole => format!("[`{owner}`]"),
    };
    (sentence, link)
}
