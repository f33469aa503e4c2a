//! What is changed of a thread without a turn.

use serde_json::{Map, Value};

use super::Thread;
use crate::{
    error::{Error, Result},
    generated::v2_all::ThreadSettingsUpdateParams,
    json,
    settings::{ApprovalMode, TurnOverrides},
    wire::ClientRequest,
};

impl Thread {
    /// Changes how the thread works, for all turns from now on (`thread/settings/update`). What is
    /// unset stays as it is. A turn that is running goes on as it began.
    ///
    /// It takes the options of a turn, as the server keeps these, too. The [`config`] with which a
    /// thread is resumed does not do this: the server passes it over where the thread is loaded
    /// already.
    ///
    /// [`defaults`](Self::defaults) shows the change, in all clones of this value. The server does
    /// not check what it is given: a folder that does not exist fails the next turn.
    ///
    /// ```no_run
    /// # async fn example(thread: codex_app_server::Thread) -> codex_app_server::Result<()> {
    /// use codex_app_server::TurnOverrides;
    ///
    /// thread.update_defaults(TurnOverrides::new().model("gpt-5.4").effort("high")).await?;
    /// assert_eq!(thread.defaults().model.as_deref(), Some("gpt-5.4"));
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInput`] for an option that is for one turn only, such as `output_schema`;
    /// else those of [`Call`](crate::Call). The thread has to be loaded: one that is only
    /// [named](crate::Codex::thread) has to be resumed first.
    ///
    /// [`config`]: crate::ThreadConfig
    pub async fn update_defaults(&self, overrides: TurnOverrides) -> Result<()> {
        let set = options(&overrides)?;
        let params = params(&self.id, set.clone())?;
        let asks = ApprovalMode::is_ask(&params.approval_policy, &params.approvals_reviewer);
        self.client.session().check_asking(asks)?;
        self.client.request(params).await?;
        self.defaults.update(set);
        Ok(())
    }
}

/// What is set, by wire names.
fn options(overrides: &TurnOverrides) -> Result<Map<String, Value>> {
    if let Some(cwd) = overrides.cwd.as_option() {
        json::path("cwd", cwd)?;
    }
    match serde_json::to_value(overrides) {
        Ok(Value::Object(options)) => Ok(options),
        Ok(_) => Ok(Map::new()),
        Err(error) => Err(Error::invalid("overrides", error.to_string())),
    }
}

/// The request. An option that it does not have is for one turn only.
fn params(thread: &str, mut options: Map<String, Value>) -> Result<ThreadSettingsUpdateParams> {
    options.insert("threadId".into(), thread.into());
    let options = Value::Object(options).to_string();
    let params: ThreadSettingsUpdateParams =
        json::decode(ThreadSettingsUpdateParams::METHOD, options.as_bytes())?;
    if let Some((option, _)) = params.unknown_fields.iter().next() {
        return Err(Error::invalid(
            "overrides",
            format!(
                "`{option}` is an option of one turn, not of a thread; give it to `run_with` or \
                 `turn_with`"
            ),
        ));
    }
    Ok(params)
}
