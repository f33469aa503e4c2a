//! Values written as Rust, as data.

use super::ty::Ty;
use std::fmt;

/// A Rust expression for a JSON value.
#[derive(Clone, Debug, PartialEq)]
pub enum Expr {
    /// `true` or `false`.
    Bool(bool),
    /// A number.
    Number(serde_json::Number),
    /// Text, where whatever can be made of text is taken.
    Text(String),
    /// Text as the type that is expected in its place.
    TextInto(String),
    /// JSON null as a value.
    Null,
    /// No value of a type.
    None(Ty),
    /// An empty map.
    EmptyMap,
    /// A list of a type.
    List(Ty, Vec<Expr>),
    /// A variant without content, or with it.
    Variant {
        /// The enum.
        ty: String,
        /// The variant.
        variant: String,
        /// The content.
        content: Option<Box<Expr>>,
    },
    /// A value in a `Box`.
    Boxed(Box<Expr>),
    /// A call of `new`, and of steps and setters.
    New {
        /// The struct.
        ty: String,
        /// What `new` takes.
        argument: Option<Box<Expr>>,
        /// The steps and setters that follow, with what each takes.
        calls: Vec<(String, Expr)>,
    },
}

/// As Rust writes it.
impl fmt::Display for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool(value) => write!(f, "{value}"),
            Self::Number(number) => write!(f, "{number}"),
            Self::Text(text) => write!(f, "{text:?}"),
            Self::TextInto(text) => write!(f, "{text:?}.into()"),
            Self::Null => f.write_str("Value::Null"),
            Self::None(ty) => write!(f, "None::<{ty}>"),
            Self::EmptyMap => f.write_str("BTreeMap::new()"),
            Self::List(item, items) if items.is_empty() => write!(f, "Vec::<{item}>::new()"),
            Self::List(_, items) => write!(f, "vec![{}]", list(items)),
            Self::Variant { ty, variant, content: None } => write!(f, "{ty}::{variant}"),
            Self::Variant { ty, variant, content: Some(content) } => {
                write!(f, "{ty}::{variant}({content})")
            }
            Self::Boxed(inner) => write!(f, "Box::new({inner})"),
            Self::New { ty, argument, calls } => {
                let argument = argument.as_ref().map(ToString::to_string).unwrap_or_default();
                write!(f, "{ty}::new({argument})")?;
                calls.iter().try_for_each(|(name, value)| write!(f, ".{name}({value})"))
            }
        }
    }
}

fn list(items: &[Expr]) -> String {
    items.iter().map(Expr::to_string).collect::<Vec<_>>().join(", ")
}
