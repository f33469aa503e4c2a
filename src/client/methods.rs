//! One method per request of the protocol, from the list that the build script writes.

use super::{Call, Client};
use crate::generated::v2_all::*;

/// Makes a method of each row. The client and its calls are those of the module that uses this: the
/// blocking client does, too.
macro_rules! client_methods {
    ($(
        $(#[$doc:meta])*
        $name:ident($params:ident $(: $given:ident)?) -> $response:ident;
    )*) => {
        /// One method per request.
        #[allow(
            clippy::doc_lazy_continuation,
            clippy::doc_overindented_list_items,
            reason = "the descriptions are those of the protocol"
        )]
        impl Client {
            $(
                $(#[$doc])*
                pub fn $name(&self $(, $given: $params)?) -> Call<'_, $params> {
                    self.request(client_methods!(@params $params $($given)?))
                }
            )*
        }
    };

    // Params that nobody has to give are empty.
    (@params $params:ident) => { $params::default() };
    (@params $params:ident $given:ident) => { $given };
}
#[cfg(feature = "blocking")]
pub(crate) use client_methods;

include!(concat!(env!("OUT_DIR"), "/methods.rs"));
