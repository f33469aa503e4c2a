//! How generated types meet JSON: what their serde code is made of.
//!
//! The generated module is mostly data: structs, enums and tables. Their behaviour comes from the
//! macros and traits here, so that a rule of the protocol (an unknown field is kept, a tag is read
//! first, null is not "left out") is written once.
//!
//! - [`Object`]: a struct as a JSON object; [`UnknownFields`] keeps what the SDK does not know.
//! - [`UnknownValue`]: what a union does not know, or what does not fit (`lenient`).
//! - [`Missing`]: a value on its way, until each thing that it requires has been given by name.
//! - [`Maybe`]: a request field that may be left out, null, or a value.
//! - [`IntoList`], [`IntoNumber`]: what setters of lists and numbers take.
//! - open string enums and string types (`text`), tagged, keyed and untagged unions (`tagged`,
//!   `keyed`, `untagged`).
//! - [`UnknownMessage`], [`Method`], [`ClientRequest`], [`ServerRequestParams`]: messages by
//!   method.

mod kept;
mod key;
mod keyed;
pub(crate) mod lenient;
mod list;
mod manner;
pub(crate) mod maybe;
pub(crate) mod message;
mod missing;
mod number;
mod object;
mod setters;
mod tagged;
#[cfg(test)]
mod tests;
mod text;
mod unknown;
pub(crate) mod untagged;

pub use list::IntoList;
pub use message::{ClientRequest, Method, ServerRequestParams, UnknownMessage};
pub use missing::Missing;
pub use number::{IntoNumber, Number};
pub use object::Object;
pub use unknown::{UnknownFields, UnknownValue};

pub(crate) use kept::{Kept, Members};
pub(crate) use key::Key;
pub(crate) use keyed::{Keyed, KeyedVisitor, keyed_union};
pub(crate) use lenient::{Open, decode_sent, read_list, read_open, read_sent};
pub(crate) use maybe::Maybe;
pub(crate) use message::{Treatment, client_requests, messages, server_requests};
pub(crate) use missing::steps;
pub(crate) use object::{ObjectVisitor, object, redacted_debug, required};
pub(crate) use setters::setters;
pub(crate) use tagged::{Tagged, TaggedVisitor, tagged_union};
pub(crate) use text::{open_enum, path_type, string_type, text_impls};
pub(crate) use untagged::{from_buffered, text_union, untagged_union};
