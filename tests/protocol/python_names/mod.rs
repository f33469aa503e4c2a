//! The guide's tables lead from the names of two Python SDKs to those here: each row compiles, and
//! the page has exactly these rows. `UPDATE_GOLDEN=1 cargo test --test protocol python_names`
//! writes its tables anew.

mod official;
mod other;

use std::{env, fs};

/// A table of the guide: its heading, and its rows.
type Group = (&'static str, &'static [Row]);

/// What there is in Python, and what to use here.
type Row = (&'static str, Here);

enum Here {
    /// Code that compiles.
    Code(&'static str),
    /// Why there is nothing.
    Says(&'static str),
}

/// Makes of each row its text, and a closure that compiles only if the right side does. `type` says
/// that it is a type, `says` that there is none, and why.
macro_rules! rows {
    (given $given:tt $($group:literal { $([$($row:tt)*])* })*) => {
        pub(super) const GROUPS: &[super::Group] = &[$(($group, &[$(rows!(@text $($row)*)),*])),*];

        /// Compiled, never called.
        #[allow(dead_code)]
        fn rows() {
            $($(rows!(@compile $given $($row)*);)*)*
        }
    };

    (@text $python:literal => type $here:ty) => { ($python, super::Here::Code(stringify!($here))) };
    (@text $python:literal => says $why:literal) => { ($python, super::Here::Says($why)) };
    (@text $python:literal => $here:expr) => { ($python, super::Here::Code(stringify!($here))) };
    (@compile $given:tt $python:literal => says $why:literal) => {};
    (@compile ($($given:tt)*) $python:literal => type $here:ty) => { exists(&None::<$here>); };
    (@compile ($($given:tt)*) $python:literal => $here:expr) => {
        let _ = |$($given)*| exists(&$here);
    };
}
use rows;

fn exists<T: ?Sized>(_: &T) {}

/// The tables as they have to stand in the guide.
fn tables() -> String {
    let mut tables = Vec::new();
    for (sdk, groups) in [("official", official::GROUPS), ("the other", other::GROUPS)] {
        for (group, rows) in groups {
            let mut table = format!("//! # {group}\n//!\n//! | {sdk} | here |\n//! |---|---|\n");
            for (python, here) in *rows {
                table += &match here {
                    // The compiler breaks long expressions where it likes.
                    Here::Code(code) => {
                        let code: String = code.lines().map(str::trim).collect();
                        format!("//! | {python} | `{code}` |\n")
                    }
                    Here::Says(why) => format!("//! | {python} | {why} |\n"),
                };
            }
            tables.push(table);
        }
    }
    tables.join("//!\n")
}

/// What does not depend on where lines are broken.
fn without_spaces(text: &str) -> String {
    text.split_whitespace().collect()
}

#[test]
fn the_guide_has_exactly_these_rows() {
    let path = support::root().join("src/guide/from_python.rs");
    let page = fs::read_to_string(&path).expect("the page can be read");
    let start = page.find("//! # ").expect("the tables begin with the first heading");
    let (introduction, written) = page.split_at(start);
    let right = tables();
    if env::var_os("UPDATE_GOLDEN").is_some() {
        return fs::write(path, introduction.to_owned() + &right).expect("it can be written");
    }
    assert!(
        without_spaces(written) == without_spaces(&right),
        "the tables of {} are stale; UPDATE_GOLDEN=1 writes them anew, as:\n{right}",
        path.display()
    );
}
