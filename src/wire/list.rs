//! What a setter of an optional list takes.

use super::Maybe;

/// A list for an optional field: a vector, an array or a slice of anything that becomes the items,
/// or an `Option` of a vector of the items themselves (`None` is null).
pub trait IntoList<T> {
    /// The list as a field.
    fn into_list(self) -> Maybe<Vec<T>>;
}

impl<T, U: Into<T>> IntoList<T> for Vec<U> {
    fn into_list(self) -> Maybe<Vec<T>> {
        Maybe::Value(self.into_iter().map(Into::into).collect())
    }
}

impl<T, U: Into<T>, const N: usize> IntoList<T> for [U; N] {
    fn into_list(self) -> Maybe<Vec<T>> {
        Maybe::Value(self.into_iter().map(Into::into).collect())
    }
}

impl<T, U: Into<T> + Clone> IntoList<T> for &[U] {
    fn into_list(self) -> Maybe<Vec<T>> {
        Maybe::Value(self.iter().cloned().map(Into::into).collect())
    }
}

// The only one for an `Option`: so `None` needs no type at the call.
impl<T> IntoList<T> for Option<Vec<T>> {
    fn into_list(self) -> Maybe<Vec<T>> {
        self.into()
    }
}

impl<T> IntoList<T> for Maybe<Vec<T>> {
    fn into_list(self) -> Self {
        self
    }
}
