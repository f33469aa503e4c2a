//! Each public item is named by one path, so that nobody has to choose.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    layers::sdk,
    sources::{Sources, Target},
};

/// What has a second name on purpose: the module of the protocol, and the inputs, which are called
/// at the root as the official SDK calls them.
const SECOND_NAMES: &[(&str, &str)] = &[
    ("generated::v2_all", "protocol"),
    ("generated::v2_all::AudioUserInput", "AudioInput"),
    ("generated::v2_all::ImageUserInput", "ImageInput"),
    ("generated::v2_all::LocalAudioUserInput", "LocalAudioInput"),
    ("generated::v2_all::LocalImageUserInput", "LocalImageInput"),
    ("generated::v2_all::MentionUserInput", "MentionInput"),
    ("generated::v2_all::SkillUserInput", "SkillInput"),
    ("generated::v2_all::TextUserInput", "TextInput"),
    ("generated::v2_all::UserInput", "InputItem"),
];

/// The paths of whatever has more than one, in order.
fn several(
    paths: BTreeMap<Target, BTreeSet<String>>,
    is_meant: impl Fn(&BTreeSet<String>) -> bool,
) -> Vec<String> {
    let several = paths.into_values().filter(|paths| paths.len() > 1 && !is_meant(paths));
    let mut lines: Vec<String> =
        several.map(|paths| paths.into_iter().collect::<Vec<_>>().join(" = ")).collect();
    lines.sort();
    lines
}

#[test]
fn each_public_item_has_one_path() {
    let paths = Sources::read(&sdk(), "lib.rs").public_paths();
    let is_meant = |paths: &BTreeSet<String>| {
        let mut meant = SECOND_NAMES.iter();
        meant.any(|(path, name)| *paths == BTreeSet::from([path, name].map(ToString::to_string)))
    };
    let lines = several(paths, is_meant);
    assert!(lines.is_empty(), "{} have several:\n{}", lines.len(), lines.join("\n"));
}

#[test]
fn a_second_path_is_found_however_it_comes_about() {
    let files = [
        ("lib.rs", "pub mod a;\nmod b;\npub use a::{One, Two};\npub use b::*;\npub use a as c;"),
        (
            "a.rs",
            "pub struct One;\nmake! { pub struct Two; }\npub struct Three;\npub use crate::b::Four;",
        ),
        ("b.rs", "pub struct Four;\npub(crate) struct Five;"),
    ];
    let files = files.map(|(name, text)| (name.to_owned(), text.to_owned()));
    let paths = Sources::read(&files.into(), "lib.rs").public_paths();
    let expected = ["Four = a::Four", "One = a::One", "Two = a::Two", "a = c"];
    assert_eq!(several(paths, |_| false), expected);
}
