//! How threads are opened, and get their tools. What is set by options and what is given as params
//! goes the same way.

use super::{
    Thread,
    defaults::{Opened, RawDefaults, ThreadDefaults},
};
use crate::{
    client::Client,
    error::{Error, Result},
    generated::v2_all::{ThreadForkParams, ThreadResumeParams, ThreadStartParams},
    session::{ThreadTools, ToolName},
    settings::{ApprovalMode, ThreadConfig},
    wire::ClientRequest,
};

impl Thread {
    /// A thread of which nothing is known but its id.
    pub(crate) fn named(client: &Client, id: String) -> Self {
        Self::new(client, id, RawDefaults::default())
    }

    fn new(client: &Client, id: String, defaults: RawDefaults) -> Self {
        let _hold = client.connection().hold_thread(&id);
        Self { client: client.clone(), id, defaults, _hold }
    }

    /// How the thread works, as the server has said when it was opened: its model, folder, sandbox,
    /// who approves. Nothing of a thread that was [named by its id](crate::Codex::thread) alone.
    ///
    /// ```no_run
    /// # async fn example(codex: codex_app_server::Codex) -> codex_app_server::Result<()> {
    /// use codex_app_server::ThreadConfig;
    ///
    /// let thread = codex.thread_start(ThreadConfig::new()).await?;
    /// let defaults = thread.defaults();
    /// println!("{:?} in {:?}", defaults.model, defaults.cwd);
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn defaults(&self) -> ThreadDefaults {
        ThreadDefaults::read(&self.defaults)
    }

    /// Sends a request whose response tells of a thread.
    pub(crate) async fn open<R: ClientRequest>(client: &Client, params: R) -> Result<Self> {
        let Opened { id, defaults } = client.request(params).read().await?;
        client.connection().open_thread(&id);
        Ok(Self::new(client, id, defaults))
    }

    pub(crate) async fn open_new(client: &Client, config: ThreadConfig) -> Result<Self> {
        let tools = config.handlers(client);
        Self::start_thread(client, config.start()?, tools).await
    }

    pub(crate) async fn open_again(
        client: &Client,
        id: String,
        config: ThreadConfig,
    ) -> Result<Self> {
        let tools = config.handlers(client);
        Self::resume_thread(client, config.resume(id)?, tools).await
    }

    pub(crate) async fn open_fork(
        client: &Client,
        id: String,
        config: ThreadConfig,
    ) -> Result<Self> {
        let tools = config.handlers(client);
        Self::fork_thread(client, config.fork(id)?, tools).await
    }

    pub(crate) async fn start_thread(
        client: &Client,
        params: ThreadStartParams,
        tools: ThreadTools,
    ) -> Result<Self> {
        let asks = ApprovalMode::is_ask(&params.approval_policy, &params.approvals_reviewer);
        client.session().check_asking(asks)?;
        let thread = Self::open(client, params).await?;
        client.session().tools().add(&thread.id, tools);
        Ok(thread)
    }

    pub(crate) async fn resume_thread(
        client: &Client,
        mut params: ThreadResumeParams,
        tools: ThreadTools,
    ) -> Result<Self> {
        let session = client.session();
        let asks = ApprovalMode::is_ask(&params.approval_policy, &params.approvals_reviewer);
        session.check_asking(asks)?;
        let id = params.thread_id.clone();
        let before = session.tools().of(&id);
        check_known(&tools, before.as_ref())?;
        params.exclude_turns = params.exclude_turns.or_else(|| without_turns(client));
        // A call that waits is sent again beside the response.
        session.tools().add(&id, tools);
        let resumed = Self::open(client, params).await;
        if resumed.is_err() {
            session.tools().set(&id, before);
        }
        resumed
    }

    pub(crate) async fn fork_thread(
        client: &Client,
        mut params: ThreadForkParams,
        tools: ThreadTools,
    ) -> Result<Self> {
        let session = client.session();
        let asks = ApprovalMode::is_ask(&params.approval_policy, &params.approvals_reviewer);
        session.check_asking(asks)?;
        let inherited = session.tools().of(&params.thread_id);
        check_known(&tools, inherited.as_ref())?;
        params.exclude_turns = params.exclude_turns.or_else(|| without_turns(client));
        let fork = Self::open(client, params).await?;
        session.tools().add(&fork.id, inherited.unwrap_or_default());
        session.tools().add(&fork.id, tools);
        Ok(fork)
    }
}

/// That a response is to have no turns, where the server can leave them out.
fn without_turns(client: &Client) -> Option<bool> {
    client.session().version().excludes_turns().then_some(true)
}

/// Refuses tools that a thread does not have, where it is known which ones it has.
fn check_known(tools: &ThreadTools, known: Option<&ThreadTools>) -> Result<()> {
    let is_new = |tool: &&ToolName| known.is_some_and(|known| !known.contains_key(tool));
    let Some(ToolName { name, .. }) = tools.keys().find(is_new) else {
        return Ok(());
    };
    Err(Error::invalid(
        "tools",
        format!(
            "the thread was started without a tool {name:?}, and a thread keeps the tools that it \
             was started with; start another thread for it"
        ),
    ))
}
