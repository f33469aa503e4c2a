//! How a copy of a thread comes to work as the thread does.

use serde::Deserialize;

use super::Thread;
use crate::{
    error::Result, generated::v2_all::ThreadReadParams, settings::ThreadConfig, wire::Maybe,
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
        let read = ThreadReadParams::new(&self.id);
        let Read { thread } = self.client.request(read).read().await?;
        let known = |value: Option<String>| value.map_or(Maybe::Unset, Maybe::Value);
        params.model = params.model.or(known(thread.model));
        params.model_provider = params.model_provider.or(known(thread.model_provider));
        params.service_tier = params.service_tier.or(known(self.defaults().service_tier));
        if let Some(effort) = thread.reasoning_effort {
            // Settings that are given win one by one, and null stands for all of them.
            params.config = match params.config {
                Maybe::Null => Maybe::Null,
                config => {
                    let mut settings = config.into_option().unwrap_or_default();
                    settings.entry(EFFORT).or_insert_with(|| effort.into());
                    Maybe::Value(settings)
                }
            };
        }
        Self::fork_thread(&self.client, params, tools).await
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
