//! The server's configuration: what holds, who has set it, and how it is changed.

use serde_json::Value;

use super::Codex;
use crate::{
    error::Result,
    generated::v2_all::{
        ConfigBatchWriteParams, ConfigReadParams, ConfigReadResponse, ConfigRequirementsReadParams,
        ConfigRequirementsReadResponse, ConfigValueWriteParams, ConfigWriteResponse, MergeStrategy,
    },
};

impl Codex {
    /// The configuration that holds, and who has set each value (`config/read`): see
    /// [`provenance`](ConfigReadResponse::provenance).
    ///
    /// # Errors
    ///
    /// Those of [`Call`](crate::Call).
    pub async fn config_read(&self, params: ConfigReadParams) -> Result<ConfigReadResponse> {
        self.client.request(params).await
    }

    /// What the configuration is required to be, by whoever manages this machine
    /// (`configRequirements/read`).
    ///
    /// # Errors
    ///
    /// Those of [`Call`](crate::Call).
    pub async fn config_requirements(&self) -> Result<ConfigRequirementsReadResponse> {
        self.client.request(ConfigRequirementsReadParams::new()).await
    }

    /// Sets a value in the user's `config.toml`, by its dotted key, and keeps what else a table has
    /// (`config/value/write`). The response says where another layer has set the value, too, and
    /// wins: its status is then `okOverridden`.
    ///
    /// [`Client::config_value_write`](crate::Client::config_value_write) also takes another file,
    /// and the version that is expected.
    ///
    /// ```no_run
    /// # async fn example(codex: codex_app_server::Codex) -> codex_app_server::Result<()> {
    /// let written = codex.config_write("model_reasoning_effort", "high").await?;
    /// if let Some(by) = written.overridden_metadata {
    ///     println!("without effect: {}", by.message);
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`Call`](crate::Call).
    pub async fn config_write(
        &self,
        key_path: impl Into<String>,
        value: impl Into<Value>,
    ) -> Result<ConfigWriteResponse> {
        let params = ConfigValueWriteParams::new()
            .key_path(key_path)
            .merge_strategy(MergeStrategy::Upsert)
            .value(value);
        self.client.request(params).await
    }

    /// Makes several changes of a `config.toml` at once, or none of them (`config/batchWrite`).
    ///
    /// # Errors
    ///
    /// Those of [`Call`](crate::Call); an [`Error::Rpc`](crate::Error::Rpc) if the file is of
    /// another version than `expected_version`.
    pub async fn config_batch_write(
        &self,
        params: ConfigBatchWriteParams,
    ) -> Result<ConfigWriteResponse> {
        self.client.request(params).await
    }
}
