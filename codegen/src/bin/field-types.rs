//! Writes `field_types.json` into a schema folder: what typify makes of the fields in it.
//!
//! `cargo xtask regen` runs it.

use codex_app_server_codegen::{load, mapping, repair};
use std::{
    error::Error,
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
};

fn main() -> ExitCode {
    let Some(dir) = std::env::args_os().nth(1) else {
        eprintln!("usage: field-types DIR, where DIR is laid out as schema/ is");
        return ExitCode::from(2);
    };
    match write(&PathBuf::from(dir)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // What is wrong, a line each.
            error.to_string().lines().for_each(|line| eprintln!("error: {line}"));
            ExitCode::FAILURE
        }
    }
}

fn write(dir: &Path) -> Result<(), Box<dyn Error>> {
    let mut schema = load::folder(&dir.join("experimental"))?;
    repair::what_applies(&mut schema.definitions);
    let path = dir.join(load::FIELD_TYPES);
    fs::write(&path, mapping::field_types(&schema.definitions)?.text())
        .map_err(|error| format!("cannot write {}: {error}", path.display()).into())
}
