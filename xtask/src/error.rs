//! How a command fails.

/// What a command ends with; the error is a sentence for the user.
pub type Result<T, E = String> = std::result::Result<T, E>;
