//! Logins, without async.

use std::sync::Arc;

use super::worker::Worker;
use crate::{
    Result,
    generated::v2_all::{AccountLoginCompletedNotification, CancelLoginAccountStatus},
    login,
};

/// The methods of both kinds of login.
macro_rules! attempt {
    ($(#[$doc:meta])* $login:ident { $($(#[$field_doc:meta])* $field:ident,)* }) => {
        $(#[$doc])*
        #[derive(Debug)]
        pub struct $login {
            inner: login::$login,
            worker: Arc<Worker>,
        }

        impl $login {
            pub(super) fn new(inner: login::$login, worker: Arc<Worker>) -> Self {
                Self { inner, worker }
            }

            $(
                $(#[$field_doc])*
                #[must_use]
                pub fn $field(&self) -> &str {
                    self.inner.$field()
                }
            )*

            /// The id of this attempt.
            #[must_use]
            pub fn login_id(&self) -> &str {
                self.inner.login_id()
            }

            /// Waits for the end of this attempt, however long the user takes.
            ///
            /// # Errors
            ///
            /// [`Error::Closed`](crate::Error::Closed) if the connection ends first.
            pub fn wait(&mut self) -> Result<AccountLoginCompletedNotification> {
                self.worker.run(self.inner.wait())
            }

            /// Ends this attempt; says whether there was something to cancel.
            ///
            /// # Errors
            ///
            /// Those of [`Call`](crate::Call).
            pub fn cancel(&self) -> Result<CancelLoginAccountStatus> {
                self.worker.run(self.inner.cancel())
            }
        }
    };
}

attempt! {
    /// A login in the user's browser: [`BrowserLogin`](crate::BrowserLogin) without async.
    BrowserLogin {
        /// The page to open.
        auth_url,
    }
}

attempt! {
    /// A login by a code: [`DeviceCodeLogin`](crate::DeviceCodeLogin) without async.
    DeviceCodeLogin {
        /// The page to open.
        verification_url,
        /// The code to type in there.
        user_code,
    }
}
