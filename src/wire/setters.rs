//! Chained setters.

/// Implements `#[must_use]` setters for the fields a caller may leave out, and one for fields of a
/// newer server.
///
/// - `maybe`: a [`Maybe`](super::Maybe) field; `maybe_list`: one of a list;
/// - `option`: an `Option` field, for which null and "left out" are the same; `option_list`: one of
///   a list;
/// - `maybe_number` and `option_number`: the same of an integer;
/// - `plain`: a field with a default; `list`: a list with a default.
macro_rules! setters {
    ($name:ident { $($kind:ident $field:ident: $ty:ty, $doc:literal;)* }) => {
        impl $name {
            $($crate::wire::setters!(@setter $kind $field $ty, $doc);)*

            /// Sets a field that this version of the SDK does not know, by its wire name.
            #[must_use]
            pub fn unknown_field(
                mut self,
                name: impl Into<String>,
                value: impl Into<::serde_json::Value>,
            ) -> Self {
                self.unknown_fields.insert(name, value);
                self
            }
        }
    };

    (@setter maybe $field:ident $ty:ty, $doc:literal) => {
        #[doc = $doc]
        #[must_use]
        pub fn $field(mut self, value: impl Into<$crate::wire::Maybe<$ty>>) -> Self {
            self.$field = value.into();
            self
        }
    };
    (@setter option $field:ident $ty:ty, $doc:literal) => {
        #[doc = $doc]
        #[must_use]
        pub fn $field(mut self, value: impl Into<$crate::wire::Maybe<$ty>>) -> Self {
            self.$field = value.into().into_option();
            self
        }
    };
    (@setter maybe_list $field:ident $ty:ty, $doc:literal) => {
        #[doc = $doc]
        #[must_use]
        pub fn $field(mut self, value: impl $crate::wire::IntoList<$ty>) -> Self {
            self.$field = value.into_list();
            self
        }
    };
    (@setter option_list $field:ident $ty:ty, $doc:literal) => {
        #[doc = $doc]
        #[must_use]
        pub fn $field(mut self, value: impl $crate::wire::IntoList<$ty>) -> Self {
            self.$field = value.into_list().into_option();
            self
        }
    };
    (@setter maybe_number $field:ident $ty:ty, $doc:literal) => {
        #[doc = $doc]
        #[must_use]
        pub fn $field(mut self, value: impl $crate::wire::IntoNumber<$ty>) -> Self {
            self.$field = value.into_number();
            self
        }
    };
    (@setter option_number $field:ident $ty:ty, $doc:literal) => {
        #[doc = $doc]
        #[must_use]
        pub fn $field(mut self, value: impl $crate::wire::IntoNumber<$ty>) -> Self {
            self.$field = value.into_number().into_option();
            self
        }
    };
    (@setter plain $field:ident $ty:ty, $doc:literal) => {
        #[doc = $doc]
        #[must_use]
        pub fn $field(mut self, value: $ty) -> Self {
            self.$field = value;
            self
        }
    };
    (@setter list $field:ident $ty:ty, $doc:literal) => {
        #[doc = $doc]
        #[must_use]
        pub fn $field(mut self, value: impl IntoIterator<Item = impl Into<$ty>>) -> Self {
            self.$field = value.into_iter().map(Into::into).collect();
            self
        }
    };
}
pub(crate) use setters;
