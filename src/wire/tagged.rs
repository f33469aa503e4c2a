//! Unions whose branch is named by one member of the object, the tag.

use super::{Kept, Key, Members, Open, UnknownValue};
use serde::{
    de::{DeserializeOwned, Error, MapAccess, Visitor},
    ser::{Serialize, SerializeMap, Serializer},
};
use serde_json::Value;
use std::{fmt, marker::PhantomData};

/// What a tagged union tells about itself.
pub(crate) trait Tagged: Open + DeserializeOwned {
    const NAME: &'static str;
    const TAG: &'static str;

    /// Reads the members after the tag; `None`, with the map untouched, when the tag is unknown.
    fn read<'de, A: MapAccess<'de>>(tag: &str, map: &mut A) -> Result<Option<Self>, A::Error>;
}

/// Reads the tag before anything else: it decides how to read the rest.
pub(crate) struct TaggedVisitor<T>(pub(crate) PhantomData<T>);

impl<'de, T: Tagged> Visitor<'de> for TaggedVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an object with `{}` ({})", T::TAG, T::NAME)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<T, A::Error> {
        let Some(first) = map.next_key::<Key<'de>>()? else {
            return Err(A::Error::missing_field(T::TAG));
        };
        if first.as_str() == T::TAG {
            let tag = map.next_value::<Key<'de>>()?;
            if let Some(value) = T::read(tag.as_str(), &mut map)? {
                return Ok(value);
            }
            let mut members = Members::default();
            members.insert(T::TAG.to_owned(), Value::String(tag.into_string()));
            members.read_rest(&mut map)?;
            return Ok(T::unknown(UnknownValue::unknown(members)));
        }
        // The server always writes the tag first, so this is the rare way: put the tag in front and
        // read again.
        let mut members = Members::default();
        members.insert(first.into_string(), map.next_value::<Kept>()?);
        members.read_rest(&mut map)?;
        let tag = match members.remove(T::TAG) {
            Some(Value::String(tag)) => tag,
            Some(_) => {
                return Err(A::Error::custom(format_args!("`{}` is not a string", T::TAG)));
            }
            None => return Err(A::Error::missing_field(T::TAG)),
        };
        let object = TagFirst { name: T::TAG, tag, members };
        serde_json::to_string(&object)
            .and_then(|json| serde_json::from_str(&json))
            .map_err(A::Error::custom)
    }
}

struct TagFirst {
    name: &'static str,
    tag: String,
    members: Members,
}

impl Serialize for TagFirst {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry(self.name, &self.tag)?;
        self.members.write(&mut map)?;
        map.end()
    }
}

/// Implements `Debug`, serde's traits, `tag()` and the conversions of a tagged union.
///
/// A known tag is read strictly; an object with another tag is kept whole in `Unknown`; without a
/// tag it is an error. Read [leniently](super::lenient), nothing is an error.
macro_rules! tagged_union {
    ($name:ident by $tag:literal { $($variant:ident $(($content:ident))? = $wire:literal;)* }) => {
        impl $name {
            #[doc = concat!("The tag: the `", $tag, "` on the wire.")]
            pub fn tag(&self) -> &str {
                match self {
                    $($crate::wire::tagged_union!(@pattern $variant $($content)?) => $wire,)*
                    Self::Unknown(value) => value.get($tag).and_then(|tag| tag.as_str()).unwrap_or_default(),
                }
            }
        }

        $($($crate::wire::tagged_union!(@from $name $variant $content);)?)*

        impl $crate::wire::Tagged for $name {
            const NAME: &'static str = stringify!($name);
            const TAG: &'static str = $tag;

            fn read<'de, A: ::serde::de::MapAccess<'de>>(
                tag: &str,
                map: &mut A,
            ) -> Result<Option<Self>, A::Error> {
                Ok(Some(match tag {
                    $($wire => $crate::wire::tagged_union!(@read map $variant $($content)?),)*
                    _ => return Ok(None),
                }))
            }
        }

        impl $crate::wire::Open for $name {
            fn read_strictly<'de, D: ::serde::Deserializer<'de>>(
                deserializer: D,
            ) -> Result<Self, D::Error> {
                deserializer.deserialize_map($crate::wire::TaggedVisitor(::std::marker::PhantomData))
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
                if let Self::Unknown(value) = self {
                    return value.serialize(serializer);
                }
                let mut map = serializer.serialize_map(None)?;
                ::serde::ser::SerializeMap::serialize_entry(&mut map, $tag, self.tag())?;
                match self {
                    $($crate::wire::tagged_union!(@bind $variant content $($content)?) => {
                        $crate::wire::tagged_union!(@write content map $($content)?);
                    })*
                    Self::Unknown(_) => {}
                }
                ::serde::ser::SerializeMap::end(map)
            }
        }
    };

    (@pattern $variant:ident) => { Self::$variant };
    (@pattern $variant:ident $content:ident) => { Self::$variant(_) };

    (@bind $variant:ident $bound:ident) => { Self::$variant };
    (@bind $variant:ident $bound:ident $content:ident) => { Self::$variant($bound) };

    (@write $bound:ident $map:ident) => {};
    (@write $bound:ident $map:ident $content:ident) => { $crate::wire::Object::write($bound, &mut $map)? };

    (@read $map:ident $variant:ident) => {{
        while $map.next_entry::<::serde::de::IgnoredAny, ::serde::de::IgnoredAny>()?.is_some() {}
        Self::$variant
    }};
    (@read $map:ident $variant:ident $content:ident) => { Self::$variant($crate::wire::Object::read($map)?) };

    (@from $name:ident $variant:ident $content:ident) => {
        impl From<$content> for $name {
            fn from(content: $content) -> Self {
                Self::$variant(content)
            }
        }
    };
}
pub(crate) use tagged_union;
