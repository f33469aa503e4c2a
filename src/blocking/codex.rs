//! The entry, without async.

use std::{sync::Arc, time::Duration};

use super::{BrowserLogin, Client, DeviceCodeLogin, Thread, worker::Worker};
use crate::{
    AppServerConfig, Reply, Result, RetryPolicy, ServerMetadata, ThreadConfig, VersionPolicy,
    generated::v2_all::{
        GetAccountResponse, ModelListResponse, ServerRequest, ThreadListParams, ThreadListResponse,
    },
    transport::Transport,
};

/// A connection to one app-server: [`Codex`](crate::Codex) without async. Clones share it.
#[derive(Clone, Debug)]
pub struct Codex {
    inner: crate::Codex,
    worker: Arc<Worker>,
}

impl Codex {
    /// Starts `codex app-server` and connects to it over stdio, with all defaults.
    ///
    /// # Errors
    ///
    /// Those of [`CodexBuilder::connect_stdio`].
    pub fn connect() -> Result<Self> {
        Self::builder().connect_stdio()
    }

    /// A connection with options.
    pub fn builder() -> CodexBuilder {
        CodexBuilder(crate::Codex::builder())
    }

    /// What the server said of itself in the handshake.
    #[must_use]
    pub fn metadata(&self) -> &ServerMetadata {
        self.inner.metadata()
    }

    /// Every request of the protocol, typed.
    #[must_use]
    pub fn client(&self) -> Client {
        Client::new(self.inner.client().clone(), Arc::clone(&self.worker))
    }

    /// The process id of the server, if this connection started one.
    #[must_use]
    pub fn server_pid(&self) -> Option<u32> {
        self.inner.server_pid()
    }

    /// Starts a thread (`thread/start`).
    ///
    /// # Errors
    ///
    /// Those of [`crate::Codex::thread_start`].
    pub fn thread_start(&self, config: ThreadConfig) -> Result<Thread> {
        self.thread(self.inner.thread_start(config))
    }

    /// Picks up a thread (`thread/resume`).
    ///
    /// # Errors
    ///
    /// Those of [`crate::Codex::thread_resume`].
    pub fn thread_resume(
        &self,
        thread_id: impl Into<String>,
        config: ThreadConfig,
    ) -> Result<Thread> {
        self.thread(self.inner.thread_resume(thread_id, config))
    }

    /// Copies a thread into a new one (`thread/fork`).
    ///
    /// # Errors
    ///
    /// Those of [`crate::Codex::thread_fork`].
    pub fn thread_fork(
        &self,
        thread_id: impl Into<String>,
        config: ThreadConfig,
    ) -> Result<Thread> {
        self.thread(self.inner.thread_fork(thread_id, config))
    }

    fn thread(&self, opening: impl Future<Output = Result<crate::Thread>>) -> Result<Thread> {
        let thread = self.worker.run(opening)?;
        Ok(Thread::new(thread, Arc::clone(&self.worker)))
    }

    /// A page of the stored threads (`thread/list`).
    ///
    /// # Errors
    ///
    /// Those of [`Call`](crate::Call).
    pub fn thread_list(&self, params: ThreadListParams) -> Result<ThreadListResponse> {
        self.worker.run(self.inner.thread_list(params))
    }

    /// Archives a thread (`thread/archive`).
    ///
    /// # Errors
    ///
    /// Those of [`Call`](crate::Call).
    pub fn thread_archive(&self, thread_id: impl Into<String>) -> Result<()> {
        self.worker.run(self.inner.thread_archive(thread_id))
    }

    /// Brings an archived thread back (`thread/unarchive`).
    ///
    /// # Errors
    ///
    /// Those of [`Call`](crate::Call).
    pub fn thread_unarchive(&self, thread_id: impl Into<String>) -> Result<Thread> {
        self.thread(self.inner.thread_unarchive(thread_id))
    }

    /// The models that can be chosen (`model/list`).
    ///
    /// # Errors
    ///
    /// Those of [`Call`](crate::Call).
    pub fn models(&self, include_hidden: bool) -> Result<ModelListResponse> {
        self.worker.run(self.inner.models(include_hidden))
    }

    /// Who is logged in (`account/read`).
    ///
    /// # Errors
    ///
    /// Those of [`Call`](crate::Call).
    pub fn account(&self, refresh_token: bool) -> Result<GetAccountResponse> {
        self.worker.run(self.inner.account(refresh_token))
    }

    /// Logs in with an API key (`account/login/start`).
    ///
    /// # Errors
    ///
    /// Those of [`Call`](crate::Call). The key is in none of them.
    pub fn login_api_key(&self, api_key: impl Into<String>) -> Result<()> {
        self.worker.run(self.inner.login_api_key(api_key))
    }

