//! Names that are taken before the schema gives any.

/// What every enum has besides.
pub(super) const VARIANTS: &[&str] = &["Unknown"];

/// What every struct has besides, and what its users call on it.
pub(super) const FIELDS: &[&str] = &["clone", "into", "new", "unknown_field", "unknown_fields"];

/// What a tagged union has besides its accessors.
pub(super) const ACCESSORS: &[&str] = &["tag"];

/// What both clients have besides the methods of the protocol; a test of the SDK reads it.
pub(super) const METHODS: &[&str] = &[
    "clone",
    "connection",
    "downgrade",
    "events",
    "into",
    "new",
    "notify",
    "of",
    "open",
    "request",
    "request_raw",
    "session",
    "stray_lines",
    "stream",
    "subscribe",
    "without_link",
    "worker",
];

/// The crates and modules that the generated module names, and one that it has.
pub(super) const MODULES: &[&str] = &["alloc", "core", "missing", "serde", "serde_json", "std"];

/// What the generated module uses or makes itself, what the clients use beside it, and what is in
/// every scope: who imports all of the module is to find these as they were.
pub(super) const TYPES: &[&str] = &[
    // Of the generated module.
    "BTreeMap",
    "CLIENT_REQUESTS",
    "CODEX_VERSION",
    "Map",
    "Maybe",
    "Method",
    "NOTIFICATIONS",
    "SERVER_REQUESTS",
    "ServerNotification",
    "ServerRequest",
    "UnknownFields",
    "UnknownMessage",
    "UnknownValue",
    "Value",
    // Of the modules of the clients.
    "Call",
    "Client",
    // Of Rust's prelude.
    "AsMut",
    "AsRef",
    "AsyncFn",
    "AsyncFnMut",
    "AsyncFnOnce",
    "Box",
    "Clone",
    "Copy",
    "Default",
    "DoubleEndedIterator",
    "Drop",
    "Eq",
    "Err",
    "ExactSizeIterator",
    "Extend",
    "Fn",
    "FnMut",
    "FnOnce",
    "From",
    "FromIterator",
    "Future",
    "Into",
    "IntoFuture",
    "IntoIterator",
    "Iterator",
    "None",
    "Ok",
    "Option",
    "Ord",
    "PartialEq",
    "PartialOrd",
    "Result",
    "Send",
    "Sized",
    "Some",
    "String",
    "Sync",
    "ToOwned",
    "ToString",
    "TryFrom",
    "TryInto",
    "Unpin",
    "Vec",
];

/// The keywords of all editions.
pub(super) fn is_keyword(name: &str) -> bool {
    // syn does not know this one yet.
    name == "gen" || syn::parse_str::<syn::Ident>(name).is_err()
}
