//! Unions that are either a plain string or an object with one member, whose name tells the branch.

use super::{Kept, Key, Members, Open, UnknownValue};
use serde::de::{Error, MapAccess, Visitor};
use serde_json::{Map, Value};
use std::{fmt, marker::PhantomData};

/// What a keyed union tells about itself.
pub(crate) trait Keyed: Open {
    const NAME: &'static str;

    /// The branch that is a plain string.
    fn from_text(text: &str) -> Option<Self>;

    /// Reads the value of a member; `None`, with the map untouched, when its name is unknown.
    fn read<'de, A: MapAccess<'de>>(key: &str, map: &mut A) -> Result<Option<Self>, A::Error>;

    /// The JSON of a branch, for an object that turns out to have more members.
    fn to_value(&self) -> Result<Value, serde_json::Error>;
}

/// Reads any [`Keyed`] union.
pub(crate) struct KeyedVisitor<T>(pub(crate) PhantomData<T>);

impl<'de, T: Keyed> Visitor<'de> for KeyedVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a string or an object with one member ({})", T::NAME)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
        Ok(T::from_text(text).unwrap_or_else(|| T::unknown(Value::from(text).into())))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<T, A::Error> {
        let Some(key) = map.next_key::<Key<'de>>()? else {
            return Ok(T::unknown(Value::Object(Map::new()).into()));
        };
        let mut members = Members::default();
        match T::read(key.as_str(), &mut map)? {
            Some(branch) => {
                let Some(next) = map.next_key::<String>()? else {
                    return Ok(branch);
                };
                // More members than this SDK can type: keep them all.
                members.insert(next, map.next_value::<Kept>()?);
                if let Value::Object(branch) = branch.to_value().map_err(A::Error::custom)? {
                    let branch = branch.into_iter();
                    branch.for_each(|(name, value)| members.insert(name, value));
                }
            }
            None => {
                members.insert(key.into_string(), map.next_value::<Kept>()?);
            }
        }
        members.read_rest(&mut map)?;
        Ok(T::unknown(UnknownValue::unknown(members)))
    }
}

/// Implements `Debug`, serde's traits and the conversions of a keyed union.
///
/// A known name with a value that does not fit is an error; anything else that is a string or an
/// object is kept in `Unknown`. Read [leniently](super::lenient), nothing is an error.
macro_rules! keyed_union {
    ($name:ident {
        $($unit:ident = $text:literal;)*
    } {
        $($variant:ident($content:ty) = $key:literal;)*
    }) => {
        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                <Self as $crate::wire::Keyed>::from_text(text)
                    .unwrap_or_else(|| Self::Unknown(::serde_json::Value::from(text).into()))
            }
        }

        impl From<&str> for $crate::wire::Maybe<$name> {
            fn from(text: &str) -> Self {
                Self::Value(text.into())
            }
        }

        impl $crate::wire::Keyed for $name {
            const NAME: &'static str = stringify!($name);

            fn from_text(text: &str) -> Option<Self> {
                Some(match text {
                    $($text => Self::$unit,)*
                    _ => return None,
                })
            }

            fn read<'de, A: ::serde::de::MapAccess<'de>>(
                key: &str,
                map: &mut A,
            ) -> Result<Option<Self>, A::Error> {
                Ok(Some(match key {
                    $($key => Self::$variant(map.next_value()?),)*
                    _ => return Ok(None),
                }))
            }

            fn to_value(&self) -> Result<::serde_json::Value, ::serde_json::Error> {
                ::serde_json::to_value(self)
            }
        }

        impl $crate::wire::Open for $name {
            fn read_strictly<'de, D: ::serde::Deserializer<'de>>(
                deserializer: D,
            ) -> Result<Self, D::Error> {
                deserializer.deserialize_any($crate::wire::KeyedVisitor(::std::marker::PhantomData))
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

        impl ::serde::Serialize for $name {
            fn serialize<S: ::serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                match self {
                    $(Self::$unit => serializer.serialize_str($text),)*
                    $(Self::$variant(content) => {
                        let mut map = serializer.serialize_map(Some(1))?;
                        ::serde::ser::SerializeMap::serialize_entry(&mut map, $key, content)?;
                        ::serde::ser::SerializeMap::end(map)
                    })*
                    Self::Unknown(value) => value.serialize(serializer),
                }
            }
        }
    };
}
pub(crate) use keyed_union;
