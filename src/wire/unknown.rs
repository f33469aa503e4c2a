//! Fields of a newer server, kept as they came.

use super::key::Key;
use crate::redact::ShownJson;
use serde::{de::MapAccess, ser::SerializeMap};
use serde_json::{Map, Value};
use std::fmt;

/// Fields that this version of the SDK does not know, by their wire name.
///
/// Reading an object keeps them here, and writing it puts them back, so that nothing is lost on the
/// way through an older SDK. It takes no room beyond a pointer while it is empty.
#[derive(Clone, Default, PartialEq)]
pub struct UnknownFields(Option<Box<Map<String, Value>>>);

impl UnknownFields {
    /// The value of a field.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.as_deref()?.get(name)
    }

    /// Sets a field, for servers that know more than this SDK. Its name must not be that of a field
    /// the SDK knows.
    pub fn insert(&mut self, name: impl Into<String>, value: impl Into<Value>) {
        self.0.get_or_insert_default().insert(name.into(), value.into());
    }

    /// All fields, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0.iter().flat_map(|fields| fields.iter()).map(|(name, value)| (name.as_str(), value))
    }

    /// True when there is none, as is usual.
    pub fn is_empty(&self) -> bool {
        self.0.as_deref().is_none_or(Map::is_empty)
    }

    pub(crate) fn read<'de, A: MapAccess<'de>>(
        &mut self,
        name: Key<'de>,
        map: &mut A,
    ) -> Result<(), A::Error> {
        let value: Value = map.next_value()?;
        self.insert(name.into_string(), value);
        Ok(())
    }

    pub(crate) fn write<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
        self.iter().try_for_each(|(name, value)| map.serialize_entry(name, value))
    }
}

impl fmt::Debug for UnknownFields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.as_deref() {
            Some(fields) => fmt::Debug::fmt(&ShownJson(fields), f),
            None => f.write_str("{}"),
        }
    }
}

/// Implements `Debug` for a union: what this version of the SDK does not know may be a secret.
macro_rules! union_debug {
    ($name:ident { $($variant:ident $(($content:ty))?;)* } $($unknown:ident)?) => {
        impl ::std::fmt::Debug for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                match self {
                    $($crate::wire::union_debug!(@pattern $variant content $(($content))?) => {
                        $crate::wire::union_debug!(@show f $variant content $(($content))?)
                    })*
                    $(Self::$unknown(value) => f
                        .debug_tuple(stringify!($unknown))
                        .field(&$crate::redact::ShownJson(value))
                        .finish(),)?
                }
            }
        }
    };

    (@pattern $variant:ident $bound:ident) => { Self::$variant };
    (@pattern $variant:ident $bound:ident ($content:ty)) => { Self::$variant($bound) };

    (@show $f:ident $variant:ident $bound:ident) => { $f.write_str(stringify!($variant)) };
    (@show $f:ident $variant:ident $bound:ident ($content:ty)) => {
        $f.debug_tuple(stringify!($variant)).field($bound).finish()
    };
}
pub(crate) use union_debug;
