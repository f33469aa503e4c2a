//! The generator, from schema files to what is emitted.
#![allow(clippy::expect_used, reason = "a test fails where it stands")]

mod facts;
mod field_types;
mod forms;
mod golden;
mod load;
mod pairing;
mod pinned;
mod repairs;
mod secrets;
mod support;
mod texts;
mod wire_names;
