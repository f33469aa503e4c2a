//! How a copy of a thread comes to work as the thread does.

use std::mem;

use serde::Deserialize;

use super::Thread;
use crate::{
    error::Result,
    generated::v2_all::{ThreadForkParams, ThreadReadParams},
    settings::ThreadConfig,
    wire::Maybe,
};

/// The setting that a thread's reasoning effort is, of which `thread/fork` has no field.
const EFFORT: &str = "model_reasoning_effort";

impl Thread {
    /// Copies the thread into a new one (`thread/fork`), which works as this one does, but for what
    /// `config` sets.
    ///
    /// The server would give it the instructions, the folder, the sandbox and the approval mode of
    /// this one, but the model of a new thread. So the server is asked for the model, its provider
    /// and the effort first (`thread/read`), and the copy gets these, and the service tier of the
    /// [`defaults`](Self::defaults). What this thread was started with by
    /// [`ThreadConfig::config`] has to be given again.
    /// [`Codex::thread_fork`](crate::Codex::thread_fork) sends what it is given and no more.
    ///
    /// ```no_run
    /// # async fn example(thread: codex_app_server::Thread) -> codex_app_server::Result<()> {
    /// use codex_app_server::{Sandbox, ThreadConfig};
    ///
    /// let copy = thread.fork(ThreadConfig::new().sandbox(Sandbox::ReadOnly)).await?;
    /// assert_eq!(copy.defaults().model, thread.defaults().model);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`Call`](crate::Call).
    pub async fn fork(&self, config: ThreadConfig) -> Result<Self> {
        let tools = config.handlers(&self.client);
        // What cannot be sent is refused before anything is.
        let mut params = config.fork(self.id.clone())?;
        // In this mode the copy has all of it by itself, and may be given none.
        if params.experimental_prediction_mode != Some(true) {
            self.inherit(&mut params).await?;
        }
        Self::fork_thread(&self.client, params, tools).await
    }

    /// Sets what the copy would have of a new thread to what this one has, unless that is given.
    async fn inherit(&self, params: &mut ThreadForkParams) -> Result<()> {
        let read = ThreadReadParams::new(&self.id);
        let Read { thread } = self.client.request(read).read().await?;
        let inherit = |given: &mut Maybe<String>, own: Option<String>| {
            if let (true, Some(own)) = (given.is_unset(), own) {
                *given = Maybe::Value(own);
            }
        };
        inherit(&mut params.model, thread.model);
        inherit(&mut params.model_provider, thread.model_provider);
        inherit(&mut params.service_tier, self.defaults().service_tier);
        if let (false, Some(effort)) = (params.config.is_null(), thread.reasoning_effort) {
            // Settings that are given win one by one.
            let mut settings = mem::take(&mut params.config).into_option().unwrap_or_default();
            settings.entry(EFFORT).or_insert_with(|| effort.into());
            params.config = Maybe::Value(settings);
        }
        Ok(())
    }
}

/// The response to `thread/read`, as far as it says how the thread works.
#[derive(Deserialize)]
struct Read {
    thread: Works,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Works {
    model: Option<String>,
    model_provider: Option<String>,
    reasoning_effort: Option<String>,
}
