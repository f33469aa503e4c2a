//! The protocol as plain data: what the emitter and the inventory are written from. All decisions
//! about the Rust of it are made.

mod expr;
mod ty;

pub use expr::Expr;
pub use ty::{Int, Ty, UnknownTy};

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
    pub server_requests: Vec<ServerRequest>,
    /// What the server tells, by method.
    pub notifications: Vec<Notification>,
    /// The enums of what the server sends.
    pub incoming: Vec<Messages>,
    /// Where readers look for types.
    pub areas: Vec<Area>,
    /// What threads and turns can be given, and what is said of them.
    pub options: Options,
}

/// A part of the protocol: the types of methods that begin with the same word.
#[derive(Debug)]
pub struct Area {
    /// The name of its module.
    pub name: String,
    /// What it is about, and its methods.
    pub docs: String,
    /// Its types.
    pub types: Vec<String>,
}

/// What threads and turns can be given, and what is said of them.
#[derive(Debug)]
pub struct Options {
    /// The options of a thread, of the requests that start, resume and fork one.
    pub thread: Vec<OptionField>,
    /// The options of a turn.
    pub turn: Vec<OptionField>,
    /// What the responses say of a thread that was opened.
    pub defaults: Vec<Field>,
}

/// An option.
#[derive(Debug)]
pub struct OptionField {
    /// The field of the params, documented as an option.
    pub field: Field,
    /// Which of the requests take it.
    pub taken: Vec<bool>,
}

/// A request of the client.
#[derive(Clone, Debug)]
pub struct Request {
    /// The method on the wire.
    pub method: String,
    /// The method of the clients.
    pub name: String,
    /// The type of its params.
    pub params: String,
    /// False for a method without params: its params type is a marker.
    pub takes_params: bool,
    /// The type of its response.
    pub response: String,
    /// The documentation of the method.
    pub docs: String,
    /// True when it needs `experimentalApi`.
    pub experimental: bool,
    /// False when it takes as long as its work.
    pub deadline: bool,
    /// True when it changes nothing, and may be repeated.
    pub read_only: bool,
    /// True when it ends what another has begun, and so waits for none.
    pub control: bool,
}

/// A request of the server.
#[derive(Clone, Debug)]
pub struct ServerRequest {
    /// The method on the wire.
    pub method: String,
    /// The type of its params.
    pub params: String,
    /// The type of its response.
    pub response: String,
    /// True when it needs `experimentalApi`.
    pub experimental: bool,
    /// The response that refuses; `None` where only an error does.
    pub refusal: Option<Refusal>,
}

/// A response that refuses a request of the server.
#[derive(Clone, Debug)]
pub struct Refusal {
    /// The response as a value of its type.
    pub value: Expr,
    /// The response on the wire.
    pub json: String,
}

/// A notification of the server.
#[derive(Clone, Debug)]
pub struct Notification {
    /// The method on the wire.
    pub method: String,
    /// The type of its params.
    pub params: String,
    /// True when only the experimental schema has it.
    pub experimental: bool,
    /// False for one that the server sends although the schema does not list it.
    pub listed: bool,
}

/// An enum of messages by method.
#[derive(Debug)]
pub struct Messages {
    /// Its name.
    pub name: &'static str,
    /// Its documentation.
    pub docs: &'static str,
    /// The messages.
    pub variants: Vec<Message>,
    /// How to find what a message is about.
    pub ids: Vec<IdAccessor>,
}

/// A message that the server sends.
#[derive(Debug)]
pub struct Message {
    /// The method on the wire.
    pub method: String,
    /// The variant.
    pub variant: String,
    /// The type of its params.
    pub params: String,
    /// True when the variant holds them in a box, because they are large.
    pub boxed: bool,
    /// The documentation.
    pub docs: String,
}

/// A method that reads one id of whatever message there is.
#[derive(Debug)]
pub struct IdAccessor {
    /// What is identified: `thread`, `turn` or `item`.
    pub of: &'static str,
    /// Where the variants that name it do.
    pub places: Vec<(String, IdPlace)>,
}

/// Where in the params an id stands.
#[derive(Debug)]
pub enum IdPlace {
    /// A string at the end of these fields.
    Text(Vec<String>),
    /// The same, which may be missing.
    OptionalText(Vec<String>),
    /// At the end of these fields, the last of which is an accessor of a union.
    Accessor(Vec<String>),
}

