//! Values on their way: what is required is given by name.

use std::marker::PhantomData;

/// A `T` that still needs something: its `Next`, before anything else.
///
/// What a type of the protocol requires is given by name, in the order that its `new` tells: what
/// identifies comes first. So two texts cannot be swapped, and the compiler asks for what a newer
/// version of codex requires. What is optional comes after.
///
/// ```
/// use codex_app_server::protocol::TurnSteerParams;
///
/// let params = TurnSteerParams::new()
///     .thread_id("thread")
///     .expected_turn_id("turn")
///     .input(["Look at the tests, too."])
///     .client_user_message_id("message");
/// assert_eq!(params.expected_turn_id, "turn");
/// ```
///
/// What is left out, or comes too early, has no method yet; the error names what is missing:
///
/// ```compile_fail,E0599
/// use codex_app_server::protocol::TurnSteerParams;
///
/// // No method named `input` found for `Missing<TurnSteerParams, expected_turn_id, (String,)>`.
/// let params = TurnSteerParams::new().thread_id("thread").input(["Look at the tests, too."]);
/// ```
///
/// ```compile_fail,E0308
/// use codex_app_server::protocol::TurnSteerParams;
///
/// // Expected `TurnSteerParams`, found `Missing<TurnSteerParams, input, (String, String)>`.
/// let params: TurnSteerParams =
///     TurnSteerParams::new().thread_id("thread").expected_turn_id("turn");
/// ```
#[must_use = "it is no value yet: the methods give what is missing"]
pub struct Missing<T, Next, Given = ()> {
    pub(crate) given: Given,
    pub(crate) of: PhantomData<fn() -> (T, Next)>,
}

/// Implements `new` and the steps that follow it, for a struct that requires several values.
///
/// First the required fields, in the order in which they are given, each with what its method
/// takes, the type of the field and how it is made; then what the other fields begin with.
macro_rules! steps {
    ($name:ident, $doc:literal {
        $first:ident($($takes:tt)*) $($steps:tt)*
    } $others:tt) => {
        impl $name {
            #[doc = $doc]
            pub fn new() -> $crate::wire::Missing<Self, missing::$first> {
                $crate::wire::Missing { given: (), of: ::std::marker::PhantomData }
            }
        }

        $crate::wire::steps!(@step $name $others () $first($($takes)*) $($steps)*);
    };

    (@step $name:ident { $($other:ident: $value:expr;)* } ($($given:ident: $given_ty:ty,)*)
        $field:ident($takes:ty) -> $ty:ty = $made:expr, $doc:literal;
    ) => {
        impl $crate::wire::Missing<$name, missing::$field, ($($given_ty,)*)> {
            #[doc = $doc]
            #[must_use]
            pub fn $field(self, $field: $takes) -> $name {
                let ($($given,)*) = self.given;
                $name {
                    $($given,)*
                    $field: $made,
                    $($other: $value,)*
                    unknown_fields: $crate::wire::UnknownFields::default(),
                }
            }
        }
    };

    (@step $name:ident $others:tt ($($given:ident: $given_ty:ty,)*)
        $field:ident($takes:ty) -> $ty:ty = $made:expr, $doc:literal;
        $next:ident($($next_takes:tt)*) $($steps:tt)*
    ) => {
        impl $crate::wire::Missing<$name, missing::$field, ($($given_ty,)*)> {
            #[doc = $doc]
            pub fn $field(
                self,
                $field: $takes,
            ) -> $crate::wire::Missing<$name, missing::$next, ($($given_ty,)* $ty,)> {
                let ($($given,)*) = self.given;
                $crate::wire::Missing {
                    given: ($($given,)* $made,),
                    of: ::std::marker::PhantomData,
                }
            }
        }

        $crate::wire::steps!(
            @step $name $others ($($given: $given_ty,)* $field: $ty,) $next($($next_takes)*) $($steps)*
        );
    };
}
pub(crate) use steps;
