
/// A value in [`field@Sample::by_number`].
///
/// Also in [`field@Sample::origin`].
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Base {
    /// `id` on the wire.
    pub id: String,
    /// Fields that this version of the SDK does not know.
    pub unknown_fields: UnknownFields,
}
object!(Base {
    id: "id" required;
});

/// The `begun` branch of [`Event`].
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct BegunEvent {
    /// `id` on the wire.
    pub id: String,
    /// Fields that this version of the SDK does not know.
    pub unknown_fields: UnknownFields,
}
object!(BegunEvent {
    id: "id" required;
});

/// A newtype.
pub type Count = u32;

/// The schema has it, but no message does.
pub type Counts = Vec<u32>;

/// The `ended` branch of [`Event`].
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct EndedEvent {
    /// `error` on the wire.
    pub error: Option<String>,
    /// `how` on the wire.
    pub how: EndedEventHow,
    /// `id` on the wire.
    pub id: String,
    /// `ok` on the wire.
    pub ok: Option<bool>,
    /// Fields that this version of the SDK does not know.
    pub unknown_fields: UnknownFields,
}
object!(EndedEvent {
    error: "error" optional;
    how: "how" required;
    id: "id" required;
    ok: "ok" optional;
});

/// The value of [`field@EndedEvent::how`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum EndedEventHow {
    /// `well` on the wire.
    Well,
    /// `badly` on the wire.
    Badly,
    /// A value that this version of the SDK does not know.
    Unknown(String),
}
open_enum!(EndedEventHow {
    Well = "well";
    Badly = "badly";
});

/// What the notification [`sample/moved`](crate::protocol::ServerNotification::SampleMoved) tells.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Event {
    /// `begun` on the wire.
    Begun(BegunEvent),
    /// `ended` on the wire.
    Ended(EndedEvent),
    /// What this version of the SDK does not know, or what does not fit, as it came.
    Unknown(UnknownValue),
}
tagged_union!(Event by "type" {
    Begun(BegunEvent) = "begun";
    Ended(EndedEvent) = "ended";
});

impl Event {
    /// The `id`, which every branch has.
    pub fn id(&self) -> Option<&str> {
        match self {
            Self::Begun(content) => Some(&content.id),
            Self::Ended(content) => Some(&content.id),
            Self::Unknown(value) => value.get("id").and_then(Value::as_str),
        }
    }
}

/// The schema has it, but no message does.
pub type MaybeCount = u32;

/// The value of [`field@Tree::rule`].
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Rule {
    /// `never` on the wire.
    Never,
    /// `not` on the wire.
    Not(Box<Rule>),
    /// `if` on the wire.
    If(Option<Tree>),
    /// `named` on the wire.
    Named(Option<String>),
    /// What this version of the SDK does not know, or what does not fit, as it came.
    Unknown(UnknownValue),
}
keyed_union!(Rule {
    Never = "never";
} {
    Not(Box<Rule>) = "not";
    If(Option<Tree>) = "if";
    Named(Option<String>) = "named";
});

/// The same as [`SampleResponse`].
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Sample {
    /// `at` on the wire.
    pub at: SampleAt,
    /// `by_number` on the wire.
    pub by_number: BTreeMap<String, Base>,
    /// `count` on the wire.
    pub count: u32,
    /// `counts` on the wire.
    pub counts: Vec<u32>,
    /// `kind` on the wire.
    pub kind: Option<SampleKind>,
    /// `levels` on the wire.
    pub levels: Vec<SampleLevelsItem>,
    /// How many.
    ///
    /// Missing, it is `7`.
    pub limit: Maybe<u32>,
    /// `maybe` on the wire.
    pub maybe: Option<u32>,
    /// Deprecated.
    pub old: Option<String>,
    /// Missing, it is `{"id":"here"}`.
    pub origin: Option<Base>,
    /// `pair` on the wire.
    pub pair: (String, Option<i64>),
    /// `places` on the wire.
    pub places: Vec<SamplePlacesItem>,
    /// `ratio` on the wire.
    pub ratio: f64,
    /// `setting` on the wire.
    pub setting: Option<Setting>,
    /// Fields that this version of the SDK does not know.
    pub unknown_fields: UnknownFields,
}
object!(Sample {
    at: "at" required;
    by_number: "by_number" default;
    count: "count" required;
    counts: "counts" required;
    kind: "kind" nullable;
    levels: "levels" default(vec![SampleLevelsItem::Low]);
    limit: "limit" maybe;
    maybe: "maybe" optional;
    old: "old" optional;
    origin: "origin" optional;
    pair: "pair" required;
    places: "places" list;
    ratio: "ratio" default(1.0);
    setting: "setting" nullable;
});

/// The value of [`field@Sample::at`].
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct SampleAt {
    /// `mode` on the wire.
    pub mode: Option<SampleAtMode>,
    /// `x` on the wire.
    pub x: f64,
    /// Fields that this version of the SDK does not know.
    pub unknown_fields: UnknownFields,
}
object!(SampleAt {
    mode: "mode" optional;
    x: "x" required;
});

