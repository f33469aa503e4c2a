//! Writes `definitions.rs`, the table of all generated types, which only the conformance tests
//! need.

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
    if let Err(error) = std::fs::write(out.join("definitions.rs"), emit::definitions(&api)) {
        println!("cargo::error=cannot write definitions.rs to {}: {error}", out.display());
        exit(1);
    }
}
