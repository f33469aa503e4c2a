//! The entry: reaching a server, and opening threads on it.

use std::{fmt, sync::Arc, time::Duration};

use crate::{
    AppServerConfig, Error, Reply, Result, Thread, ThreadConfig,
    client::{Client, decode},
    generated::v2_all::{
        ClientInfo, InitializeCapabilities, InitializeParams, InitializeResponse, ServerRequest,
    },
    rpc::{Connection, Deadline, Handler, Options},
    transport::Transport,
};

/// The deadline of requests that the server answers at once.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);

/// Unread bytes of one subscriber beyond which deltas are dropped.
const UNREAD_LIMIT: usize = 64 << 20;

/// A connection to one app-server. Clones share it.
///
/// Dropping the last clone, and with it every [`Thread`] and
/// [`TurnHandle`](crate::TurnHandle), closes the server's stdin; a server
/// that has not left 6 seconds later is killed with its process group.
/// [`close`](Self::close) does the same and waits for it.
///
/// ```no_run
/// # async fn example() -> codex_app_server::Result<()> {
/// use codex_app_server::{Codex, ThreadConfig};
///
/// let codex = Codex::connect().await?;
/// let thread = codex.thread_start(ThreadConfig::new()).await?;
/// let result = thread.run("Explain this repository in three bullets.").await?;
/// println!("{}", result.final_response.as_deref().unwrap_or("(no answer)"));
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct Codex {
    client: Client,
    metadata: Arc<ServerMetadata>,
}

impl Codex {
    /// Starts `codex app-server` and connects to it over stdio, with all
    /// defaults. Has to be called within a tokio runtime.
    ///
    /// # Errors
    ///
    /// Those of [`CodexBuilder::connect_stdio`].
    pub async fn connect() -> Result<Self> {
        Self::builder().connect_stdio().await
    }

    /// A connection with options.
    #[must_use]
    pub fn builder() -> CodexBuilder {
        CodexBuilder::default()
    }

    /// What the server said of itself in the handshake.
    #[must_use]
    pub fn metadata(&self) -> &ServerMetadata {
        &self.metadata
    }

    /// Every request of the protocol, typed.
    #[must_use]
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// The process id of the server, if this connection started one.
    #[must_use]
    pub fn server_pid(&self) -> Option<u32> {
        self.client.connection().server_pid()
    }

    /// Starts a thread (`thread/start`).
    ///
    /// # Errors
    ///
    /// Those of [`Call`](crate::Call).
    pub async fn thread_start(&self, config: ThreadConfig) -> Result<Thread> {
        let started = self.client.request(config.start()).await?;
        Ok(Thread::new(self.client.clone(), started.thread.id))
    }

    /// Picks up a thread of an earlier session, or one that another client
    /// has started (`thread/resume`). What `config` leaves out stays as it
    /// was in the thread.
    ///
    /// # Errors
    ///
    /// Those of [`Call`](crate::Call); an unknown id is an
    /// [`Error::Rpc`].
    pub async fn thread_resume(
        &self,
        thread_id: impl Into<String>,
        config: ThreadConfig,
    ) -> Result<Thread> {
        let resumed = self.client.request(config.resume(thread_id.into())).await?;
        Ok(Thread::new(self.client.clone(), resumed.thread.id))
    }

    /// Copies a thread, with all that was said, into a new one
    /// (`thread/fork`).
    ///
    /// # Errors
    ///
    /// As for [`thread_resume`](Self::thread_resume).
    pub async fn thread_fork(
        &self,
        thread_id: impl Into<String>,
        config: ThreadConfig,
    ) -> Result<Thread> {
        let forked = self.client.request(config.fork(thread_id.into())).await?;
        Ok(Thread::new(self.client.clone(), forked.thread.id))
    }

    /// Closes the connection for all clones, and waits until the server
    /// process, if there is one, is gone: at most a little over 6 seconds.
    /// What is still pending ends with [`Error::Closed`].
    pub async fn close(&self) {
        self.client.connection().close().await;
    }
}

impl fmt::Debug for Codex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Codex")
            .field("metadata", &self.metadata)
            .finish_non_exhaustive()
    }
}

/// What a server says of itself in the handshake (`initialize`).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ServerMetadata {
    /// The server's version, such as `0.169.0`.
    pub server_version: String,
    /// The whole answer.
    pub initialize: InitializeResponse,
}

impl ServerMetadata {
    /// The version stands in the user agent, after the first `/`.
    fn new(initialize: InitializeResponse) -> Result<Self> {
        let version = initialize
            .user_agent
            .split_once('/')
            .and_then(|(_, rest)| rest.split_whitespace().next());
        match version {
            Some(version) => Ok(Self {
                server_version: version.to_owned(),
                initialize,
            }),
            None => Err(Error::Handshake {
                source: Box::new(Error::invalid(
                    "userAgent",
                    format!(
                        "{:?} of the server has no version after a `/`; is this `codex app-server`?",
                        initialize.user_agent
                    ),
                )),
            }),
        }
    }
}

