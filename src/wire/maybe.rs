//! The three states of an optional, nullable request field.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};
use std::path::{Path, PathBuf};

/// A request field that can be left out, sent as JSON null, or given a value.
///
/// For many requests the three mean different things: left out keeps what the server has, null
/// clears it, a value sets it. Setters take what can be turned into a `Maybe`: a value, an `Option`
/// of the field's own type or a reference to one (`None` is null), or a `Maybe` itself.
///
/// ```
/// use codex_app_server::Maybe;
///
/// assert_eq!(Maybe::from("gpt-5.4"), Maybe::Value(String::from("gpt-5.4")));
/// assert_eq!(Maybe::<String>::from(None), Maybe::Null);
/// assert!(Maybe::<String>::default().is_unset());
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Maybe<T> {
    /// Left out of the request.
    #[default]
    Unset,
    /// Sent as JSON null.
    Null,
    /// Sent as this value.
    Value(T),
}

impl<T> Maybe<T> {
    /// True when the field is left out.
    pub const fn is_unset(&self) -> bool {
        matches!(self, Self::Unset)
    }

    /// True when the field is sent as null.
    pub const fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// The value, if there is one.
    pub const fn as_option(&self) -> Option<&T> {
        match self {
            Self::Value(value) => Some(value),
            Self::Unset | Self::Null => None,
        }
    }

    /// The value, if there is one.
    pub fn into_option(self) -> Option<T> {
        match self {
            Self::Value(value) => Some(value),
            Self::Unset | Self::Null => None,
        }
    }

    /// The value changed by `change`; unset stays unset and null stays null.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Maybe<U> {
        match self {
            Self::Unset => Maybe::Unset,
            Self::Null => Maybe::Null,
            Self::Value(value) => Maybe::Value(change(value)),
        }
    }

    /// This field unless it is unset, in which case the other one.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        if self.is_unset() { other } else { self }
    }
}

impl<T> From<T> for Maybe<T> {
    fn from(value: T) -> Self {
        Self::Value(value)
    }
}

// The only one for an `Option`: so `None` needs no type at the call.
impl<T> From<Option<T>> for Maybe<T> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Self::Value)
    }
}

impl<T: Clone> From<&Option<T>> for Maybe<T> {
    fn from(value: &Option<T>) -> Self {
        value.clone().into()
    }
}

/// Unset and null are both `None`.
impl<T> From<Maybe<T>> for Option<T> {
    fn from(value: Maybe<T>) -> Self {
        value.into_option()
    }
}

impl From<&str> for Maybe<String> {
    fn from(value: &str) -> Self {
        Self::Value(value.to_owned())
    }
}

impl From<&String> for Maybe<String> {
    fn from(value: &String) -> Self {
        Self::Value(value.clone())
    }
}

/// An object is a value.
impl From<Map<String, Value>> for Maybe<Value> {
    fn from(value: Map<String, Value>) -> Self {
        Self::Value(value.into())
    }
}

/// What names a path.
macro_rules! paths {
    ($($ty:ty)*) => {
        $(
            impl From<$ty> for Maybe<PathBuf> {
                fn from(path: $ty) -> Self {
                    Self::Value(path.into())
                }
            }
        )*
    };
}

paths!(&str &String String &Path &PathBuf);

/// Unset has no JSON of its own: the object that holds the field leaves it out. Anywhere else it is
/// written as null.
impl<T: Serialize> Serialize for Maybe<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.as_option().serialize(serializer)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Maybe<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Option::deserialize(deserializer).map(Self::from)
    }
}
