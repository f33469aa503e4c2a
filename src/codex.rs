//! The entry: reaching a server, and opening threads on it.

use std::{fmt, sync::Arc, time::Duration};

use crate::{
    AppServerConfig, Error, Reply, Result, RetryPolicy, Thread, ThreadConfig, VersionPolicy,
    client::Client,
    generated::v2_all::{
        ApiKeyLoginAccountParams, ClientInfo, GetAccountParams, GetAccountResponse,
        InitializeCapabilities, InitializeParams, InitializeResponse, LoginAccountParams,
        ModelListParams, ModelListResponse, NOTIFICATIONS, ServerRequest, ThreadArchiveParams,
        ThreadListParams, ThreadListResponse, ThreadUnarchiveParams,
    },
    json::{decode, encode},
    login::{self, BrowserLogin, DeviceCodeLogin},
    rpc::{Connection, Deadline, Handler, Options, is_delta},
    transport::Transport,
    version::ServerVersion,
};

/// The deadline of requests that the server answers at once.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);

/// Unread bytes of one subscriber beyond which deltas are dropped.
const UNREAD_LIMIT: usize = 64 << 20;

/// A connection to one app-server. Clones share it.
///
/// Dropping the last clone, and with it every [`Thread`] and [`TurnHandle`](crate::TurnHandle),
/// closes the server's stdin; a server that has not left 6 seconds later is killed with its process
/// group. [`close`](Self::close) does the same and waits for it.
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
        Thread::open(&self.client, config.start()).await
    }

    /// Picks up a thread of an earlier session, or one that another client has started
    /// (`thread/resume`). What `config` leaves out stays as it was in the thread.
    ///
    /// # Errors
    ///
    /// Those of [`Call`](crate::Call); an unknown id is an [`Error::Rpc`].
    pub async fn thread_resume(
        &self,
        thread_id: impl Into<String>,
        config: ThreadConfig,
    ) -> Result<Thread> {
        let params = config.resume(thread_id.into(), self.excludes_turns());
        Thread::open(&self.client, params).await
    }

    /// Copies a thread, with all that was said, into a new one (`thread/fork`).
    ///
    /// # Errors
    ///
    /// As for [`thread_resume`](Self::thread_resume).
    pub async fn thread_fork(
        &self,
        thread_id: impl Into<String>,
        config: ThreadConfig,
    ) -> Result<Thread> {
        let params = config.fork(thread_id.into(), self.excludes_turns());
        Thread::open(&self.client, params).await
    }

    /// A page of the stored threads (`thread/list`).
    ///
    /// ```no_run
    /// # async fn example(codex: codex_app_server::Codex) -> codex_app_server::Result<()> {
    /// use codex_app_server::generated::v2_all::ThreadListParams;
    ///
    /// let page = codex.thread_list(ThreadListParams::new().limit(20).archived(false)).await?;
    /// for thread in page.data {
    ///     println!("{} {}", thread.id, thread.preview);
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`Call`](crate::Call).
    pub async fn thread_list(&self, params: ThreadListParams) -> Result<ThreadListResponse> {
        self.client.request(params).await
    }

    /// Archives a thread (`thread/archive`).
    ///
    /// # Errors
    ///
    /// Those of [`Call`](crate::Call).
    pub async fn thread_archive(&self, thread_id: impl Into<String>) -> Result<()> {
        let params = ThreadArchiveParams::new(thread_id);
        self.client.request(params).await.map(drop)
    }

    /// Brings an archived thread back (`thread/unarchive`).
    ///
    /// # Errors
    ///
    /// Those of [`Call`](crate::Call).
    pub async fn thread_unarchive(&self, thread_id: impl Into<String>) -> Result<Thread> {
        let params = ThreadUnarchiveParams::new(thread_id);
        Thread::open(&self.client, params).await
    }

    /// The models that can be chosen (`model/list`), on request with those that are not shown to
    /// users.
    ///
    /// # Errors
    ///
    /// Those of [`Call`](crate::Call).
    pub async fn models(&self, include_hidden: bool) -> Result<ModelListResponse> {
        let params = ModelListParams::new().include_hidden(include_hidden);
        self.client.request(params).await
    }

    /// Who is logged in (`account/read`); with `refresh_token`, after asking for a new token.
    ///
    /// # Errors
    ///
    /// Those of [`Call`](crate::Call).
    pub async fn account(&self, refresh_token: bool) -> Result<GetAccountResponse> {
        let params = GetAccountParams::new().refresh_token(refresh_token);
        self.client.request(params).await
    }

    /// Logs in with an API key (`account/login/start`).
    ///
    /// # Errors
    ///
    /// Those of [`Call`](crate::Call). The key is in none of them.
    pub async fn login_api_key(&self, api_key: impl Into<String>) -> Result<()> {
        let params = LoginAccountParams::ApiKey(ApiKeyLoginAccountParams::new(api_key));
        self.client.request(params).await.map(drop)
    }

    /// Begins to log in with a ChatGPT account, in the user's browser (`account/login/start`).
    ///
    /// # Errors
    ///
    /// Those of [`Call`](crate::Call).
    pub async fn login_chatgpt(&self) -> Result<BrowserLogin> {
        login::browser(&self.client).await
    }

    /// Begins to log in with a ChatGPT account, by a code that the user types in on another device
    /// (`account/login/start`).
    ///
    /// # Errors
    ///
    /// Those of [`Call`](crate::Call).
    pub async fn login_chatgpt_device_code(&self) -> Result<DeviceCodeLogin> {
        login::device_code(&self.client).await
    }

    /// Logs out (`account/logout`).
    ///
    /// # Errors
    ///
    /// Those of [`Call`](crate::Call).
    pub async fn logout(&self) -> Result<()> {
        self.client.account_logout().await.map(drop)
    }

    fn excludes_turns(&self) -> bool {
        self.client.connection().version().excludes_turns()
    }

    /// Closes the connection for all clones, and waits until the server process, if there is one,
    /// is gone: at most a little over 6 seconds. What is still pending ends with [`Error::Closed`].
    pub async fn close(&self) {
        self.client.connection().close().await;
    }
}

