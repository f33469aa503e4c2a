//! Unions without a tag: the shape of the JSON tells the branch.

use super::Kept;
use serde::de::{DeserializeOwned, Error};
use serde_json::Value;

/// The shape of one branch.
#[allow(dead_code, reason = "not each version of the protocol has all of them")]
pub(crate) enum Shape {
    Text,
    Integer,
    Number,
    Bool,
    List,
    Object {
        /// Members that must be there.
        required: &'static [&'static str],
        /// Members that may be there.
        known: &'static [&'static str],
        /// Members that must be one of some strings.
        tags: &'static [(&'static str, &'static [&'static str])],
    },
}

impl Shape {
    fn fits(&self, value: &Value) -> bool {
        match self {
            Self::Text => value.is_string(),
            Self::Integer => value.is_i64() || value.is_u64(),
            Self::Number => value.is_number(),
            Self::Bool => value.is_boolean(),
            Self::List => value.is_array(),
            Self::Object { required, tags, .. } => {
                let tag_fits = |(name, texts): &(&str, &[&str])| {
                    value
                        .get(name)
                        .and_then(Value::as_str)
                        .is_some_and(|text| texts.contains(&text))
                };
                value.is_object()
                    && required.iter().all(|name| value.get(name).is_some())
                    && tags.iter().all(tag_fits)
            }
        }
    }

    /// Without members the branch does not know. Null says nothing: it may as well be missing.
    fn fits_exactly(&self, value: &Value) -> bool {
        match (self, value) {
            (Self::Object { known, .. }, Value::Object(members)) => {
                let is_known = |(name, value): (&String, &Value)| {
                    value.is_null() || known.contains(&name.as_str())
                };
                self.fits(value) && members.iter().all(is_known)
            }
            _ => self.fits(value),
        }
    }
}

/// The branches to try, best first: those that know all members of the value, then those that it
/// fits.
pub(crate) fn candidates<'a>(shapes: &'a [Shape], value: &'a Value) -> impl Iterator<Item = usize> {
    let all = || shapes.iter().enumerate();
    let exact = all().filter(|(_, shape)| shape.fits_exactly(value));
    let loose = all().filter(|(_, shape)| shape.fits(value) && !shape.fits_exactly(value));
    exact.chain(loose).map(|(index, _)| index)
}

/// Reads the content of a branch from the value that was looked at.
pub(crate) fn from_buffered<T: DeserializeOwned, E: Error>(value: &Kept) -> Result<T, E> {
    // Through text, so that each type is read by one kind of deserializer only: half the code to
    // compile.
    serde_json::from_str(&value.to_text()).map_err(E::custom)
}

/// Implements `Debug`, serde's traits and the conversions of an untagged union.
///
/// The branches of the right shape are read strictly, one after the other. What has no known shape
/// is kept in `Unknown` by unions that have it, and read [leniently](super::lenient) also what does
/// not fit.
macro_rules! untagged_union {
    ($name:ident { $($variant:ident($content:ty) = $shape:expr;)* } $($unknown:ident)?) => {
        $(impl From<$content> for $name {
            fn from(content: $content) -> Self {
                Self::$variant(content)
            }
        })*

        $crate::wire::untagged_union!(@deserialize $name $($unknown)?);

        impl $name {
            fn read_by_shape<'de, D: ::serde::Deserializer<'de>>(
                deserializer: D,
            ) -> Result<Self, D::Error> {
                use $crate::wire::untagged::Shape;
                const SHAPES: &[Shape] = &[$($shape),*];
                let value = <$crate::wire::Kept as ::serde::Deserialize>::deserialize(deserializer)?;
                let mut failed = None;
                for candidate in $crate::wire::untagged::candidates(SHAPES, value.json()) {
                    let mut branch = 0..;
                    $(if branch.next() == Some(candidate) {
                        match $crate::wire::from_buffered(&value) {
                            Ok(content) => return Ok(Self::$variant(content)),
                            Err(error) => failed = failed.or(Some(error)),
                        }
                    })*
                }
                match failed {
                    Some(error) => Err(error),
                    None => $crate::wire::untagged_union!(@none $name value $($unknown)?),
                }
            }
        }

        impl ::serde::Serialize for $name {
            fn serialize<S: ::serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                match self {
                    $(Self::$variant(content) => content.serialize(serializer),)*
                    $(Self::$unknown(value) => value.serialize(serializer),)?
                }
            }
        }
    };

    (@none $name:ident $value:ident) => {
        Err(::serde::de::Error::custom(concat!("no branch of ", stringify!($name), " has this shape")))
    };
    (@none $name:ident $value:ident $unknown:ident) => { Ok(Self::$unknown($crate::wire::UnknownValue::unknown($value))) };

    (@deserialize $name:ident) => {
        impl<'de> ::serde::Deserialize<'de> for $name {
            fn deserialize<D: ::serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                Self::read_by_shape(deserializer)
            }
        }
    };
    (@deserialize $name:ident $unknown:ident) => {
        impl $crate::wire::Open for $name {
            fn read_strictly<'de, D: ::serde::Deserializer<'de>>(
                deserializer: D,
            ) -> Result<Self, D::Error> {
                Self::read_by_shape(deserializer)
            }

            fn unknown(value: $crate::wire::UnknownValue) -> Self {
                Self::Unknown(value)
            }
        }

        impl<'de> ::serde::Deserialize<'de> for $name {
            fn deserialize<D: ::serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                $crate::wire::read_open(deserializer)
            }
        }
    };
}
pub(crate) use untagged_union;

/// What a union with a branch for any string is made of besides: borrowed text, and for an optional
/// field whatever a branch holds.
macro_rules! text_union {
    ($name:ident { $($content:ty)* }) => {
        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                text.to_owned().into()
            }
        }

        impl From<&str> for $crate::wire::Maybe<$name> {
            fn from(text: &str) -> Self {
                Self::Value(text.into())
            }
        }

        $(impl From<$content> for $crate::wire::Maybe<$name> {
            fn from(content: $content) -> Self {
                Self::Value(content.into())
            }
        })*
    };
}
pub(crate) use text_union;
