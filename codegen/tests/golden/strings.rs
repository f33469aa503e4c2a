
/// The schema has it, but no message does.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AbsolutePathBuf(String);
path_type!(AbsolutePathBuf);

/// Any color.
///
/// The usual ones are constants: [`RED`](Self::RED), [`BLUE_GREEN`](Self::BLUE_GREEN), [`V3D`](Self::V3D). Any other text is taken, too.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Color(String);
string_type!(Color);

impl Color {
    /// `red` on the wire.
    pub const RED: &'static str = "red";
    /// `blue-green` on the wire.
    pub const BLUE_GREEN: &'static str = "blue-green";
    /// `3d` on the wire.
    pub const V3D: &'static str = "3d";
}

/// How hard to think.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Effort {
    /// `low` on the wire.
    Low,
    /// `x-high` on the wire.
    XHigh,
    /// `unknown` on the wire.
    Unspecified,
    /// A value that this version of the SDK does not know.
    Unknown(String),
}
open_enum!(Effort {
    Low = "low";
    XHigh = "x-high";
    Unspecified = "unknown";
});

/// The schema has it, but no message does.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Stage {
    /// In beta.
    ///
    /// On the wire: `beta`.
    Beta,
    /// `UNDER_DEVELOPMENT` on the wire.
    UnderDevelopment,
    /// `5g` on the wire.
    V5g,
    /// `3d` on the wire.
    V3d,
    /// A value that this version of the SDK does not know.
    Unknown(String),
}
open_enum!(Stage {
    Beta = "beta";
    UnderDevelopment = "UNDER_DEVELOPMENT";
    V5g = "5g";
    V3d = "3d";
});

/// The schema has it, but no message does.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ThreadId(String);
string_type!(ThreadId);
