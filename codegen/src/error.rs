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
    /// Methods and what is known about them do not fit together.
    #[error("methods: {0}")]
    Methods(String),
    /// A row of `schema/methods.json` that says nothing about this schema. `cargo xtask regen`
    /// removes it.
    #[error(
        "methods: schema/methods.json has `{method}` in `{table}`, {why}; remove it from `{table}`"
    )]
    StaleRow {
        /// The table.
        table: &'static str,
        /// The method that the row is about.
        method: String,
        /// Why it says nothing.
        why: String,
    },
    /// More than one thing is wrong; a line each.
    #[error("{}", lines(.0))]
    Several(Vec<Error>),
    /// Generated text is not Rust: a bug of the generator.
    #[error("generated text is not Rust ({source}): {text}")]
    Emit {
        /// What the parser says.
        source: syn::Error,
        /// The text.
        text: String,
    },
}

impl Error {
    /// What is wrong, one by one.
    pub fn each(self) -> Vec<Error> {
        match self {
            Self::Several(errors) => errors,
            error => vec![error],
        }
    }
}

fn lines(errors: &[Error]) -> String {
    errors.iter().map(Error::to_string).collect::<Vec<_>>().join("\n")
}

/// What is wrong, as far as it is known: a new version of codex is understood in one go when all of
/// it is told at once.
#[derive(Debug, Default)]
pub(crate) struct Problems(Vec<Error>);

impl Problems {
    /// The value, if there is one; else the error is kept.
    pub(crate) fn take<T>(&mut self, result: Result<T, Error>) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(error) => {
                self.add(error);
                None
            }
        }
    }

    /// The values of those that have one; the errors of the others are kept.
    pub(crate) fn each<T>(&mut self, results: impl Iterator<Item = Result<T, Error>>) -> Vec<T> {
        results.filter_map(|result| self.take(result)).collect()
    }

    pub(crate) fn add(&mut self, error: Error) {
        self.0.extend(error.each());
    }

    /// The value, if nothing was wrong.
    pub(crate) fn finish<T>(mut self, value: T) -> Result<T, Error> {
        match self.0.pop() {
            None => Ok(value),
            Some(last) => Err(self.with(last)),
        }
    }

    /// All that was wrong, and at last this.
    pub(crate) fn with(mut self, last: Error) -> Error {
        if self.0.is_empty() {
            return last;
        }
        self.add(last);
        Error::Several(self.0)
    }
}
