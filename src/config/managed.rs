//! How a server is started that listens.

use std::{fmt, time::Duration};

use super::{AppServerConfig, websocket::CONNECT_TIMEOUT};
#[cfg(unix)]
use crate::error::{Error, Result};

/// How a [`ManagedServer`](crate::ManagedServer) is started. An [`AppServerConfig`] alone will do
/// where no other option is needed.
///
/// ```
/// use std::time::Duration;
/// use codex_app_server::{AppServerConfig, ManagedServerConfig};
///
/// let config = ManagedServerConfig::new(AppServerConfig::new().cwd("/srv/project"))
///     .start_timeout(Duration::from_secs(10));
/// ```
///
/// The command is that of the [`AppServerConfig`], which is told where to listen. Of its
/// [`launch_args_override`](AppServerConfig::launch_args_override), which is run as it is, that is
/// yours to say.
#[derive(Clone)]
#[non_exhaustive]
pub struct ManagedServerConfig {
    pub(crate) app_server: AppServerConfig,
    pub(crate) token: Option<String>,
    pub(crate) start_timeout: Duration,
}

impl ManagedServerConfig {
    /// A server that is started so.
    #[must_use]
    pub fn new(app_server: AppServerConfig) -> Self {
        Self { app_server, token: None, start_timeout: CONNECT_TIMEOUT }
    }

    /// Has the server ask everybody for this bearer token, at a port. Without one, everybody on
    /// this machine may connect to that, and do with your account what codex can. It is any text
    /// that nobody guesses; blanks around it are left out.
    ///
    /// The server reads it from a file that only this user can read, and that is removed when the
    /// server has started.
    #[must_use]
    pub fn token(mut self, token: impl Into<String>) -> Self {
        self.token = Some(token.into());
        self
    }

    /// How long it may take until the server listens; 30 seconds unless set.
    #[must_use]
    pub fn start_timeout(mut self, timeout: Duration) -> Self {
        self.start_timeout = timeout;
        self
    }

    /// On a unix socket nobody is asked for a token.
    #[cfg(unix)]
    pub(crate) fn refuse_token(&self) -> Result<()> {
        if self.token.is_none() {
            return Ok(());
        }
        Err(Error::invalid(
            "token",
            "a server on a unix socket asks for none: only this user may connect to it; leave it \
             out, or use `ManagedServer::start`",
        ))
    }
}

impl From<AppServerConfig> for ManagedServerConfig {
    fn from(app_server: AppServerConfig) -> Self {
        Self::new(app_server)
    }
}

/// Without the token.
impl fmt::Debug for ManagedServerConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ManagedServerConfig")
            .field("app_server", &self.app_server)
            .field("has_token", &self.token.is_some())
            .field("start_timeout", &self.start_timeout)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_not_shown() {
        let config = ManagedServerConfig::from(AppServerConfig::new()).token("s3cret");
        assert!(!format!("{config:?}").contains("s3cret"));
    }
}
