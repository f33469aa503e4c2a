//! Writes what the conformance tests need: `definitions.rs`, the table of all generated types, and
//! the options of threads and turns.

use codex_app_server_codegen::{api, emit};
use std::{
    path::{Path, PathBuf},
    process::exit,
};

fn main() {
    println!("cargo::rerun-if-changed=../schema");
    println!("cargo::rerun-if-changed=build.rs");
    let api = api(Path::new("../schema")).unwrap_or_else(|error| {
        println!("cargo::error={error}");
        exit(1);
    });
    let out = PathBuf::from(std::env::var_os("OUT_DIR").unwrap_or_default());
    let definitions = [("definitions.rs", emit::definitions(&api))];
    for (name, text) in definitions.into_iter().chain(emit::options(&api)) {
        if let Err(error) = std::fs::write(out.join(name), text) {
            println!("cargo::error=cannot write {name} to {}: {error}", out.display());
            exit(1);
        }
    }
}
