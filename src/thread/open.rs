//! How threads are opened, and get their tools.

use serde::Deserialize;

use super::Thread;
use crate::{
    client::Client,
    error::{Error, Result},
    json::OnlyId,
    session::{ThreadTools, ToolName},
    settings::ThreadConfig,
    wire::ClientRequest,
};

impl Thread {
    /// Sends a request whose response tells of a thread. Only its id is read: what else the
    /// response has may be a long history.
    pub(crate) async fn open<R: ClientRequest>(client: &Client, params: R) -> Result<Self> {
        #[derive(Deserialize)]
        struct Opened {
            thread: OnlyId,
        }
        let opened: Opened = client.request(params).read().await?;
        Ok(Self { client: client.clone(), id: opened.thread.id })
    }

    pub(crate) async fn open_new(client: &Client, config: ThreadConfig) -> Result<Self> {
        client.session().check_asking(config.asks())?;
        let tools = config.handlers(client);
        let thread = Self::open(client, config.start()?).await?;
        client.session().tools().add(&thread.id, tools);
        Ok(thread)
    }

    pub(crate) async fn open_again(
        client: &Client,
        id: String,
        config: ThreadConfig,
    ) -> Result<Self> {
        let session = client.session();
        let (before, tools) = check_existing(client, &id, &config)?;
        let params = config.resume(id.clone(), session.version().excludes_turns())?;
        // A call that waits is sent again beside the response.
        session.tools().add(&id, tools);
        let resumed = Self::open(client, params).await;
        if resumed.is_err() {
            session.tools().set(&id, before);
        }
        resumed
    }

    pub(crate) async fn open_fork(
        client: &Client,
        id: String,
        config: ThreadConfig,
    ) -> Result<Self> {
        let session = client.session();
        let (inherited, tools) = check_existing(client, &id, &config)?;
        let params = config.fork(id, session.version().excludes_turns())?;
        let fork = Self::open(client, params).await?;
        session.tools().add(&fork.id, inherited.unwrap_or_default());
        session.tools().add(&fork.id, tools);
        Ok(fork)
    }
}

/// Refuses what a thread that exists cannot be given. Gives the tools that it is known to have, and
/// those of the config.
fn check_existing(
    client: &Client,
    thread: &str,
    config: &ThreadConfig,
) -> Result<(Option<ThreadTools>, ThreadTools)> {
    let session = client.session();
    session.check_asking(config.asks())?;
    let known = session.tools().of(thread);
    let tools = check_known(config.handlers(client), known.as_ref())?;
    Ok((known, tools))
}

/// Refuses tools that a thread does not have, where it is known which ones it has.
fn check_known(tools: ThreadTools, known: Option<&ThreadTools>) -> Result<ThreadTools> {
    let is_new = |tool: &&ToolName| known.is_some_and(|known| !known.contains_key(tool));
    let Some(ToolName { name, .. }) = tools.keys().find(is_new) else {
        return Ok(tools);
    };
    Err(Error::invalid(
        "tools",
        format!(
            "the thread was started without a tool {name:?}, and a thread keeps the tools that it \
             was started with; start another thread for it"
        ),
    ))
}
