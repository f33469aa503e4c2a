//! What is put into values to see what becomes of it.

/// What is put into values of an otherwise known shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Plant {
    Nothing,
    /// A member that no SDK knows, in every object.
    Members,
    /// Members beside the key of every keyed branch.
    BesideKeys,
    /// A string that no SDK knows, for every word of an enum.
    Words,
    /// A tag or key that no SDK knows, in the unions that are inside of so many others.
    Tags(usize),
    /// A value of the wrong type at one place.
    Wrong(usize),
    /// Nothing at one place where something is required.
    Missing(usize),
}

/// The planted member.
pub(crate) const MEMBER: &str = "unknownMember";
/// The planted member of a branch that has nothing but its tag.
pub(super) const BESIDE_TAG: &str = "unknownBesideTag";
/// The first of the planted members of a keyed branch.
pub(crate) const BESIDE_KEY: &str = "unknownBesideKey";
/// Planted members that are read and dropped, and why. All others are kept.
pub(crate) const DROPPED: &[(&str, &str)] = &[(
    BESIDE_TAG,
    "nothing is there to keep it in, and a variant with a struct that is always empty would be worse to use",
)];

/// The planted tag or key.
pub(crate) const TAG: &str = "unknownTag";
/// The planted word.
pub(super) const WORD: &str = "unknownWord";
