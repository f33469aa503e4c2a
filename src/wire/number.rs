//! What a setter of an optional number takes.

use super::Maybe;

/// A number of any integer type for an optional field, or an `Option` of the field's own type
/// (`None` is null).
///
/// No number wraps around: one that the field cannot hold becomes the nearest that it can.
///
/// ```
/// use codex_app_server::{Maybe, protocol::ThreadListParams};
///
/// let wanted: usize = 20;
/// assert_eq!(ThreadListParams::new().limit(wanted).limit, Maybe::Value(20));
/// assert_eq!(ThreadListParams::new().limit(u64::MAX).limit, Maybe::Value(u32::MAX));
/// assert_eq!(ThreadListParams::new().limit(None).limit, Maybe::Null);
/// ```
pub trait IntoNumber<T> {
    /// The number as a field.
    fn into_number(self) -> Maybe<T>;
}

/// An integer type of a field.
pub trait Number: Sized {
    /// The number, or the nearest of this type.
    #[doc(hidden)]
    fn nearest(number: i128) -> Self;
}

/// Integers that fields have.
macro_rules! numbers {
    ($($ty:ty)*) => {
        $(
            impl Number for $ty {
                fn nearest(number: i128) -> Self {
                    let bound = if number < 0 { Self::MIN } else { Self::MAX };
                    Self::try_from(number).unwrap_or(bound)
                }
            }
        )*
    };
}

numbers!(i8 i16 i32 i64 u8 u16 u32 u64);

/// Integers that programs have.
macro_rules! into_number {
    ($($ty:ty)*) => {
        $(
            impl<T: Number> IntoNumber<T> for $ty {
                fn into_number(self) -> Maybe<T> {
                    // Only 128 bits without a sign do not fit.
                    Maybe::Value(T::nearest(i128::try_from(self).unwrap_or(i128::MAX)))
                }
            }
        )*
    };
}

into_number!(i8 i16 i32 i64 i128 isize u8 u16 u32 u64 u128 usize);

impl<T: Number> IntoNumber<T> for Option<T> {
    fn into_number(self) -> Maybe<T> {
        self.into()
    }
}

impl<T: Number> IntoNumber<T> for Maybe<T> {
    fn into_number(self) -> Self {
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_becomes_the_nearest() {
        let of = |number: i128| -> (u16, i64) { (u16::nearest(number), i64::nearest(number)) };
        assert_eq!(of(0), (0, 0));
        assert_eq!(of(-1), (0, -1));
        assert_eq!(of(65_535), (65_535, 65_535));
        assert_eq!(of(65_536), (u16::MAX, 65_536));
        assert_eq!(of(i128::MAX), (u16::MAX, i64::MAX));
        assert_eq!(of(i128::MIN), (0, i64::MIN));
        let largest: Maybe<i64> = u128::MAX.into_number();
        assert_eq!(largest, Maybe::Value(i64::MAX));
    }
}
