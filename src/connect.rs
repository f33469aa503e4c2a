//! How a connection is made: its options, and the handshake.

mod capabilities;
mod handlers;
#[cfg(feature = "websocket")]
mod running;

use std::{fmt, path::PathBuf, pin::Pin, time::Duration};

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::{
    client::Client,
    codex::{Codex, ServerMetadata},
    config::AppServerConfig,
    error::{Error, Result},
    generated::v2_all::{ClientInfo, InitializeCapabilities, InitializeParams},
    handlers::Handlers,
    json::decode,
    retry::RetryPolicy,
    rpc::Options,
    transport::Transport,
    version::{ServerVersion, VersionPolicy},
};

/// How long the server may take to respond, unless it is told otherwise.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);

/// Unread bytes beyond which deltas are dropped, unless it is told otherwise.
const UNREAD_LIMIT: usize = 64 << 20;

impl Codex {
    /// Starts `codex app-server` and connects to it over stdio, with all defaults. Has to be called
    /// within a tokio runtime.
    ///
    /// # Errors
    ///
    /// Those of [`CodexBuilder::connect_stdio`].
    pub async fn connect() -> Result<Self> {
        Self::builder().connect_stdio().await
    }

    /// A connection with options.
    pub fn builder() -> CodexBuilder {
        CodexBuilder::default()
    }
}

/// Options of a connection, then one of the `connect_…` methods.
///
/// ```no_run
/// # async fn example() -> codex_app_server::Result<()> {
/// use std::time::Duration;
/// use codex_app_server::{AppServerConfig, Codex};
///
/// let codex = Codex::builder()
///     .app_server(AppServerConfig::new().cwd("/srv/project"))
///     .request_timeout(Duration::from_secs(10))
///     .on_file_change_approval(|request| async move { request.accept() })
///     .connect_stdio()
///     .await?;
/// # Ok(()) }
/// ```
#[must_use = "nothing happens before one of the `connect_…` methods"]
pub struct CodexBuilder {
    app_server: AppServerConfig,
    request_timeout: Option<Duration>,
    inactivity_timeout: Option<Duration>,
    unread_limit: usize,
    version_policy: VersionPolicy,
    capabilities: InitializeCapabilities,
    opt_out: Vec<String>,
    retry: Option<RetryPolicy>,
    handlers: Handlers,
    policy: Option<StartPolicy>,
    record: Option<StartRecording>,
}

/// Lets a policy decide before the handlers. It is here as a function, so that a program without
/// one does not contain the code of policies.
type StartPolicy = Box<dyn FnOnce(Handlers) -> StartingPolicy + Send + Sync>;

type StartingPolicy = Pin<Box<dyn Future<Output = Result<Handlers>> + Send>>;

/// Has what passes written down. As a function, for the same reason.
type StartRecording = Box<
    dyn FnOnce(Transport) -> Pin<Box<dyn Future<Output = Result<Transport>> + Send>> + Send + Sync,
>;

impl Default for CodexBuilder {
    fn default() -> Self {
        Self {
            app_server: AppServerConfig::default(),
            request_timeout: Some(REQUEST_TIMEOUT),
            inactivity_timeout: None,
            unread_limit: UNREAD_LIMIT,
            version_policy: VersionPolicy::default(),
            capabilities: InitializeCapabilities::new(),
            opt_out: Vec::new(),
            retry: None,
            handlers: Handlers::default(),
            policy: None,
            record: None,
        }
    }
}

impl CodexBuilder {
    /// How the server is started, and the client's name.
    pub fn app_server(mut self, config: AppServerConfig) -> Self {
        self.app_server = config;
        self
    }

    /// How long the server may take to respond to a request; 30 seconds unless set. Requests that
    /// take as long as their work (`command/exec`, …) are not held to it.
    /// [`Call::timeout`](crate::Call::timeout) sets it for one call.
    pub fn request_timeout(mut self, timeout: Duration) -> Self {
        self.request_timeout = Some(timeout);
        self
    }

    /// How long a turn or a goal may be silent before its reader is told so with
    /// [`Error::TurnInactive`]; for ever unless set. The turn goes on. See
    /// [`TurnOverrides::inactivity_timeout`](crate::TurnOverrides::inactivity_timeout), which sets
    /// it for one turn.
    pub fn inactivity_timeout(mut self, timeout: Duration) -> Self {
        self.inactivity_timeout = Some(timeout);
        self
    }

    /// How many bytes of events a subscriber may leave unread before deltas are dropped; 64 MiB
    /// unless set. At four times this its subscription ends.
    pub fn max_unread_bytes(mut self, bytes: usize) -> Self {
        self.unread_limit = bytes;
        self
    }

    /// Which versions of the server are accepted; any, unless set, with a warning in the log for
    /// another than the pinned one.
    pub fn version_policy(mut self, policy: VersionPolicy) -> Self {
        self.version_policy = policy;
        self
    }

