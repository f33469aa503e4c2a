//! The entry, without async.

use std::sync::Arc;

use super::{
    client::Client,
    command::CommandHandle,
    login::{BrowserLogin, DeviceCodeLogin},
    pages::Pages,
    requests::PendingRequests,
    thread::Thread,
    worker::Worker,
};
use crate::{
    codex::ServerMetadata,
    error::{Closed, Result},
    generated::v2_all::{
        self as v2, GetAccountParams, GetAccountResponse, ModelListParams, ModelListResponse,
        ThreadForkParams, ThreadListParams, ThreadListResponse, ThreadResumeParams,
        ThreadStartParams,
    },
    settings::ThreadConfig,
};

/// A connection to one app-server: [`Codex`](crate::Codex) without async. Clones share it.
#[derive(Clone, Debug)]
pub struct Codex {
    pub(super) inner: crate::Codex,
    client: Client,
}

impl Codex {
    pub(super) fn new(inner: crate::Codex, worker: Arc<Worker>) -> Self {
        let client = Client::new(inner.client().clone(), worker);
        Self { inner, client }
    }

    /// What the server said of itself in the handshake.
    #[must_use]
    pub fn metadata(&self) -> &ServerMetadata {
        self.inner.metadata()
    }

    /// Every request of the protocol, typed.
    #[must_use]
    pub fn client(&self) -> &Client {
        &self.client
    }

    pub(super) fn worker(&self) -> &Arc<Worker> {
        self.client.worker()
    }

    /// The process id of the server, if this connection started one.
    #[must_use]
    pub fn server_pid(&self) -> Option<u32> {
        self.inner.server_pid()
    }

    /// The server's requests that no handler takes; see [`crate::Codex::server_requests`].
    #[must_use]
    pub fn server_requests(&self) -> PendingRequests {
        PendingRequests::new(self.inner.server_requests(), Arc::clone(self.worker()))
    }

    /// Starts a thread (`thread/start`).
    ///
    /// # Errors
    ///
    /// Those of [`crate::Codex::thread_start`].
    pub fn thread_start(&self, config: ThreadConfig) -> Result<Thread> {
        self.open(self.inner.thread_start(config))
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
        self.open(self.inner.thread_resume(thread_id, config))
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
        self.open(self.inner.thread_fork(thread_id, config))
    }

    /// A thread by its id, without a request; see [`crate::Codex::thread`].
    #[must_use]
    pub fn thread(&self, thread_id: impl Into<String>) -> Thread {
        Thread::new(self.inner.thread(thread_id), Arc::clone(self.worker()))
    }

    /// Starts a thread from the params of its request (`thread/start`).
    ///
    /// # Errors
    ///
    /// Those of [`crate::Codex::thread_start_with`].
    pub fn thread_start_with(&self, params: ThreadStartParams) -> Result<Thread> {
        self.open(self.inner.thread_start_with(params))
    }

    /// Picks up a thread, from the params of the request (`thread/resume`).
    ///
    /// # Errors
    ///
    /// Those of [`crate::Codex::thread_resume_with`].
    pub fn thread_resume_with(&self, params: ThreadResumeParams) -> Result<Thread> {
        self.open(self.inner.thread_resume_with(params))
    }

    /// Copies a thread, from the params of the request (`thread/fork`).
    ///
    /// # Errors
    ///
    /// Those of [`crate::Codex::thread_fork_with`].
    pub fn thread_fork_with(&self, params: ThreadForkParams) -> Result<Thread> {
        self.open(self.inner.thread_fork_with(params))
    }

    fn open(&self, opening: impl Future<Output = Result<crate::Thread>>) -> Result<Thread> {
        let thread = self.worker().run(opening)?;
        Ok(Thread::new(thread, Arc::clone(self.worker())))
    }

    /// A page of the stored threads (`thread/list`).
    ///
    /// # Errors
    ///
    /// Those of [`Call`](crate::Call).
    pub fn thread_list(&self, params: ThreadListParams) -> Result<ThreadListResponse> {
        self.worker().run(self.inner.thread_list(params))
    }

    /// All stored threads, over pages (`thread/list`); see [`crate::Codex::threads`].
    #[must_use]
    pub fn threads(&self, params: ThreadListParams) -> Pages<v2::Thread> {
        Pages::new(self.inner.threads(params), Arc::clone(self.worker()))
    }

    /// Archives a thread (`thread/archive`).
    ///
    /// # Errors
    ///
    /// Those of [`Call`](crate::Call).
    pub fn thread_archive(&self, thread_id: impl Into<String>) -> Result<()> {
        self.worker().run(self.inner.thread_archive(thread_id))
    }

    /// Brings an archived thread back (`thread/unarchive`).
    ///
    /// # Errors
    ///
    /// Those of [`Call`](crate::Call).
    pub fn thread_unarchive(&self, thread_id: impl Into<String>) -> Result<Thread> {
        self.open(self.inner.thread_unarchive(thread_id))
    }

    /// The models that can be chosen (`model/list`).
    ///
    /// # Errors
    ///
    /// Those of [`Call`](crate::Call).
    pub fn models(&self, params: ModelListParams) -> Result<ModelListResponse> {
        self.worker().run(self.inner.models(params))
    }

