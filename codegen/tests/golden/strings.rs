
/// The schema has it, but no message does.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AbsolutePathBuf(String);
path_type!(AbsolutePathBuf);

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
