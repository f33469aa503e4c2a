//! How a server process is started, and as whom we introduce ourselves.

mod command;
#[cfg(feature = "websocket")]
mod managed;
#[cfg(feature = "websocket")]
mod websocket;

use std::{collections::BTreeMap, ffi::OsString, fmt, path::PathBuf};

#[cfg(feature = "websocket")]
pub(crate) use self::websocket::{CONNECT_TIMEOUT, MAX_MESSAGE, PING_INTERVAL, without_secrets};
#[cfg(feature = "websocket")]
pub use self::{managed::ManagedServerConfig, websocket::WebsocketConfig};
use crate::{Error, Result};

/// How to start `codex app-server`, and the client's name in the handshake.
///
/// Everything has a default: a codex binary is looked for (see [`codex_bin`](Self::codex_bin)), the
/// working directory and the environment are inherited.
///
/// Which command is run is decided by the first of these that is there:
///
/// 1. [`launch_args_override`](Self::launch_args_override), the whole command line;
/// 2. [`codex_bin`](Self::codex_bin), the binary;
/// 3. the environment variable `CODEX_APP_SERVER_CMD` of this program, a whole command line, such
///    as `ssh build-host codex app-server`; it is split as a POSIX shell does (so backslashes stand
///    in quotes) and run without a shell, and [overrides](Self::config_override) follow at its end;
/// 4. the environment variable `CODEX_BIN`, then the places where a binary is looked for.
///
/// ```
/// use codex_app_server::AppServerConfig;
///
/// let config = AppServerConfig::new()
///     .config_override("model_reasoning_effort=\"high\"")
///     .cwd("/srv/project")
///     .env("RUST_LOG", "info");
/// ```
#[derive(Clone)]
#[non_exhaustive]
pub struct AppServerConfig {
    codex_bin: Option<PathBuf>,
    launch_args: Option<Vec<OsString>>,
    config_overrides: Vec<String>,
    cwd: Option<PathBuf>,
    /// Whether the server gets our own environment, too.
    inherit_env: bool,
    /// Those without a value are removed.
    env: BTreeMap<OsString, Option<OsString>>,
    pub(crate) client_name: String,
    pub(crate) client_title: Option<String>,
    pub(crate) client_version: String,
    pub(crate) experimental_api: bool,
}

impl Default for AppServerConfig {
    fn default() -> Self {
        Self {
            codex_bin: None,
            launch_args: None,
            config_overrides: Vec::new(),
            cwd: None,
            inherit_env: true,
            env: BTreeMap::new(),
            client_name: "codex-app-server-rust".into(),
            client_title: None,
            client_version: env!("CARGO_PKG_VERSION").into(),
            experimental_api: true,
        }
    }
}

/// Names only: the values of settings and variables, and arguments, may be secrets.
impl fmt::Debug for AppServerConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let program = self.launch_args.as_ref().map(|argv| argv.first());
        let keys = |setting: &String| setting.split_once('=').map(|(key, _)| key.to_owned());
        let keys: Vec<_> = self.config_overrides.iter().filter_map(keys).collect();
        f.debug_struct("AppServerConfig")
            .field("codex_bin", &self.codex_bin)
            .field("launch_args", &program)
            .field("config_overrides", &keys)
            .field("cwd", &self.cwd)
            .field("inherit_env", &self.inherit_env)
            .field("env", &self.env.keys())
            .field("client_name", &self.client_name)
            .field("client_title", &self.client_title)
            .field("client_version", &self.client_version)
            .field("experimental_api", &self.experimental_api)
            .finish()
    }
}

impl AppServerConfig {
    /// The defaults.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The codex binary to run.
    ///
    /// Without it these are tried: the environment variable `CODEX_BIN`; a folder
    /// `codex-runtime/<version>` beside the running program or in the cargo target folder it was
    /// built into (what `cargo xtask runtime` makes); and `codex` on `PATH`, whose relative folders
    /// are passed over.
    ///
    /// A name without a folder, such as `codex`, is looked for on the `PATH` of this program, whose
    /// relative folders are passed over; any other relative path is meant from the working
    /// directory of this program, not from [`cwd`](Self::cwd).
    #[must_use]
    pub fn codex_bin(mut self, path: impl Into<PathBuf>) -> Self {
        self.codex_bin = Some(path.into());
        self
    }

