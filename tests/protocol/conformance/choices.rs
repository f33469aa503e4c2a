//! What to choose where a schema leaves it open.

use serde_json::{Value, json};

/// How to choose. Deep inside of other definitions, all choose what is smallest.
pub(crate) enum Style {
    /// Only what is required; null where it may be.
    Least,
    /// Everything.
    Full,
    /// Everything, as null where it may be.
    Nulls,
    Random(Random),
}

impl Style {
    pub(crate) fn random(name: &str, seed: u64) -> Self {
        Self::Random(Random::new(name, seed))
    }

    pub(crate) fn is_null(&mut self, is_deep: bool) -> bool {
        match self {
            Self::Least | Self::Nulls => true,
            Self::Full => is_deep,
            Self::Random(random) => is_deep || random.below(2) == 0,
        }
    }

    pub(crate) fn has_optional(&mut self, is_deep: bool) -> bool {
        match self {
            Self::Least => false,
            Self::Full | Self::Nulls => !is_deep,
            Self::Random(random) => !is_deep && random.below(2) == 0,
        }
    }

    /// How many items there are in a list.
    pub(crate) fn count(&mut self, is_deep: bool) -> usize {
        match self {
            Self::Full | Self::Nulls if !is_deep => 1,
            Self::Random(random) if !is_deep => random.below(3),
            _ => 0,
        }
    }

    /// Which one of so many.
    pub(crate) fn choose(&mut self, count: usize, is_deep: bool) -> usize {
        match self {
            Self::Random(random) if !is_deep => random.below(count),
            _ => 0,
        }
    }
}

/// SplitMix64: the same numbers from the same seed, everywhere.
pub(crate) struct Random(u64);

impl Random {
    fn new(name: &str, seed: u64) -> Self {
        Self(name.bytes().fold(seed, |hash, byte| hash.wrapping_mul(31).wrapping_add(byte.into())))
    }

    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
        usize::try_from(mixed % bound as u64).unwrap_or_default()
    }
}

pub(crate) fn texts() -> Vec<Value> {
    vec![json!("text"), json!("\"\\\n\u{1}é\u{10ffff}")]
}

pub(crate) fn integers(min: i128, max: i128) -> Vec<Value> {
    let parse = |number: i128| serde_json::from_str(&number.to_string()).expect("a number");
    [1, 0.max(min), min, max].map(parse).into()
}

pub(crate) fn numbers() -> Vec<Value> {
    vec![json!(0.1), json!(-2), json!(1.5e300)]
}
