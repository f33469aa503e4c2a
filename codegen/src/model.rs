//! The protocol as plain data: what the emitter and the inventory are written from.

/// The whole protocol of one codex version.
#[derive(Debug)]
pub struct Api {
    /// The codex version.
    pub version: String,
    /// All types, by name.
    pub types: Vec<Type>,
    /// What the client may ask, by method.
    pub requests: Vec<Request>,
    /// What the server may ask, by method.
    pub server_requests: Vec<Request>,
    /// What the server tells, by method.
    pub notifications: Vec<Notification>,
}

/// A request of either side.
#[derive(Clone, Debug)]
pub struct Request {
    /// The method on the wire.
    pub method: String,
    /// The type of its params.
    pub params: String,
    /// False for a method without params: its params type is a marker.
    pub takes_params: bool,
    /// The type of its response.
    pub response: String,
    /// What the schema says about it.
    pub docs: String,
    /// True when it needs `experimentalApi`.
    pub experimental: bool,
}

/// A notification of the server.
#[derive(Clone, Debug)]
pub struct Notification {
    /// The method on the wire.
    pub method: String,
    /// The type of its params.
    pub params: String,
    /// What the schema says about it.
    pub docs: String,
    /// True when only the experimental schema has it.
    pub experimental: bool,
    /// False for one that the server sends although the schema does not list it.
    pub listed: bool,
}

/// A type.
#[derive(Debug)]
pub struct Type {
    /// Its name, in the schema and in Rust.
    pub name: String,
    /// What the schema says about it.
    pub docs: String,
    /// True when only the experimental schema has it.
    pub experimental: bool,
    /// What it is.
    pub shape: Shape,
    /// True when users make it: it is part of what the client sends.
    pub sent: bool,
    /// The union and the tag value, for the content of a tagged branch.
    pub branch_of: Option<(String, String)>,
}

/// What a type is.
#[derive(Debug)]
pub enum Shape {
    /// An object.
    Struct(Vec<Field>),
    /// One of some strings.
    Strings(Vec<Word>),
    /// Any string.
    Text,
    /// An object whose branch is told by one member.
    Tagged {
        /// The member.
        tag: String,
        /// The branches.
        branches: Vec<Branch>,
    },
    /// A string, or an object whose only member tells the branch.
    Keyed {
        /// The strings.
        words: Vec<Word>,
        /// The members.
        branches: Vec<Branch>,
    },
    /// Told by the shape of the JSON.
    Untagged(Vec<(Branch, Form)>),
}

/// A field of a struct.
#[derive(Clone, Debug)]
pub struct Field {
    /// The name on the wire.
    pub wire: String,
    /// The name in Rust.
    pub name: String,
    /// The Rust type of the value, without `Option` or `Maybe`.
    pub ty: String,
    /// Whether it may be missing or null.
    pub presence: Presence,
    /// What the schema says about it.
    pub docs: String,
    /// True when the stable schema has the type, but not this.
    pub experimental: bool,
    /// True when its value must not be shown.
    pub secret: bool,
}

/// Whether a field may be missing or null, and what is read then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Presence {
    /// It is always there.
    Required,
    /// It is always there, and may be null.
    Nullable,
    /// Missing and null are the same.
    Optional,
    /// Missing, null and a value are three different things.
    Maybe,
    /// A value stands in: Rust's default of the type, or this expression.
    Default(Option<String>),
}

/// A value of an enum of strings.
#[derive(Clone, Debug)]
pub struct Word {
    /// The string on the wire.
    pub wire: String,
    /// The variant.
    pub variant: String,
    /// What the schema says about it.
    pub docs: String,
    /// True when the stable schema has the type, but not this.
    pub experimental: bool,
}

/// A branch of a union.
#[derive(Clone, Debug)]
pub struct Branch {
    /// The tag value or key on the wire.
    pub wire: String,
    /// The variant.
    pub variant: String,
    /// The Rust type of the content; `None` when there is none.
    pub content: Option<String>,
    /// What the schema says about it.
    pub docs: String,
    /// True when the stable schema has the type, but not this.
    pub experimental: bool,
}

/// What the JSON of an untagged branch looks like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Form {
    /// A string.
    Text,
    /// An integer.
    Integer,
    /// An array.
    List,
    /// An object.
    Object {
        /// Members that must be there.
        required: Vec<String>,
        /// Members that may be there.
        known: Vec<String>,
        /// Members that must be one of some strings.
        tags: Vec<(String, Vec<String>)>,
    },
}
