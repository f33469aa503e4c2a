//! The protocol, generated from the JSON schema of the pinned codex version.
//!
//! The build script reads `schema/` and writes the one module here. Nothing in it is written by
//! hand, and hand-written code neither edits nor shadows it.
//!
//! - Every type of the schema keeps its name there; fields and variants are spelled as Rust spells
//!   them.
//! - Structs keep fields they do not know ([`UnknownFields`](crate::wire::UnknownFields)), enums
//!   have an `Unknown` variant: what a newer server sends is read, and written back as it came.
//! - What users send is made by `new` and chained setters. `new` takes the value that is required;
//!   where there are several, each is given by name ([`Missing`](crate::wire::Missing)), what
//!   identifies first.
//! - [`ServerNotification`](v2_all::ServerNotification) and
//!   [`ServerRequest`](v2_all::ServerRequest) are what the server sends, by method.
//! - [`ClientRequest`](crate::wire::ClientRequest) pairs the params of each request with its
//!   response.

/// All types of version 2 of the protocol, stable and experimental.
#[allow(
    clippy::doc_lazy_continuation,
    clippy::doc_overindented_list_items,
    clippy::enum_variant_names,
    clippy::large_enum_variant,
    clippy::should_implement_trait,
    clippy::too_many_arguments,
    reason = "types are laid out, named and described as the protocol has them"
)]
pub mod v2_all {
    include!(concat!(env!("OUT_DIR"), "/v2_all.rs"));
}
