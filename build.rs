//! Writes the generated protocol, `v2_all.rs`, from the pinned schema.

use codex_app_server_codegen::{Error, api, emit};
use std::{
    path::{Path, PathBuf},
    process::exit,
};

fn main() {
    println!("cargo::rerun-if-changed=schema");
    println!("cargo::rerun-if-changed=build.rs");
    let source = generate().unwrap_or_else(|error| {
        println!("cargo::error={error}");
        exit(1);
    });
    let out = PathBuf::from(std::env::var_os("OUT_DIR").unwrap_or_default());
    if let Err(error) = std::fs::write(out.join("v2_all.rs"), source) {
        println!("cargo::error=cannot write v2_all.rs to {}: {error}", out.display());
        exit(1);
    }
}

fn generate() -> Result<String, Error> {
    emit::source(&api(Path::new("schema"))?)
}