/// The value of [`field@SampleAt::mode`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SampleAtMode {
    /// `in` on the wire.
    In,
    /// `out` on the wire.
    Out,
    /// A value that this version of the SDK does not know.
    Unknown(String),
}
open_enum!(SampleAtMode {
    In = "in";
    Out = "out";
});

/// The params of `sample/gone`, which takes none: an empty object.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct SampleGoneNotification {
    /// Fields that this version of the SDK does not know.
    pub unknown_fields: UnknownFields,
}
object!(SampleGoneNotification {});

/// The value of [`field@Sample::kind`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SampleKind {
    /// `big` on the wire.
    Big,
    /// `small` on the wire.
    Small,
    /// A value that this version of the SDK does not know.
    Unknown(String),
}
open_enum!(SampleKind {
    Big = "big";
    Small = "small";
});

/// An item of [`field@Sample::levels`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SampleLevelsItem {
    /// `low` on the wire.
    Low,
    /// A value that this version of the SDK does not know.
    Unknown(String),
}
open_enum!(SampleLevelsItem {
    Low = "low";
});

/// The params of [`sample`](crate::Client::sample).
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct SampleParams {
    /// `id` on the wire.
    pub id: String,
    /// `tree` on the wire.
    pub tree: Option<Tree>,
    /// Fields that this version of the SDK does not know.
    pub unknown_fields: UnknownFields,
}
object!(SampleParams {
    id: "id" required;
    tree: "tree" optional;
});

impl SampleParams {
    /// With what is required.
    pub fn new(id: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            tree: None,
            unknown_fields: UnknownFields::default(),
        }
    }
}
setters!(SampleParams {
    option tree: Tree, "Sets `tree`.";
});

/// An item of [`field@Sample::places`].
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct SamplePlacesItem {
    /// `y` on the wire.
    pub y: i64,
    /// Fields that this version of the SDK does not know.
    pub unknown_fields: UnknownFields,
}
object!(SamplePlacesItem {
    y: "y" required;
});

/// The response to [`sample`](crate::Client::sample).
pub type SampleResponse = Sample;

/// The value of [`field@Sample::setting`].
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Setting {
    /// `true` or `false`.
    Flag(bool),
    /// An integer.
    Number(i64),
    /// A string.
    Text(TextSetting),
    /// A number.
    Decimal(f64),
    /// What this version of the SDK does not know, or what does not fit, as it came.
    Unknown(UnknownValue),
}
untagged_union!(Setting {
    Flag(bool) = Shape::Bool;
    Number(i64) = Shape::Integer;
    Text(TextSetting) = Shape::Text;
    Decimal(f64) = Shape::Number;
} Unknown);

/// The content of [`variant@Setting::Text`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TextSetting {
    /// `auto` on the wire.
    Auto,
    /// A value that this version of the SDK does not know.
    Unknown(String),
}
open_enum!(TextSetting {
    Auto = "auto";
});

/// The value of [`field@SampleParams::tree`].
///
/// Also in [`variant@Rule::If`].
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Tree {
    /// `children` on the wire.
    pub children: Vec<Tree>,
    /// `name` on the wire.
    pub name: String,
    /// `parent` on the wire.
    pub parent: Option<Box<Tree>>,
    /// `rule` on the wire.
    pub rule: Option<Box<Rule>>,
    /// Fields that this version of the SDK does not know.
    pub unknown_fields: UnknownFields,
}
object!(Tree {
    children: "children" default;
    name: "name" required;
    parent: "parent" optional;
    rule: "rule" optional;
});

impl Tree {
    /// With what is required.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            children: Default::default(),
            name: name.into(),
            parent: None,
            rule: None,
            unknown_fields: UnknownFields::default(),
        }
    }
}
setters!(Tree {
    list children: Tree, "Sets `children`.";
    option parent: Box<Tree>, "Sets `parent`.";
    option rule: Box<Rule>, "Sets `rule`.";
});

/// A notification of the server, by method.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum ServerNotification {
    /// `sample/gone` on the wire.
    SampleGone(SampleGoneNotification),
    /// `sample/moved` on the wire.
    SampleMoved(Event),
    /// A message of an unknown method, or one that does not fit its type.
    Unknown(UnknownMessage),
}
messages!(ServerNotification {
    SampleGone(SampleGoneNotification) = "sample/gone";
    SampleMoved(Event) = "sample/moved";
} thread thread_id {} turn turn_id {} item item_id {});

/// A request of the server, by method. Each params type says what the response is.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum ServerRequest {
    /// A message of an unknown method, or one that does not fit its type.
    Unknown(UnknownMessage),
}
messages!(ServerRequest {} thread thread_id {} turn turn_id {} item item_id {});

/// Every notification the server can send.
pub const NOTIFICATIONS: &[Method] = &[
    Method {
        name: "sample/gone",
        params: "SampleGoneNotification",
        response: "",
        experimental: false,
    },
    Method {
        name: "sample/moved",
        params: "Event",
        response: "",
        experimental: false,
    },
];

server_requests! {}

client_requests! {
    SampleParams -> SampleResponse = "sample", experimental: false, deadline: true, read_only: false, control: false;
}