/// Options of a connection, then one of the `connect_…` methods.
///
/// ```no_run
/// # async fn example() -> codex_app_server::Result<()> {
/// use std::time::Duration;
/// use codex_app_server::{AppServerConfig, Codex, Reply};
///
/// let codex = Codex::builder()
///     .app_server(AppServerConfig::new().cwd("/srv/project"))
///     .request_timeout(Duration::from_secs(10))
///     .on_server_request(|request, _client| async move { Reply::decline(&request) })
///     .connect_stdio()
///     .await?;
/// # Ok(()) }
/// ```
#[must_use = "nothing happens before one of the `connect_…` methods"]
pub struct CodexBuilder {
    app_server: AppServerConfig,
    request_timeout: Option<Duration>,
    unread_limit: usize,
    handler: Option<Handler>,
}

impl Default for CodexBuilder {
    fn default() -> Self {
        Self {
            app_server: AppServerConfig::default(),
            request_timeout: Some(REQUEST_TIMEOUT),
            unread_limit: UNREAD_LIMIT,
            handler: None,
        }
    }
}

impl CodexBuilder {
    /// How the server is started, and the client's name.
    pub fn app_server(mut self, config: AppServerConfig) -> Self {
        self.app_server = config;
        self
    }

    /// How long the server may take to answer a request; 30 seconds unless
    /// set. Requests that take as long as their work (`command/exec`, …) are
    /// not held to it. [`Call::timeout`](crate::Call::timeout) sets it for
    /// one call.
    pub fn request_timeout(mut self, timeout: Duration) -> Self {
        self.request_timeout = Some(timeout);
        self
    }

    /// How many bytes of events a subscriber may leave unread before deltas
    /// are dropped; 64 MiB unless set. At four times this its subscription
    /// ends.
    pub fn max_unread_bytes(mut self, bytes: usize) -> Self {
        self.unread_limit = bytes;
        self
    }

    /// Answers the server's own requests: approvals, questions, tool calls.
    ///
    /// Each request runs on a task of its own, so that a slow answer delays
    /// nothing else, and may call the client. A handler that panics, or
    /// whose reply is for another kind of request, declines; a request that
    /// somebody else answers first is cancelled. Without a handler all are
    /// [declined](Reply::decline).
    pub fn on_server_request<F, A>(mut self, handler: F) -> Self
    where
        F: Fn(ServerRequest, Client) -> A + Send + Sync + 'static,
        A: Future<Output = Reply> + Send + 'static,
    {
        self.handler = Some(Arc::new(move |request, client| {
            Box::pin(handler(request, client))
        }));
        self
    }

    /// Starts `codex app-server` as a child process and speaks with it over
    /// stdin and stdout. Has to be called within a tokio runtime.
    ///
    /// # Errors
    ///
    /// - [`Error::RuntimeNotFound`] if there is no codex binary,
    /// - [`Error::Spawn`] if it cannot be started,
    /// - [`Error::InvalidInput`] for a malformed option,
    /// - [`Error::Handshake`] if the server exits, or does not answer.
    pub async fn connect_stdio(self) -> Result<Codex> {
        let transport = Transport::spawn(&self.app_server.launch()?)?;
        self.connect_with(transport).await
    }

    /// Speaks with a server over a transport of your own. Has to be called
    /// within a tokio runtime.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInput`] for a malformed option, [`Error::Handshake`]
    /// if the server ends or does not answer.
    pub async fn connect_with(self, transport: Transport) -> Result<Codex> {
        let config = self.app_server;
        config.check_client()?;
        let connection = Connection::open(
            transport,
            Options {
                request_timeout: self.request_timeout,
                unread_limit: self.unread_limit,
                handler: self.handler,
            },
        );
        match handshake(&connection, &config).await {
            Ok(metadata) => Ok(Codex {
                client: Client::new(connection),
                metadata: Arc::new(metadata),
            }),
            Err(error) => {
                // A server that does not speak our protocol is not left behind.
                connection.close().await;
                Err(match error {
                    Error::Handshake { .. } => error,
                    source => Error::Handshake {
                        source: Box::new(source),
                    },
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

async fn handshake(connection: &Connection, config: &AppServerConfig) -> Result<ServerMetadata> {
    let info = ClientInfo::new(&config.client_name, &config.client_version)
        .title(config.client_title.clone());
    let capabilities = InitializeCapabilities::new().experimental_api(config.experimental_api);
    let params = InitializeParams::new(info).capabilities(capabilities);
    let answer = connection
        .request("initialize", &params, Deadline::Default)
        .await?;
    let metadata = ServerMetadata::new(decode("initialize", &answer)?)?;
    connection.notify("initialized").await?;
    tracing::debug!(
        version = metadata.server_version,
        "connected to an app-server"
    );
    Ok(metadata)
}