impl fmt::Debug for Codex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Codex").field("metadata", &self.metadata).finish_non_exhaustive()
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
            Some(version) => Ok(Self { server_version: version.to_owned(), initialize }),
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
    version_policy: VersionPolicy,
    deltas: bool,
    retry: Option<RetryPolicy>,
    handler: Option<Handler>,
}

impl Default for CodexBuilder {
    fn default() -> Self {
        Self {
            app_server: AppServerConfig::default(),
            request_timeout: Some(REQUEST_TIMEOUT),
            unread_limit: UNREAD_LIMIT,
            version_policy: VersionPolicy::default(),
            deltas: true,
            retry: None,
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

    /// How long the server may take to answer a request; 30 seconds unless set. Requests that take
    /// as long as their work (`command/exec`, …) are not held to it.
    /// [`Call::timeout`](crate::Call::timeout) sets it for one call.
    pub fn request_timeout(mut self, timeout: Duration) -> Self {
        self.request_timeout = Some(timeout);
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

    /// Asks the server to leave out the pieces in which items come (`optOutNotificationMethods`).
    /// Text then comes with `item/completed` only: for programs that want results.
    pub fn without_deltas(mut self) -> Self {
        self.deltas = false;
        self
    }

    /// Repeats requests that only read (`…/list`, `…/read`, …) when the server is overloaded.
    /// [`Call::retry`](crate::Call::retry) sets it for one call of any kind.
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.retry = Some(policy);
        self
    }

    /// Answers the server's own requests: approvals, questions, tool calls.
    ///
    /// Each request runs on a task of its own, so that a slow answer delays nothing else, and may
    /// call the client. A handler that panics, or whose reply is for another kind of request,
    /// declines; a request that somebody else answers first is cancelled. Without a handler all are
    /// [declined](Reply::decline).
    pub fn on_server_request<F, A>(mut self, handler: F) -> Self
    where
        F: Fn(ServerRequest, Client) -> A + Send + Sync + 'static,
        A: Future<Output = Reply> + Send + 'static,
    {
        self.handler =
            Some(Arc::new(move |request, client| Box::pin(handler(request.request(), client))));
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
    /// - [`Error::Handshake`] if the server exits, or does not answer,
    /// - [`Error::Version`] if the version policy does not accept it.
    pub async fn connect_stdio(self) -> Result<Codex> {
        let transport = Transport::spawn(&self.app_server.launch()?)?;
        self.connect_with(transport).await
    }

    /// Speaks with a server over a transport of your own. Has to be called within a tokio runtime.
    ///
    /// # Errors
    ///
    /// As for [`connect_stdio`](Self::connect_stdio), once the server runs.
    pub async fn connect_with(self, transport: Transport) -> Result<Codex> {
        let config = self.app_server;
        config.check_client()?;
        let connection = Connection::open(
            transport,
            Options {
                request_timeout: self.request_timeout,
                unread_limit: self.unread_limit,
                retry: self.retry,
                handler: self.handler,
            },
        );
        let shaken = handshake(&connection, &config, &self.version_policy, self.deltas);
        match shaken.await {
            Ok(metadata) => {
                Ok(Codex { client: Client::new(connection), metadata: Arc::new(metadata) })
            }
            Err(error) => {
                // A server that does not speak our protocol is not left behind.
                connection.close().await;
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
    connection: &Connection,
    config: &AppServerConfig,
    policy: &VersionPolicy,
    deltas: bool,
) -> Result<ServerMetadata> {
    let info = ClientInfo::new(&config.client_name, &config.client_version)
        .title(config.client_title.clone());
    let mut capabilities = InitializeCapabilities::new().experimental_api(config.experimental_api);
    if !deltas {
        let methods = NOTIFICATIONS.iter().map(|known| known.name);
        let deltas = methods.filter(|method| is_delta(method.as_bytes()));
        capabilities = capabilities
            .opt_out_notification_methods(deltas.map(str::to_owned).collect::<Vec<_>>());
    }
    let params = InitializeParams::new(info).capabilities(capabilities);
    let answer = connection.request("initialize", &encode(&params)?, Deadline::Default).await?;
    let metadata = ServerMetadata::new(decode("initialize", &answer)?)?;
    let version = ServerVersion::new(&metadata.server_version);
    version.check(&metadata.server_version, policy)?;
    connection.set_version(version);
    connection.notify("initialized").await?;
    tracing::debug!(version = metadata.server_version, "connected to an app-server");
    Ok(metadata)
}
