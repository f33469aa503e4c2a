//! Each public item is named by one path, so that nobody has to choose.

use std::collections::BTreeSet;

use crate::{layers::sdk, sources::Sources};

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

#[test]
fn each_public_item_has_one_path() {
    let paths = Sources::read(&sdk(), "lib.rs").public_paths();
    let is_meant = |paths: &BTreeSet<String>| {
        let mut meant = SECOND_NAMES.iter();
        meant.any(|(path, name)| *paths == BTreeSet::from([path, name].map(ToString::to_string)))
    };
    let several = paths.into_values().filter(|paths| paths.len() > 1 && !is_meant(paths));
    let lines: Vec<String> =
        several.map(|paths| paths.into_iter().collect::<Vec<_>>().join(" = ")).collect();
    assert!(lines.is_empty(), "{} have several:\n{}", lines.len(), lines.join("\n"));
}
