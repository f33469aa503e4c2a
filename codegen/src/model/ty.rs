//! The Rust types of fields, as data.

use std::{fmt, str::FromStr};

/// The Rust type of a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ty {
    /// `bool`.
    Bool,
    /// An integer.
    Int(Int),
    /// `f32`.
    F32,
    /// `f64`.
    F64,
    /// `String`.
    String,
    /// Any JSON.
    Value,
    /// Any JSON object.
    Object,
    /// A type of the protocol.
    Named(String),
    /// A list of values.
    List(Box<Ty>),
    /// Values by name.
    Map(Box<Ty>),
    /// A value or null, within a list or a map.
    Option(Box<Ty>),
    /// So many values, each with a type of its own.
    Tuple(Vec<Ty>),
    /// A value of a type that holds it, which would have no end in its place.
    Boxed(Box<Ty>),
}

/// An integer type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "they are called what they are")]
pub enum Int {
    I8,
    I16,
    I32,
    I64,
    U8,
    U16,
    U32,
    U64,
}

impl Ty {
    /// The type of the protocol in it.
    pub fn named(&self) -> Option<&str> {
        let mut ty = self;
        while let Self::List(inner) | Self::Map(inner) | Self::Option(inner) | Self::Boxed(inner) =
            ty
        {
            ty = inner;
        }
        match ty {
            Self::Named(name) => Some(name),
            _ => None,
        }
    }

    /// The same with other names for the types of the protocol in it.
    #[must_use]
    pub fn renamed<'a>(mut self, name: impl Fn(&str) -> Option<&'a str>) -> Self {
        let mut rest = vec![&mut self];
        while let Some(ty) = rest.pop() {
            match ty {
                Self::Named(own) => {
                    if let Some(name) = name(own) {
                        *own = name.to_owned();
                    }
                }
                Self::Tuple(items) => rest.extend(items),
                Self::List(inner) | Self::Map(inner) | Self::Option(inner) | Self::Boxed(inner) => {
                    rest.push(inner);
                }
                _ => {}
            }
        }
        self
    }

    /// All types of the protocol in it.
    pub fn all_named(&self) -> Vec<&str> {
        match self {
            Self::Tuple(items) => items.iter().flat_map(Self::all_named).collect(),
            Self::List(inner) | Self::Map(inner) | Self::Option(inner) | Self::Boxed(inner) => {
                inner.all_named()
            }
            _ => self.named().into_iter().collect(),
        }
    }

    /// The types of the protocol that a value of it holds in place, not behind a pointer.
    pub fn held(&self) -> Vec<&str> {
        match self {
            Self::Named(name) => vec![name],
            Self::Option(inner) => inner.held(),
            Self::Tuple(items) => items.iter().flat_map(Self::held).collect(),
            _ => Vec::new(),
        }
    }

    /// The type of a list's items.
    pub fn item(&self) -> Option<&Self> {
        match self {
            Self::List(item) => Some(item),
            _ => None,
        }
    }

    /// Whether an empty one can stand in for a missing one.
    pub fn is_collection(&self) -> bool {
        matches!(self, Self::List(_) | Self::Map(_) | Self::Object)
    }

    /// Whether it is a flag or a number, which is copied.
    pub fn is_plain(&self) -> bool {
        matches!(self, Self::Bool | Self::Int(_) | Self::F32 | Self::F64)
    }

    /// A type as Rust writes it, with or without the paths of its parts; `None` for one that no
    /// field has.
    pub fn read(ty: &syn::Type) -> Option<Self> {
        let path = match ty {
            syn::Type::Path(path) => path,
            syn::Type::Tuple(tuple) if !tuple.elems.is_empty() => {
                return tuple.elems.iter().map(Self::read).collect::<Option<_>>().map(Self::Tuple);
            }
            _ => return None,
        };
        let last = path.path.segments.last()?;
        let arguments = match &last.arguments {
            syn::PathArguments::None => Vec::new(),
            syn::PathArguments::AngleBracketed(list) => {
                let argument = |argument: &syn::GenericArgument| match argument {
                    syn::GenericArgument::Type(ty) => Self::read(ty),
                    _ => None,
                };
                list.args.iter().map(argument).collect::<Option<_>>()?
            }
            syn::PathArguments::Parenthesized(_) => return None,
        };
        let name = last.ident.to_string();
        Some(match (name.as_str(), arguments.as_slice()) {
            ("Vec", [item]) => Self::List(Box::new(item.clone())),
            ("Option", [inner]) => Self::Option(Box::new(inner.clone())),
            // Where a box has to be is decided by the plan, which sees all types.
            ("Box", [inner]) => inner.clone(),
            ("BTreeMap", [Self::String, value]) => Self::Map(Box::new(value.clone())),
            ("Map", [Self::String, Self::Value]) => Self::Object,
            ("Vec" | "Option" | "Box" | "BTreeMap" | "Map", _) => return None,
            ("bool", []) => Self::Bool,
            ("f32", []) => Self::F32,
            ("f64", []) => Self::F64,
            ("String", []) => Self::String,
            ("Value", []) => Self::Value,
            (name, []) => match Int::ALL.iter().find(|(text, _)| *text == name) {
                Some((_, int)) => Self::Int(*int),
                None if name.starts_with(|first: char| first.is_ascii_uppercase()) => {
                    Self::Named(name.to_owned())
                }
                None => return None,
            },
            _ => return None,
        })
    }
}

