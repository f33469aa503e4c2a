//! Strings with a type: open enums and string types.

/// What every type that is a string on the wire has in common. The type brings `as_str` and
/// `From<&str>`, `From<String>`.
macro_rules! text_impls {
    ($name:ident) => {
        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                self.as_str()
            }
        }

        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl ::std::str::FromStr for $name {
            type Err = ::std::convert::Infallible;

            // Not `Self::Err`: an enum may have a variant of that name.
            fn from_str(text: &str) -> Result<Self, ::std::convert::Infallible> {
                Ok(Self::from(text))
            }
        }

        impl From<&str> for $crate::wire::Maybe<$name> {
            fn from(text: &str) -> Self {
                Self::Value(text.into())
            }
        }

        impl From<String> for $crate::wire::Maybe<$name> {
            fn from(text: String) -> Self {
                Self::Value(text.into())
            }
        }

        impl ::serde::Serialize for $name {
            fn serialize<S: ::serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> ::serde::Deserialize<'de> for $name {
            fn deserialize<D: ::serde::Deserializer<'de>>(
                deserializer: D,
            ) -> Result<Self, D::Error> {
                $crate::wire::Key::deserialize(deserializer).map(|text| Self::from(text.as_str()))
            }
        }
    };
}
pub(crate) use text_impls;

/// An enum of strings that keeps a string it does not know in its `Unknown` variant.
macro_rules! open_enum {
    ($name:ident { $($variant:ident = $wire:literal;)* }) => {
        impl $name {
            /// The string on the wire.
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $wire,)*
                    Self::Unknown(text) => text,
                }
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                match text {
                    $($wire => Self::$variant,)*
                    _ => Self::Unknown(text.to_owned()),
                }
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self::from(text.as_str())
            }
        }

        $crate::wire::text_impls!($name);
    };
}
pub(crate) use open_enum;

/// A struct around one string.
macro_rules! string_type {
    ($name:ident) => {
        impl $name {
            /// The string on the wire.
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// The string on the wire.
            pub fn into_string(self) -> String {
                self.0
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(text.to_owned())
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self(text)
            }
        }

        impl From<&String> for $name {
            fn from(text: &String) -> Self {
                Self(text.clone())
            }
        }

        impl From<$name> for String {
            fn from(text: $name) -> Self {
                text.0
            }
        }

        impl ::std::ops::Deref for $name {
            type Target = str;

            fn deref(&self) -> &str {
                &self.0
            }
        }

        impl PartialEq<str> for $name {
            fn eq(&self, other: &str) -> bool {
                self.0 == other
            }
        }

        impl PartialEq<&str> for $name {
            fn eq(&self, other: &&str) -> bool {
                self.0 == *other
            }
        }

        $crate::wire::text_impls!($name);
    };
}
pub(crate) use string_type;

/// A string type that holds a path.
macro_rules! path_type {
    ($name:ident) => {
        $crate::wire::string_type!($name);

        impl $name {
            /// The path. It is one of the server's machine.
            pub fn as_path(&self) -> &::std::path::Path {
                ::std::path::Path::new(&self.0)
            }
        }

        /// JSON has no way to write a path that is not Unicode; its odd parts are replaced by
        /// U+FFFD, and the server will not find it.
        impl From<&::std::path::Path> for $name {
            fn from(path: &::std::path::Path) -> Self {
                Self(path.to_string_lossy().into_owned())
            }
        }

        /// As from a `&Path`.
        impl From<&::std::path::PathBuf> for $name {
            fn from(path: &::std::path::PathBuf) -> Self {
                path.as_path().into()
            }
        }

        /// As from a `&Path`.
        impl From<::std::path::PathBuf> for $name {
            fn from(path: ::std::path::PathBuf) -> Self {
                path.as_path().into()
            }
        }

        /// As from a `&Path`.
        impl From<&::std::path::Path> for $crate::wire::Maybe<$name> {
            fn from(path: &::std::path::Path) -> Self {
                Self::Value(path.into())
            }
        }

        /// As from a `&Path`.
        impl From<&::std::path::PathBuf> for $crate::wire::Maybe<$name> {
            fn from(path: &::std::path::PathBuf) -> Self {
                Self::Value(path.into())
            }
        }

        /// As from a `&Path`.
        impl From<::std::path::PathBuf> for $crate::wire::Maybe<$name> {
            fn from(path: ::std::path::PathBuf) -> Self {
                Self::Value(path.into())
            }
        }
    };
}
pub(crate) use path_type;
