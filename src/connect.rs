//! How a connection is made: its options, and the handshake.

mod capabilities;
mod handlers;
mod handshake;
#[cfg(feature = "websocket")]
mod running;

use std::{
    ffi::OsStr,
    fmt,
    future::ready,
    io,
    path::{Path, PathBuf},
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use self::handshake::Handshake;
use crate::{
    client::Client,
    codex::Codex,
    config::AppServerConfig,
    error::{Error, Result},
    generated::v2_all::{ClientInfo, InitializeCapabilities, InitializeParams},
    handlers::Handlers,
    reconnect::{Dial, Opening, Reconnect, Request},
    retry::RetryPolicy,
    rpc::{Boxed, Options, Reconnect as Reopen},
    transport::Transport,
    version::VersionPolicy,
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
    /// What is said in the handshake, but for the capabilities; an empty text is filled in.
    introduction: InitializeParams,
    opt_out: Vec<String>,
    retry: Option<RetryPolicy>,
    handlers: Handlers,
    policy: Option<StartPolicy>,
    record: Option<Recording>,
    reconnect: Option<StartReconnect>,
}

/// Lets a policy decide before the handlers. It is here as a function, so that a program without
/// one does not contain the code of policies.
type StartPolicy = Box<dyn FnOnce(Handlers) -> StartingPolicy + Send + Sync>;

type StartingPolicy = Pin<Box<dyn Future<Output = Result<Handlers>> + Send>>;

/// Has what passes written down, of the connection with this number. As a function, for the same
/// reason.
type Recording = Arc<dyn Fn(Transport, u32) -> Boxed<'static, Result<Transport>> + Send + Sync>;

/// Has a connection opened again. As a function, for the same reason.
type StartReconnect = Box<dyn FnOnce(Dial, Request) -> Result<Box<dyn Reopen>> + Send + Sync>;

impl Default for CodexBuilder {
    fn default() -> Self {
        Self {
            app_server: AppServerConfig::default(),
            request_timeout: Some(REQUEST_TIMEOUT),
            inactivity_timeout: None,
            unread_limit: UNREAD_LIMIT,
            version_policy: VersionPolicy::default(),
            capabilities: InitializeCapabilities::new(),
            introduction: InitializeParams::new(ClientInfo::new().name("").version("")),
            opt_out: Vec::new(),
            retry: None,
            handlers: Handlers::default(),
            policy: None,
            record: None,
            reconnect: None,
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
    /// Connecting fails with [`Error::InvalidInput`] if the file cannot be created. Of a connection
    /// that is [opened again](Self::reconnect), each has a file of its own: `session.jsonl`,
    /// `session.2.jsonl`, …
    pub fn record(mut self, path: impl Into<PathBuf>) -> Self {
        let path = path.into();
        self.record = Some(Arc::new(move |transport, number| {
            let path = numbered(&path, number);
            Box::pin(async move { transport.record(&path).await })
        }));
        self
    }

    /// Opens the connection again when it is lost: another websocket, or another server process
    /// where this one was started for the connection. Without it, a lost connection stays so.
    ///
    /// What the program does goes on. Requests that it makes meanwhile wait, within their
    /// deadlines. The threads of which it holds a [`Thread`](crate::Thread), and those whose turns
    /// run, are resumed, and what was missed is read (`thread/turns/list`): turns end as if nothing
    /// had happened, with all their items, and approvals that are under way are not asked for
    /// twice. Streams say with [`Error::Reconnected`] where they were cut: only deltas are missing
    /// there, and the tokens used by turns that have ended meanwhile.
    ///
    /// A request that was under way ends with [`Error::ConnectionLost`], which says whether it was
    /// sent. The start of a turn is found again by the id of its message, and so is what was added
    /// to one; neither is ever repeated.
    ///
    /// A server process that has died took its turns along: they end as interrupted, with the items
    /// that were complete. A thread that had no turn yet cannot be resumed then, and an ephemeral
    /// one never: [`ConnectionEvent::Restored`](crate::ConnectionEvent::Restored) tells of that,
    /// and turns end with [`CloseReason::NotRecovered`](crate::CloseReason::NotRecovered).
    ///
    /// ```no_run
    /// # async fn example() -> codex_app_server::Result<()> {
    /// use codex_app_server::{Codex, Reconnect};
    ///
    /// let codex = Codex::builder().reconnect(Reconnect::new()).connect_stdio().await?;
    /// # Ok(()) }
    /// ```
    ///
    /// Connecting itself is tried once, and fails with [`Error::InvalidInput`] for a policy without
    /// attempts.
    pub fn reconnect(mut self, reconnect: Reconnect) -> Self {
        self.reconnect =
            Some(Box::new(move |dial, first| Ok(Box::new(Opening::new(reconnect, dial, first)?))));
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
        let introduction = self.introduce()?;
        let config = self.app_server.clone();
        self.dial(introduction, move || ready(Transport::stdio(&config))).await
    }

    /// Speaks with a server over a transport of your own. Has to be called within a tokio runtime.
    ///
    /// # Errors
    ///
    /// As for [`connect_stdio`](Self::connect_stdio), once the server runs; and
    /// [`Error::InvalidInput`] for a connection that is to be [opened again](Self::reconnect):
    /// [`connect_by`](Self::connect_by) can do that.
    pub async fn connect_with(mut self, transport: Transport) -> Result<Codex> {
        let introduction = self.introduce()?;
        if self.reconnect.is_some() {
            return Err(Error::invalid(
                "reconnect",
                "one transport cannot be opened again; give `connect_by` what opens it",
            ));
        }
        self.connect_over(transport, introduction, None).await
    }

    /// Speaks with a server over transports of your own: `open` opens one, and another each time
    /// that the connection is lost, if it is to be [opened again](Self::reconnect). Has to be
    /// called within a tokio runtime.
    ///
    /// ```no_run
    /// # async fn example() -> codex_app_server::Result<()> {
    /// use codex_app_server::{Codex, Reconnect, transport::Transport};
    /// use tokio::net::TcpStream;
    ///
    /// // JSON lines over TCP, as a `socat` before a server may give them.
    /// let codex = Codex::builder()
    ///     .reconnect(Reconnect::new())
    ///     .connect_by(|| async {
    ///         let (reader, writer) = TcpStream::connect("localhost:7777").await?.into_split();
    ///         Ok(Transport::from_io(reader, writer))
    ///     })
    ///     .await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Connect`] with what `open` says, else those of
    /// [`connect_with`](Self::connect_with).
    pub async fn connect_by<F>(
        mut self,
        open: impl Fn() -> F + Send + Sync + 'static,
    ) -> Result<Codex>
    where
        F: Future<Output = io::Result<Transport>> + Send + 'static,
    {
        let introduction = self.introduce()?;
        self.dial(introduction, move || {
            let opening = open();
            async { opening.await.map_err(Error::not_opened) }
        })
        .await
    }

    /// Opens a transport, and connects over it.
    async fn dial<F>(
        self,
        introduction: InitializeParams,
        open: impl Fn() -> F + Send + Sync + 'static,
    ) -> Result<Codex>
    where
        F: Future<Output = Result<Transport>> + Send + 'static,
    {
        let transport = open().await?;
        // Boxed only where it is called again.
        let dial = self.reconnect.is_some().then(|| -> Dial { Box::new(move || Box::pin(open())) });
        // Boxed, so that a program has what this becomes once, not in each future that has it.
        let connecting: Boxed<'_, _> = Box::pin(self.connect_over(transport, introduction, dial));
        connecting.await
    }

    async fn connect_over(
        mut self,
        mut transport: Transport,
        introduction: InitializeParams,
        mut dial: Option<Dial>,
    ) -> Result<Codex> {
        if let Some(record) = self.record {
            transport = record(transport, 1).await?;
            dial = dial.map(|dial| recorded(dial, record));
        }
        let handshake = Handshake::new(&introduction, self.version_policy)?;
        let reconnect = match (self.reconnect.take(), dial) {
            (Some(start), Some(dial)) => Some(start(dial, handshake.again())?),
            _ => None,
        };
        let Self { request_timeout, unread_limit, retry, mut handlers, .. } = self;
        if let Some(start) = self.policy {
            handlers = start(handlers).await?;
        }
        let approves = handlers.approve();
        let client = Client::open(transport, retry, approves, reconnect, |client| Options {
            request_timeout,
            unread_limit,
            recall: handlers.recall(),
            handler: handlers.into_raw(client),
        });
        if let Some(limit) = self.inactivity_timeout {
            client.session().set_inactivity_timeout(limit);
        }
        match handshake.perform(&client).await {
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

/// Has each transport recorded that is opened after the first.
fn recorded(dial: Dial, record: Recording) -> Dial {
    let number = AtomicU32::new(2);
    Box::new(move || {
        let opening = dial();
        let (record, number) = (Arc::clone(&record), number.fetch_add(1, Ordering::Relaxed));
        Box::pin(async move { record(opening.await?, number).await })
    })
}

/// `session.2.jsonl` for `session.jsonl`, of the second.
fn numbered(path: &Path, number: u32) -> PathBuf {
    match (number, path.extension().and_then(OsStr::to_str)) {
        (1, _) => path.to_owned(),
        (_, Some(extension)) => path.with_extension(format!("{number}.{extension}")),
        (_, None) => path.with_extension(number.to_string()),
    }
}
