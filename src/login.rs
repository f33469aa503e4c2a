//! Logging in with a ChatGPT account, which ends some time after it began.

use std::fmt;

use crate::{
    client::{Client, NotificationStream},
    error::{Error, Result},
    generated::v2_all::{
        AccountLoginCompletedNotification, CancelLoginAccountParams, CancelLoginAccountStatus,
        ChatgptLoginAccountParams, LoginAccountParams, LoginAccountResponse,
    },
    rpc::{Interest, Topic},
};

const COMPLETED: &str = "account/login/completed";

/// A login in the user's browser, under way: open [`auth_url`](Self::auth_url) there, then
/// [`wait`](Self::wait).
///
/// Dropping it leaves the attempt alone; [`cancel`](Self::cancel) ends it.
pub struct BrowserLogin {
    auth_url: String,
    attempt: Attempt,
}

/// A login by a code that the user types in on another device: show
/// [`verification_url`](Self::verification_url) and [`user_code`](Self::user_code), then
/// [`wait`](Self::wait).
///
/// Dropping it leaves the attempt alone; [`cancel`](Self::cancel) ends it.
pub struct DeviceCodeLogin {
    verification_url: String,
    user_code: String,
    attempt: Attempt,
}

/// The methods of both kinds.
macro_rules! attempt {
    ($login:ident { $($(#[$doc:meta])* $field:ident,)* }) => {
        /// Without what completes the login.
        impl fmt::Debug for $login {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($login))
                    .field("attempt", &self.attempt)
                    .finish_non_exhaustive()
            }
        }

        impl $login {
            $(
                $(#[$doc])*
                #[must_use]
                pub fn $field(&self) -> &str {
                    &self.$field
                }
            )*

            /// The id of this attempt.
            #[must_use]
            pub fn login_id(&self) -> &str {
                &self.attempt.login_id
            }

            /// Waits for the end of this attempt (`account/login/completed`), however long the user
            /// takes. Other attempts do not count.
            ///
            /// Dropping the future loses nothing; after the end, the same is given again.
            ///
            /// # Errors
            ///
            /// [`Error::Closed`] if the connection ends first. A login that failed or was cancelled
            /// is not an error; its `success` is false.
            pub async fn wait(&mut self) -> Result<AccountLoginCompletedNotification> {
                self.attempt.wait().await
            }

            /// Ends this attempt (`account/login/cancel`). [`wait`](Self::wait) then ends without
            /// success. Says whether there was something to cancel.
            ///
            /// # Errors
            ///
            /// Those of [`Call`](crate::Call).
            pub async fn cancel(&self) -> Result<CancelLoginAccountStatus> {
                self.attempt.cancel().await
            }
        }
    };
}

attempt!(BrowserLogin {
    /// The page to open.
    auth_url,
});
attempt!(DeviceCodeLogin {
    /// The page to open.
    verification_url,
    /// The code to type in there.
    user_code,
});

struct Attempt {
    client: Client,
    login_id: String,
    completions: NotificationStream,
    completed: Option<AccountLoginCompletedNotification>,
}

impl Attempt {
    async fn wait(&mut self) -> Result<AccountLoginCompletedNotification> {
        loop {
            if let Some(completed) = &self.completed {
                return Ok(completed.clone());
            }
            let payload = match self.completions.next_payload().await {
                Some(Ok(payload)) => payload,
                Some(Err(error)) if error.ends_stream() => return Err(error),
                Some(Err(_)) => continue,
                None => return Err(self.client.connection().closed_error().await),
            };
            let completed: AccountLoginCompletedNotification = payload.read()?;
            if completed.login_id.as_deref() == Some(&self.login_id) {
                self.completed = Some(completed);
            }
        }
    }

    async fn cancel(&self) -> Result<CancelLoginAccountStatus> {
        let params = CancelLoginAccountParams::new(&self.login_id);
        Ok(self.client.request(params).await?.status)
    }
}

impl fmt::Debug for Attempt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Attempt")
            .field("login_id", &self.login_id)
            .field("completed", &self.completed)
            .finish_non_exhaustive()
    }
}

/// Starts an attempt, hearing completions from before it is written.
async fn start(
    client: &Client,
    params: LoginAccountParams,
) -> Result<(LoginAccountResponse, NotificationStream)> {
    let only = Interest::Only(COMPLETED);
    let completions = client.subscribe(Topic::Connection, only);
    Ok((client.request(params).await?, completions))
}

fn unexpected_kind(response: &LoginAccountResponse) -> Error {
    use serde::de::Error as _;
    Error::Decode {
        method: "account/login/start".into(),
        raw: response.tag().to_owned(),
        source: std::sync::Arc::new(serde_json::Error::custom(
            "the response is of another kind of login",
        )),
    }
}

pub(crate) async fn browser(client: &Client) -> Result<BrowserLogin> {
    let params = LoginAccountParams::Chatgpt(ChatgptLoginAccountParams::new());
    match start(client, params).await? {
        (LoginAccountResponse::Chatgpt(started), completions) => Ok(BrowserLogin {
            auth_url: started.auth_url,
            attempt: Attempt {
                client: client.clone(),
                login_id: started.login_id,
                completions,
                completed: None,
            },
        }),
        (other, _) => Err(unexpected_kind(&other)),
    }
}

pub(crate) async fn device_code(client: &Client) -> Result<DeviceCodeLogin> {
    match start(client, LoginAccountParams::ChatgptDeviceCode).await? {
        (LoginAccountResponse::ChatgptDeviceCode(started), completions) => Ok(DeviceCodeLogin {
            verification_url: started.verification_url,
            user_code: started.user_code,
            attempt: Attempt {
                client: client.clone(),
                login_id: started.login_id,
                completions,
                completed: None,
            },
        }),
        (other, _) => Err(unexpected_kind(&other)),
    }
}
