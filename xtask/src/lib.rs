//! What the two programs behind `cargo xtask` share.
//!
//! `xtask` (`main.rs`) is built before every command, and so needs next to nothing. What reads the
//! schema needs the generator and the crates to read its output back: that is `xtask-schema`
//! (`bin/schema/`), which the first builds and runs for the commands in [`schema_commands`].

pub mod browser;
pub mod error;
pub mod methods;
pub mod process;
pub mod runtime;
pub mod schema_commands;
pub mod source;
pub mod workspace;