    /// Repeats requests that only read (`…/list`, `…/read`, …) when the server is overloaded.
    /// [`Call::retry`](crate::Call::retry) sets it for one call of any kind.
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.retry = Some(policy);
        self
    }

    /// Writes all messages of the connection into a file, with time and direction, one JSON object
    /// per line: to look at (`cargo xtask transcript FILE`), or to be played again by a
    /// [`Replay`](crate::transport::Replay). A file that is there is written over; on Unix a new
    /// one can be read by its owner only.
    ///
    /// Secrets are left out: fields that hold some, and what looks like one in a text. But a text
    /// that comes in pieces may have one in two of them, and all else that was said is there.
    ///
    /// The connection does not wait for the file. If more than 64 MiB wait to be written, messages
    /// are missing, and the file says where; if it cannot be written any more, because the disk is
    /// full, it ends there, with a warning in the log. [`close`](Codex::close) waits up to a second
    /// until all is written.
    ///
    /// ```no_run
    /// # async fn example() -> codex_app_server::Result<()> {
    /// use codex_app_server::Codex;
    ///
    /// let codex = Codex::builder().record("session.jsonl").connect_stdio().await?;
    /// # Ok(()) }
    /// ```
    ///
    /// Connecting fails with [`Error::InvalidInput`] if the file cannot be created.
    pub fn record(mut self, path: impl Into<PathBuf>) -> Self {
        let path = path.into();
        self.record =
            Some(Box::new(move |transport| Box::pin(async move { transport.record(&path).await })));
        self
    }

    /// Starts `codex app-server` as a child process and speaks with it over stdin and stdout. Has
    /// to be called within a tokio runtime.
    ///
    /// # Errors
    ///
    /// - [`Error::RuntimeNotFound`] if there is no codex binary,
    /// - [`Error::Spawn`] if it cannot be started,
    /// - [`Error::InvalidInput`] for a malformed option,
    /// - [`Error::Handshake`] if the server exits, or does not respond,
    /// - [`Error::Version`] if the version policy does not accept it.
    pub async fn connect_stdio(mut self) -> Result<Codex> {
        let capabilities = self.declared()?;
        let transport = Transport::stdio(&self.app_server)?;
        self.connect_over(transport, capabilities).await
    }

    /// Speaks with a server over a transport of your own. Has to be called within a tokio runtime.
    ///
    /// # Errors
    ///
    /// As for [`connect_stdio`](Self::connect_stdio), once the server runs.
    pub async fn connect_with(mut self, transport: Transport) -> Result<Codex> {
        let capabilities = self.declared()?;
        self.connect_over(transport, capabilities).await
    }

    async fn connect_over(
        self,
        mut transport: Transport,
        capabilities: InitializeCapabilities,
    ) -> Result<Codex> {
        let config = self.app_server;
        config.check_client()?;
        if let Some(record) = self.record {
            transport = record(transport).await?;
        }
        let Self { request_timeout, unread_limit, retry, mut handlers, .. } = self;
        if let Some(start) = self.policy {
            handlers = start(handlers).await?;
        }
        let client = Client::open(transport, retry, handlers.approve(), |client| Options {
            request_timeout,
            unread_limit,
            recall: handlers.recall(),
            handler: handlers.into_raw(client),
        });
        if let Some(limit) = self.inactivity_timeout {
            client.session().set_inactivity_timeout(limit);
        }
        match handshake(&client, &config, &self.version_policy, capabilities).await {
            Ok(metadata) => {
                client.connection().initialized();
                Ok(Codex::new(client, metadata))
            }
            Err(error) => {
                // A server that does not speak our protocol is not left behind.
                client.connection().close().await;
                Err(match error {
                    Error::Handshake { .. } | Error::Version { .. } => error,
                    source => Error::Handshake { source: Box::new(source) },
                })
            }
        }
    }
}

impl fmt::Debug for CodexBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CodexBuilder")
            .field("request_timeout", &self.request_timeout)
            .field("unread_limit", &self.unread_limit)
            .finish_non_exhaustive()
    }
}

async fn handshake(
    client: &Client,
    config: &AppServerConfig,
    policy: &VersionPolicy,
    capabilities: InitializeCapabilities,
) -> Result<ServerMetadata> {
    let info = ClientInfo::new()
        .name(&config.client_name)
        .version(&config.client_version)
        .title(config.client_title.clone());
    let params = InitializeParams::new(info).capabilities(capabilities);
    let response: Box<RawValue> = client.request(params).read().await?;
    let metadata = ServerMetadata::new(&response)?;
    let version = ServerVersion::new(&metadata.server_version);
    version.check(&metadata.server_version, policy)?;
    client.session().set_version(version);
    client.connection().notify(r#"{"method":"initialized"}"#).await?;
    tracing::debug!(version = metadata.server_version, "connected to an app-server");
    Ok(metadata)
}

impl ServerMetadata {
    /// Of the response, only the version has to be there: it stands in the user agent, after the
    /// first `/`.
    fn new(response: &RawValue) -> Result<Self> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct OnlyUserAgent {
            user_agent: String,
        }
        let OnlyUserAgent { user_agent } = decode("initialize", response.get().as_bytes())?;
        let rest = user_agent.split_once('/').map(|(_, rest)| rest);
        let Some(version) = rest.and_then(|rest| rest.split_whitespace().next()) else {
            return Err(Error::invalid(
                "userAgent",
                format!(
                    "{user_agent:?} of the server has no version after a `/`; is this `codex app-server`?"
                ),
            ));
        };
        let initialize = decode("initialize", response.get().as_bytes());
        if let Err(error) = &initialize {
            tracing::warn!(%error, "the response to `initialize` does not fit its type");
        }
        Ok(Self { server_version: version.to_owned(), initialize: initialize.ok(), user_agent })
    }
}