    /// All models that can be chosen, over pages (`model/list`); see [`crate::Codex::all_models`].
    #[must_use]
    pub fn all_models(&self, params: ModelListParams) -> Pages<v2::Model> {
        Pages::new(self.inner.all_models(params), Arc::clone(self.worker()))
    }

    /// Runs a command, and gives what it writes as it comes (`command/exec`); see
    /// [`crate::Codex::exec_command`].
    ///
    /// # Errors
    ///
    /// Those of [`crate::Codex::exec_command`].
    pub fn exec_command(&self, params: v2::CommandExecParams) -> Result<CommandHandle> {
        let command = self.worker().run(self.inner.exec_command(params))?;
        Ok(CommandHandle::new(command, Arc::clone(self.worker())))
    }

    /// Stops a turn of which only the id is known (`turn/interrupt`); see
    /// [`crate::Codex::interrupt_turn`].
    ///
    /// # Errors
    ///
    /// Those of [`crate::Codex::interrupt_turn`].
    pub fn interrupt_turn(&self, turn_id: impl AsRef<str>) -> Result<()> {
        self.worker().run(self.inner.interrupt_turn(turn_id))
    }

    /// The configuration that holds, and who has set each value (`config/read`).
    ///
    /// # Errors
    ///
    /// Those of [`Call`](crate::Call).
    pub fn config_read(&self, params: v2::ConfigReadParams) -> Result<v2::ConfigReadResponse> {
        self.worker().run(self.inner.config_read(params))
    }

    /// What the configuration is required to be (`configRequirements/read`).
    ///
    /// # Errors
    ///
    /// Those of [`Call`](crate::Call).
    pub fn config_requirements(&self) -> Result<v2::ConfigRequirementsReadResponse> {
        self.worker().run(self.inner.config_requirements())
    }

    /// Sets a value in the user's `config.toml` (`config/value/write`); see
    /// [`crate::Codex::config_write`].
    ///
    /// # Errors
    ///
    /// Those of [`Call`](crate::Call).
    pub fn config_write(
        &self,
        key_path: impl Into<String>,
        value: impl Into<serde_json::Value>,
    ) -> Result<v2::ConfigWriteResponse> {
        self.worker().run(self.inner.config_write(key_path, value))
    }

    /// Makes several changes of a `config.toml` at once (`config/batchWrite`).
    ///
    /// # Errors
    ///
    /// Those of [`crate::Codex::config_batch_write`].
    pub fn config_batch_write(
        &self,
        params: v2::ConfigBatchWriteParams,
    ) -> Result<v2::ConfigWriteResponse> {
        self.worker().run(self.inner.config_batch_write(params))
    }

    /// Who is logged in (`account/read`).
    ///
    /// # Errors
    ///
    /// Those of [`Call`](crate::Call).
    pub fn account(&self, params: GetAccountParams) -> Result<GetAccountResponse> {
        self.worker().run(self.inner.account(params))
    }

    /// Logs in with an API key (`account/login/start`).
    ///
    /// # Errors
    ///
    /// Those of [`Call`](crate::Call). The key is in none of them.
    pub fn login_api_key(&self, api_key: impl Into<String>) -> Result<()> {
        self.worker().run(self.inner.login_api_key(api_key))
    }

    /// Begins to log in with a ChatGPT account, in the user's browser.
    ///
    /// # Errors
    ///
    /// Those of [`Call`](crate::Call).
    pub fn login_chatgpt(&self) -> Result<BrowserLogin> {
        let login = self.worker().run(self.inner.login_chatgpt())?;
        Ok(BrowserLogin::new(login, Arc::clone(self.worker())))
    }

    /// Begins to log in with a ChatGPT account, by a code that the user types in on another device.
    ///
    /// # Errors
    ///
    /// Those of [`Call`](crate::Call).
    pub fn login_chatgpt_device_code(&self) -> Result<DeviceCodeLogin> {
        let login = self.worker().run(self.inner.login_chatgpt_device_code())?;
        Ok(DeviceCodeLogin::new(login, Arc::clone(self.worker())))
    }

    /// Logs out (`account/logout`).
    ///
    /// # Errors
    ///
    /// Those of [`Call`](crate::Call).
    pub fn logout(&self) -> Result<()> {
        self.worker().run(self.inner.logout())
    }

    /// Waits until the connection is gone, and says why; see [`crate::Codex::closed`].
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInput`](crate::Error::InvalidInput) inside an async runtime.
    pub fn closed(&self) -> Result<Closed> {
        let closed = self.inner.closed();
        self.worker().run(async { Ok(closed.await) })
    }

    /// Whether the connection is gone; see [`crate::Codex::is_closed`].
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.inner.is_closed()
    }

    /// Closes the connection for all clones, and waits until the server process, if there is one,
    /// is gone.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInput`](crate::Error::InvalidInput) inside an async runtime.
    pub fn close(&self) -> Result<()> {
        self.worker().run(async {
            self.inner.close().await;
            Ok(())
        })
    }
}
