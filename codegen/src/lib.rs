//! Generates the typed protocol of `codex-app-server` from the JSON schema that
//! `codex app-server generate-json-schema` prints.
//!
//! Five steps, a module each:
//!
//! 1. [`load`] reads the schema files of one folder into definitions and methods, and the tables
//!    beside them;
//! 2. [`repair`] changes what the schema says in a way that types badly; each repair is a small
//!    named function;
//! 3. `normal` says it in few forms, where JSON schema has many: what a newer version of codex
//!    writes otherwise is the same to the steps after it, and what has no type is refused here;
//! 4. [`plan`] decides what each definition becomes, as plain data ([`model`]), and pairs methods
//!    with responses;
//! 5. [`emit`] writes Rust, [`inventory`] writes the same model as a list for reviewers.
//!
//! The names and Rust types of fields come from a table, `schema/field_types.json`, which typify
//! has made: `mapping`, with the feature `typify`.
//!
//! The build script of `codex-app-server` calls [`api`] and [`emit`]; `cargo xtask` also uses the
//! model.

// Nothing that input can reach may panic.
#![warn(clippy::expect_used, clippy::unwrap_used)]

pub mod emit;
pub mod inventory;
pub mod load;
#[cfg(feature = "typify")]
pub mod mapping;
pub mod model;
pub mod plan;
pub mod repair;

mod error;
mod names;
mod normal;

pub use error::Error;

use std::path::Path;

/// The model of the protocol, from a folder with `experimental/`, `stable/`, `manifest.json`,
/// `methods.json` and `field_types.json`.
///
/// # Errors
///
/// When a file cannot be read, a method has no known response, or a definition has a shape the
/// generator does not know. The error says everything that is wrong, and what to do.
pub fn api(schema_dir: &Path) -> Result<model::Api, Error> {
    let facts = load::Facts::read(&schema_dir.join("methods.json"))?;
    let field_types = load::FieldTypes::read(schema_dir)?;
    let [experimental, stable] =
        [flavour(schema_dir, "experimental")?, flavour(schema_dir, "stable")?];
    let version = load::codex_version(&schema_dir.join("manifest.json"))?;
    plan::api(&experimental, Some(&stable), &facts, &field_types, version)
}

/// The types alone, also when something is wrong with the methods.
///
/// # Errors
///
/// When a file cannot be read, or a definition has a shape the generator does not know.
pub fn types(schema_dir: &Path) -> Result<Vec<model::Type>, Error> {
    let facts = load::Facts::read(&schema_dir.join("methods.json"))?;
    let field_types = load::FieldTypes::read(schema_dir)?;
    plan::types_alone(&flavour(schema_dir, "experimental")?, &facts, &field_types)
}

fn flavour(schema_dir: &Path, name: &str) -> Result<load::Schema, Error> {
    let mut schema = load::folder(&schema_dir.join(name))?;
    repair::what_applies(&mut schema.definitions);
    Ok(schema)
}
