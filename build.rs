//! Writes the generated protocol, `v2_all.rs`, the methods of the clients, `methods.rs`, and the
//! options of threads and turns, from the pinned schema.

use codex_app_server_codegen::{Error, api, emit};
use std::{
    path::{Path, PathBuf},
    process::exit,
};

fn main() {
    println!("cargo::rerun-if-changed=schema");
    println!("cargo::rerun-if-changed=build.rs");
    let files = generate().unwrap_or_else(|error| {
        for error in error.each() {
            println!("cargo::error={error}");
        }
        exit(1);
    });
    let out = PathBuf::from(std::env::var_os("OUT_DIR").unwrap_or_default());
    for (name, text) in files {
        if let Err(error) = std::fs::write(out.join(name), text) {
            println!("cargo::error=cannot write {name} to {}: {error}", out.display());
            exit(1);
        }
    }
}

fn generate() -> Result<Vec<(&'static str, String)>, Error> {
    let api = api(Path::new("schema"))?;
    let mut files = vec![("v2_all.rs", emit::source(&api)?), ("methods.rs", emit::methods(&api))];
    files.extend(emit::options(&api));
    Ok(files)
}
