//! Where a server listens, and what it is told and asked for.

use std::{env, fmt, time::Duration};

/// The environment variables of [`WebsocketConfig::from_env`].
const URL_VARIABLE: &str = "CODEX_APP_SERVER_WS_URL";
const TOKEN_VARIABLE: &str = "CODEX_APP_SERVER_TOKEN";

/// Where a server is when nobody says.
const DEFAULT_URL: &str = "ws://127.0.0.1:8765";

/// How long it may take until the websocket is open, unless it is told otherwise.
pub(crate) const CONNECT_TIMEOUT: Duration = Duration::from_secs(30);

/// How long the server may say nothing until it is asked, unless it is told otherwise.
pub(crate) const PING_INTERVAL: Duration = Duration::from_secs(20);

/// The longest message that is read, in bytes, unless it is told otherwise.
pub(crate) const MAX_MESSAGE: usize = 256 << 20;

/// A server that listens on a websocket, such as `codex app-server --listen ws://127.0.0.1:8765`,
/// for [`connect_websocket`](crate::CodexBuilder::connect_websocket). A URL alone will do where no
/// option is needed.
///
/// ```no_run
/// # async fn example(token: String) -> codex_app_server::Result<()> {
/// use codex_app_server::{Codex, WebsocketConfig};
///
/// let server = WebsocketConfig::new("ws://127.0.0.1:8765").token(token);
/// let codex = Codex::builder().connect_websocket(server).await?;
/// # Ok(()) }
/// ```
///
/// No `Origin` is sent, which codex refuses, and no compression is offered, which it does not have.
/// Neither `Debug` nor errors show tokens or the values of headers; the websocket library does,
/// with all that is sent, if the crate `log` is set to `trace` for it (`tungstenite`).
#[derive(Clone)]
#[non_exhaustive]
pub struct WebsocketConfig {
    pub(crate) url: String,
    pub(crate) token: Option<String>,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) connect_timeout: Duration,
    pub(crate) ping_interval: Option<Duration>,
    pub(crate) max_message_bytes: usize,
    pub(crate) insecure_token: bool,
}

impl WebsocketConfig {
    /// The server at a URL: `ws://host:port`, or `wss://host` with the feature `tls`, which trusts
    /// what this machine trusts, and the certificates in the file that the environment variable
    /// `SSL_CERT_FILE` names instead. codex serves any path.
    #[must_use]
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            token: None,
            headers: Vec::new(),
            connect_timeout: CONNECT_TIMEOUT,
            ping_interval: Some(PING_INTERVAL),
            max_message_bytes: MAX_MESSAGE,
            insecure_token: false,
        }
    }

    /// The server that the environment names: `CODEX_APP_SERVER_WS_URL`, or else
    /// `ws://127.0.0.1:8765`, with the token of `CODEX_APP_SERVER_TOKEN`, if there is one. Nothing
    /// else reads these variables.
    ///
    /// ```no_run
    /// # async fn example() -> codex_app_server::Result<()> {
    /// use codex_app_server::{Codex, WebsocketConfig};
    ///
    /// let codex = Codex::builder().connect_websocket(WebsocketConfig::from_env()).await?;
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn from_env() -> Self {
        // What is set to nothing is not set.
        let variable = |name| env::var(name).ok().filter(|value| !value.trim().is_empty());
        let new = Self::new(variable(URL_VARIABLE).unwrap_or_else(|| DEFAULT_URL.to_owned()));
        match variable(TOKEN_VARIABLE) {
            Some(token) => new.token(token),
            None => new,
        }
    }

    /// Another URL: for what [`from_env`](Self::from_env) has, where the program is told one.
    #[must_use]
    pub fn url(mut self, url: impl Into<String>) -> Self {
        self.url = url.into();
        self
    }

    /// Shows the server a bearer token: what is in the file of its `--ws-token-file`, or a JWT that
    /// is signed as it expects. Blanks around it, such as the line end of a file, are left out.
    ///
    /// It is sent as `Authorization: Bearer …`. A [`header`](Self::header) of that name that you
    /// set yourself is sent instead.
    #[must_use]
    pub fn token(mut self, token: impl Into<String>) -> Self {
        self.token = Some(token.into());
        self
    }

    /// Adds a header to the request that opens the websocket, such as one that a proxy asks for. A
    /// header that is set again replaces the first.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// How long it may take until the websocket is open; 30 seconds unless set.
    #[must_use]
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// How long the server may say nothing until it is asked whether it is still there, with a
    /// ping; 20 seconds unless set. One that has not said anything after that time again is given
    /// up, so that a connection which is dead without anybody having told us ends after at most
    /// three times this. `None` never asks.
    #[must_use]
    pub fn ping_interval(mut self, interval: impl Into<Option<Duration>>) -> Self {
        self.ping_interval = interval.into();
        self
    }

    /// How long a message of the server may be, in bytes; a longer one ends the connection. 256 MiB
    /// unless set. codex sends an item, such as the whole output of a command, in one message.
    #[must_use]
    pub fn max_message_bytes(mut self, bytes: usize) -> Self {
        self.max_message_bytes = bytes;
        self
    }

    /// Allows that a token is sent unencrypted, over `ws://`, to another machine. Everybody on the
    /// way can read it, and do with your account what codex can. Without this, such a connection is
    /// refused.
    #[must_use]
    pub fn allow_insecure_token(mut self) -> Self {
        self.insecure_token = true;
        self
    }
}

impl From<&str> for WebsocketConfig {
    fn from(url: &str) -> Self {
        Self::new(url)
    }
}

impl From<String> for WebsocketConfig {
    fn from(url: String) -> Self {
        Self::new(url)
    }
}

/// The URL without what may be a secret in it: names and passwords, and the query.
pub(crate) fn without_secrets(url: &str) -> String {
    let url = url.split(['?', '#']).next().unwrap_or_default();
    let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let host = authority.rsplit('@').next().unwrap_or_default();
    let separator = if scheme.is_empty() { "" } else { "://" };
    format!("{scheme}{separator}{host}{path}")
}

/// Without the token, the values of headers, and what in the URL may be a secret.
impl fmt::Debug for WebsocketConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let headers: Vec<_> = self.headers.iter().map(|(name, _)| name).collect();
        f.debug_struct("WebsocketConfig")
            .field("url", &without_secrets(&self.url))
            .field("has_token", &self.token.is_some())
            .field("headers", &headers)
            .field("connect_timeout", &self.connect_timeout)
            .field("ping_interval", &self.ping_interval)
            .field("max_message_bytes", &self.max_message_bytes)
            .field("insecure_token", &self.insecure_token)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_shown_without_its_secrets() {
        for (url, shown) in [
            ("ws://host:1/a?token=x#y", "ws://host:1/a"),
            ("wss://me:x@host/a@b", "wss://host/a@b"),
            ("host", "host"),
        ] {
            assert_eq!(without_secrets(url), shown);
        }
    }
}