    /// The whole command line, program first, instead of `codex app-server --listen stdio://`.
    /// [Config overrides](Self::config_override) are then yours to place. A program without a
    /// folder is looked for on the server's `PATH`; a relative one is found as
    /// [`codex_bin`](Self::codex_bin) is.
    #[must_use]
    pub fn launch_args_override<I>(mut self, argv: I) -> Self
    where
        I: IntoIterator<Item: Into<OsString>>,
    {
        self.launch_args = Some(argv.into_iter().map(Into::into).collect());
        self
    }

    /// Adds one `key=value` setting, as `codex --config` takes it: a dotted key, and a value in
    /// TOML (or a plain string).
    ///
    /// An override without a key or without `=` is refused when connecting.
    #[must_use]
    pub fn config_override(mut self, key_value: impl Into<String>) -> Self {
        self.config_overrides.push(key_value.into());
        self
    }

    /// The server's working directory, which is also where threads work unless they name another.
    ///
    /// One that is not there is refused when connecting.
    #[must_use]
    pub fn cwd(mut self, path: impl Into<PathBuf>) -> Self {
        self.cwd = Some(path.into());
        self
    }

    /// Sets one environment variable for the server, on top of our own.
    #[must_use]
    pub fn env(mut self, key: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        self.env.insert(key.into(), Some(value.into()));
        self
    }

    /// Sets environment variables for the server, on top of our own and of those that were set
    /// before.
    ///
    /// ```
    /// use codex_app_server::AppServerConfig;
    ///
    /// let config = AppServerConfig::new().envs([("RUST_LOG", "info"), ("NO_COLOR", "1")]);
    /// ```
    #[must_use]
    pub fn envs<K, V>(mut self, variables: impl IntoIterator<Item = (K, V)>) -> Self
    where
        K: Into<OsString>,
        V: Into<OsString>,
    {
        let variables = variables.into_iter();
        self.env.extend(variables.map(|(key, value)| (key.into(), Some(value.into()))));
        self
    }

    /// Keeps an environment variable of our own from the server, and takes back one that was set.
    ///
    /// ```
    /// use codex_app_server::AppServerConfig;
    ///
    /// let config = AppServerConfig::new().env_remove("OPENAI_API_KEY");
    /// ```
    #[must_use]
    pub fn env_remove(mut self, key: impl Into<OsString>) -> Self {
        self.env.insert(key.into(), None);
        self
    }

    /// Keeps all of our own environment from the server, and takes back what was set before: it
    /// gets what is set from here on. What it needs of ours has to be named then: `HOME` or
    /// `CODEX_HOME`, `PATH`, on Windows also `SystemRoot`.
    ///
    /// ```
    /// use codex_app_server::AppServerConfig;
    ///
    /// let kept = std::env::vars_os().filter(|(name, _)| name == "PATH" || name == "HOME");
    /// let config = AppServerConfig::new().env_clear().envs(kept);
    /// ```
    #[must_use]
    pub fn env_clear(mut self) -> Self {
        self.inherit_env = false;
        self.env.clear();
        self
    }

    /// The client's name and version in the handshake. The server puts them into a user-agent
    /// header, so the name has to be plain ASCII.
    #[must_use]
    pub fn client_info(mut self, name: impl Into<String>, version: impl Into<String>) -> Self {
        self.client_name = name.into();
        self.client_version = version.into();
        self
    }

    /// The client's name for people, in the handshake.
    #[must_use]
    pub fn client_title(mut self, title: impl Into<String>) -> Self {
        self.client_title = Some(title.into());
        self
    }

    /// Whether experimental methods and fields are asked for; on by default.
    #[must_use]
    pub fn experimental_api(mut self, on: bool) -> Self {
        self.experimental_api = on;
        self
    }

    pub(crate) fn check_client(&self) -> Result<()> {
        let plain =
            |text: &str| !text.is_empty() && text.bytes().all(|byte| (b' '..=b'~').contains(&byte));
        if plain(&self.client_name) {
            return Ok(());
        }
        Err(Error::invalid(
            "client_info",
            format!(
                "the name {:?} goes into an HTTP header: use printable ASCII, at least one character",
                self.client_name
            ),
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_name_that_is_no_header_value_is_refused() {
        for name in ["", "naïve", "two\nlines"] {
            assert!(AppServerConfig::new().client_info(name, "1").check_client().is_err());
        }
        assert!(AppServerConfig::new().check_client().is_ok());
    }
}
