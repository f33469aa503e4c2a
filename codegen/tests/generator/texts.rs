//! Whatever a description or a name says, what is written is documentation that rustdoc takes
//! without a warning, and Rust that hides nothing.

use crate::support;
use codex_app_server_codegen::{
    emit,
    load::{FieldType, FieldTypes},
    model::Ty,
    plan::{objects::Objects, outline},
};
use serde_json::{Map, json};
use std::{env, fs, path::Path, process::Command};

/// What stands for the SDK's `wire` module: the documentation is all that counts here.
const STUBS: &str = "#![allow(unused, non_camel_case_types)]\n//! Texts.\n\
    /// The client.\npub struct Client;\nimpl Client {\n/// A.\npub fn a() {} }\n\
    macro_rules! object { ($($t:tt)*) => {} }\nmacro_rules! open_enum { ($($t:tt)*) => {} }\n\
    /// Unknown.\n#[derive(Clone, Debug, Default, PartialEq)]\npub struct UnknownFields;\n\
    macro_rules! setters { ($n:ident { $($k:ident $f:ident: $t:ty, $d:literal;)* }) => {\n\
    impl $n { $(#[doc = $d] pub fn $f(self) {})* } } }\n";

const PARTS: &[&str] = &[
    "`",
    "``",
    "```",
    "```rust",
    "[",
    "]",
    "[x]",
    "[`x`]",
    "[a::b]",
    "(",
    ")",
    "<",
    ">",
    "<b>",
    "</i>",
    "<!--",
    "\\",
    "~~~",
    "|",
    "-|-",
    "https://a.example/b",
    "http://",
    "h",
    "\n",
    "\n\n",
    "\r",
    "\r\n",
    "\n    ",
    "\n\t",
    "\n- ",
    "\n1. ",
    "\n# ",
    "\n> ",
    "\n---\n",
    "\n===\n",
    "\u{202e}",
    "\u{2066}",
    "\u{200b}",
    "\u{feff}",
    "\0",
    "\u{1b}[0m",
    "\u{2028}",
    "é",
    "世界",
    "*",
    "**",
    "_",
    "&lt;",
    "&",
    "#[",
    "@deprecated ",
    "[UNSTABLE] ",
    "\"",
    "'",
    "*/",
    "/*",
    "//",
    "{}",
    "$x",
    "word",
    " ",
    "   ",
    ". ",
    "fn",
];

/// A generator of numbers: splitmix64.
fn next(state: &mut u64) -> usize {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mixed = (*state ^ (*state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    usize::try_from((mixed ^ (mixed >> 27)) >> 33).expect("31 bits fit")
}

fn text(state: &mut u64) -> String {
    (0..next(state) % 12).map(|_| PARTS[next(state) % PARTS.len()]).collect()
}

/// What is generated for an enum and for params whose names and descriptions are such texts.
fn source(state: &mut u64, count: usize) -> String {
    let mut properties = Map::new();
    let mut values = Vec::new();
    for index in 0..count {
        properties
            .insert(format!("f{index}"), json!({"type": "string", "description": text(state)}));
        let name = format!("{}{index}", text(state));
        values.push(json!({"enum": [name], "type": "string", "description": text(state)}));
    }
    let huge = "[long `text ".repeat(100_000);
    let input = json!({"experimental": {
        "definitions": {
            "AParams": {"type": "object", "properties": properties, "description": huge},
            "AResponse": {"oneOf": values, "description": text(state)},
        },
        "requests": [["a", "AParams"]],
    }});
    let outlines = outline::all(&support::repaired(&input["experimental"]).definitions);
    let made_from = Objects::of(&outlines.expect("the shapes are known")).fingerprint();
    let field = |name: &String| FieldType { name: name.clone(), ty: Ty::String };
    let fields = properties.keys().map(|name| (name.clone(), field(name))).collect();
    let types = FieldTypes { made_from, structs: [("AParams".to_owned(), fields)].into() };
    let api = support::api_of(&input, &types).expect("texts fail nothing");
    emit::types(&api).expect("what is emitted is Rust")
}

#[test]
fn any_text_becomes_documentation_without_a_warning() {
    let state = &mut 11;
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join("texts");
    fs::create_dir_all(&dir).expect("the folder can be made");
    let source = source(state, 1500);
    let is_hidden = |c: char| c.is_control() && c != '\n' || "\u{202e}\u{2066}\u{feff}".contains(c);
    assert_eq!(source.find(is_hidden), None);
    fs::write(dir.join("texts.rs"), STUBS.to_owned() + &source).expect("it can be written");
    let rustdoc = env::var_os("RUSTDOC").unwrap_or("rustdoc".into());
    let output = Command::new(rustdoc)
        .args(["--edition", "2024", "-D", "warnings", "--out-dir"])
        .args([dir.join("doc"), dir.join("texts.rs")])
        .output()
        .expect("rustdoc comes with cargo");
    let errors = String::from_utf8_lossy(&output.stderr);
    let start: Vec<&str> = errors.lines().take(60).collect();
    assert!(output.status.success(), "{}", start.join("\n"));
}