    /// Begins to log in with a ChatGPT account, in the user's browser.
    ///
    /// # Errors
    ///
    /// Those of [`Call`](crate::Call).
    pub fn login_chatgpt(&self) -> Result<BrowserLogin> {
        let login = self.worker.run(self.inner.login_chatgpt())?;
        Ok(BrowserLogin::new(login, Arc::clone(&self.worker)))
    }

    /// Begins to log in with a ChatGPT account, by a code that the user types in on another device.
    ///
    /// # Errors
    ///
    /// Those of [`Call`](crate::Call).
    pub fn login_chatgpt_device_code(&self) -> Result<DeviceCodeLogin> {
        let login = self.worker.run(self.inner.login_chatgpt_device_code())?;
        Ok(DeviceCodeLogin::new(login, Arc::clone(&self.worker)))
    }

    /// Logs out (`account/logout`).
    ///
    /// # Errors
    ///
    /// Those of [`Call`](crate::Call).
    pub fn logout(&self) -> Result<()> {
        self.worker.run(self.inner.logout())
    }

    /// Closes the connection for all clones, and waits until the server process, if there is one,
    /// is gone.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInput`](crate::Error::InvalidInput) inside an async runtime.
    pub fn close(&self) -> Result<()> {
        self.worker.run(async {
            self.inner.close().await;
            Ok(())
        })
    }
}

/// Options of a connection: [`CodexBuilder`](crate::CodexBuilder) without async.
#[must_use = "nothing happens before one of the `connect_…` methods"]
#[derive(Debug)]
pub struct CodexBuilder(crate::CodexBuilder);

impl CodexBuilder {
    /// How the server is started, and the client's name.
    pub fn app_server(self, config: AppServerConfig) -> Self {
        Self(self.0.app_server(config))
    }

    /// How long the server may take to answer a request; see
    /// [`crate::CodexBuilder::request_timeout`].
    pub fn request_timeout(self, timeout: Duration) -> Self {
        Self(self.0.request_timeout(timeout))
    }

    /// How many bytes of events may stay unread; see [`crate::CodexBuilder::max_unread_bytes`].
    pub fn max_unread_bytes(self, bytes: usize) -> Self {
        Self(self.0.max_unread_bytes(bytes))
    }

    /// Which versions of the server are accepted; see [`crate::CodexBuilder::version_policy`].
    pub fn version_policy(self, policy: VersionPolicy) -> Self {
        Self(self.0.version_policy(policy))
    }

    /// Asks the server to leave out the pieces in which items come; see
    /// [`crate::CodexBuilder::without_deltas`].
    pub fn without_deltas(self) -> Self {
        Self(self.0.without_deltas())
    }

    /// Repeats requests that only read when the server is overloaded; see
    /// [`crate::CodexBuilder::retry`].
    pub fn retry(self, policy: RetryPolicy) -> Self {
        Self(self.0.retry(policy))
    }

    /// Answers the server's own requests; see [`crate::CodexBuilder::on_server_request`]. Each call
    /// has a thread of its own to block on.
    pub fn on_server_request<F>(self, handler: F) -> Self
    where
        F: Fn(ServerRequest) -> Reply + Send + Sync + 'static,
    {
        let handler = Arc::new(handler);
        Self(self.0.on_server_request(move |request, _client| {
            let handler = Arc::clone(&handler);
            async move {
                let refusal = Reply::decline(&request);
                // The error is a panic of the handler, which declines.
                let answering = tokio::task::spawn_blocking(move || handler(request));
                answering.await.unwrap_or(refusal)
            }
        }))
    }

    /// Starts `codex app-server` and speaks with it over stdin and stdout.
    ///
    /// # Errors
    ///
    /// Those of [`crate::CodexBuilder::connect_stdio`];
    /// [`Error::InvalidInput`](crate::Error::InvalidInput) inside an async runtime, or if there can
    /// be no thread for it.
    pub fn connect_stdio(self) -> Result<Codex> {
        connect(self.0.connect_stdio())
    }

    /// Speaks with a server over a transport of your own.
    ///
    /// # Errors
    ///
    /// Those of [`crate::CodexBuilder::connect_with`], and as for
    /// [`connect_stdio`](Self::connect_stdio).
    pub fn connect_with(self, transport: Transport) -> Result<Codex> {
        connect(self.0.connect_with(transport))
    }
}

fn connect(connecting: impl Future<Output = Result<crate::Codex>>) -> Result<Codex> {
    let worker = Worker::start()?;
    let inner = worker.run(connecting)?;
    worker.serves(inner.client().connection().closed());
    Ok(Codex { inner, worker })
}