impl Int {
    const ALL: [(&str, Self); 8] = [
        ("i8", Self::I8),
        ("i16", Self::I16),
        ("i32", Self::I32),
        ("i64", Self::I64),
        ("u8", Self::U8),
        ("u16", Self::U16),
        ("u32", Self::U32),
        ("u64", Self::U64),
    ];

    /// Whether a value of the type can be the number.
    pub fn holds(self, number: &serde_json::Number) -> bool {
        let number = number.as_i64().map(i128::from).or_else(|| number.as_u64().map(i128::from));
        let (min, max) = match self {
            Self::I8 => (i8::MIN.into(), i8::MAX.into()),
            Self::I16 => (i16::MIN.into(), i16::MAX.into()),
            Self::I32 => (i32::MIN.into(), i32::MAX.into()),
            Self::I64 => (i64::MIN.into(), i64::MAX.into()),
            Self::U8 => (0, u8::MAX.into()),
            Self::U16 => (0, u16::MAX.into()),
            Self::U32 => (0, u32::MAX.into()),
            Self::U64 => (0, u64::MAX.into()),
        };
        number.is_some_and(|number: i128| (min..=max).contains(&number))
    }

    /// Its name in Rust.
    pub fn name(self) -> &'static str {
        let own = Self::ALL.iter().find(|(_, int)| *int == self);
        own.map_or("i64", |(name, _)| name)
    }
}

impl FromStr for Ty {
    type Err = UnknownTy;

    fn from_str(text: &str) -> Result<Self, UnknownTy> {
        let ty = syn::parse_str(text).ok().and_then(|ty| Self::read(&ty));
        ty.ok_or_else(|| UnknownTy(text.to_owned()))
    }
}

/// Text that is no type of a field.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is no type that a field can have")]
pub struct UnknownTy(String);

/// As Rust writes it, for tables and lists.
impl fmt::Display for Ty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool => f.write_str("bool"),
            Self::Int(int) => f.write_str(int.name()),
            Self::F32 => f.write_str("f32"),
            Self::F64 => f.write_str("f64"),
            Self::String => f.write_str("String"),
            Self::Value => f.write_str("Value"),
            Self::Object => f.write_str("Map<String, Value>"),
            Self::Named(name) => f.write_str(name),
            Self::List(item) => write!(f, "Vec<{item}>"),
            Self::Map(value) => write!(f, "BTreeMap<String, {value}>"),
            Self::Option(inner) => write!(f, "Option<{inner}>"),
            Self::Boxed(inner) => write!(f, "Box<{inner}>"),
            Self::Tuple(items) => {
                f.write_str("(")?;
                items.iter().try_for_each(|item| write!(f, "{item}, "))?;
                f.write_str(")")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_read_and_written() {
        for text in [
            "bool",
            "u16",
            "f64",
            "String",
            "Value",
            "Map<String, Value>",
            "Thread",
            "Vec<Option<Thread>>",
            "BTreeMap<String, Vec<i64>>",
            "Vec<(String, Option<Thread>, )>",
        ] {
            assert_eq!(text.parse::<Ty>().map(|ty| ty.to_string()).ok().as_deref(), Some(text));
        }
        let with_paths = "::std::vec::Vec<::serde_json::Map<::std::string::String, Value>>";
        assert_eq!(with_paths.parse::<Ty>().ok(), Some(Ty::List(Box::new(Ty::Object))));
        for text in ["usize", "Vec", "Vec<a, b>", "()", "BTreeMap<i64, bool>", ""] {
            assert!(text.parse::<Ty>().is_err(), "{text}");
        }
    }

    #[test]
    fn the_type_of_the_protocol_is_found_within() {
        let named = |text: &str| Some(text.parse::<Ty>().ok()?.named()?.to_owned());
        assert_eq!(named("Vec<BTreeMap<String, Thread>>").as_deref(), Some("Thread"));
        assert_eq!(named("Vec<String>"), None);
    }
}
