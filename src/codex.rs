//! The entry: a connection to an app-server, and what opens threads.

mod configuration;
mod lists;
mod work;

use std::{fmt, sync::Arc};

use crate::{
    client::Client,
    error::{Closed, Result},
    generated::v2_all::{
        ApiKeyLoginAccountParams, GetAccountParams, GetAccountResponse, InitializeResponse,
        LoginAccountParams, ModelListParams, ModelListResponse, ThreadArchiveParams,
        ThreadForkParams, ThreadListParams, ThreadListResponse, ThreadResumeParams,
        ThreadStartParams, ThreadUnarchiveParams,
    },
    handlers::PendingRequests,
    login::{self, BrowserLogin, DeviceCodeLogin},
    session::ThreadTools,
    settings::ThreadConfig,
    thread::Thread,
};

/// A connection to one app-server. Clones share it.
///
/// Dropping the last clone, and with it every [`Thread`] and [`TurnHandle`](crate::TurnHandle),
/// closes the server's stdin. A server that has not left 3 seconds later is told to (SIGTERM), and
/// after 6 seconds it is killed with its process group. [`close`](Self::close) does the same and
/// waits for it.
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
    pub(crate) fn new(client: Client, metadata: ServerMetadata) -> Self {
        Self { client, metadata: Arc::new(metadata) }
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
        Thread::open_new(&self.client, config).await
    }

    /// Picks up a thread of an earlier session, or one that another client has started
    /// (`thread/resume`). What `config` leaves out stays as it was in the thread.
    ///
    /// A thread that the server has loaded already keeps working as it does, whatever `config`
    /// says: see its [`defaults`](Thread::defaults), and change it by
    /// [`update_defaults`](Thread::update_defaults).
    ///
    /// # Errors
    ///
    /// Those of [`Call`](crate::Call); an unknown id is an [`Error::Rpc`](crate::Error::Rpc). A
    /// thread that was begun anew in the place of the one that is asked for is an
    /// [`Error::InvalidInput`](crate::Error::InvalidInput).
    pub async fn thread_resume(
        &self,
        thread_id: impl Into<String>,
        config: ThreadConfig,
    ) -> Result<Thread> {
        Thread::open_again(&self.client, thread_id.into(), config).await
    }

    /// Copies a thread, with all that was said, into a new one (`thread/fork`). The server gives it
    /// the model of a new thread where `config` leaves that out; [`Thread::fork`] gives it that of
    /// the thread.
    ///
    /// # Errors
    ///
    /// As for [`thread_resume`](Self::thread_resume).
    pub async fn thread_fork(
        &self,
        thread_id: impl Into<String>,
        config: ThreadConfig,
    ) -> Result<Thread> {
        Thread::open_fork(&self.client, thread_id.into(), config).await
    }

    /// A thread by its id, without a request: for what needs no more than that, such as reading,
    /// naming or archiving it, and for threads that this connection has opened already. Turns run
    /// on those only: others the server has to load first, which
    /// [`thread_resume`](Self::thread_resume) does. An id that is not one is found out by what is
    /// asked of it.
    ///
    /// ```no_run
    /// # use codex_app_server::{Codex, Result};
    /// # async fn example(codex: Codex, id: String) -> Result<()> {
    /// codex.thread(id).set_name("Nightly review").await?;
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn thread(&self, thread_id: impl Into<String>) -> Thread {
        Thread::named(&self.client, thread_id.into())
    }

    /// Starts a thread from the params of its request (`thread/start`): for what
    /// [`ThreadConfig`] does not have. What is checked for
    /// [`thread_start`](Self::thread_start) is checked for it, too.
    ///
    /// Calls of tools that the params describe go to
    /// [`on_tool_call`](crate::CodexBuilder::on_tool_call). Of the response the id and the
    /// [`defaults`](Thread::defaults) are kept.
    ///
    /// ```no_run
    /// # async fn example(codex: codex_app_server::Codex) -> codex_app_server::Result<()> {
    /// use codex_app_server::protocol::ThreadStartParams;
    ///
    /// let params = ThreadStartParams::new().model("gpt-5.4").unknown_field("newOption", true);
    /// let thread = codex.thread_start_with(params).await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`thread_start`](Self::thread_start).
    pub async fn thread_start_with(&self, params: ThreadStartParams) -> Result<Thread> {
        Thread::start_thread(&self.client, params, ThreadTools::new()).await
    }

    /// Picks up a thread, from the params of the request (`thread/resume`). Unless they set
    /// `exclude_turns`, the response has no turns, of which nothing is kept.
    ///
    /// # Errors
    ///
    /// Those of [`thread_resume`](Self::thread_resume).
    pub async fn thread_resume_with(&self, params: ThreadResumeParams) -> Result<Thread> {
        Thread::resume_thread(&self.client, params, ThreadTools::new()).await
    }

    /// Copies a thread, from the params of the request (`thread/fork`). Unless they set
    /// `exclude_turns`, the response has no turns, of which nothing is kept.
    ///
    /// # Errors
    ///
    /// Those of [`thread_fork`](Self::thread_fork).
    pub async fn thread_fork_with(&self, params: ThreadForkParams) -> Result<Thread> {
        Thread::fork_thread(&self.client, params, ThreadTools::new()).await
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

    /// The models that can be chosen (`model/list`).
    ///
    /// ```no_run
    /// # async fn example(codex: codex_app_server::Codex) -> codex_app_server::Result<()> {
    /// use codex_app_server::generated::v2_all::ModelListParams;
    ///
    /// for model in codex.models(ModelListParams::new().include_hidden(true)).await?.data {
    ///     println!("{}", model.id);
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`Call`](crate::Call).
    pub async fn models(&self, params: ModelListParams) -> Result<ModelListResponse> {
        self.client.request(params).await
    }

    /// Who is logged in (`account/read`).
    ///
    /// # Errors
    ///
    /// Those of [`Call`](crate::Call).
    pub async fn account(&self, params: GetAccountParams) -> Result<GetAccountResponse> {
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

    /// The server's requests that no handler takes, of all threads and of sub-agents: approvals,
    /// questions, tool calls. For connections that [hold
    /// requests](crate::CodexBuilder::hold_requests); on others there are none.
    ///
    /// ```no_run
    /// # async fn example() -> codex_app_server::Result<()> {
    /// use std::time::Duration;
    /// use codex_app_server::{Codex, Question};
    ///
    /// let builder = Codex::builder().hold_requests(Duration::from_secs(60));
    /// let codex = builder.connect_stdio().await?;
    /// let mut requests = codex.server_requests();
    /// while let Some(pending) = requests.next().await {
    ///     let reply = match pending.question() {
    ///         Question::FileChangeApproval(request) => request.accept()?,
    ///         other => other.decline()?,
    ///     };
    ///     pending.respond(reply)?;
    /// }
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn server_requests(&self) -> PendingRequests {
        PendingRequests::new(self.client.clone())
    }

    /// Waits until the connection is gone, however that comes, and says why: for a task that
    /// reports it, or starts anew. It ends at once where the connection is gone already.
    ///
    /// The future does not keep the connection open, and may outlive this value: a connection that
    /// nobody uses any more ends with [`CloseReason::Requested`](crate::CloseReason::Requested).
    ///
    /// ```no_run
    /// # async fn example() -> codex_app_server::Result<()> {
    /// use codex_app_server::{CloseReason, Codex};
    ///
    /// let codex = Codex::connect().await?;
    /// let closed = codex.closed();
    /// tokio::spawn(async move {
    ///     let closed = closed.await;
    ///     if closed.reason != CloseReason::Requested {
    ///         eprintln!("codex is gone: {closed}");
    ///     }
    /// });
    /// # Ok(()) }
    /// ```
    pub fn closed(&self) -> impl Future<Output = Closed> + Send + use<> {
        let closed = self.client.connection().closed();
        async move { Closed::clone(&*closed.await) }
    }

    /// Whether the connection is gone, and why is known: whatever is asked now ends with
    /// [`Error::Closed`](crate::Error::Closed). An idle connection, too, learns of the end of its
    /// server as it comes.
    ///
    /// ```no_run
    /// # async fn example(mut codex: codex_app_server::Codex) -> codex_app_server::Result<()> {
    /// use codex_app_server::Codex;
    ///
    /// if codex.is_closed() {
    ///     codex = Codex::connect().await?;
    /// }
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.client.connection().is_closed()
    }

    /// Closes the connection for all clones, and waits until the server process, if there is one,
    /// is gone: at most a little over 6 seconds, and 2 for a server that runs on. What is still
    /// pending ends with [`Error::Closed`](crate::Error::Closed).
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
    /// The server's version, such as `1.2.3`.
    pub server_version: String,
    /// How it calls itself, with its version and platform.
    pub user_agent: String,
    /// The whole response; `None` if it does not fit its type, with a warning in the log.
    pub initialize: Option<InitializeResponse>,
}