/// A type.
#[derive(Debug)]
pub struct Type {
    /// Its name, in the schema and in Rust.
    pub name: String,
    /// Its documentation.
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
    Struct(Struct),
    /// One of some strings.
    Strings(Vec<Word>),
    /// Any string.
    Text {
        /// True for a path of the server's machine.
        path: bool,
        /// Values that are usual, each with the name of its constant.
        usual: Vec<Word>,
    },
    /// An object whose branch is told by one member.
    Tagged {
        /// The member.
        tag: String,
        /// The branches.
        branches: Vec<Branch>,
        /// What can be read of whichever branch there is.
        accessors: Vec<Accessor>,
    },
    /// A string, or an object whose only member tells the branch.
    Keyed {
        /// The strings.
        words: Vec<Word>,
        /// The members.
        branches: Vec<Branch>,
    },
    /// Another name for a type.
    Alias(Ty),
    /// Told by the shape of the JSON.
    Untagged {
        /// The branches.
        branches: Vec<(Branch, Form)>,
        /// False when the branches are all there can be.
        open: bool,
    },
}

/// An object.
#[derive(Debug)]
pub struct Struct {
    /// Its fields.
    pub fields: Vec<Field>,
    /// True when some value must not be shown.
    pub redacted: bool,
    /// How users make it.
    pub making: Making,
}

/// How users make a struct.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Making {
    /// Not at all: only the server does.
    Never,
    /// By its derived default, which `new` returns.
    Derived,
    /// By `new`, which takes nothing and is the default.
    Default,
    /// By `new`, which takes the only value that is required.
    New,
    /// By `new` and a step for each of these fields, which are required, in this order.
    Steps(Vec<String>),
}

/// A field of a struct.
#[derive(Clone, Debug)]
pub struct Field {
    /// The name on the wire.
    pub wire: String,
    /// The name in Rust.
    pub name: String,
    /// The Rust type of the value, without `Option` or `Maybe`.
    pub ty: Ty,
    /// Whether it may be missing or null.
    pub presence: Presence,
    /// The documentation.
    pub docs: String,
    /// True when the stable schema has the type, but not this.
    pub experimental: bool,
    /// True when its value must not be shown.
    pub secret: bool,
    /// How users give it a value; `None` where they do not make the struct.
    pub given: Option<Given>,
}

/// Whether a field may be missing or null, and what is read then.
#[derive(Clone, Debug, PartialEq)]
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
    Default(Option<Expr>),
}

/// How users give a field a value.
#[derive(Clone, Debug, PartialEq)]
pub enum Given {
    /// It is required.
    Argument {
        /// What it is made of.
        argument: Argument,
        /// False where `new` takes it, since nothing else is required.
        is_step: bool,
        /// The documentation of the step.
        docs: String,
    },
    /// By a setter.
    Setter {
        /// What it takes.
        kind: Setter,
        /// Its documentation.
        docs: String,
    },
}

/// What `new` or a step takes for a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Argument {
    /// A value of the type: a literal would not know which of many numbers it becomes.
    Plain,
    /// Whatever becomes the type.
    Into,
    /// Whatever becomes the items of the list.
    Items,
    /// A value or null.
    Nullable,
}

/// What a setter takes, as the macro `setters!` calls it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Setter {
    /// A value of the type.
    Plain,
    /// The items of a list.
    List,
    /// A value, or nothing.
    Option,
    /// A list, or nothing.
    OptionList,
    /// A value, null or nothing.
    Maybe,
    /// A list, null or nothing.
    MaybeList,
    /// Any integer, or nothing.
    OptionNumber,
    /// Any integer, null or nothing.
    MaybeNumber,
}

/// A value of an enum of strings, or a usual one of a text.
#[derive(Clone, Debug)]
pub struct Word {
    /// The string on the wire.
    pub wire: String,
    /// The variant; for a text that may be any, the constant.
    pub variant: String,
    /// The documentation.
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
    pub content: Option<Ty>,
    /// The documentation.
    pub docs: String,
    /// True when the stable schema has the type, but not this.
    pub experimental: bool,
}

/// A method that reads a field from whichever branch there is.
#[derive(Debug)]
pub struct Accessor {
    /// The name of the field on the wire.
    pub wire: String,
    /// The name of the field.
    pub name: String,
    /// The name of the method.
    pub method: String,
    /// Its documentation.
    pub docs: String,
    /// What it returns, in an `Option`.
    pub returns: Returns,
    /// How the field is kept.
    pub kept: Kept,
}

/// What an accessor returns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Returns {
    /// Text.
    Str,
    /// A copy of a flag or number.
    Copy(Ty),
    /// A reference.
    Ref(Ty),
}

/// How a field is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// As the value.
    Value,
    /// As an `Option`.
    Option,
    /// As a `Maybe`.
    Maybe,
}

/// What the JSON of an untagged branch looks like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Form {
    /// A string.
    Text,
    /// An integer.
    Integer,
    /// Any number.
    Number,
    /// `true` or `false`.
    Bool,
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
