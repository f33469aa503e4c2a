//! Each public item is named by one path, so that nobody has to choose.
//!
//! The areas of the protocol, `protocol::thread` and its like, are lists for readers: they name
//! what `protocol` has, under the same name, and the documentation stays at the one page.

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

/// The one page of the protocol, whose modules are its areas.
const PROTOCOL: &str = "generated::v2_all";

/// The paths without those of an item of the protocol in its areas.
fn without_areas(
    mut paths: BTreeMap<Target, BTreeSet<String>>,
) -> BTreeMap<Target, BTreeSet<String>> {
    for paths in paths.values_mut() {
        let of_protocol = |path: &str| {
            let rest = path.strip_prefix(PROTOCOL)?.strip_prefix("::")?;
            Some(rest.split("::").map(str::to_owned).collect::<Vec<_>>())
        };
        let plain: BTreeSet<String> = paths
            .iter()
            .filter_map(|path| of_protocol(path).filter(|names| names.len() == 1)?.pop())
            .collect();
        paths.retain(|path| match of_protocol(path).as_deref() {
            Some([_, name]) => !plain.contains(name),
            _ => true,
        });
    }
    paths
}

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
    let paths = without_areas(Sources::read(&sdk(), "lib.rs").public_paths());
    let is_meant = |paths: &BTreeSet<String>| {
        let mut meant = SECOND_NAMES.iter();
        meant.any(|(path, name)| *paths == BTreeSet::from([path, name].map(ToString::to_string)))
    };
    let lines = several(paths, is_meant);
    assert!(lines.is_empty(), "{} have several:\n{}", lines.len(), lines.join("\n"));
}

#[test]
fn areas_name_what_the_protocol_has_and_link_to_it() {
    let files = [
        ("lib.rs", "pub mod generated;"),
        ("generated.rs", "pub mod v2_all;"),
        (
            "generated/v2_all.rs",
            "pub struct One;\npub struct Two;\npub mod area {\n#[doc(no_inline)]\n\
             pub use super::{One, Two as Other};\n}",
        ),
    ];
    let files = files.map(|(name, text)| (name.to_owned(), text.to_owned()));
    let paths = without_areas(Sources::read(&files.into(), "lib.rs").public_paths());
    let expected = ["generated::v2_all::Two = generated::v2_all::area::Other"];
    assert_eq!(several(paths, |_| false), expected);

    let text = &sdk()["v2_all.rs"];
    let areas = text.matches("    pub use super::").count();
    assert!(areas > 0);
    assert_eq!(text.matches("    #[doc(no_inline)]\n    pub use super::").count(), areas);
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
