//! Structs as JSON objects.

use serde::{
    de::{Error, MapAccess, Visitor},
    ser::SerializeMap,
};
use std::{fmt, marker::PhantomData};

/// A struct whose fields are the members of a JSON object.
///
/// It reads from a map that may already be partly read, and writes into one that may already hold a
/// member: that is how a union puts its tag beside the fields of a branch.
pub trait Object: Sized {
    /// Reads the members that are left in the map.
    fn read<'de, A: MapAccess<'de>>(map: &mut A) -> Result<Self, A::Error>;

    /// Writes the members into the map.
    fn write<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error>;
}

/// Reads any [`Object`]; the name is for error messages.
pub(crate) struct ObjectVisitor<T>(pub(crate) &'static str, pub(crate) PhantomData<T>);

impl<'de, T: Object> Visitor<'de> for ObjectVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an object ({})", self.0)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<T, A::Error> {
        T::read(&mut map)
    }
}

/// The value of a field that must be there.
pub(crate) fn required<T, E: Error>(value: Option<T>, name: &'static str) -> Result<T, E> {
    value.ok_or_else(|| E::missing_field(name))
}

/// Implements [`Object`] and serde's traits for a struct: each field with its wire name and its
/// presence.
///
/// - `required`: must be there;
/// - `list`: the same for a list of the protocol's types, of which one may not fit;
/// - `nullable`: `Option`, written as null; missing is read as null;
/// - `optional`: `Option`, left out when `None`; missing and null are the same;
/// - `maybe`: [`Maybe`](super::Maybe), all three states;
/// - `default` or `default(value)`: a value stands in for missing and null.
macro_rules! object {
    ($name:ident { $($field:ident: $wire:literal $presence:ident $(($default:expr))?;)* }) => {
        impl $crate::wire::Object for $name {
            fn read<'de, A: ::serde::de::MapAccess<'de>>(map: &mut A) -> Result<Self, A::Error> {
                $($crate::wire::object!(@slot $presence $field);)*
                let mut unknown_fields = $crate::wire::UnknownFields::default();
                while let Some(key) = map.next_key::<$crate::wire::Key<'de>>()? {
                    match key.as_str() {
                        $($wire => $crate::wire::object!(
                            @read $presence $field $wire map unknown_fields
                        ),)*
                        _ => unknown_fields.read(key, map)?,
                    }
                }
                Ok(Self {
                    $($field: $crate::wire::object!(@take $presence $field $wire $($default)?),)*
                    unknown_fields,
                })
            }

            fn write<M: ::serde::ser::SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
                $($crate::wire::object!(@write $presence self.$field, $wire, map);)*
                self.unknown_fields.write(map)
            }
        }

        impl ::serde::Serialize for $name {
            fn serialize<S: ::serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let mut map = serializer.serialize_map(None)?;
                $crate::wire::Object::write(self, &mut map)?;
                ::serde::ser::SerializeMap::end(map)
            }
        }

        impl<'de> ::serde::Deserialize<'de> for $name {
            fn deserialize<D: ::serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_map($crate::wire::ObjectVisitor(
                    stringify!($name),
                    ::std::marker::PhantomData,
                ))
            }
        }
    };

    (@slot maybe $field:ident) => { let mut $field = $crate::wire::Maybe::Unset; };
    (@slot $presence:ident $field:ident) => { let mut $field = None; };

    (@read required $field:ident $wire:literal $map:ident $unknown:ident) => {
        $field = Some($map.next_value()?)
    };
    (@read list $field:ident $wire:literal $map:ident $unknown:ident) => {
        $field = Some($crate::wire::read_list($wire, $map, &mut $unknown)?)
    };
    (@read maybe $field:ident $wire:literal $map:ident $unknown:ident) => {
        $field = $map.next_value()?
    };
    (@read $presence:ident $field:ident $wire:literal $map:ident $unknown:ident) => {
        $field = $map.next_value::<Option<_>>()?
    };

    (@take required $field:ident $wire:literal) => { $crate::wire::required($field, $wire)? };
    (@take list $field:ident $wire:literal) => { $crate::wire::required($field, $wire)? };
    (@take default $field:ident $wire:literal) => { $field.unwrap_or_default() };
    (@take default $field:ident $wire:literal $default:expr) => { $field.unwrap_or_else(|| $default) };
    (@take $presence:ident $field:ident $wire:literal) => { $field };

    (@write optional $value:expr, $wire:literal, $map:ident) => {
        if let Some(value) = &$value {
            $map.serialize_entry($wire, value)?;
        }
    };
    (@write maybe $value:expr, $wire:literal, $map:ident) => {
        if !$value.is_unset() {
            $map.serialize_entry($wire, &$value)?;
        }
    };
    (@write $presence:ident $value:expr, $wire:literal, $map:ident) => {
        $map.serialize_entry($wire, &$value)?;
    };
}
pub(crate) use object;

/// Implements `Debug` for a struct with fields whose values must never be shown.
macro_rules! redacted_debug {
    ($name:ident { $($field:ident $($secret:ident)?;)* }) => {
        impl ::std::fmt::Debug for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.debug_struct(stringify!($name))
                    $(.field(stringify!($field), $crate::wire::redacted_debug!(@value self.$field $($secret)?)))*
                    .field("unknown_fields", &self.unknown_fields)
                    .finish()
            }
        }
    };

    (@value $self:ident . $field:ident) => { &$self.$field };
    (@value $self:ident . $field:ident secret) => { &"[redacted]" };
}
pub(crate) use redacted_debug;
