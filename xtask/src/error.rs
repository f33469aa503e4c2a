//! How a command fails.

/// What a command ends with; the error is a sentence for the user.
pub type Result<T> = std::result::Result<T, String>;
