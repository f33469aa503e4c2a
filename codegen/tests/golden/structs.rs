
/// An item of [`field@Shape::corners`].
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Corner {
    /// `x` on the wire.
    pub x: i64,
    /// Fields that this version of the SDK does not know.
    pub unknown_fields: UnknownFields,
}
object!(Corner {
    x: "x" required;
});

/// The schema has it, but no message does.
///
/// Experimental: it requires `experimental_api`.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Empty {
    /// Fields that this version of the SDK does not know.
    pub unknown_fields: UnknownFields,
}
object!(Empty {});

/// A shape. See <https://example.com/shapes>.
///
/// Unstable: Its `[area]` is a Vec\<f64\>.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct Shape {
    /// Anything.
    ///
    /// On the wire: `_meta`.
    ///
    /// Experimental: it requires `experimental_api`.
    pub meta: Option<Value>,
    /// `any` on the wire.
    ///
    /// Experimental: it requires `experimental_api`.
    pub any: Value,
    /// Never shown.
    ///
    /// On the wire: `apiKey`.
    ///
    /// Experimental: it requires `experimental_api`.
    pub api_key: Option<String>,
    /// `area` on the wire.
    ///
    /// Experimental: it requires `experimental_api`.
    pub area: f64,
    /// `byName` on the wire.
    ///
    /// Experimental: it requires `experimental_api`.
    pub by_name: Option<BTreeMap<String, Option<String>>>,
    /// `corners` on the wire.
    ///
    /// Experimental: it requires `experimental_api`.
    pub corners: Vec<Corner>,
    /// `count` on the wire.
    ///
    /// Experimental: it requires `experimental_api`.
    pub count: u64,
    /// Its id.
    pub id: String,
    /// `kind` on the wire.
    ///
    /// Experimental: it requires `experimental_api`.
    pub kind: ShapeKind,
    /// `kinds` on the wire.
    ///
    /// Experimental: it requires `experimental_api`.
    pub kinds: Vec<ShapeKind>,
    /// `mask` on the wire.
    ///
    /// Experimental: it requires `experimental_api`.
    pub mask: Option<ShapeKind>,
    /// `owner` on the wire.
    ///
    /// Experimental: it requires `experimental_api`.
    pub owner: Option<String>,
    /// `parentId` on the wire.
    ///
    /// Experimental: it requires `experimental_api`.
    pub parent_id: Option<String>,
    /// `type` on the wire.
    ///
    /// Experimental: it requires `experimental_api`.
    pub type_: Option<String>,
    /// `visible` on the wire.
    pub visible: bool,
    /// Fields that this version of the SDK does not know.
    pub unknown_fields: UnknownFields,
}
object!(Shape {
    meta: "_meta" optional;
    any: "any" required;
    api_key: "apiKey" optional;
    area: "area" required;
    by_name: "byName" optional;
    corners: "corners" default;
    count: "count" default;
    id: "id" required;
    kind: "kind" default(ShapeKind::Round);
    kinds: "kinds" default(vec![ShapeKind::Round, ShapeKind::Square]);
    mask: "mask" optional;
    owner: "owner" nullable;
    parent_id: "parentId" optional;
    type_: "type" optional;
    visible: "visible" default(true);
});
redacted_debug!(Shape {
    meta;
    any;
    api_key secret;
    area;
    by_name;
    corners;
    count;
    id;
    kind;
    kinds;
    mask;
    owner;
    parent_id;
    type_;
    visible;
});

/// The value of [`field@Shape::kind`].
///
/// Also in [`field@Shape::kinds`], [`field@Shape::mask`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ShapeKind {
    /// `round` on the wire.
    Round,
    /// `square` on the wire.
    ///
    /// Experimental: it requires `experimental_api`.
    Square,
    /// A value that this version of the SDK does not know.
    Unknown(String),
}
open_enum!(ShapeKind {
    Round = "round";
    Square = "square";
});
