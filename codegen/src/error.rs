//! What can go wrong, said so that the reader knows what to do.

use std::path::PathBuf;

/// Why nothing was generated.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file could not be read.
    #[error("cannot read {}: {source}. `cargo xtask regen` writes the schema folder", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file is not the JSON it should be.
    #[error("{} is not the JSON it should be: {source}", path.display())]
    Json {
        /// The file.
        path: PathBuf,
        /// Why.
        source: serde_json::Error,
    },
    /// The file of field types is missing, not what it should be, or of another schema.
    #[error("{}: {problem}. Run `cargo xtask regen`, which writes it anew", path.display())]
    FieldTypes {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
    /// The schema has a shape that the generator does not know.
    #[error("schema: {0}")]
    Schema(String),
    /// A repair found nothing to repair.
    #[error(
        "the repair `{name}` no longer applies: the schema has nothing of the kind. Remove it from codegen/src/repair.rs. \
         It was there because {why}"
    )]
    StaleRepair {
        /// The repair.
        name: &'static str,
        /// What it was for.
        why: &'static str,
    },
    /// Methods and what is known about them do not fit together.
    #[error("methods: {0}")]
    Methods(String),
    /// Generated text is not Rust: a bug of the generator.
    #[error("generated text is not Rust ({source}): {text}")]
    Emit {
        /// What the parser says.
        source: syn::Error,
        /// The text.
        text: String,
    },
}
