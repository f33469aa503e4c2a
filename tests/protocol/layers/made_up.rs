//! Small sources that break the rules, and some that only look like it.

use std::collections::BTreeMap;

use super::{circles, misnamed, upward};

/// Two layers, `top` above `low`, and files beside the root.
fn sdk(root: &str, others: &[(&str, &str)]) -> BTreeMap<String, String> {
    let layout = "//! # Layout\n//!\n//! ```text\n//! top  what users see\n//! low\n//! ```\n";
    files(&[&[("lib.rs", format!("{layout}{root}").as_str())], others].concat())
}

fn files(files: &[(&str, &str)]) -> BTreeMap<String, String> {
    files.iter().map(|&(name, text)| (name.to_owned(), text.to_owned())).collect()
}

const TOP: (&str, &str) = ("top.rs", "use crate::low::Low;\npub struct Top(Low);");

/// What is said of a module `low` with this text, below a root that passes `Top` on.
fn low(text: &str) -> Vec<String> {
    let low = ("low.rs", text);
    upward(&sdk("mod low;\nmod top;\npub use top::Top;", &[TOP, low]))
}

#[test]
fn a_layer_may_name_those_below_it() {
    assert_eq!(low("pub struct Low;"), <[&str; 0]>::default());
}

#[test]
fn a_path_to_a_layer_above_is_found() {
    let said = ["src/low.rs:2: low names top, which is above it (crate::top::Top)"];
    assert_eq!(low("pub struct Low;\nuse crate::top::Top;"), said);
    assert_eq!(low("pub struct Low;\nfn f(_: crate::top::Top) {}"), said);
    assert_eq!(low("pub struct Low;\nuse {std::fmt, crate::{top::{self as x, Top}}};").len(), 2);
}

#[test]
fn a_path_in_a_macro_is_found() {
    let text = "pub struct Low;\nmacro_rules! tops {\n($x:ident) => { $crate::top::Top::$x }\n}";
    assert_eq!(low(text), ["src/low.rs:3: low names top, which is above it (crate::top::Top)"]);
}

#[test]
fn a_name_that_the_root_passes_on_is_of_the_module_that_it_comes_from() {
    let said = ["src/low.rs:1: low names top, which is above it (crate::Top)"];
    assert_eq!(low("use crate::Top;\npub struct Low;"), said);
    let root = "mod low;\nmod top;\npub use top::*;";
    let low = ("low.rs", "use crate::Top;\npub struct Low;");
    assert_eq!(upward(&sdk(root, &[TOP, low])), said);
}

#[test]
fn a_path_through_parents_is_found() {
    let low = ("low/mod.rs", "pub struct Low;\nmod inner;");
    let inner = ("low/inner.rs", "mod deep {\n    use super::super::super::top::Top;\n}");
    assert_eq!(
        upward(&sdk("mod low;\nmod top;", &[TOP, low, inner])),
        ["src/low/inner.rs:2: low names top, which is above it (super::super::super::top::Top)"]
    );
}

#[test]
fn comments_attributes_and_tests_do_not_count() {
    let text = r#"
        //! See [`Top`](crate::top::Top).
        // crate::top::Top
        #[doc = "crate::top::Top"]
        #[serde(with = "crate::top")]
        pub struct Low;
        const TEXT: &str = "crate::top::Top";
        #[cfg(test)]
        use crate::top::Top;
        #[cfg(all(test, unix))]
        fn f<A, B>(_: A, _: B) -> crate::top::Top {}
        mod tests { use crate::top::Top; }
        #[cfg(test)]
        mod more { use crate::top::Top; }
    "#;
    assert_eq!(low(text), <[&str; 0]>::default());
    assert_eq!(low("pub struct Low;\n#[cfg(not(test))]\nuse crate::top::Top;").len(), 1);
}

#[test]
fn modules_of_one_layer_may_not_name_each_other() {
    let root = "//! # Layout\n//! ```text\n//! a b\n//! ```\nmod a;\nmod b;";
    let one_way = [("lib.rs", root), ("a.rs", "use crate::b::B;"), ("b.rs", "pub struct B;")];
    assert_eq!(upward(&files(&one_way)), <[&str; 0]>::default());
    let (a, b) = (("a.rs", "use crate::b::B; struct A;"), ("b.rs", "use crate::a::A; struct B;"));
    assert_eq!(upward(&files(&[("lib.rs", root), a, b])), ["in one layer: a → b → a"]);
}

#[test]
fn the_layout_and_the_modules_have_to_fit() {
    let other = [TOP, ("low.rs", "pub struct Low;"), ("other.rs", "")];
    assert_eq!(
        misnamed(&sdk("mod low;\nmod top;\nmod other;", &other)),
        ["the layout has no `other`"]
    );
    assert_eq!(
        misnamed(&sdk("mod low;", &[("low.rs", "")])),
        ["the layout names `top`, which is no module"]
    );
}

#[test]
fn three_files_that_import_each_other_are_a_circle() {
    let files = files(&[
        ("lib.rs", "mod a;\nmod b;\nmod c;\npub use a::A;"),
        ("a.rs", "use crate::b::B;\npub struct A;"),
        ("b.rs", "use super::c;\npub struct B;\nfn f() { c::call() }"),
        ("c.rs", "use crate::A;\npub fn call() {}"),
    ]);
    assert_eq!(
        circles(&files, "src/"),
        [
            "3 files in a circle: a.rs → b.rs → c.rs → a.rs",
            "  src/a.rs:1: imports b.rs (crate::b::B)",
            "  src/b.rs:3: imports c.rs (c::call)",
            "  src/c.rs:1: imports a.rs (crate::A)",
        ]
    );
}

#[test]
fn a_child_may_not_use_what_the_file_of_its_parent_defines_from_it() {
    let child = ("a/child.rs", "use super::Own;\npub struct Child(Own);");
    let of = |parent: &str| {
        circles(&files(&[("lib.rs", "mod a;"), ("a/mod.rs", parent), child]), "src/").len()
    };
    assert_eq!(of("mod child;\nuse child::Child;\npub struct Own;"), 3);
    assert_eq!(of("mod child;\npub struct Own;\nfn f() { child::Child::new() }"), 3);
    assert_eq!(of("mod child;\npub use child::Child;\npub struct Own;\nfn f(_: Child) {}"), 3);
    // To declare it and to pass it on is no use.
    assert_eq!(of("mod child;\npub use child::Child;\npub struct Own;"), 0);
}

#[test]
fn what_a_parent_passes_on_comes_from_where_it_is_defined() {
    let files = files(&[
        ("lib.rs", "mod a;"),
        ("a/mod.rs", "mod one;\nmod two;\npub(crate) use one::{One, make};"),
        (
            "a/one.rs",
            "pub(crate) struct One;\nmacro_rules! make { () => {} }\npub(crate) use make;",
        ),
        ("a/two.rs", "use super::One;\ncrate::a::make!();"),
    ]);
    assert_eq!(circles(&files, "src/"), <[&str; 0]>::default());
}
