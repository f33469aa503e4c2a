//! Lists of the server, as streams.

use super::Codex;
use crate::{
    generated::v2_all::{Model, ModelListParams, Thread, ThreadListParams},
    pages::Pages,
};

impl Codex {
    /// All stored threads that `params` describe, as a stream (`thread/list`): each page is asked
    /// for when those before it are read. `limit` is the size of a page, and `cursor` where to
    /// begin. [`thread_list`](Self::thread_list) gives one page, with all that the response has.
    ///
    /// A cursor names the thread after which the next page begins. So threads that are started or
    /// archived meanwhile move none into two pages. Only in an ascending order of updates comes a
    /// thread again that was updated after it was read.
    ///
    /// ```no_run
    /// # async fn example(codex: codex_app_server::Codex) -> codex_app_server::Result<()> {
    /// use codex_app_server::protocol::ThreadListParams;
    ///
    /// let mut threads = codex.threads(ThreadListParams::new().archived(false));
    /// while let Some(thread) = threads.next().await {
    ///     let thread = thread?;
    ///     println!("{} {}", thread.id, thread.preview);
    /// }
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn threads(&self, params: ThreadListParams) -> Pages<Thread> {
        Pages::new(
            self.client(),
            params,
            |params, cursor| params.cursor(cursor),
            |response| (response.data, response.next_cursor),
        )
    }

    /// All models that can be chosen, as a stream over pages (`model/list`).
    /// [`models`](Self::models) gives one page, which is all of them unless `limit` is set.
    ///
    /// ```no_run
    /// # async fn example(codex: codex_app_server::Codex) -> codex_app_server::Result<()> {
    /// use codex_app_server::protocol::ModelListParams;
    ///
    /// let mut models = codex.all_models(ModelListParams::new().include_hidden(true));
    /// while let Some(model) = models.next().await {
    ///     println!("{}", model?.id);
    /// }
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn all_models(&self, params: ModelListParams) -> Pages<Model> {
        Pages::new(
            self.client(),
            params,
            |params, cursor| params.cursor(cursor),
            |response| (response.data, response.next_cursor),
        )
    }
}
